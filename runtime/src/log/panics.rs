//! Panics in the log.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    panic,
};

use super::{FLUSH, Guard};

/// The directive of these lines in the filter of the log.
pub(super) const DIRECTIVE: &str = "palisade::panic=error";

/// Writes each panic of the process as a line of the log.
///
/// The standard library writes panics to standard error on the thread that panics, which waits for
/// the reader of the log as every other write does.
pub(super) fn log(guard: &Guard) {
    let queue = guard.queue();
    panic::set_hook(Box::new(move |panic| {
        let cause = panic.payload_as_str().unwrap_or("a panic without a message");
        let backtrace = Backtrace::capture();
        let is_captured = backtrace.status() == BacktraceStatus::Captured;
        write(cause, panic.location(), is_captured.then(|| backtrace.to_string()));
        if cfg!(panic = "abort") {
            // Nothing runs after this.
            queue.flush(FLUSH);
        }
    }));
}

/// Writes one line. The message and the backtrace are quoted: a message may repeat what a client
/// sent, line breaks and all, and a backtrace has a line for each function.
pub(super) fn write(cause: &str, place: Option<&panic::Location<'_>>, backtrace: Option<String>) {
    let thread = std::thread::current();
    tracing::error!(
        target: "palisade::panic",
        request_id = crate::app::current_request().map(tracing::field::display),
        thread = thread.name(),
        place = place.map(tracing::field::display),
        backtrace = backtrace.map(tracing::field::debug),
        ?cause,
        "a thread panicked"
    );
}
