//! The store in memory: tables of fixed size, shared by all workers of the process.

use super::{
    gcra::{Decision, LONGEST},
    in_flight::{Entry, InFlight},
    key::Key,
    limiter::{Limit, Measure},
    metrics::TableMetrics,
    shelf::Shelf,
    store::{Admission, Ask, Place, Store, Taken},
};
use crate::{clock::Moment, policy::Ban};
use std::{
    num::NonZeroUsize,
    sync::{Arc, OnceLock},
    time::Duration,
};

/// Counts in the memory of this process: each limit on its own [`Shelf`], and here what all limits
/// share.
#[derive(Debug)]
pub(super) struct Memory {
    slots: NonZeroUsize,
    in_flight: OnceLock<Arc<InFlight>>,
}

impl Memory {
    pub(super) const fn new(slots: NonZeroUsize) -> Self {
        Self { slots, in_flight: OnceLock::new() }
    }

    /// An empty shelf for a limit.
    pub(super) fn shelf(&self, endpoint: &str, policy: &'static str) -> Shelf {
        Shelf::new(endpoint.into(), policy, self.slots)
    }

    /// The table of concurrency limits; made on the first call.
    pub(super) fn in_flight(&self) -> &Arc<InFlight> {
        self.in_flight.get_or_init(|| Arc::new(InFlight::new(self.slots)))
    }

    /// Spends in order the asks of this place that may refuse; the first refusal returns the units
    /// of those before it.
    ///
    /// In between, a request of the same key may be refused that would have passed, never the
    /// reverse.
    pub(super) fn take_now(&self, asks: &mut [Ask<'_>], place: Place, now: Moment) -> Admission {
        let counts = |ask: &Ask<'_>| ask.place == place && !ask.is_tracked();
        let refused = asks.iter_mut().position(|ask| {
            if !counts(ask) {
                return false;
            }
            self.take_one(ask, now);
            !ask.decision.allowed
        });
        let Some(refused) = refused else {
            return Admission::Granted;
        };
        for (index, ask) in asks.iter_mut().enumerate() {
            if !counts(ask) {
                continue;
            }
            if index < refused {
                self.give_back(ask, now);
            } else if index > refused {
                ask.decision = self.look(ask, now);
            }
        }
        Admission::Refused
    }

    /// Spends the units of one ask, if they are left, and writes its decision.
    pub(super) fn take_one(&self, ask: &mut Ask<'_>, now: Moment) {
        let limit = ask.limit;
        ask.decision = match limit.measure() {
            Measure::Rate { gcra, spent } => {
                let taken = spent.take(ask.key.local, gcra, ask.units, now);
                if let Ok(after) = taken {
                    ask.paid_at = now.as_micros().saturating_add(after);
                }
                gcra.decision(taken, ask.units)
            }
            Measure::InFlight => {
                let quota = limit.rate().quota;
                match self.in_flight().enter(ask.key.local, quota) {
                    Entry::Entered(seat, among) => {
                        ask.permit = Some(limit.permit(seat));
                        under_way(true, quota, among)
                    }
                    Entry::Reached(among) => under_way(false, quota, among),
                    Entry::Full => under_way(false, quota, quota),
                }
            }
        };
    }

    /// The state of an ask's key; spends nothing.
    pub(super) fn look(&self, ask: &Ask<'_>, now: Moment) -> Decision {
        match ask.limit.measure() {
            Measure::Rate { gcra, spent } => spent.survey(ask.key.local, gcra, ask.units, now),
            Measure::InFlight => {
                let quota = ask.limit.rate().quota;
                let among = self.in_flight().count(ask.key.local);
                under_way(among < quota, quota, among)
            }
        }
    }

    /// How full the table of concurrency limits is. Reads it whole.
    pub(super) fn in_flight_metrics(&self) -> Option<TableMetrics> {
        self.in_flight.get().map(|table| TableMetrics {
            table: "in-flight",
            endpoint: String::new(),
            policy: "",
            slots: table.slots(),
            used: table.used(),
            evicted: 0,
            full: table.full(),
        })
    }

    /// Slots of concurrency limits.
    pub(super) fn places(&self) -> usize {
        self.in_flight.get().map_or(0, |table| table.slots())
    }
}

/// Refuses a key for so long, if it is not refused for longer already. Returns whether it was not
/// refused before.
pub(super) fn block(limit: &Limit, key: Key, lasts: Duration, now: Moment) -> bool {
    limit.shelf().blocks().hold(key.local, micros(lasts), now)
}

/// For how long a key is still refused.
pub(super) fn blocked(limit: &Limit, key: Key, now: Moment) -> Option<Duration> {
    match limit.shelf().known_blocks()?.backlog(key.local, now) {
        0 => None,
        micros => Some(Duration::from_micros(micros)),
    }
}

/// Lifts the refusal of a key.
pub(super) fn unblock(limit: &Limit, key: Key, now: Moment) {
    if let Some(blocks) = limit.shelf().known_blocks() {
        blocks.forget(key.local, now);
    }
}

/// Counts a refusal; returns how many this key has had in the ban's time.
pub(super) fn count_refusal(limit: &Limit, key: Key, ban: &Ban, now: Moment) -> u64 {
    limit.shelf().refusals().count(key.local, micros(ban.within), now)
}

/// Resets the count of a key's refusals.
pub(super) fn forget_refusals(limit: &Limit, key: Key, now: Moment) {
    limit.shelf().refusals().forget(key.local, now);
}

/// Resets what a key has spent, and its count of refusals. Running requests still count.
pub(super) fn forget(limit: &Limit, key: Key, now: Moment) {
    if let Measure::Rate { spent, .. } = limit.measure() {
        spent.forget(key.local, now);
    }
    if limit.rate().ban.is_some() {
        forget_refusals(limit, key, now);
    }
}

/// A request of a concurrency limit: the time of the next free slot is unknown.
const fn under_way(allowed: bool, quota: u32, among: u32) -> Decision {
    Decision { allowed, remaining: quota.saturating_sub(among), wait: Duration::ZERO }
}

/// Whole microseconds, rounded up; [`LONGEST`] at most.
fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(1_000)).unwrap_or(u64::MAX).min(LONGEST)
}

impl Store for Memory {
    fn take<'a>(&'a self, asks: &'a mut [Ask<'_>], now: Moment) -> Taken<'a> {
        Taken::Now(self.take_now(asks, Place::Memory, now))
    }

    fn give_back(&self, ask: &mut Ask<'_>, now: Moment) {
        match ask.limit.measure() {
            Measure::Rate { gcra, spent } => {
                let paid_at = std::mem::take(&mut ask.paid_at);
                spent.give_back(ask.key.local, gcra, ask.units, paid_at, now);
            }
            Measure::InFlight => ask.permit = None,
        }
        // Another request may have spent those units already; the verdict on this one stays.
        let allowed = ask.decision.allowed;
        ask.decision = self.look(ask, now);
        ask.decision.allowed = allowed;
    }

    fn survey<'a>(&'a self, ask: &'a mut Ask<'_>, now: Moment) -> Taken<'a> {
        ask.decision = self.look(ask, now);
        Taken::Now(if ask.decision.allowed { Admission::Granted } else { Admission::Refused })
    }
}
