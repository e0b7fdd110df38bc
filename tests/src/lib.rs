//! What the tests share: a service on a port of its own, a client that sends exact bytes, and
//! tokens.

pub mod client;
#[cfg(doctest)]
pub mod documents;
pub mod hostile;
pub mod server;
pub mod token;
