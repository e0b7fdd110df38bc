//! Signs of life of the workers, for a supervisor that requires them.
//!
//! Each worker notes the time repeatedly, in a task among those of its requests. If a handler
//! blocks its thread, it does not, and the supervisor gets no sign of life.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;

use crate::clock::Moment;

/// The workers.
#[derive(Debug, Default)]
pub(crate) struct Pulses {
    beats: Mutex<Vec<Weak<AtomicU64>>>,
    has_begun: AtomicBool,
    began: Notify,
}

/// A worker; it has ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Pulse(Arc<AtomicU64>);

impl Pulses {
    /// A worker is ready to serve.
    pub(crate) fn begin(&self) -> Pulse {
        let beat = Arc::new(AtomicU64::new(Moment::now().as_nanos()));
        let mut beats = self.beats();
        beats.retain(|beat| beat.strong_count() > 0);
        beats.push(Arc::downgrade(&beat));
        drop(beats);
        self.has_begun.store(true, Ordering::Release);
        self.began.notify_one();
        Pulse(beat)
    }

    /// Waits until a worker is ready.
    pub(crate) async fn first(&self) {
        while !self.has_begun.load(Ordering::Acquire) {
            self.began.notified().await;
        }
    }

    /// Whether every worker has given a sign of life in this time.
    pub(crate) fn are_regular(&self, within: Duration) -> bool {
        let now = Moment::now();
        let beats = self.beats();
        let mut alive = beats.iter().filter_map(Weak::upgrade);
        alive.all(|beat| now.since(Moment::from_nanos(beat.load(Ordering::Acquire))) <= within)
    }

    fn beats(&self) -> MutexGuard<'_, Vec<Weak<AtomicU64>>> {
        self.beats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pulse {
    /// Gives a sign of life at this interval, as long as its thread runs.
    pub(crate) async fn beat(self, every: Duration) {
        loop {
            self.0.store(Moment::now().as_nanos(), Ordering::Release);
            tokio::time::sleep(every).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use super::Pulses;

    #[test]
    fn a_worker_that_stands_still_shows_and_one_that_has_ended_does_not() {
        let pulses = Pulses::default();
        let (still, ended) = (pulses.begin(), pulses.begin());
        drop(ended);
        thread::sleep(Duration::from_millis(2));
        assert!(pulses.are_regular(Duration::from_secs(60)));
        assert!(!pulses.are_regular(Duration::from_millis(1)));
        drop(still);
        assert!(pulses.are_regular(Duration::from_millis(1)));
    }
}
