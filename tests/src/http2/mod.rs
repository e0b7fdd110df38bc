//! Clients of HTTP/2: one that sends exactly the frames of a test, and one that keeps to the rules.

mod client;
mod frames;

pub use client::{Client, Request};
pub use frames::{Frame, Frames, error, flag, kind};
