//! The guards of an endpoint, one after another, before a byte of the body is read.
//!
//! | stage | proof | refuses with |
//! |---|---|---|
//! | the app stage was passed | [`Admitted`] | 500 |
//! | limits by address, header, path, and for everybody | [`Metered`] | 429 |
//! | not from another site | [`SameSite`] | 403 |
//! | authentication | [`Identified`] | 400, 401, 503 |
//! | scopes | [`Authorized`] | 403 |
//! | limits by subject | [`Allotted`] | 429 |
//! | media type, encoding, declared length | [`Cleared`] | 415, 413 |
//!
//! Each stage consumes the proof of the one before, and its fields are private to its own module:
//! a stage that is left out or out of order does not compile. Cheap and anonymous checks come
//! first; a caller without a token learns nothing of what a valid body looks like.

mod admit;
mod authenticate;
mod authorize;
mod body;
mod meter;
mod same_site;

use std::{future::Future, rc::Rc};

use actix_web::{HttpRequest, HttpResponse, Responder, dev::Payload, web};

use self::{
    admit::Admitted,
    authenticate::Identified,
    authorize::Authorized,
    meter::{Allotted, Metered},
    same_site::SameSite,
};
pub(crate) use body::BodyRead;
pub use body::Cleared;
pub(crate) use meter::take_service_limit;

use crate::{
    Problem,
    app::{Passage, Plan},
    limit::{Ask, Decision, Key, Limit},
    policy::Policy,
    problem::Kind,
};

/// A request on its way through the guards.
struct Visit {
    policy: &'static Policy,
    request: HttpRequest,
    passage: Rc<Passage>,
    plan: Rc<Plan>,
    /// Units taken for `count = failures`: given back unless the request fails.
    reserved: Vec<Reservation>,
}

/// Runs the guards, then `call`, which extracts the arguments and runs the handler.
pub async fn run<F, Fut>(
    policy: &'static Policy,
    request: HttpRequest,
    payload: web::Payload,
    call: F,
) -> HttpResponse
where
    F: FnOnce(Cleared) -> Fut,
    Fut: Future<Output = Result<HttpResponse, Problem>>,
{
    let mut cleared = match guard(policy, request, payload.into_inner()).await {
        Ok(cleared) => cleared,
        Err(problem) => return HttpResponse::from_error(problem),
    };
    let refund = cleared.take_refund();
    let response = call(cleared).await.unwrap_or_else(HttpResponse::from_error);
    if let Some(refund) = refund {
        refund.settle(&response);
    }
    response
}

async fn guard(
    policy: &'static Policy,
    request: HttpRequest,
    payload: Payload,
) -> Result<Cleared, Problem> {
    let admitted: Admitted = Admitted::new(policy, request)?;
    let metered: Metered = admitted.meter().await?;
    let same_site: SameSite = metered.refuse_cross_site()?;
    let identified: Identified = same_site.authenticate()?;
    let authorized: Authorized = identified.authorize()?;
    let allotted: Allotted = authorized.meter_subject().await?;
    allotted.clear(payload)
}

/// Runs the handler under its deadline and turns what it returns into a response.
///
/// # Errors
///
/// 504 where the deadline passes first; the handler's future is dropped where it stands.
pub async fn finish<F>(cleared: Cleared, handler: F) -> Result<HttpResponse, Problem>
where
    F: Future,
    F::Output: Responder,
{
    let deadline = cleared.deadline();
    match tokio::time::timeout(deadline, handler).await {
        Ok(output) => Ok(output.respond_to(cleared.request()).map_into_boxed_body()),
        Err(_) => Err(Problem::new(Kind::Timeout)
            .caused_by_note(format!("the handler did not finish within {deadline:?}"))),
    }
}

/// Units that were taken ahead, and go back if the request did not fail.
struct Refund {
    passage: Rc<Passage>,
    reserved: Vec<Reservation>,
}

struct Reservation {
    limit: Limit,
    key: Key,
    decision: Decision,
}

impl Refund {
    fn settle(self, response: &HttpResponse) {
        let status = response.status();
        let failed = status.is_client_error() && status.as_u16() != 429;
        if !failed {
            for Reservation { limit, key, decision } in &self.reserved {
                let mut ask = Ask { limit, key: *key, decision: *decision };
                self.passage.worker.shield.limiter.give_back(&mut ask, self.passage.now);
            }
        }
    }
}
