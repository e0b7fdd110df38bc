//! The store in memory: tables of fixed size, shared by all workers of the process.

use super::{
    gcra::{Decision, Gcra, LONGEST},
    in_flight::{Entry, InFlight},
    key::Key,
    limiter::{Limit, Measure},
    metrics::TableMetrics,
    store::{Admission, Ask, Place, Store, Taken},
    table::Table,
};
use crate::{clock::Moment, policy::Ban};
use std::{
    num::NonZeroUsize,
    sync::{Arc, OnceLock},
    time::Duration,
};

/// Keeps what was spent in the memory of this process.
///
/// There is one table for each [`Span`], made when the first limit of that span is. Debts of a
/// long limit take long to be paid, so in a common table a flood of keys under a daily limit would
/// push out everybody's debts under a limit by the minute.
#[derive(Debug)]
pub(super) struct Memory {
    slots: NonZeroUsize,
    short: OnceLock<Table>,
    medium: OnceLock<Table>,
    long: OnceLock<Table>,
    /// Keys that are refused whatever they have left. By themselves: a ban outlasts most debts, and
    /// would take their room.
    blocks: OnceLock<Table>,
    in_flight: OnceLock<Arc<InFlight>>,
}

/// How long a burst spent whole takes to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    /// At most a minute.
    Short,
    /// At most an hour.
    Medium,
    /// Longer.
    Long,
}

impl Span {
    pub(super) const fn of(gcra: &Gcra) -> Self {
        Self::of_micros(gcra.tolerance())
    }

    const fn of_micros(micros: u64) -> Self {
        const MINUTE: u64 = 60 * 1_000_000;
        // A window that does not divide evenly is rounded up, by at most a microsecond a unit.
        match micros / MINUTE {
            0 | 1 => Self::Short,
            2..=60 => Self::Medium,
            _ => Self::Long,
        }
    }
}

impl Memory {
    pub(super) const fn new(slots: NonZeroUsize) -> Self {
        Self {
            slots,
            short: OnceLock::new(),
            medium: OnceLock::new(),
            long: OnceLock::new(),
            blocks: OnceLock::new(),
            in_flight: OnceLock::new(),
        }
    }

    /// The table of a span; makes it on the first call.
    pub(super) fn table(&self, span: Span) -> &Table {
        let (table, name) = match span {
            Span::Short => (&self.short, "minutes"),
            Span::Medium => (&self.medium, "hours"),
            Span::Long => (&self.long, "days"),
        };
        table.get_or_init(|| Table::new(name, self.slots))
    }

    /// The table of requests under way; made on the first call.
    pub(super) fn in_flight(&self) -> &Arc<InFlight> {
        self.in_flight.get_or_init(|| Arc::new(InFlight::new(self.slots)))
    }

    /// The table of blocked keys; made on the first call.
    pub(super) fn blocks(&self) -> &Table {
        self.blocks.get_or_init(|| Table::new("blocks", self.slots))
    }

    /// Spends in order the asks of this place that may refuse; the first refusal gives back what
    /// those before it have spent.
    ///
    /// Between the two a request of the same key may be refused that would have passed, never the
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

    /// Spends what one ask is about, if it may, and writes its decision.
    pub(super) fn take_one(&self, ask: &mut Ask<'_>, now: Moment) {
        let limit = ask.limit;
        ask.decision = match limit.measure() {
            Measure::Rate { gcra, span } => {
                self.table(*span).take(ask.key.local, gcra, ask.units, now)
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

    /// How the key of an ask stands; spends nothing.
    pub(super) fn look(&self, ask: &Ask<'_>, now: Moment) -> Decision {
        match ask.limit.measure() {
            Measure::Rate { gcra, span } => {
                self.table(*span).survey(ask.key.local, gcra, ask.units, now)
            }
            Measure::InFlight => {
                let quota = ask.limit.rate().quota;
                let among = self.in_flight().count(ask.key.local);
                under_way(among < quota, quota, among)
            }
        }
    }

    /// Counts a refusal; how many there were of this key in the ban's time.
    pub(super) fn count_refusal(&self, key: Key, ban: &Ban, now: Moment) -> u64 {
        let micros = micros(ban.within);
        self.table(Span::of_micros(micros)).count(key.local ^ REFUSALS, micros, now)
    }

    /// Refuses a key for so long, if it is not refused for longer already. Whether it was not
    /// refused before.
    pub(super) fn block(&self, key: Key, lasts: Duration, now: Moment) -> bool {
        self.blocks().hold(key.local ^ BLOCK, micros(lasts), now)
    }

    /// For how long a key is still refused.
    pub(super) fn blocked(&self, key: Key, now: Moment) -> Option<Duration> {
        match self.blocks.get()?.backlog(key.local ^ BLOCK, now) {
            0 => None,
            micros => Some(Duration::from_micros(micros)),
        }
    }

    pub(super) fn unblock(&self, key: Key, now: Moment) {
        if let Some(blocks) = self.blocks.get() {
            blocks.forget(key.local ^ BLOCK, now);
        }
    }

    /// Forgets the refusals of a key.
    pub(super) fn forget_refusals(&self, key: Key, ban: &Ban, now: Moment) {
        self.table(Span::of_micros(micros(ban.within))).forget(key.local ^ REFUSALS, now);
    }

    /// Forgets what a key has spent. Requests that are under way stay so.
    pub(super) fn forget(&self, limit: &Limit, key: Key, now: Moment) {
        if let Measure::Rate { span, .. } = limit.measure() {
            self.table(*span).forget(key.local, now);
        }
        if let Some(ban) = limit.rate().ban {
            self.forget_refusals(key, &ban, now);
        }
    }

    /// Debts forgotten for want of room.
    pub(super) fn evicted(&self) -> u64 {
        self.tables().map(Table::evicted).sum()
    }

    /// Slots in all tables made so far, 8 bytes each.
    pub(super) fn slots(&self) -> usize {
        let in_flight = self.in_flight.get().map_or(0, |table| table.slots());
        self.tables().map(Table::slots).sum::<usize>() + in_flight
    }

    /// How full each table is. Reads them whole.
    pub(super) fn fill(&self, now: Moment) -> Vec<TableMetrics> {
        let rates = self.tables().map(|table| TableMetrics {
            table: table.name(),
            slots: table.slots(),
            used: table.used(now),
            evicted: table.evicted(),
            full: 0,
        });
        let in_flight = self.in_flight.get().map(|table| TableMetrics {
            table: "in-flight",
            slots: table.slots(),
            used: table.used(),
            evicted: 0,
            full: table.full(),
        });
        rates.chain(in_flight).collect()
    }

    fn tables(&self) -> impl Iterator<Item = &Table> {
        let tables = [&self.short, &self.medium, &self.long, &self.blocks];
        tables.into_iter().filter_map(OnceLock::get)
    }
}

/// What tells a key's refusals and its block from what it has spent. The hash of a key is secret,
/// and so is what comes of it.
const REFUSALS: u64 = 0x9e37_79b9_7f4a_7c15;
const BLOCK: u64 = 0xc2b2_ae3d_27d4_eb4f;

/// A request among those under way: when the next place is free nobody knows.
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
            Measure::Rate { gcra, span } => {
                self.table(*span).give_back(ask.key.local, gcra, ask.units, now);
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
