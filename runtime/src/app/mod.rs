//! The app stage: what happens to every request before routing, and to every answer on its way
//! out.
//!
//! 1. The request gets an id, the client's address and the one reading of the clock.
//! 2. Blocked networks are refused.
//! 3. The firewall: what is malformed, ambiguous or meant for another host ends here. CORS:
//!    preflights are answered here.
//! 4. The service's own limit by address, which all of these spend, and unknown paths too. What the
//!    firewall refuses, preflights of other origins, and what a browser marks as sent by another
//!    site spend a count of their own ([`Class`](crate::limit::Class)), so that no page spends its
//!    visitor's. Where instances share the limit, a request to an endpoint may owe it until that
//!    endpoint's first limits are asked.
//! 5. The rest of the app runs; a panic in it is caught and is a 500. Where the client hangs up, what
//!    may have changed state runs to its end ([`adoption`]).
//! 6. The answer: what is 400 or more and no problem document becomes one, every answer gets the
//!    security headers, the request's id and the limits' fields, and the audit event is written:
//!    one for each request, however it ends, but for refusals beyond a rate ([`refusals`]).
//!    A chunked body that is not read to its end ends the connection. What limits took for an
//!    outcome that did not come is given back, and a place among the requests under way when the
//!    answer's body is done. Headers that are for one body are sent with that body only
//!    ([`answering`]).
//!
//! That a request came through here is recorded in its extensions by a value that only this
//! module makes. An endpoint that does not find it answers 500: a guard that is not mounted must
//! not look like a guard that agreed.

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
