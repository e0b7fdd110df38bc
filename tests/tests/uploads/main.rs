//! Files that callers send, over real sockets: what is taken, what is refused, and that nothing is
//! left of what was refused, cut off or forgotten.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

mod content;
mod cut;
mod file;
mod forms;
mod json_parts;
mod memory;
mod ranges;
mod service;
mod store;
mod texts;
