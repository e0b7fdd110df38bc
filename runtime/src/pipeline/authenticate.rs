//! Who calls.

use actix_web::http::header::WWW_AUTHENTICATE;

use super::{Visit, same_site::SameSite};
use crate::{
    Problem,
    auth::{self, Principal, Refusal},
    policy::Access,
    problem::Kind,
};

/// The caller is known, or the endpoint is public.
pub(super) struct Identified {
    visit: Visit,
    principal: Option<Principal>,
}

impl SameSite {
    pub(super) fn authenticate(self) -> Result<Identified, Problem> {
        let visit = self.into_visit();
        let principal = match visit.policy.access {
            // A token on a public endpoint is not looked at: nobody may come to rely on it.
            Access::Public => None,
            Access::Authenticated | Access::Scoped(_) => Some(identify(&visit)?),
        };
        visit.passage.principal.borrow_mut().clone_from(&principal);
        Ok(Identified { visit, principal })
    }
}

fn identify(visit: &Visit) -> Result<Principal, Problem> {
    let shield = &visit.passage.worker.shield;
    let now = visit.passage.now.unix_seconds();
    auth::authenticate(shield.verifier.as_ref(), visit.request.headers(), now)
        .map_err(|refusal| refused(&refusal))
}

/// The answer to a refusal: RFC 6750 for the client, the exact reason for the log.
pub(super) fn refused(refusal: &Refusal) -> Problem {
    let kind = match refusal {
        Refusal::NoCredentials | Refusal::InvalidToken(_) => Kind::Unauthenticated,
        Refusal::Malformed(_) => Kind::MalformedCredentials,
        Refusal::InsufficientScope { .. } => Kind::InsufficientScope,
        Refusal::Undecidable => Kind::Unavailable,
    };
    let problem = Problem::new(kind).caused_by_note(refusal.to_string());
    match refusal.challenge() {
        Some(challenge) => problem.with_header(WWW_AUTHENTICATE, challenge),
        None => problem,
    }
}

impl Identified {
    pub(super) fn into_parts(self) -> (Visit, Option<Principal>) {
        (self.visit, self.principal)
    }
}
