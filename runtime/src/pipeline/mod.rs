//! The guards of an endpoint, which run in order before any part of the body is read.
//!
//! | stage | proof | refuses with |
//! |---|---|---|
//! | the app stage was passed | [`Admitted`] | 500 |
//! | not from another site, or a token is required | [`SameSite`] | 403 |
//! | the service's own limit if it was deferred; limits by address, header, path, and global ones | [`Metered`] | 429 |
//! | authentication | [`Identified`] | 400, 401, 503 |
//! | scopes | [`Authorized`] | 403 |
//! | limits by subject | [`Allotted`] | 429 |
//! | conditions that are not evaluated, malformed or missing; media type, encoding, declared length | [`Cleared`] | 412, 400, 428; 415, 413 |
//! | the form's token, if one is required | [`BodyKeys`](meter::BodyKeys) | 403 |
//! | limits by the body, once it is read and validated | [`Counted`](meter::Counted) | 429 |
//!
//! Each stage consumes the proof of the one before, and its fields are private to its own module: a
//! stage that is left out or out of order does not compile. Cheap and anonymous checks come first;
//! a caller without a token does not learn what a valid body looks like. The check of other sites
//! comes before the limits, so that a page that a browser shows cannot spend its visitor's quota:
//! the service's own limit counts their requests separately. The rest is in [`Call`]: input is read
//! and validated, then objects are loaded and authorized ([`crate::object`]), then the handler
//! runs.

mod admit;
mod authenticate;
mod authorize;
mod body;
mod boundary;
mod call;
mod decoding;
mod finish;
mod meter;
mod same_site;

use std::rc::Rc;

use actix_web::{HttpRequest, web};

use self::{
    admit::Admitted,
    authenticate::Identified,
    authorize::Authorized,
    meter::{Allotted, Metered},
    same_site::SameSite,
};
pub(crate) use body::BodyRead;
pub(crate) use body::Cleared;
#[cfg(feature = "uploads")]
pub(crate) use body::{CappedPayload, unreadable};
#[cfg(feature = "uploads")]
pub(crate) use boundary::Boundary;
pub use call::{Call, Take, take, take_keyed};
pub(crate) use call::{answer, misstated};
use finish::finish;
pub(crate) use meter::{take_owed_service_limit, take_service_limit};

use crate::{
    Problem,
    app::{Passage, Plan},
    form_token::Proof,
    limit::Class,
    policy::Policy,
};

/// A request on its way through the guards.
struct Visit {
    policy: &'static Policy,
    request: HttpRequest,
    passage: Rc<Passage>,
    plan: Rc<Plan>,
    /// The state of the check for other sites.
    proof: Proof,
    /// The class under which its limits count it.
    class: Class,
}

async fn guard(
    policy: &'static Policy,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<Cleared, Problem> {
    let admitted: Admitted = Admitted::new(policy, request)?;
    let same_site: SameSite = admitted.refuse_cross_site()?;
    let metered: Metered = same_site.meter().await?;
    let identified: Identified = metered.authenticate().await?;
    let authorized: Authorized = identified.authorize()?;
    let allotted: Allotted = authorized.meter_subject().await?;
    allotted.clear(payload.into_inner())
}
