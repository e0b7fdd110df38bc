//! The limiter: what the pipeline asks.

use super::{
    gcra::{Gcra, LimitError},
    key::{Key, Keyer},
    memory::{Memory, Span},
    store::{Admission, Ask, Store, Taken},
};
use crate::{
    clock::Moment,
    policy::{LimitStore, RateLimit},
};
use std::{hash::RandomState, num::NonZeroUsize};

/// Slots of a table unless the service says otherwise: 2 MiB.
const DEFAULT_SLOTS: NonZeroUsize = NonZeroUsize::MIN.saturating_add((1 << 18) - 1);

/// Decides on limits; one for the whole process.
///
/// Make it once, outside of the closure that builds the app: that closure runs for every worker,
/// and a limiter made in it would let each worker spend the whole quota.
#[derive(Debug)]
pub struct Limiter {
    memory: Memory,
    secret: RandomState,
}

/// One limit of one endpoint, ready for use.
#[derive(Clone, Debug)]
pub struct Limit {
    rate: RateLimit,
    gcra: Gcra,
    span: Span,
    keyer: Keyer,
}

impl Limiter {
    /// A limiter that counts in this process, with so many slots (8 bytes each) in a table.
    ///
    /// There are at most three tables: for limits whose burst comes back within a minute, within
    /// an hour, and later. A slot holds one key that has units to pay back; where there are more
    /// such keys than slots, those are forgotten first that are paid first.
    pub fn memory(slots: NonZeroUsize) -> Self {
        Self { memory: Memory::new(slots), secret: RandomState::new() }
    }

    /// Makes a limit ready. `endpoint` tells endpoints apart: the same text and name count together.
    ///
    /// # Errors
    ///
    /// A limit that admits nothing or cannot be counted, a name that cannot stand in the response
    /// fields, and one that is to be shared between instances while there is no store for that.
    pub fn limit(&self, endpoint: &str, rate: &RateLimit) -> Result<Limit, LimitError> {
        let gcra = Gcra::new(rate.quota, rate.window, rate.burst, rate.cost)?;
        let plain = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if !(1..=64).contains(&rate.name.len()) || !rate.name.bytes().all(plain) {
            return Err(LimitError::Name(rate.name));
        }
        if rate.store == LimitStore::Shared {
            return Err(LimitError::NoSharedStore(rate.name));
        }
        let span = Span::of(&gcra);
        // So that no request waits for the memory.
        self.memory.table(span);
        Ok(Limit { rate: *rate, gcra, span, keyer: Keyer::new(&self.secret, endpoint, rate.name) })
    }

    /// Spends the units of all asks, or of none, and writes each ask's decision.
    pub fn take<'a>(&'a self, asks: &'a mut [Ask<'_>], now: Moment) -> Taken<'a> {
        self.memory.take(asks, now)
    }

    /// [`Limiter::take`] where no store has to be waited for.
    pub fn take_now(&self, asks: &mut [Ask<'_>], now: Moment) -> Admission {
        self.memory.take_now(asks, now)
    }

    /// Gives back what a granted ask has spent: for `count = failures`, where the units are
    /// reserved before the request and returned if it did not fail.
    pub fn give_back(&self, ask: &mut Ask<'_>, now: Moment) {
        self.memory.give_back(ask, now);
    }

    /// Writes the ask's decision without spending anything.
    pub fn survey<'a>(&'a self, ask: &'a mut Ask<'_>, now: Moment) -> Taken<'a> {
        self.memory.survey(ask, now)
    }

    /// How many keys were forgotten while they still had units to pay back. If it grows, the
    /// tables are too small, or somebody is inventing keys.
    pub fn evicted(&self) -> u64 {
        self.memory.evicted()
    }

    /// Slots in all tables, 8 bytes each. Grows with the kinds of limits at start-up, never with
    /// the number of keys.
    pub fn slots(&self) -> usize {
        self.memory.slots()
    }
}

/// In memory, with 262,144 slots in a table.
impl Default for Limiter {
    fn default() -> Self {
        Self::memory(DEFAULT_SLOTS)
    }
}

impl Limit {
    /// What was declared.
    pub const fn rate(&self) -> &RateLimit {
        &self.rate
    }

    /// The arithmetic.
    pub const fn gcra(&self) -> &Gcra {
        &self.gcra
    }

    /// The key that these bytes stand for: [`address_bytes`](super::address_bytes), a subject, a
    /// header's value; nothing for a limit on all requests together.
    pub fn key(&self, bytes: &[u8]) -> Key {
        self.keyer.key(bytes)
    }

    /// The question whether the key of these bytes may spend what a request costs.
    pub fn ask(&self, bytes: &[u8]) -> Ask<'_> {
        Ask { limit: self, key: self.key(bytes), decision: super::Decision::OPEN }
    }

    pub(super) const fn span(&self) -> Span {
        self.span
    }
}

#[cfg(test)]
mod tests;
