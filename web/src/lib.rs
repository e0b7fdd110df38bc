//! The policies that browsers enforce for a service, read and checked.
//!
//! The macros check what stands in a program with the same code that checks settings when a
//! service starts: a text that does not compile does not start either. Nothing here knows of Rust
//! syntax or of Actix.
//!
//! A reader reports every mistake as a [`Fault`]. Those that make a policy weaker than a service
//! should be are told apart from those that make it another policy than was written
//! ([`Fault::is_weakening`]): the first can be let through with a reason, the second never.

mod body_time;
mod cors;
pub mod csp;
pub mod deploy;
mod fault;
mod origin;
pub mod permissions;
mod reason;
pub mod secret;

pub use body_time::shortest_body_timeout;
pub use cors::{
    LONGEST_MAX_AGE, OriginPattern, is_public_suffix, is_registry, request_field, response_field,
};
pub use fault::{Fault, Severity};
pub use origin::{Origin, OriginError};
pub use reason::is_reason;
