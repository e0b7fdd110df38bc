//! `cargo palisade`: reads a service's sources and says what its endpoints let through.
//!
//! The library is only for the program's own tests; only the program's output is stable.

pub mod args;
pub mod argument;
pub mod audit;
pub mod audit_log;
pub mod by_hand;
pub mod candidate;
pub mod check;
pub mod clash;
pub mod conditional;
pub mod exit_code;
pub mod facts;
pub mod format;
pub mod handler;
pub mod inventory;
pub mod lock;
pub mod mount;
pub mod openapi;
pub mod place;
mod policy;
pub mod program;
pub mod report;
pub mod routes;
pub mod saved;
pub mod source;
pub mod table;
pub mod workspace;
