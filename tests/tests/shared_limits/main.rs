//! Limits that instances share, over real sockets and with real Redis servers.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on should stop where it stands, and what was measured is shown"
)]

mod cluster;
mod effects;
mod instances;
mod latency;
mod load;
mod outages;
mod round_trips;
mod service;
mod service_limit;
