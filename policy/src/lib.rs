//! What the macros, the run time and the command line share: the words of an endpoint's policy, and the
//! policies that browsers enforce for a service, read and checked.
//!
//! The macros check policies and origins with the same code that checks settings when a service
//! starts: what does not compile is refused at the start too. Nothing here knows of Rust syntax or
//! of Actix.
//!
//! A reader reports every mistake as a [`Fault`]. Faults that make a policy weaker than a service
//! should be are distinguished ([`Fault::is_weakening`]) from those that give it another meaning
//! than was written: the first can be allowed with a reason, the second never.

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
