//! What the answers make a real browser do. Each check has a counterpart that the browser lets
//! through, in which one thing is different.
//!
//! `localhost` and `127.0.0.1` are two sites, two ports of one of them two origins of one site.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

mod console;
mod cross_origin;
mod forms;
mod frames;
mod lockout;
mod service;
mod windows;
