//! The limiter: what the pipeline asks.

use super::{
    gcra::{Gcra, LimitError},
    key::{Key, Keyer},
    memory::{Memory, Span},
    shared::{OutOfReach, Shared},
    store::{Admission, Ask, Place, Store, Taken},
};
use crate::{
    clock::Moment,
    policy::{LimitOutage, LimitStore, RateLimit},
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
    /// Where limits are counted that all instances share; and whether those are that do not say.
    shared: Option<Shared>,
    shares_all: bool,
    /// Nothing is counted, and nothing refused.
    is_off: bool,
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
        Self {
            memory: Memory::new(slots),
            shared: None,
            shares_all: false,
            is_off: false,
            secret: RandomState::new(),
        }
    }

    /// Counts in this store what is to be shared between instances: limits with `store = shared`,
    /// and with `all` those too that do not say where they are counted.
    #[cfg(feature = "redis")]
    pub fn sharing(mut self, store: super::SharedStore, all: bool) -> Self {
        self.shared = Some(store);
        self.shares_all = all;
        self
    }

    /// Enforces nothing: every ask is granted, and none is counted.
    pub(crate) fn off(mut self) -> Self {
        self.is_off = true;
        self
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
        let is_shared = match rate.store {
            LimitStore::Service => self.shares_all,
            LimitStore::Local => false,
            LimitStore::Shared if self.shared.is_none() && !self.is_off => {
                return Err(LimitError::NoSharedStore(rate.name));
            }
            LimitStore::Shared => true,
        };
        let span = Span::of(&gcra);
        // So that no request waits for the memory. A shared limit counts there during an outage.
        self.memory.table(span);
        let keyer = Keyer::new(&self.secret, endpoint, rate.name, is_shared);
        Ok(Limit { rate: *rate, gcra, span, keyer })
    }

    /// Spends the units of all asks, or of none, and writes each ask's decision.
    pub fn take<'a>(&'a self, asks: &'a mut [Ask<'_>], now: Moment) -> Taken<'a> {
        for ask in asks.iter_mut() {
            ask.place = ask.limit.place();
        }
        if self.is_off {
            for ask in asks.iter_mut() {
                ask.place = Place::Nowhere;
                ask.decision.allowed = true;
            }
            return Taken::Now(Admission::Granted);
        }
        match &self.shared {
            Some(shared) if asks.iter().any(|ask| ask.place == Place::Shared) => {
                Taken::Later(Box::pin(self.take_shared(shared, asks, now)))
            }
            _ => Taken::Now(self.take_now(asks, now)),
        }
    }

    /// [`Limiter::take`] where no store has to be waited for.
    ///
    /// An ask whose limit is shared is not counted here: with one among them, use `take`.
    pub fn take_now(&self, asks: &mut [Ask<'_>], now: Moment) -> Admission {
        let admission = self.memory.take_now(asks, Place::Memory, now);
        if admission == Admission::Granted && asks.iter().any(|ask| ask.place != Place::Memory) {
            // One that nobody has asked: to let it pass would be to have no limit.
            self.give_back_local(asks, now);
            return Admission::Refused;
        }
        admission
    }

    /// Cheap questions first: the memory, what is known to be refused, then one round trip.
    async fn take_shared(&self, shared: &Shared, asks: &mut [Ask<'_>], now: Moment) -> Admission {
        if self.memory.take_now(asks, Place::Memory, now) == Admission::Refused {
            for ask in asks.iter_mut().filter(|ask| ask.place == Place::Shared) {
                ask.place = Place::Unasked;
            }
            return Admission::Refused;
        }
        let refused = |asks: &mut [Ask<'_>]| {
            self.give_back_local(asks, now);
            Admission::Refused
        };
        if shared.recall_refusals(asks, now) {
            return refused(asks);
        }
        match shared.take(asks, now).await {
            Ok(true) => Admission::Granted,
            Ok(false) => refused(asks),
            Err(OutOfReach) => self.take_without_shared(asks, now),
        }
    }

    /// What holds for each shared limit while the store is out of reach.
    fn take_without_shared(&self, asks: &mut [Ask<'_>], now: Moment) -> Admission {
        for ask in asks.iter_mut().filter(|ask| ask.place == Place::Shared) {
            (ask.place, ask.decision.allowed) = match ask.limit.rate.outage {
                LimitOutage::Local => (Place::Standby, false),
                LimitOutage::Closed => (Place::Unasked, false),
                LimitOutage::Open => (Place::Nowhere, true),
            };
        }
        let admission = if asks.iter().any(|ask| ask.place == Place::Unasked) {
            Admission::Undecided
        } else {
            self.memory.take_now(asks, Place::Standby, now)
        };
        if admission != Admission::Granted {
            self.give_back_local(asks, now);
        }
        admission
    }

    fn give_back_local(&self, asks: &mut [Ask<'_>], now: Moment) {
        for ask in asks.iter_mut().filter(|ask| ask.place == Place::Memory) {
            self.memory.give_back(ask, now);
        }
    }

    /// Gives back what a granted ask has spent: for `count = failures`, where the units are
    /// reserved before the request and returned if it did not fail.
    ///
    /// It goes where the units were taken. Over the network it is on its way when this returns.
    pub fn give_back(&self, ask: &mut Ask<'_>, now: Moment) {
        match (ask.place, &self.shared) {
            (Place::Memory | Place::Standby, _) => self.memory.give_back(ask, now),
            (Place::Shared, Some(shared)) => shared.give_back(ask),
            (Place::Shared, None) | (Place::Nowhere | Place::Unasked, _) => {}
        }
    }

    /// Writes the ask's decision without spending anything.
    pub fn survey<'a>(&'a self, ask: &'a mut Ask<'_>, now: Moment) -> Taken<'a> {
        match &self.shared {
            Some(shared) if ask.place == Place::Shared => Taken::Later(Box::pin(async move {
                match shared.survey(ask, now).await {
                    Ok(true) => Admission::Granted,
                    Ok(false) => Admission::Refused,
                    Err(OutOfReach) => Admission::Undecided,
                }
            })),
            _ => self.memory.survey(ask, now),
        }
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
        let decision = super::Decision::OPEN;
        Ask { limit: self, key: self.key(bytes), decision, place: self.place() }
    }

    const fn place(&self) -> Place {
        if self.is_shared() { Place::Shared } else { Place::Memory }
    }

    /// Whether all instances count it together.
    pub const fn is_shared(&self) -> bool {
        self.keyer.is_shared()
    }

    pub(super) const fn span(&self) -> Span {
        self.span
    }
}

#[cfg(test)]
mod tests;
