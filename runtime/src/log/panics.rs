//! Panics in the log.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    panic,
};

use super::{FLUSH, Guard};

/// Writes each panic of the process as a line of the log.
///
/// What the standard library does instead is to write to standard error on the thread that panics,
/// which waits for the reader of the log as every other write does.
pub(super) fn log(guard: &Guard) {
    let queue = guard.queue();
    panic::set_hook(Box::new(move |panic| {
        let cause = panic.payload_as_str().unwrap_or("a panic without a message");
        let thread = std::thread::current();
        let backtrace = Backtrace::capture();
        tracing::error!(
            target: "palisade::panic",
            thread = thread.name(),
            place = panic.location().map(tracing::field::display),
            backtrace = (backtrace.status() == BacktraceStatus::Captured)
                .then(|| tracing::field::display(&backtrace)),
            // Quoted: a message may repeat what a client sent, line breaks and all.
            ?cause,
            "a thread panicked"
        );
        if cfg!(panic = "abort") {
            // Nothing runs after this.
            queue.flush(FLUSH);
        }
    }));
}
