//! The chain of an audit file.
//!
//! Each line of the file is a JSON object whose last members are its number (`palisade.chain.seq`), the
//! SHA-256 of the line before it (`palisade.chain.prev`) and, where there is a key, an HMAC-SHA-256 of itself
//! (`palisade.chain.mac`). Beside the file, a head has the number and the hash of the last line. [`verify`] tells
//! from these which lines are missing, changed, doubled or cut off at the end.
//!
//! What it cannot show:
//!
//! 1. Without a key, whoever can write the files can make a new chain, head included. With a key, only who
//!    knows the key can.
//! 2. Whoever can write the files can put back an older state of all of them, head included: the key does
//!    not help. An event that went to a second sink as well (syslog to another machine) shows it.
//! 3. Events that were dropped before they were written: the next line says how many (`audit-dropped`).

mod chain;
mod head;
mod key;
mod report;
mod verify;

pub use chain::{Chain, digest};
pub use head::{Head, head_path};
pub use key::{Key, KeyTooShort, LEAST_KEY};
pub use report::{Finding, Report};
pub use verify::{files_of, last_link, verify, verify_files};
