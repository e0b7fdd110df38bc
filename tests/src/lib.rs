//! What the tests share: a service on a port of its own, a client that sends exact bytes, and
//! tokens.

#![expect(clippy::panic, reason = "a test that cannot go on should stop where it stands")]

pub mod audit;
pub mod audit_schema;
pub mod chromium;
pub mod client;
pub mod collector;
mod daemon;
#[cfg(doctest)]
pub mod documents;
pub mod hostile;
pub mod http2;
#[cfg(test)]
mod imports;
pub mod inventory;
pub mod leaks;
pub mod mariadb;
pub mod port;
pub mod postgres;
pub mod prometheus;
pub mod provider;
pub mod redis;
pub mod reverse_proxy;
pub mod rsyslog;
pub mod secret_manager;
pub mod server;
pub mod stand_in;
pub mod timing;
pub mod token;
pub mod unix_server;

pub use redis::skip;
