//! The app stage: the steps for every request before routing, and for every response before it is
//! sent.
//!
//! 1. The request gets an id, the client's address and one reading of the clock.
//! 2. Requests from blocked networks are refused.
//! 3. The firewall refuses requests that are malformed, ambiguous or meant for another host. CORS
//!    preflight requests are answered here.
//! 4. The service's own limit by address counts all requests, also those for unknown paths.
//!    Requests that the firewall refuses, preflight requests of other origins, and requests that a
//!    browser marks as sent by another site have a count of their own
//!    ([`Class`](crate::limit::Class)), so that no page spends its visitor's quota. Where instances
//!    share the limit, the count of a request to an endpoint may be sent together with that
//!    endpoint's first limits.
//! 5. The rest of the app runs; a panic in it is caught and answered 500. If the client
//!    disconnects, a request that may have changed state runs to its end ([`adoption`]).
//! 6. The answer: a response of 400 or more that is not a problem document becomes one. Every
//!    response gets the security headers, the request's id and the limits' fields. The audit event
//!    is written: one for each request, however it ends, except for refusals beyond a rate
//!    ([`refusals`]). A chunked body that is not read to its end ends the connection. Units that
//!    limits reserved for an outcome that did not occur are returned, and a concurrency limit is
//!    released when the body of the answer is done. Headers that belong to one body are sent with
//!    that body only ([`answering`]).
//!
//! That a request passed through here is recorded in its extensions, as a value that only this
//! module can make. An endpoint that does not find it responds with 500: if a guard is not mounted,
//! no request passes.

mod adoption;
mod answering;
mod catching;
mod finish;
mod passage;
mod plan;
mod proxy_ids;
mod refusals;
mod refused_plans;
mod transform;
mod unread;

pub(crate) use adoption::Adoptions;
pub use adoption::finish;
#[cfg(any(test, feature = "log"))]
pub(crate) use catching::current_request;
pub(crate) use catching::{catching, caught, panics};
pub(crate) use passage::{Passage, Reservation};
pub(crate) use plan::{Base, Plan, Worker, limits};
pub(crate) use refusals::RefusalLog;
pub(crate) use refused_plans::RefusedPlans;
pub(crate) use transform::Shield;
