//! The audit trail: which caller requested what, and with which outcome.
//!
//! Each request leaves one event, except for refusals beyond a rate, which are counted instead. Events go
//! to the log (target `palisade::audit`) unless a service names other sinks: `PALISADE_AUDIT`, or
//! [`Builder::audit_sink`](crate::Builder::audit_sink).
//!
//! 1. The form of events is versioned ([`SCHEMA_NAME`], [`SCHEMA`]): names are never renamed or removed within a
//!    version. They are those of the Elastic Common Schema where it has one, and begin with `palisade.`
//!    elsewhere.
//! 2. No request waits for a sink. Each has a queue of bounded size; events that do not fit are dropped and
//!    counted, and the next event has their number.
//! 3. Values that a client chose cannot begin another line or change how one looks (CWE-117): control characters, line
//!    breaks, and characters that change the direction of text are escaped in every sink. Each value has a maximum
//!    length (CWE-779).
//! 4. A [`FileSink`] writes a chain of hashes: [`verify`] finds lines that were deleted, changed or cut off.
//!
//! ```no_run
//! use palisade::{audit::{FileOptions, Key}, prelude::*};
//!
//! #[palisade::main]
//! async fn main() -> palisade::Exit {
//!     let key = Key::new(std::env::var("AUDIT_KEY")?.as_bytes())?;
//!     let file = FileOptions::new("/var/log/notes/audit.jsonl").key(key).open()?;
//!     Palisade::from_env()?.audit_sink(file).serve().await
//! }
//! ```

mod error;
mod event;
mod file;
mod object;
mod queue;
mod sink;
mod syslog;
mod timestamp;
mod trail;

use std::time::Duration;

pub use error::AuditError;
pub use event::{Event, Outcome, SCHEMA, SCHEMA_NAME};
pub(crate) use event::{LONGEST_OBJECT, MOST_ELEMENTS};
pub use file::{FileOptions, FileSink};
pub use palisade_audit::{Finding, Key, KeyTooShort, Report, verify};
pub use sink::Sink;
pub use syslog::{SyslogOptions, SyslogSink};
pub(crate) use trail::{Trail, send_to_all};

/// How long the end of a service waits for its sinks.
pub(crate) const FLUSH: Duration = Duration::from_secs(1);
