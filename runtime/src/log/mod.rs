//! A log that no request waits for. Feature `log`.
//!
//! A service that writes its log where a request runs waits for the reader of the log: a full disk,
//! a paused terminal, a pipe whose reader hangs. After the 64 KiB of a pipe every request of every
//! client hangs (CWE-400). So:
//!
//! 1. A line is put into a queue in memory, and a thread of its own writes the queue to standard
//!    error.
//! 2. The queue has a bound in bytes ([`CAPACITY`], unless the service sets another one), including
//!    the bytes that are being written. A line that does not fit is dropped; no request waits, and
//!    no memory grows.
//! 3. Dropped lines are counted. Once a second at most, a line in the log says how many lines were
//!    dropped, and [`dropped_lines`] and the [metrics](crate::limit::Metrics) have the sum.
//! 4. A panic is a line of the log, on one line, with its backtrace if `RUST_BACKTRACE` enables
//!    that, instead of the output of the standard library. `RUST_LOG` does not turn it off.
//! 5. Each event is one line, whatever is in it: line breaks, other control characters (those that
//!    move the cursor of a terminal among them) and characters that change the direction of text
//!    are escaped, so that no client begins a line of its own (CWE-117). Only the table of
//!    endpoints at the start has several lines.
//! 6. With the feature `otel`, each line of a request ends with the ids of its trace and of its
//!    span.
//! 7. At the end of `main` the queue is written out, for at most [`FLUSH`].
//!
//! ```no_run
//! use palisade::prelude::*;
//!
//! #[palisade::main]
//! async fn main() -> palisade::Exit {
//!     let _log = palisade::log::init()?;
//!     Palisade::from_env()?.serve().await
//! }
//! ```
//!
//! `RUST_LOG` is the filter, in the syntax of [`EnvFilter`]; targets that it does not name are
//! logged at `info`, unless it has a level of its own (`warn,notes=debug`). A service with a
//! subscriber of its own, such as one that writes JSON, passes a [`Writer`] to it:
//!
//! ```
//! use palisade::log::{CAPACITY, Writer};
//!
//! let (writer, guard) = Writer::new(std::io::stderr(), CAPACITY)?;
//! let subscriber = tracing_subscriber::fmt().with_writer(writer).finish();
//! tracing::subscriber::with_default(subscriber, || tracing::info!("started"));
//! drop(guard);
//! # Ok::<(), palisade::log::LogError>(())
//! ```

mod line;
mod panics;
#[cfg(feature = "otel")]
mod traced;
mod writer;

use std::{
    env::VarError,
    fmt,
    io::{self, IsTerminal as _},
    time::Duration,
};

use tracing_subscriber::{EnvFilter, filter::LevelFilter, util::SubscriberInitExt as _};

pub use writer::{Guard, Line, Writer, dropped_lines};

/// Bytes that wait to be written, at most: 1 MiB.
pub const CAPACITY: usize = 1 << 20;

/// How long the end of the process waits for the rest of the queue.
pub const FLUSH: Duration = Duration::from_secs(1);

/// Why the log could not be set up.
#[derive(Debug)]
#[non_exhaustive]
pub enum LogError {
    /// The process has a `tracing` subscriber already.
    AlreadySet,
    /// The thread that writes could not be started.
    Thread(io::Error),
    /// `RUST_LOG` is invalid, with the reason.
    Filter(String),
}

/// Logs to standard error, and panics with it. Keep the returned value until the end of `main`:
/// when it is dropped, the rest of the queue is written.
///
/// # Errors
///
/// A process that has a subscriber already, a thread that cannot be started, and an invalid
/// `RUST_LOG`.
pub fn init() -> Result<Guard, LogError> {
    let is_terminal = io::stderr().is_terminal();
    let (writer, guard) = Writer::new(io::stderr(), CAPACITY)?;
    let filter = without_noise(with_panics(filter_of_environment()?));
    let subscriber = tracing_subscriber::fmt()
        .with_writer(writer.one_line(is_terminal))
        .with_ansi(is_terminal)
        .with_env_filter(filter);
    #[cfg(feature = "otel")]
    let subscriber =
        subscriber.map_event_format(|format| traced::Traced(format.with_ansi(is_terminal)));
    subscriber.finish().try_init().map_err(|_| LogError::AlreadySet)?;
    panics::log(&guard);
    Ok(guard)
}

