//! Authentication.

use actix_web::{
    HttpRequest,
    http::{
        Method,
        header::{ACCEPT, HeaderValue, WWW_AUTHENTICATE},
    },
};

use super::{Visit, meter::Metered};
use crate::{
    Problem,
    auth::{Attempt, CredentialsRefusal, Presented, Principal, Refusal, Standing},
    caller,
    line_rate::LineRate,
    policy::{Access, RevocationOutage},
    problem::Kind,
};

/// The caller is known, or the endpoint is public.
pub(super) struct Identified {
    visit: Visit,
    caller: Option<Caller>,
}

/// The caller, and the index of the authenticator that identified it.
pub(super) struct Caller {
    pub(super) principal: Principal,
    authenticator: usize,
}

impl Metered {
    pub(super) async fn authenticate(self) -> Result<Identified, Problem> {
        let visit = self.into_visit();
        let caller = match visit.policy.access {
            // A token on a public endpoint is ignored, so that no code depends on it.
            Access::Public => None,
            Access::Authenticated | Access::Scoped(_) => Some(identify(&visit).await?),
        };
        if let Some(caller) = &caller {
            caller::Caller::of(&caller.principal).identify();
            *visit.passage.principal.borrow_mut() = Some(caller.principal.clone());
        }
        Ok(Identified { visit, caller })
    }
}

/// Calls every accepted authenticator; exactly one of them has to identify the caller.
///
/// All authenticators are called, even if the first has identified the caller: a request with two
/// kinds of credentials could identify two callers, and a proxy in front may have used the other
/// one.
async fn identify(visit: &Visit) -> Result<Caller, Problem> {
    let shield = &visit.passage.worker.shield;
    let now = visit.passage.now.unix_seconds();
    let presented = Presented::new(&visit.request, visit.passage.is_of_proxy, now)
        .with_revocations(shield.revocations.as_ref(), visit.passage.now);
    if visit.plan.authenticators.is_empty() {
        // Such a service does not start, but an endpoint can be mounted without the start-up
        // checks.
        return Err(refused(visit, None, &Refusal::Undecidable));
    }
    let mut decided: Option<(usize, Result<Principal, Refusal>)> = None;
    for (index, authenticator) in visit.plan.authenticators.iter().enumerate() {
        let outcome = match authenticator.authenticate(presented) {
            Attempt::Now(outcome) => outcome,
            Attempt::Later(waiting) => waiting.await,
        };
        let Some(outcome) = outcome.transpose() else { continue };
        if decided.is_some() {
            let two = Refusal::Malformed(CredentialsRefusal::SeveralKinds);
            return Err(refused(visit, None, &two));
        }
        decided = Some((index, outcome));
    }
    match decided {
        None => Err(refused(visit, None, &Refusal::NoCredentials)),
        Some((index, Err(refusal))) => Err(refused(visit, Some(index), &refusal)),
        Some((authenticator, Ok(principal))) => {
            if let Some(refusal) = taken_back(visit, &principal) {
                if matches!(refusal, Refusal::Revoked)
                    && let Some(authenticator) = visit.plan.authenticators.get(authenticator)
                {
                    authenticator.forget(presented);
                }
                return Err(refused(visit, Some(authenticator), &refusal));
            }
            Ok(Caller { principal, authenticator })
        }
    }
}

/// Why valid credentials are revoked, or may be.
fn taken_back(visit: &Visit, principal: &Principal) -> Option<Refusal> {
    let passage = &visit.passage;
    let revocations = passage.worker.shield.revocations.as_ref()?;
    match revocations.standing(principal, passage.now) {
        Standing::Good => None,
        Standing::Revoked => Some(Refusal::Revoked),
        Standing::TooLongLived => {
            Some(Refusal::InvalidCredentials { why: "they live longer than revocations are kept" })
        }
        Standing::Unknown => match visit.policy.revocation_outage {
            RevocationOutage::Refuse => Some(Refusal::RevocationsUnknown),
            RevocationOutage::Allow => {
                // All requests come here during the outage.
                static LINES: LineRate = LineRate::new(10, 1);
                if let Some(suppressed) = LINES.take(passage.now) {
                    tracing::warn!(
                        request_id = %passage.id,
                        endpoint = visit.policy.name,
                        suppressed,
                        "passed though it is not known what was revoked: the endpoint says so"
                    );
                }
                None
            }
        },
    }
}

/// The response to a refusal: RFC 6750 for the client, the exact reason for the log.
///
/// `by` is the authenticator that refused; `None` if all of them did. The response to a client
/// without valid credentials lists every scheme that it may use.
fn refused(visit: &Visit, by: Option<usize>, refusal: &Refusal) -> Problem {
    let kind = match refusal {
        Refusal::NoCredentials
        | Refusal::InvalidToken(_)
        | Refusal::InvalidCredentials { .. }
        | Refusal::Revoked => Kind::Unauthenticated,
        Refusal::Malformed(_) => Kind::MalformedCredentials,
        Refusal::InsufficientScope { .. } => Kind::InsufficientScope,
        Refusal::Undecidable | Refusal::RevocationsUnknown => Kind::Unavailable,
    };
    let others_would_help = kind == Kind::Unauthenticated;
    if others_would_help && wants_a_page(&visit.request) {
        let page = visit.plan.authenticators.iter().find_map(|one| one.login_page());
        *visit.passage.login_page.borrow_mut() =
            page.and_then(|page| HeaderValue::from_str(page).ok());
    }
    let mut problem = Problem::new(kind).because(refusal.reason(), refusal.to_string());
    let mut has_challenge = false;
    for (index, authenticator) in visit.plan.authenticators.iter().enumerate() {
        let challenge = match by {
            Some(by) if by != index && others_would_help => {
                authenticator.challenge(&Refusal::NoCredentials)
            }
            Some(by) if by != index => None,
            Some(_) | None => authenticator.challenge(refusal),
        };
        if let Some(challenge) = challenge {
            has_challenge = true;
            problem = problem.with_header(WWW_AUTHENTICATE, challenge);
        }
    }
    if others_would_help && !has_challenge {
        // Each 401 has one (RFC 9110, 15.5.2). A name is a token; browsers ask for no password if
        // they do not know it.
        for authenticator in &visit.plan.authenticators {
            if let Ok(name) = HeaderValue::from_str(authenticator.name()) {
                problem = problem.with_header(WWW_AUTHENTICATE, name);
            }
        }
    }
    problem
}

/// Whether a browser shows the response as a page.
fn wants_a_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
    matches!(*request.method(), Method::GET | Method::HEAD)
        && accept.unwrap_or_default().split(',').any(|range| {
            range.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/html")
        })
}

impl Identified {
    /// The refusal of an identified caller; an unidentified one gets the response that credentials
    /// are missing.
    pub(super) fn refused(&self, refusal: &Refusal) -> Problem {
        match &self.caller {
            Some(caller) => refused(&self.visit, Some(caller.authenticator), refusal),
            None => refused(&self.visit, None, &Refusal::NoCredentials),
        }
    }

    pub(super) fn visit(&self) -> &Visit {
        &self.visit
    }

    pub(super) fn principal(&self) -> Option<&Principal> {
        self.caller.as_ref().map(|caller| &caller.principal)
    }

    pub(super) fn into_parts(self) -> (Visit, Option<Principal>) {
        (self.visit, self.caller.map(|caller| caller.principal))
    }
}
