//! Requests that need newer keys than the present ones.
//!
//! Any client can send a token with a key id that does not exist, so the cost of such tokens is
//! bounded: one attempt at a time for all of them, a pause between attempts, a maximum number of
//! waiting requests, a time limit for each of them, and a list of key ids that were not found.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Notify, watch};

use crate::clock::Moment;

/// Requests that may wait at the same time. Each holds a connection, and little else.
const MAX_WAITING: usize = 1024;

/// Names that are remembered, of at most 128 bytes each.
const MAX_UNKNOWN: usize = 256;

/// How long a key id that was not found is refused without another attempt. An attacker who guesses
/// the id of the next key can keep its tokens out for that long, and no longer.
const UNKNOWN_FOR: Duration = Duration::from_secs(5);

/// The side of the requests, and the refresher's results for them.
pub(in crate::auth) struct Demand {
    asked: Notify,
    progress: watch::Sender<Progress>,
    waiting: AtomicUsize,
    unknown: Mutex<VecDeque<Unknown>>,
    patience: Duration,
}

/// Attempts to renew the keys, counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::auth) struct Progress {
    started: u64,
    ended: u64,
    /// The last one that brought keys.
    succeeded: u64,
}

/// A key id that was unknown at the end of an attempt that began after it was requested.
struct Unknown {
    id: Box<str>,
    until: Moment,
}

/// The outcome of the attempts so far for a waiting request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::auth) enum Word {
    /// The keys are newer than the request: a key that is not among them does not exist.
    Final,
    /// An attempt that began after the request failed.
    Failed,
    /// No attempt that began after the request has ended.
    Wait,
}

/// One request's slot among those that wait.
pub(in crate::auth) struct Waiting<'a> {
    demand: &'a Demand,
    progress: watch::Receiver<Progress>,
    arrived: u64,
}

impl Demand {
    /// `patience` is how long a request waits at most.
    pub(in crate::auth) fn new(patience: Duration) -> Self {
        Self {
            asked: Notify::new(),
            progress: watch::Sender::new(Progress::default()),
            waiting: AtomicUsize::new(0),
            unknown: Mutex::default(),
            patience,
        }
    }

    pub(in crate::auth) fn patience(&self) -> Duration {
        self.patience
    }

    /// Requests an attempt, and takes a slot to wait for it; `None` if all are taken.
    pub(in crate::auth) fn ask(&self) -> Option<Waiting<'_>> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MAX_WAITING {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        // In this order: an attempt that starts in between counts as later than the question.
        let progress = self.progress.subscribe();
        let arrived = progress.borrow().started;
        self.asked.notify_one();
        Some(Waiting { demand: self, progress, arrived })
    }

    /// Whether a key of this name was not found a moment ago.
    pub(in crate::auth) fn is_unknown(&self, id: &str, now: Moment) -> bool {
        self.unknown().iter().any(|unknown| *unknown.id == *id && now < unknown.until)
    }

    /// Remembers that no key has this name.
    pub(in crate::auth) fn note_unknown(&self, id: &str, now: Moment) {
        let mut unknown = self.unknown();
        unknown.retain(|unknown| now < unknown.until && *unknown.id != *id);
        if unknown.len() >= MAX_UNKNOWN {
            unknown.pop_front();
        }
        unknown.push_back(Unknown { id: Box::from(id), until: now.after(UNKNOWN_FOR) });
    }

    /// Waits for a request of a key; for the refresher.
    pub(super) async fn asked(&self) {
        self.asked.notified().await;
    }

    /// An attempt starts; for the refresher.
    pub(super) fn start(&self) {
        // No request waits for a start.
        self.progress.send_if_modified(|progress| {
            progress.started += 1;
            false
        });
    }

    /// The attempt has ended; for the refresher.
    pub(super) fn end(&self, has_succeeded: bool) {
        self.progress.send_modify(|progress| {
            progress.ended = progress.started;
            if has_succeeded {
                progress.succeeded = progress.started;
            }
        });
    }

    fn unknown(&self) -> MutexGuard<'_, VecDeque<Unknown>> {
        self.unknown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting<'_> {
    /// Waits for an attempt to end.
    pub(in crate::auth) async fn next(&mut self) -> Word {
        if self.progress.changed().await.is_err() {
            return Word::Failed;
        }
        let progress = *self.progress.borrow_and_update();
        if progress.succeeded > self.arrived {
            Word::Final
        } else if progress.ended > self.arrived {
            Word::Failed
        } else {
            Word::Wait
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.demand.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Demand, MAX_UNKNOWN, MAX_WAITING, Moment, UNKNOWN_FOR, Word};

    fn demand() -> Demand {
        Demand::new(Duration::from_secs(1))
    }

    #[tokio::test]
    async fn only_an_attempt_from_after_the_question_has_the_last_word() {
        let demand = demand();
        demand.start();
        let mut early = demand.ask().unwrap();
        demand.end(true);
        assert_eq!(early.next().await, Word::Wait, "it began before the question");
        demand.start();
        demand.end(false);
        assert_eq!(early.next().await, Word::Failed);
        let mut late = demand.ask().unwrap();
        demand.start();
        demand.end(true);
        assert_eq!(late.next().await, Word::Final);
        assert_eq!(early.next().await, Word::Final);
    }

    #[test]
    fn places_are_few_and_are_given_back() {
        let demand = demand();
        let places: Vec<_> = (0..MAX_WAITING).map(|_| demand.ask().unwrap()).collect();
        assert!(demand.ask().is_none());
        drop(places);
        assert!(demand.ask().is_some());
    }

    #[test]
    fn unknown_names_are_few_and_are_forgotten() {
        let demand = demand();
        let now = Moment::from_nanos(7);
        for n in 0..=MAX_UNKNOWN {
            demand.note_unknown(&n.to_string(), now);
        }
        assert_eq!(demand.unknown().len(), MAX_UNKNOWN);
        assert!(!demand.is_unknown("0", now), "the oldest makes room");
        assert!(demand.is_unknown("1", now) && !demand.is_unknown("never", now));
        let later = now.after(UNKNOWN_FOR);
        assert!(!demand.is_unknown("1", later));
        demand.note_unknown("new", later);
        assert_eq!(demand.unknown().len(), 1);
    }
}
