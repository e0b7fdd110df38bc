//! The store in memory: tables of fixed size, shared by all workers of the process.

use super::{
    gcra::{Decision, Gcra},
    store::{Admission, Ask, Place, Store, Taken},
    table::Table,
};
use crate::clock::Moment;
use std::{num::NonZeroUsize, sync::OnceLock};

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
        const MINUTE: u64 = 60 * 1_000_000;
        // A window that does not divide evenly is rounded up, by at most a microsecond a unit.
        match gcra.tolerance() / MINUTE {
            0 | 1 => Self::Short,
            2..=60 => Self::Medium,
            _ => Self::Long,
        }
    }
}

impl Memory {
    pub(super) const fn new(slots: NonZeroUsize) -> Self {
        Self { slots, short: OnceLock::new(), medium: OnceLock::new(), long: OnceLock::new() }
    }

    /// The table of a span; makes it on the first call.
    pub(super) fn table(&self, span: Span) -> &Table {
        let table = match span {
            Span::Short => &self.short,
            Span::Medium => &self.medium,
            Span::Long => &self.long,
        };
        table.get_or_init(|| Table::new(self.slots))
    }

    /// Spends in order the asks of this place; the first refusal gives back what those before it
    /// have spent.
    ///
    /// Between the two a request of the same key may be refused that would have passed, never the
    /// reverse.
    pub(super) fn take_now(&self, asks: &mut [Ask<'_>], place: Place, now: Moment) -> Admission {
        let refused = asks.iter_mut().position(|ask| {
            if ask.place != place {
                return false;
            }
            let (limit, key) = (ask.limit, ask.key);
            ask.decision = self.table(limit.span()).take(key.local, limit.gcra(), now);
            !ask.decision.allowed
        });
        let Some(refused) = refused else {
            return Admission::Granted;
        };
        for (index, ask) in asks.iter_mut().enumerate() {
            if ask.place != place {
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

    fn look(&self, ask: &Ask<'_>, now: Moment) -> Decision {
        self.table(ask.limit.span()).survey(ask.key.local, ask.limit.gcra(), now)
    }

    /// Debts forgotten for want of room.
    pub(super) fn evicted(&self) -> u64 {
        self.tables().map(Table::evicted).sum()
    }

    /// Slots in all tables made so far, 8 bytes each.
    pub(super) fn slots(&self) -> usize {
        self.tables().map(Table::slots).sum()
    }

    fn tables(&self) -> impl Iterator<Item = &Table> {
        [&self.short, &self.medium, &self.long].into_iter().filter_map(OnceLock::get)
    }
}

impl Store for Memory {
    fn take<'a>(&'a self, asks: &'a mut [Ask<'_>], now: Moment) -> Taken<'a> {
        Taken::Now(self.take_now(asks, Place::Memory, now))
    }

    fn give_back(&self, ask: &mut Ask<'_>, now: Moment) {
        let limit = ask.limit;
        self.table(limit.span()).give_back(ask.key.local, limit.gcra(), now);
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
