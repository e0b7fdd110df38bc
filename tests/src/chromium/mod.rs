//! A real Chromium, without a window, that a test drives.
//!
//! It is spoken to in the `DevTools` protocol over a pipe: no port is open that another program could
//! drive it by, and it ends when the pipe does, however the test ended. That takes two pipes and
//! lines of JSON, and so no library; those that there are bring the whole protocol as generated
//! code, or a second server.

#![expect(
    clippy::indexing_slicing,
    reason = "a JSON value answers null for a member that it does not have"
)]

mod browser;
mod key;
mod neighbour;
mod page;
mod pipe;

pub use browser::Chromium;
pub use key::Key;
pub use neighbour::Neighbour;
pub use page::{Page, Scheme, Violation};
