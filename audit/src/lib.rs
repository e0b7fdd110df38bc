//! The hash chain of an audit file.
//!
//! Each line of the file is a JSON object whose last members are its number (`palisade.chain.seq`), the
//! SHA-256 of the line before it (`palisade.chain.prev`) and, if a key is set, an HMAC-SHA-256 of the line itself
//! (`palisade.chain.mac`). A second file, the head, holds the number and the hash of the last line, and the number
//! of the first line that is kept. From these, [`verify`] finds lines that are missing, changed, duplicated,
//! removed at the beginning or cut off at the end.
//!
//! Limits:
//!
//! 1. Without a key, an attacker who can write the files can write a new chain with a new head. With a key, this
//!    takes the key.
//! 2. An attacker who can write the files can restore an older state of all of them, head included. The key
//!    does not prevent this. Events that were also sent to a second sink (syslog on another machine) show it.
//! 3. Events that were dropped before they were written leave no line. The next line has their number
//!    (`audit-dropped`).

mod chain;
mod file;
mod head;
mod key;
mod report;
mod verify;

pub use chain::{Chain, digest};
pub use head::{Head, head_path};
pub use key::{Key, KeyTooShort, LEAST_KEY};
pub use report::{Finding, Report};
pub use verify::{LastLine, files_of, last_line, time_of, verify, verify_files};
