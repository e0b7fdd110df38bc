//! The state of one limit that all workers share.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{shelf::Shelf, tally::Tally};
use crate::{clock::Moment, policy::RateLimit};

/// The tables and counters of one limit, its present values, and whether any key of it is blocked.
#[derive(Debug)]
pub(super) struct Record {
    shelf: Shelf,
    counts: Tally<9>,
    /// When the last known block of a key ends, in microseconds. Only before that, each check looks
    /// for a block, so that a service without blocks has no such cost.
    blocked_until: AtomicU64,
    /// The adjusted values, which replace the declared ones.
    pace: Mutex<Option<Pace>>,
}

/// The adjustable values of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    pub(super) quota: u32,
    pub(super) window: Duration,
    pub(super) burst: u32,
}

/// The events of a limit that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// It admitted a request.
    Allowed,
    /// It refused a request.
    Refused,
    /// It would have refused a request, and only tracks.
    Tracked,
    /// It began to ban a key.
    Banned,
    /// A request entered a concurrency limit.
    Entered,
    /// A request left it.
    Left,
    /// It was checked in memory because the shared store was out of reach.
    Standby,
    /// It admitted a request without a count, for the same reason.
    Uncounted,
    /// It left a request undecided, for the same reason.
    Undecided,
}

impl Record {
    pub(super) fn new(shelf: Shelf) -> Self {
        Self {
            shelf,
            counts: Tally::default(),
            blocked_until: AtomicU64::new(0),
            pace: Mutex::default(),
        }
    }

    pub(super) const fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    #[inline]
    pub(super) fn note(&self, event: Event) {
        self.counts.add(event as usize);
    }

    pub(super) fn count(&self, event: Event) -> u64 {
        self.counts.sum(event as usize)
    }

    /// Requests that are running now.
    pub(super) fn in_flight(&self) -> u64 {
        // A request that has left has entered before: read in this order, the difference is never
        // below zero.
        let left = self.count(Event::Left);
        self.count(Event::Entered).saturating_sub(left)
    }

    /// Notes that a key is blocked for so long.
    pub(super) fn note_block(&self, now: Moment, lasts: Duration) {
        self.blocked_until.fetch_max(now.after(lasts).as_micros(), Ordering::Relaxed);
    }

    /// Whether any key may be blocked.
    #[inline]
    pub(super) fn may_be_blocked(&self, now: Moment) -> bool {
        self.blocked_until.load(Ordering::Relaxed) >= now.as_micros()
    }

    /// The limit as it was declared or set.
    pub(super) fn apply(&self, declared: &RateLimit) -> RateLimit {
        match *self.pace.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(Pace { quota, window, burst }) => RateLimit { quota, window, burst, ..*declared },
            None => *declared,
        }
    }

    pub(super) fn set_pace(&self, pace: Option<Pace>) {
        *self.pace.lock().unwrap_or_else(PoisonError::into_inner) = pace;
    }
}
