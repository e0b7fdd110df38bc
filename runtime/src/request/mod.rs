//! What is known of a request while it is served, and what its guards need for that.
//!
//! The app stage ([`app`](mod@crate::app)) makes a [`Passage`] for each request. Guards read it, and so does what
//! handlers take as arguments.

mod adoptions;
mod body_memory;
mod complaint;
mod defaults;
mod passage;
mod plan;
mod proxy_ids;
mod refusals;
mod refused_plans;
mod shield;

pub(crate) use adoptions::{Adopted, Adoptions};
pub(crate) use body_memory::{oversized_body, too_large_body};
pub(crate) use complaint::complaints;
use complaint::complaints_of_request;
pub(crate) use defaults::Defaults;
pub(crate) use passage::{Passage, Reservation, SessionCookie};
pub(crate) use plan::{Base, Plan, Worker, limits};
pub(crate) use refusals::{RefusalLog, Verdict};
pub(crate) use refused_plans::RefusedPlans;
pub(crate) use shield::Shield;
