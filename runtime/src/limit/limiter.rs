//! The limiter of the pipeline.

use super::{
    gcra::{Decision, Gcra, LONGEST, LimitError},
    in_flight::Seat,
    key::{Class, Key, Keyer},
    memory::{self, Memory},
    metrics::{LimitMetrics, Metrics},
    permit::Permit,
    record::{Event, Pace, Record},
    refusals::{Cause, Refusals},
    shared::{OutOfReach, Shared},
    shelf::Shelf,
    store::{Admission, Ask, Place, Store, Taken},
    table::Table,
    tally::Tally,
};
use crate::{
    clock::Moment,
    policy::{Ban, LimitKey, LimitOutage, LimitStore, RateLimit, Unit},
};
use std::{
    collections::BTreeMap,
    hash::RandomState,
    iter::Sum,
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Slots of a limit's table by default: 512 KiB.
const DEFAULT_SLOTS: NonZeroUsize = NonZeroUsize::MIN.saturating_add((1 << 16) - 1);

/// The bounds of a ban: it is one word in a table, and its refusals are counted in a few bits.
const MOST_REFUSALS: u32 = 10_000;

/// Decides on limits; one for the whole process.
///
/// Make it once, outside of the closure that builds the app: that closure runs for every worker,
/// and a limiter made in it would let each worker spend the whole quota.
#[derive(Debug)]
pub struct Limiter {
    memory: Memory,
    /// The store of the limits that all instances share; and whether limits without `store` are
    /// shared.
    shared: Option<Shared>,
    shares_all: bool,
    /// Nothing is counted, and nothing refused.
    is_off: bool,
    secret: RandomState,
    /// The state that all [`Limit`]s of an endpoint and name share. Read at start-up and by
    /// handles, never by a request.
    records: Mutex<Records>,
    /// Changes with every adjustment: prepared limits are prepared again.
    generation: AtomicU64,
    /// Requests of blocked networks.
    barred: Tally,
    /// Requests that did not reach their handlers.
    refusals: Refusals,
}

type Records = BTreeMap<(Box<str>, &'static str), Arc<Record>>;

/// One prepared limit of one endpoint.
#[derive(Clone, Debug)]
pub struct Limit {
    rate: RateLimit,
    measure: Measure,
    keyer: Keyer,
    /// Counted in memory, without a ban.
    is_simple: bool,
    record: Arc<Record>,
}

/// How a limit counts.
#[derive(Clone, Debug)]
pub(super) enum Measure {
    /// Units that recover with time; in the limit's own table.
    Rate { gcra: Gcra, spent: Arc<Table> },
    /// Requests, until they end.
    InFlight,
}

impl Limiter {
    /// A limiter that counts in this process, with so many slots (8 bytes each) in a table.
    ///
    /// Each limit has a table of its own for what its keys have spent, and two more if it has a
    /// ban: for refusals, and for banned keys. A limit without a ban gets the latter when the
    /// service itself blocks a key. All concurrency limits share one. A slot holds one key with a
    /// backlog; if there are more such keys than slots, the keys closest to recovering are evicted.
    pub fn memory(slots: NonZeroUsize) -> Self {
        Self {
            memory: Memory::new(slots),
            shared: None,
            shares_all: false,
            is_off: false,
            secret: RandomState::new(),
            records: Mutex::default(),
            generation: AtomicU64::new(0),
            barred: Tally::default(),
            refusals: Refusals::default(),
        }
    }

    /// Counts shared limits in this store: those with `store = shared`, and with `all` those
    /// without `store` too.
    #[cfg(feature = "redis")]
    pub fn sharing(mut self, store: super::SharedStore, all: bool) -> Self {
        self.shared = Some(store);
        self.shares_all = all;
        self
    }

    /// Whether the store that instances share is out of reach; `None` without a store.
    pub(crate) fn is_store_out_of_reach(&self) -> Option<bool> {
        let shared = self.shared.as_ref().filter(|_| !self.is_off)?;
        Some(shared.metrics().is_out_of_reach)
    }

    /// Enforces nothing: every ask is granted, and none is counted.
    pub(crate) fn off(mut self) -> Self {
        self.is_off = true;
        self
    }

    /// Whether limits are off.
    pub(crate) fn is_off(&self) -> bool {
        self.is_off
    }

    /// Prepares a limit. `endpoint` distinguishes endpoints: the same text and name count together.
    ///
    /// # Errors
    ///
    /// A limit that admits nothing or cannot be counted, a name that is not allowed in the response
    /// fields, and a limit that is shared between instances without a store.
    pub fn limit(&self, endpoint: &str, rate: &RateLimit) -> Result<Limit, LimitError> {
        let is_shared = self.check(rate)?;
        let record = self.record(endpoint, rate.name);
        let rate = record.apply(rate);
        // So that no request waits for the memory. A shared limit counts there during an outage.
        let measure = match gcra_of(&rate)? {
            Some(gcra) => Measure::Rate { gcra, spent: Arc::clone(record.shelf().spent()) },
            None => {
                self.memory.in_flight();
                Measure::InFlight
            }
        };
        record.shelf().furnish(&rate);
        let keyer = Keyer::new(&self.secret, endpoint, rate.name, is_shared);
        let is_simple = !is_shared && rate.ban.is_none() && !rate.track;
        Ok(Limit { rate, measure, keyer, is_simple, record })
    }

    /// Checks a limit; returns whether all instances count it together.
    pub(super) fn check(&self, rate: &RateLimit) -> Result<bool, LimitError> {
        let plain = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if !(1..=64).contains(&rate.name.len()) || !rate.name.bytes().all(plain) {
            return Err(LimitError::Name(rate.name));
        }
        if let Some(ban) = &rate.ban {
            check_ban(rate, ban)?;
        }
        gcra_of(rate)?;
        let in_flight = rate.unit == Unit::InFlight;
        match rate.store {
            LimitStore::Service => Ok(self.shares_all && !in_flight),
            LimitStore::Local => Ok(false),
            LimitStore::Shared if in_flight => Err(LimitError::SharedInFlight(rate.name)),
            LimitStore::Shared if self.shared.is_none() && !self.is_off => {
                Err(LimitError::NoSharedStore(rate.name))
            }
            LimitStore::Shared => Ok(true),
        }
    }

    fn record(&self, endpoint: &str, name: &'static str) -> Arc<Record> {
        let mut records = self.records();
        let record = || Arc::new(Record::new(self.memory.shelf(endpoint, name)));
        Arc::clone(records.entry((endpoint.into(), name)).or_insert_with(record))
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Spends the units of all asks, or of none, and writes each ask's decision.
    ///
    /// A limit that only tracks is checked last, and its decision does not affect the request.
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
                Taken::Later(Box::pin(async move {
                    let admission = self.take_shared(shared, asks, now).await;
                    self.account(asks, admission, now);
                    admission
                }))
            }
            _ => Taken::Now(self.take_now(asks, now)),
        }
    }

    /// Whether the check of this limit can wait for those of the endpoint that the request is on
    /// its way to, so that the shared store gets all of them in one round trip.
    ///
    /// Until then the request runs before its limit is checked: routing, and the app's middleware
    /// before its endpoints. So the check can wait only if the store is within reach, the key is
    /// not known to be refused, and this process has no full quota of unchecked requests of the
    /// key. These are counted where the limit counts during an outage, and are not returned.
    pub(crate) fn can_wait(&self, limit: &Limit, key: Key, now: Moment) -> bool {
        let Measure::Rate { gcra, spent } = &limit.measure else { return false };
        let ask = limit.ask_for(key, limit.rate.cost);
        self.shared_store(limit).is_some_and(|shared| shared.may_pass(&ask, now))
            && !self.is_off
            && blocked(limit, key, now).is_none()
            && spent.take(key.local, gcra, limit.rate.cost, now).is_ok()
    }

    /// Decides on one key of one limit: [`Limiter::take_now`] with a single ask, shorter. It can be
    /// used outside of requests: for the messages of a connection, or jobs.
    ///
    /// As there, a shared limit is refused; no request counts as running after this.
    #[inline]
    pub fn decide(&self, limit: &Limit, bytes: &[u8], now: Moment) -> Decision {
        if let Measure::Rate { gcra, spent } = &limit.measure
            && limit.is_simple
            && !self.is_off
            && !limit.record.may_be_blocked(now)
        {
            let cost = limit.rate.cost;
            let taken = spent.take(limit.keyer.local(bytes), gcra, cost, now);
            limit.record.note(if taken.is_ok() { Event::Allowed } else { Event::Refused });
            return gcra.decision(taken, cost);
        }
        self.decide_any(limit, bytes, now)
    }

    #[cold]
    fn decide_any(&self, limit: &Limit, bytes: &[u8], now: Moment) -> Decision {
        let mut ask = limit.ask(bytes);
        let asks = std::slice::from_mut(&mut ask);
        let admission = if self.is_off { Admission::Granted } else { self.take_now(asks, now) };
        Decision { allowed: admission == Admission::Granted, ..ask.decision }
    }

    /// [`Limiter::take`] without a store to wait for.
    ///
    /// An ask of a shared limit is not counted here: if there is one, use `take`.
    pub fn take_now(&self, asks: &mut [Ask<'_>], now: Moment) -> Admission {
        let admission = self.take_memory(asks, now);
        self.account(asks, admission, now);
        admission
    }

    fn take_memory(&self, asks: &mut [Ask<'_>], now: Moment) -> Admission {
        if self.refuse_blocked(asks, now) {
            return Admission::Refused;
        }
        let admission = self.memory.take_now(asks, Place::Memory, now);
        if admission == Admission::Granted {
            let is_unasked = |ask: &Ask<'_>| ask.place != Place::Memory && !ask.is_tracked();
            if asks.iter().any(is_unasked) {
                // The store was not asked about this one: to let the request pass would mean that
                // there is no limit.
                self.give_back_local(asks, now);
                return Admission::Refused;
            }
            self.track(asks, now);
        }
        admission
    }

    /// Writes the decisions on blocked keys; returns whether one of them refuses the request.
    fn refuse_blocked(&self, asks: &mut [Ask<'_>], now: Moment) -> bool {
        let mut refused = false;
        for ask in asks.iter_mut() {
            let left = blocked(ask.limit, ask.key, now);
            ask.blocked = left.is_some();
            if let Some(wait) = left {
                ask.decision = Decision { allowed: false, remaining: 0, wait };
                refused |= !ask.is_tracked();
            }
        }
        if refused {
            for ask in asks.iter_mut().filter(|ask| !ask.blocked) {
                if ask.place == Place::Memory {
                    ask.decision = self.memory.look(ask, now);
                } else {
                    ask.place = Place::Unasked;
                }
            }
        }
        refused
    }

    /// Spends the units of limits that only track, once the request is admitted.
    fn track(&self, asks: &mut [Ask<'_>], now: Moment) {
        for ask in asks.iter_mut().filter(|ask| ask.is_tracked() && !ask.blocked) {
            if matches!(ask.place, Place::Memory | Place::Standby) {
                self.memory.take_one(ask, now);
            }
        }
    }

    /// Counts the decisions, and turns refusals into bans.
    fn account(&self, asks: &mut [Ask<'_>], admission: Admission, now: Moment) {
        for ask in asks {
            let record = &ask.limit.record;
            if ask.place == Place::Standby && admission != Admission::Undecided {
                record.note(Event::Standby);
            }
            match admission {
                Admission::Granted if ask.place == Place::Nowhere => record.note(Event::Uncounted),
                Admission::Granted if ask.is_over() => record.note(Event::Tracked),
                Admission::Granted => record.note(Event::Allowed),
                Admission::Refused if ask.is_refused() => {
                    record.note(Event::Refused);
                    if ask.place == Place::Shared {
                        // The store has counted the refusal.
                        if ask.banned.is_some() {
                            record.note(Event::Banned);
                        }
                    } else if let Some(ban) = ask.limit.rate.ban.filter(|_| !ask.blocked) {
                        // Who is banned does not stay so for trying.
                        self.count_refusal(ask, ban, now);
                    }
                }
                Admission::Undecided if ask.is_closed() => record.note(Event::Undecided),
                Admission::Refused | Admission::Undecided => {}
            }
        }
    }

    #[cold]
    fn count_refusal(&self, ask: &mut Ask<'_>, ban: Ban, now: Moment) {
        let (limit, key) = (ask.limit, ask.key);
        if blocked(limit, key, now).is_none() {
            if memory::count_refusal(limit, key, &ban, now) < u64::from(ban.refusals) {
                return;
            }
            // Of several that are refused at once, one begins the ban.
            if self.block_here(limit, key, ban.lasts, now) {
                limit.record.note(Event::Banned);
                ask.banned = Some(ban);
            }
            memory::forget_refusals(limit, key, now);
        }
        ask.decision.remaining = 0;
        ask.decision.wait = ask.decision.wait.max(ban.lasts);
    }

    /// Blocks a key in this process; returns whether it was not blocked before.
    fn block_here(&self, limit: &Limit, key: Key, lasts: Duration, now: Moment) -> bool {
        // Noted first: who sees no note does not look for the block.
        limit.record.note_block(now, lasts);
        memory::block(limit, key, lasts, now)
    }

    /// Refuses a key for so long, whatever it has left, unless it is refused for longer already.
    ///
    /// The block of a shared limit is in the store alone, where every instance may lift it; it is
    /// in this process only while the store is out of reach.
    pub(super) async fn block(
        &self,
        limit: &Limit,
        key: Key,
        lasts: Duration,
        now: Moment,
    ) -> Result<(), OutOfReach> {
        let Some(shared) = self.shared_store(limit) else {
            self.block_here(limit, key, lasts, now);
            return Ok(());
        };
        let done = shared.ban(key, lasts, now).await;
        if done.is_err() {
            self.block_here(limit, key, lasts, now);
        }
        done
    }

    pub(super) async fn unblock(
        &self,
        limit: &Limit,
        key: Key,
        now: Moment,
    ) -> Result<(), OutOfReach> {
        memory::unblock(limit, key, now);
        match self.shared_store(limit) {
            Some(shared) => shared.ban(key, Duration::ZERO, now).await,
            None => Ok(()),
        }
    }

    /// Resets what a key has spent, and its count of refusals.
    pub(super) async fn reset(
        &self,
        limit: &Limit,
        key: Key,
        now: Moment,
    ) -> Result<(), OutOfReach> {
        memory::forget(limit, key, now);
        match self.shared_store(limit) {
            Some(shared) => shared.reset(key, now).await,
            None => Ok(()),
        }
    }

    fn shared_store(&self, limit: &Limit) -> Option<&Shared> {
        self.shared.as_ref().filter(|_| limit.is_shared())
    }

    /// Whether this limit was prepared for the endpoint of this name.
    pub(super) fn knows(&self, endpoint: &str, name: &'static str) -> bool {
        self.records().contains_key(&(endpoint.into(), name))
    }

    /// Sets what a limit allows from now on; `None` restores the declared values.
    pub(super) fn set_pace(&self, endpoint: &str, name: &'static str, pace: Option<Pace>) {
        self.record(endpoint, name).set_pace(pace);
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// Changes when a limit is adjusted.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Counts a request of a blocked network.
    pub(crate) fn note_barred(&self) {
        self.barred.add_one();
    }

    /// Counts a request that did not reach its handler.
    pub(crate) fn note_refusal(&self, cause: Cause) {
        self.refusals.note(cause);
    }

    /// Counts a refusal that is not written to the log.
    pub(crate) fn note_suppressed(&self) {
        self.refusals.note_suppressed();
    }

    /// Counts a handler that ended after its deadline.
    pub(crate) fn note_outlived(&self) {
        self.refusals.note_outlived();
    }

    /// The counters, and how full the tables are at this moment.
    pub fn metrics(&self, now: Moment) -> Metrics {
        let records = self.records();
        let limits = records.iter().map(|((endpoint, policy), record)| LimitMetrics {
            endpoint: endpoint.to_string(),
            policy,
            allowed: record.count(Event::Allowed),
            refused: record.count(Event::Refused),
            tracked: record.count(Event::Tracked),
            bans: record.count(Event::Banned),
            standby: record.count(Event::Standby),
            uncounted: record.count(Event::Uncounted),
            undecided: record.count(Event::Undecided),
            in_flight: record.in_flight(),
        });
        let limits = limits.collect();
        let tables = records.values().flat_map(|record| record.shelf().tables());
        let tables = tables.map(|table| table.metrics(now));
        let tables: Vec<_> = tables.chain(self.memory.in_flight_metrics()).collect();
        let shared_store = self.shared.as_ref().map(Shared::metrics);
        let tables = match &self.shared {
            Some(shared) => [tables, shared.tables(now)].concat(),
            None => tables,
        };
        Metrics {
            limits,
            tables,
            shared_store,
            barred: self.barred.total(),
            refusals: self.refusals.by_cause(),
            suppressed_lines: self.refusals.suppressed(),
            outlived_deadlines: self.refusals.outlived(),
            #[cfg(feature = "log")]
            dropped_log_lines: crate::log::dropped_lines(),
        }
    }

    /// Cheap checks first: the memory, known refusals, then one round trip.
    async fn take_shared(&self, shared: &Shared, asks: &mut [Ask<'_>], now: Moment) -> Admission {
        if self.refuse_blocked(asks, now) {
            return Admission::Refused;
        }
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
            Ok(true) => {
                self.track(asks, now);
                Admission::Granted
            }
            Ok(false) => refused(asks),
            Err(OutOfReach) => self.take_without_shared(asks, now),
        }
    }

    /// Applies the policy of each shared limit while the store is out of reach.
    fn take_without_shared(&self, asks: &mut [Ask<'_>], now: Moment) -> Admission {
        for ask in asks.iter_mut().filter(|ask| ask.place == Place::Shared) {
            (ask.place, ask.decision.allowed) = match ask.limit.rate.outage {
                // It decides nothing, so that nothing depends on it.
                LimitOutage::Closed if ask.is_tracked() => (Place::Nowhere, true),
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
        if admission == Admission::Granted {
            self.track(asks, now);
        } else {
            self.give_back_local(asks, now);
        }
        admission
    }

    fn give_back_local(&self, asks: &mut [Ask<'_>], now: Moment) {
        let counts = |ask: &&mut Ask<'_>| ask.place == Place::Memory && !ask.is_tracked();
        for ask in asks.iter_mut().filter(counts) {
            self.memory.give_back(ask, now);
        }
    }

    /// Returns the units of a granted ask: for `count = failures`, where they are reserved before
    /// the request and returned if it did not fail; for bytes, those that were announced and not
    /// sent.
    ///
    /// They return to where they were taken. Over the network, the command is on its way when this
    /// returns.
    pub fn give_back(&self, ask: &mut Ask<'_>, now: Moment) {
        match (ask.place, &self.shared) {
            (Place::Memory | Place::Standby, _) => self.memory.give_back(ask, now),
            (Place::Shared, Some(shared)) => shared.give_back(ask),
            (Place::Shared, None) | (Place::Nowhere | Place::Unasked, _) => {}
        }
    }

    /// Writes the ask's decision without spending anything.
    pub fn survey<'a>(&'a self, ask: &'a mut Ask<'_>, now: Moment) -> Taken<'a> {
        if let Some(wait) = blocked(ask.limit, ask.key, now) {
            ask.decision = Decision { allowed: false, remaining: 0, wait };
            ask.blocked = true;
            return Taken::Now(Admission::Refused);
        }
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

    /// How many keys were evicted before they had recovered. If it grows, the tables are too small,
    /// or a client sends invented keys.
    pub fn evicted(&self) -> u64 {
        self.sum_of_tables(Table::evicted)
    }

    /// Slots in all tables, 8 bytes each. Grows with the number of limits at start-up, never with
    /// the number of keys.
    pub fn slots(&self) -> usize {
        self.sum_of_tables(Table::slots) + self.memory.places()
    }

    fn sum_of_tables<N: Sum>(&self, figure: impl Fn(&Table) -> N) -> N {
        let records = self.records();
        let tables = records.values().flat_map(|record| record.shelf().tables());
        tables.map(figure).sum()
    }
}

/// In memory, with 65,536 slots in a table.
impl Default for Limiter {
    fn default() -> Self {
        Self::memory(DEFAULT_SLOTS)
    }
}

impl Limit {
    /// The declared rate, or the adjusted one.
    pub const fn rate(&self) -> &RateLimit {
        &self.rate
    }

    /// The arithmetic of a rate; `None` for a concurrency limit.
    pub const fn gcra(&self) -> Option<&Gcra> {
        match &self.measure {
            Measure::Rate { gcra, .. } => Some(gcra),
            Measure::InFlight => None,
        }
    }

    /// The key of these bytes: [`address_bytes`](super::address_bytes), a subject, a header's
    /// value; empty for a limit on all requests together.
    pub fn key(&self, bytes: &[u8]) -> Key {
        self.keyer.key(Class::Own, bytes)
    }

    /// The key on the count of this class; on the caller's own if the limit has only one.
    pub(crate) fn key_in(&self, class: Class, bytes: &[u8]) -> Key {
        self.keyer.key(if self.has_classes() { class } else { Class::Own }, bytes)
    }

    /// Whether requests that another site sends are counted separately.
    ///
    /// They are used if the key distinguishes one visitor from another. A count that callers share
    /// anyway can be spent by any of them, and a second one would double it.
    pub(super) fn has_classes(&self) -> bool {
        self.rate.key.iter().any(|part| match part {
            LimitKey::Address
            | LimitKey::Subject
            | LimitKey::Client
            | LimitKey::Function(..)
            | LimitKey::FunctionOf(..) => true,
            LimitKey::Global | LimitKey::Header(_) | LimitKey::Path(_) | LimitKey::Body(_) => false,
        })
    }

    /// The ask whether the key of these bytes may spend what a request costs.
    ///
    /// An ask of a limit on bytes has as many units as its `cost` unless `units` is set.
    pub fn ask(&self, bytes: &[u8]) -> Ask<'_> {
        self.ask_for(self.key(bytes), self.rate.cost)
    }

    /// The ask whether a key may spend so many units.
    pub(crate) const fn ask_for(&self, key: Key, units: u32) -> Ask<'_> {
        Ask {
            limit: self,
            key,
            units,
            decision: Decision::OPEN,
            place: self.place(),
            paid_at: 0,
            blocked: false,
            banned: None,
            permit: None,
        }
    }

    const fn place(&self) -> Place {
        if self.is_shared() { Place::Shared } else { Place::Memory }
    }

    /// Whether all instances count it together.
    pub const fn is_shared(&self) -> bool {
        self.keyer.is_shared()
    }

    pub(super) const fn measure(&self) -> &Measure {
        &self.measure
    }

    pub(super) fn shelf(&self) -> &Shelf {
        self.record.shelf()
    }

    pub(super) fn permit(&self, seat: Seat) -> Permit {
        Permit::new(seat, &self.record)
    }
}

/// The arithmetic of a rate; `None` for a concurrency limit.
fn gcra_of(rate: &RateLimit) -> Result<Option<Gcra>, LimitError> {
    match rate.unit {
        Unit::InFlight if rate.quota == 0 => Err(LimitError::Zero("quota")),
        Unit::InFlight => Ok(None),
        Unit::Requests | Unit::Kibibytes => {
            Gcra::new(rate.quota, rate.window, rate.burst, rate.cost).map(Some)
        }
    }
}

/// For how long a key is still refused, as far as this process knows.
fn blocked(limit: &Limit, key: Key, now: Moment) -> Option<Duration> {
    if limit.record.may_be_blocked(now) { memory::blocked(limit, key, now) } else { None }
}

fn check_ban(rate: &RateLimit, ban: &Ban) -> Result<(), LimitError> {
    if rate.track {
        return Err(LimitError::TrackedBan(rate.name));
    }
    let longest = Duration::from_micros(LONGEST);
    let fits = |time: Duration| !time.is_zero() && time <= longest;
    if (1..=MOST_REFUSALS).contains(&ban.refusals) && fits(ban.within) && fits(ban.lasts) {
        return Ok(());
    }
    Err(LimitError::Ban(rate.name))
}

#[cfg(test)]
mod tests;
