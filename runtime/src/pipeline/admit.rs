//! The first proof: this request passed through the app stage.

use std::rc::Rc;

use actix_web::HttpRequest;

use super::Visit;
use crate::{Problem, app::Passage, form_token::Proof, limit::Class, policy::Policy};

/// The request passed through the app stage of this service.
pub(super) struct Admitted(Visit);

impl Admitted {
    /// Looks for the mark that only the app stage makes. The runtime in the app's data would prove
    /// nothing: an app can contain it and still route requests past the stage.
    pub(super) fn new(policy: &'static Policy, request: HttpRequest) -> Result<Self, Problem> {
        let Some(passage) = Passage::of(&request) else {
            // The app stage has not run for this request, so this is the only log line.
            tracing::error!(
                endpoint = policy.name,
                file = policy.file,
                line = policy.line,
                "the endpoint is mounted in an app that is not wrapped in `Palisade`: refused"
            );
            return Err(Passage::missing());
        };
        passage.policy.set(Some(policy));
        let plan = passage.worker.plan(policy)?;
        *passage.plan.borrow_mut() = Some(Rc::clone(&plan));
        let class = Class::default();
        Ok(Self(Visit { policy, request, passage, plan, proof: Proof::Unasked, class }))
    }

    pub(super) fn into_visit(self) -> Visit {
        self.0
    }
}
