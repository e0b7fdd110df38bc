//! The service over real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

#[path = "../instance/mod.rs"]
mod instance;
mod moderation;
mod redis;
mod refusal;
mod settings;
mod visitors;
