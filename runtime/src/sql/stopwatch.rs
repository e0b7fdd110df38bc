//! Interrupts statements of SQLite. They run in this process: there is no server that would.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// How many steps of its virtual machine SQLite takes between two reads of the clock: some
/// microseconds.
#[cfg(feature = "sqlite")]
const STEPS: i32 = 250;

/// No end is set.
const NEVER: u64 = u64::MAX;

/// The deadline of the statement on a connection. It is set up once for each connection.
#[derive(Debug)]
pub(super) struct Stopwatch {
    began: Instant,
    /// In microseconds since it began.
    end: AtomicU64,
    /// Whether the connection may be running a statement.
    works: AtomicBool,
}

impl Stopwatch {
    #[cfg(any(feature = "sqlite", test))]
    fn new() -> Self {
        let (end, works) = (AtomicU64::new(NEVER), AtomicBool::new(false));
        Self { began: Instant::now(), end, works }
    }

    /// Checks the clock while this connection runs a statement.
    #[cfg(feature = "sqlite")]
    pub(super) async fn watch(
        connection: &mut sqlx::SqliteConnection,
    ) -> Result<std::sync::Arc<Self>, sqlx::Error> {
        let watch = std::sync::Arc::new(Self::new());
        let seen = std::sync::Arc::clone(&watch);
        connection.lock_handle().await?.set_progress_handler(STEPS, move || seen.goes_on());
        Ok(watch)
    }

    /// The next statement may take this long.
    pub(super) fn allow(&self, limit: Duration) {
        let end = self.now().saturating_add(micros(limit));
        self.end.store(end.min(NEVER - 1), Ordering::Relaxed);
        self.works.store(true, Ordering::Relaxed);
    }

    /// A statement without a time limit of its own follows. An earlier deadline stays: the
    /// statement that it was set for may not have reached it yet.
    pub(super) fn go_on(&self) {
        self.works.store(true, Ordering::Relaxed);
    }

    /// Interrupts the running statement, if there is one.
    pub(super) fn stop(&self) {
        self.end.store(0, Ordering::Relaxed);
    }

    /// Notes that no statement runs.
    pub(super) fn rest(&self) {
        self.end.store(NEVER, Ordering::Relaxed);
        self.works.store(false, Ordering::Relaxed);
    }

    /// Whether it is known that no statement runs.
    #[cfg(any(feature = "sqlite", test))]
    pub(super) fn is_at_rest(&self) -> bool {
        !self.works.load(Ordering::Relaxed)
    }

    /// After one interruption it continues again: the next statement on this connection, such as a
    /// `ROLLBACK`, is not to be interrupted.
    #[cfg(any(feature = "sqlite", test))]
    fn goes_on(&self) -> bool {
        let end = self.end.load(Ordering::Relaxed);
        if end == NEVER || self.now() < end {
            return true;
        }
        // Another end may have been set meanwhile.
        self.end.compare_exchange(end, NEVER, Ordering::Relaxed, Ordering::Relaxed).is_err()
    }

    fn now(&self) -> u64 {
        micros(self.began.elapsed())
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(NEVER)
}

#[cfg(test)]
mod tests {
    use super::{Duration, Stopwatch};

    #[test]
    fn it_says_no_once() {
        let watch = Stopwatch::new();
        assert!(watch.goes_on());
        watch.allow(Duration::from_secs(60));
        assert!(watch.goes_on());
        watch.stop();
        assert!(!watch.goes_on());
        assert!(watch.goes_on());
        watch.allow(Duration::ZERO);
        assert!(!watch.goes_on());
        watch.allow(Duration::MAX);
        assert!(watch.goes_on());
        watch.stop();
        watch.rest();
        assert!(watch.goes_on());
    }

    #[test]
    fn it_rests_when_it_is_told_to() {
        let watch = Stopwatch::new();
        assert!(watch.is_at_rest());
        watch.allow(Duration::ZERO);
        assert!(!watch.goes_on());
        // A request to end does not mean that it has ended.
        assert!(!watch.is_at_rest());
        watch.rest();
        assert!(watch.is_at_rest());
        watch.go_on();
        assert!(watch.goes_on() && !watch.is_at_rest());
        watch.stop();
        watch.go_on();
        assert!(!watch.goes_on());
    }
}
