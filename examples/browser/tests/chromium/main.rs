//! The pages in a real browser. What it refuses has a counterpart that it lets through.
//!
//! `localhost` and `127.0.0.1` are two sites, two ports of one of them two origins of one site.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

mod hole;
#[path = "../instance/mod.rs"]
mod instance;
mod moderation;
mod other_sites;
mod reading;
mod scripts;
mod writing;
