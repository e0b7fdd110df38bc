//! What the macros, the run time and the command line share: the words of an endpoint's policy, and the
//! policies that browsers enforce for a service, read and checked.
//!
//! The macros check policies and origins with the same code that checks settings when a service
//! starts, so that the same mistakes are refused at both times. This crate depends neither on Rust
//! syntax nor on Actix.
//!
//! A parser reports every mistake as a [`Fault`]. Faults that only weaken a policy
//! ([`Fault::is_weakening`]) are distinguished from those that give it another meaning than was
//! written: the former can be permitted with a reason, the latter never.

mod body_time;
mod cors;
pub mod csp;
pub mod deploy;
mod fault;
mod origin;
pub mod permissions;
mod reason;
pub mod secret;
mod vocabulary;

pub use body_time::shortest_body_timeout;
pub use cors::{
    LONGEST_MAX_AGE, OriginPattern, cors_summary, is_public_suffix, is_registry, request_field,
    response_field,
};
pub use fault::{Fault, Severity};
pub use origin::{Origin, OriginError};
pub use reason::is_reason;
pub use vocabulary::*;
