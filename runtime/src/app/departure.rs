//! The end of a request.

use std::rc::Rc;

use crate::{caller::Caller, request::Passage, request_id::RequestId, spans::Scope};

/// The end of a request: when this is dropped, it is not under way any more. It goes with the body
/// of the answer, and where there is none, with the request.
#[derive(Debug)]
pub(super) struct Departure(Rc<Passage>);

impl Departure {
    pub(super) fn of(passage: &Rc<Passage>) -> Self {
        passage.worker.counts.begin();
        Self(Rc::clone(passage))
    }

    /// Who the body of the answer is made for.
    pub(super) fn caller(&self) -> Option<Caller> {
        self.0.caller()
    }

    /// The trace that the body of the answer belongs to.
    pub(super) fn scope(&self) -> Scope {
        self.0.scope()
    }

    /// Which request it is of.
    pub(super) fn request_id(&self) -> &RequestId {
        &self.0.id
    }

    /// Whether nothing depends on when it ends.
    pub(super) fn is_free(&self) -> bool {
        self.0.permits.borrow().is_empty()
    }
}

impl Drop for Departure {
    fn drop(&mut self) {
        // The list is not borrowed here: no writer awaits while it borrows the list.
        if let Ok(mut permits) = self.0.permits.try_borrow_mut() {
            permits.clear();
        }
        self.0.settle(None);
        // Where there is no answer, its client hung up or the service stops.
        self.0.worker.audit_departure(&self.0);
        self.0.worker.counts.end(self.0.body.bytes.get());
    }
}
