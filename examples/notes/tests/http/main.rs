//! The service over real sockets, on what it can be deployed on: one instance with a database file,
//! and two instances with one Postgres and one Redis, between which requests alternate.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod costs;
mod deployment;
mod flood;
mod injection;
mod memory;
mod payload;
mod person;
mod races;
mod redis;
mod settings;
mod suite;
