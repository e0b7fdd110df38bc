//! The grammar of palisade's attributes, the model of an endpoint, and every check on it.
//!
//! The macros and the command line tool share this crate, so that what the compiler refuses and
//! what the tool reports are the same. It reads tokens and returns data: no input, no output, no
//! dependency on Actix.

pub mod attribute;
pub mod diagnostic;
pub mod endpoint;
mod handler;
pub mod input;
pub mod inventory;
pub mod literal;

pub use diagnostic::{Code, Diagnostic, Diagnostics};
pub use endpoint::Endpoint;
pub use handler::Handler;
