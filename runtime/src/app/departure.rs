//! The end of a request.

use std::rc::Rc;

use crate::{caller::Caller, request::Passage, request_id::RequestId, spans::Scope};

/// The end of a request: when this is dropped, the request is not in flight any more. It is dropped
/// with the body of the response, or with the request if there is no response.
#[derive(Debug)]
pub(super) struct Departure(Rc<Passage>);

impl Departure {
    pub(super) fn of(passage: &Rc<Passage>) -> Self {
        passage.worker.counts.begin();
        Self(Rc::clone(passage))
    }

    /// The caller for whom the body of the response is made.
    pub(super) fn caller(&self) -> Option<Caller> {
        self.0.caller()
    }

    /// The trace of the response's body.
    pub(super) fn scope(&self) -> Scope {
        self.0.scope()
    }

    /// The id of the request.
    pub(super) fn request_id(&self) -> &RequestId {
        &self.0.id
    }

    /// Whether its end has no effect.
    pub(super) fn is_free(&self) -> bool {
        self.0.permits.borrow().is_empty()
    }
}

impl Drop for Departure {
    fn drop(&mut self) {
        // The list is not borrowed here: no code awaits while it has a mutable borrow.
        if let Ok(mut permits) = self.0.permits.try_borrow_mut() {
            permits.clear();
        }
        self.0.settle(None);
        // Without a response, the client has disconnected or the service stops.
        self.0.worker.audit_departure(&self.0);
        self.0.worker.counts.end(self.0.body.bytes.get());
    }
}