/// The value of `RUST_LOG`.
fn filter_of_environment() -> Result<EnvFilter, LogError> {
    match std::env::var(EnvFilter::DEFAULT_ENV) {
        Ok(text) => filter(&text),
        Err(VarError::NotPresent) => filter(""),
        Err(VarError::NotUnicode(_)) => Err(LogError::Filter("it is not UTF-8".to_owned())),
    }
}

/// The events that a filter logs. Targets that it does not name stay at `info`: a misspelt level
/// (`RUST_LOG=verbose`) names a target, and would silence everything else.
fn filter(text: &str) -> Result<EnvFilter, LogError> {
    // An empty text would be read as the level `error`.
    let mut parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let has_level = parts.any(|part| part.parse::<LevelFilter>().is_ok());
    let text = if has_level { text.to_owned() } else { format!("info,{text}") };
    let filter = EnvFilter::builder().parse(text.trim_end_matches(','));
    filter.map_err(|error| LogError::Filter(error.to_string()))
}

/// Enables panics in each filter: the hook of [`panics`] replaces that of the standard library, so
/// that a panic that is filtered out would be written nowhere.
fn with_panics(filter: EnvFilter) -> EnvFilter {
    match panics::DIRECTIVE.parse() {
        Ok(directive) => filter.add_directive(directive),
        // A test holds that it parses.
        Err(_) => filter,
    }
}

/// Leaves out a line for each request that Actix cannot parse, which no limit counts, unless
/// `RUST_LOG` enables it.
fn without_noise(filter: EnvFilter) -> EnvFilter {
    let is_asked_for =
        std::env::var(EnvFilter::DEFAULT_ENV).is_ok_and(|log| log.contains("actix_http"));
    match NOISE.parse() {
        Ok(directive) if !is_asked_for => filter.add_directive(directive),
        Ok(_) | Err(_) => filter,
    }
}

/// The dispatcher logs bytes that are not HTTP at the level of errors.
const NOISE: &str = "actix_http::h1::dispatcher=off";

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadySet => f.write_str(
                "the log: this process has a subscriber already; call `palisade::log::init` once, or give \
                 your own subscriber a `palisade::log::Writer`",
            ),
            Self::Thread(error) => {
                write!(f, "the log: the thread that writes it could not be started: {error}")
            }
            Self::Filter(reason) => write!(
                f,
                "RUST_LOG (environment) cannot be read, {reason}: write a level, or targets with levels, \
                 such as info,sqlx=warn"
            ),
        }
    }
}

impl std::error::Error for LogError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::AlreadySet | Self::Filter(_) => None,
            Self::Thread(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EnvFilter, LevelFilter, Writer, filter, panics, with_panics};
    use std::{
        io::{self, Write},
        sync::{Arc, Mutex},
        time::Duration,
    };

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_one_line_whatever_else_is_logged() {
        for spoken in ["notes=debug", "off", "palisade::panic=off", "warn"] {
            let kept = Kept::default();
            let (writer, guard) = Writer::new(kept.clone(), 1 << 20).unwrap();
            let filter = EnvFilter::builder()
                .with_default_directive(LevelFilter::INFO.into())
                .parse_lossy(spoken);
            let subscriber = tracing_subscriber::fmt()
                .with_writer(writer)
                .with_ansi(false)
                .with_env_filter(with_panics(filter))
                .finish();
            tracing::subscriber::with_default(subscriber, || {
                tracing::info!("not asked for");
                panics::write(
                    "the cause\nand a line break",
                    None,
                    Some("0: first\n1: second".to_owned()),
                );
            });
            guard.queue().flush(Duration::from_secs(30));
            let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
            assert_eq!(text.lines().count(), 1, "{spoken}: {text}");
            assert!(text.contains("a thread panicked") && text.contains("second"), "{text}");
        }
    }

    #[test]
    fn a_filter_silences_only_what_it_names() {
        for (text, level) in [
            ("", LevelFilter::INFO),
            ("banana", LevelFilter::TRACE),
            ("sqlx=debug", LevelFilter::DEBUG),
            ("info,sqlx=warn,", LevelFilter::INFO),
            ("off", LevelFilter::OFF),
            ("warn", LevelFilter::WARN),
        ] {
            let filter = filter(text).unwrap();
            assert_eq!(filter.max_level_hint(), Some(level), "{text}: {filter}");
        }
        assert!(filter("banana").unwrap().to_string().contains("info"));
        for text in ["sqlx=loud", "a=b=c"] {
            let error = filter(text).unwrap_err().to_string();
            assert!(error.starts_with("RUST_LOG (environment)"), "{error}");
        }
    }
}
