//! What all workers share about one limit.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::shelf::Shelf;
use crate::{clock::Moment, policy::RateLimit, tally::Tally};

/// The tables and counters of one limit, what it allows at present, and whether some key of it is
/// blocked.
#[derive(Debug)]
pub(super) struct Record {
    shelf: Shelf,
    counts: Tally<9>,
    /// When the last known block of a key ends, in microseconds. Only before that, each check looks
    /// for a block, so that a service without blocks has no such cost.
    blocked_until: AtomicU64,
    /// What was set at run time, in place of what was declared.
    pace: Mutex<Option<Pace>>,
}

/// What may be adjusted of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    pub(super) quota: u32,
    pub(super) window: Duration,
    pub(super) burst: u32,
}

/// What is counted of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// It let a request pass.
    Allowed,
    /// It refused one.
    Refused,
    /// It would have refused one, and only tracks.
    Tracked,
    /// It began to ban a key.
    Banned,
    /// A request took a place among those under way.
    Entered,
    /// And left it.
    Left,
    /// It was asked in memory because the shared store was out of reach.
    Standby,
    /// It let a request pass without a count, for the same reason.
    Uncounted,
    /// It left one undecided, for the same reason.
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

    /// Requests that hold a place now.
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
