//! Against real servers.

mod clock;
mod model;
mod partial;
mod reference;

use std::{cell::Cell, thread, time::Duration};

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use tokio::runtime::Runtime;

use super::{Attempt, Question, Reply, SharedStore};
use crate::{
    Redis,
    clock::Moment,
    limit::{Admission, Ask, Limit, Limiter, Place},
    policy::{Ban, Count, LimitKey, LimitOutage, LimitStore, RateLimit, Unit},
    test_redis::{self as redis, RedisServer},
};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

fn rate(name: &'static str, quota: u32, window: Duration) -> RateLimit {
    RateLimit {
        name,
        unit: Unit::Requests,
        quota,
        window,
        burst: quota,
        cost: 1,
        count: Count::All,
        key: &[LimitKey::Global],
        store: LimitStore::Shared,
        outage: LimitOutage::Local,
        ban: None,
        track: false,
    }
}

/// A store with a time-out that no busy machine meets by accident.
fn store(redis: &RedisServer) -> SharedStore {
    SharedStore::redis(&shared(redis, "test", SECOND * 5)).unwrap()
}

fn shared(redis: &RedisServer, prefix: &str, timeout: Duration) -> Redis {
    at(&redis.url(), prefix, timeout)
}

fn at(url: &str, prefix: &str, timeout: Duration) -> Redis {
    Redis::new(&url.into(), prefix).unwrap().timeout(timeout).unwrap()
}

fn limiter(store: &SharedStore) -> Limiter {
    Limiter::default().sharing(store.clone(), false)
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn take(runtime: &Runtime, limiter: &Limiter, asks: &mut [Ask<'_>]) -> Admission {
    runtime.block_on(limiter.take(asks, Moment::now()))
}

fn take_one(runtime: &Runtime, limiter: &Limiter, limit: &Limit) -> bool {
    take(runtime, limiter, &mut [limit.ask(b"k")]) == Admission::Granted
}

/// The same limit in another model: a bucket that fills, in microseconds of credit.
struct Bucket {
    interval: u64,
    capacity: u64,
    charge: u64,
    credit: u64,
    at: u64,
}

impl Bucket {
    fn new(rate: &RateLimit) -> Self {
        let window = u64::try_from(rate.window.as_micros()).unwrap();
        let interval = window.div_ceil(rate.quota.into());
        let capacity = interval * u64::from(rate.burst);
        let charge = interval * u64::from(rate.cost);
        Self { interval, capacity, charge, credit: capacity, at: 0 }
    }

    fn fill(&mut self, now: u64) {
        self.credit = self.capacity.min(self.credit + (now - self.at));
        self.at = now;
    }
}

#[test]
fn any_schedule_is_decided_as_buckets_decide_it() {
    let Some(redis) = RedisServer::launch() else { return };
    let (store, runtime) = (store(&redis), runtime());
    let limiter = limiter(&store);
    let rates = [
        RateLimit { burst: 5, ..rate("fast", 50, SECOND) },
        RateLimit { burst: 3, cost: 2, ..rate("costly", 1_000, SECOND) },
        rate("odd", 7, SECOND),
        RateLimit { burst: 20, ..rate("daily", 1_000_000, DAY) },
        rate("few", 9, DAY),
    ];
    // Which limits a request has, whose it is, and how long after the one before it comes.
    let step = (1_u8..32, 0_u8..2, 0_u64..4_000);
    let schedules = prop::collection::vec(step, 1..60);
    let (decided, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    let case = Cell::new(0_u32);
    let config = Config { cases: 60, ..Config::default() };
    let outcome = TestRunner::new(config).run(&schedules, |steps| {
        case.set(case.get() + 1);
        let endpoint = case.get().to_string();
        let limits = rates.each_ref().map(|rate| limiter.limit(&endpoint, rate).unwrap());
        let mut buckets = [0_u8, 1].map(|_| rates.each_ref().map(Bucket::new));
        for (chosen, key, pause) in steps {
            if pause > 2_000 {
                thread::sleep(Duration::from_micros(pause));
            }
            let chosen: Vec<usize> = (0..5).filter(|bit| chosen & (1 << bit) != 0).collect();
            let asks: Vec<Ask<'_>> = chosen.iter().map(|at| limits[*at].ask(&[key])).collect();
            let keyed: Vec<_> = asks.iter().map(|ask| (ask.key.shared.unwrap(), ask)).collect();
            let core = &store.0;
            let call = core.scripts.take("test", keyed.iter().copied(), true);
            let attempt = Attempt::default();
            let question = Question::Script(&call);
            let reply = runtime.block_on(core.within(&attempt, core.run(&attempt, question)));
            let reply = Reply::read(&reply.unwrap(), asks.len()).unwrap();

            let own = &mut buckets[usize::from(key)];
            for at in &chosen {
                own[*at].fill(reply.at);
            }
            let passes = chosen.iter().all(|at| own[*at].credit >= own[*at].charge);
            let verdicts = &reply.verdicts;
            prop_assert_eq!(verdicts.iter().all(|verdict| verdict.is_allowed()), passes);
            for ((at, verdict), ask) in chosen.iter().zip(verdicts).zip(&asks) {
                let bucket = &mut own[*at];
                prop_assert_eq!(verdict.is_allowed(), bucket.credit >= bucket.charge);
                if passes {
                    bucket.credit -= bucket.charge;
                }
                let decision = verdict.decision(ask, passes);
                prop_assert_eq!(u64::from(decision.remaining), bucket.credit / bucket.interval);
                let wait = u64::try_from(decision.wait.as_micros()).unwrap();
                let expected = if decision.allowed && bucket.credit == bucket.capacity {
                    0
                } else if decision.allowed {
                    bucket.interval - bucket.credit % bucket.interval
                } else {
                    bucket.charge - bucket.credit
                };
                prop_assert_eq!(wait, expected);
                decided.set(decided.get() + 1);
                refused.set(refused.get() + u32::from(!decision.allowed));
            }
        }
        Ok(())
    });
    outcome.unwrap();
    let (decided, refused) = (decided.get(), refused.get());
    println!("{decided} decisions, {refused} of them refusals");
    assert!(refused > 100 && decided - refused > 100, "{refused} of {decided}");
}

#[test]
fn all_limits_of_a_request_are_spent_or_none() {
    let Some(redis) = RedisServer::launch() else { return };
    let (store, runtime) = (store(&redis), runtime());
    let limiter = limiter(&store);
    let wide = limiter.limit("e", &rate("wide", 5, DAY)).unwrap();
    let narrow = limiter.limit("e", &rate("narrow", 1, DAY)).unwrap();
    let local = RateLimit { store: LimitStore::Local, ..rate("local", 3, DAY) };
    let local = limiter.limit("e", &local).unwrap();
    let mut asks = [wide.ask(b"k"), narrow.ask(b"k"), local.ask(b"k")];
    assert_eq!(take(&runtime, &limiter, &mut asks), Admission::Granted);
    assert_eq!(asks.each_ref().map(|ask| ask.decision.remaining), [4, 0, 2]);
    assert_eq!(take(&runtime, &limiter, &mut asks), Admission::Refused);
    assert_eq!(asks.each_ref().map(Ask::is_refused), [false, true, false]);
    let mut ask = wide.ask(b"k");
    let seen = runtime.block_on(limiter.survey(&mut ask, Moment::now()));
    assert_eq!((seen, ask.decision.remaining), (Admission::Granted, 4));
    let mut ask = local.ask(b"k");
    let seen = runtime.block_on(limiter.survey(&mut ask, Moment::now()));
    assert_eq!((seen, ask.decision.remaining), (Admission::Granted, 2));
}

#[test]
fn a_refused_key_costs_no_round_trip_and_is_told_the_truth() {
    let Some(redis) = RedisServer::launch() else { return };
    let (store, runtime) = (store(&redis), runtime());
    let limiter = limiter(&store);
    let limit = limiter.limit("e", &rate("few", 2, DAY)).unwrap();
    assert!(take_one(&runtime, &limiter, &limit) && take_one(&runtime, &limiter, &limit));
    let mut first = [limit.ask(b"k")];
    assert_eq!(take(&runtime, &limiter, &mut first), Admission::Refused);
    let before = store.report();
    for _ in 0..100 {
        let mut ask = [limit.ask(b"k")];
        assert_eq!(take(&runtime, &limiter, &mut ask), Admission::Refused);
        assert!(ask[0].is_refused());
        assert_eq!(ask[0].decision.remaining, 0);
        let (told, earlier) = (ask[0].decision.wait, first[0].decision.wait);
        assert!(told <= earlier && earlier - told < SECOND * 30, "{told:?} after {earlier:?}");
    }
    let after = store.report();
    assert_eq!(after.round_trips, before.round_trips);
    assert_eq!(after.recalled, before.recalled + 100);
    assert!(take(&runtime, &limiter, &mut [limit.ask(b"other")]) == Admission::Granted);
}

#[test]
fn units_that_may_come_back_are_asked_for_every_time() {
    let Some(redis) = RedisServer::launch() else { return };
    let (store, runtime) = (store(&redis), runtime());
    let limiter = limiter(&store);
    let failures = RateLimit { count: Count::Failures, ..rate("failures", 2, DAY) };
    let limit = limiter.limit("login", &failures).unwrap();
    let mut granted = [limit.ask(b"k")];
    assert_eq!(take(&runtime, &limiter, &mut granted), Admission::Granted);
    assert!(take_one(&runtime, &limiter, &limit) && !take_one(&runtime, &limiter, &limit));
    runtime.block_on(async {
        limiter.give_back(&mut granted[0], Moment::now());
        tokio::time::sleep(Duration::from_millis(200)).await;
    });
    assert!(take_one(&runtime, &limiter, &limit), "one was given back");
    assert!(!take_one(&runtime, &limiter, &limit), "not two");
}

#[test]
fn refusals_lead_to_a_ban_that_every_instance_sees() {
    let Some(redis) = RedisServer::launch() else { return };
    let (stores, runtime) = ([store(&redis), store(&redis)], runtime());
    let limiters = stores.each_ref().map(limiter);
    let ban = Some(Ban { refusals: 3, within: SECOND * 60, lasts: SECOND * 2 });
    let rate = RateLimit { ban, ..rate("r", 1_000_000, SECOND) };
    let rate = RateLimit { burst: 1, quota: 100, ..rate };
    let limits = limiters.each_ref().map(|limiter| limiter.limit("e", &rate).unwrap());
    let mut refusals = 0;
    while refusals < 3 {
        refusals += u32::from(!take_one(&runtime, &limiters[0], &limits[0]));
    }
    for (limiter, limit) in limiters.iter().zip(&limits) {
        let mut ask = [limit.ask(b"k")];
        assert_eq!(take(&runtime, limiter, &mut ask), Admission::Refused);
        assert!(ask[0].decision.wait > SECOND, "{:?}", ask[0].decision);
    }
    thread::sleep(SECOND * 2);
    assert!(take_one(&runtime, &limiters[1], &limits[1]));
}

#[test]
fn scripts_that_the_server_forgot_are_sent_again() {
    let Some(redis) = RedisServer::launch() else { return };
    let (store, runtime) = (store(&redis), runtime());
    let limiter = limiter(&store);
    let limit = limiter.limit("e", &rate("r", 3, DAY)).unwrap();
    let command = |words: &[&str]| {
        let mut command = ::redis::Cmd::new();
        for word in words {
            command.arg(word);
        }
        let attempt = Attempt::default();
        let asked = store.0.run(&attempt, Question::Command(&command));
        runtime.block_on(store.0.within(&attempt, asked)).unwrap();
    };
    assert!(take_one(&runtime, &limiter, &limit));
    command(&["SCRIPT", "FLUSH"]);
    assert!(take_one(&runtime, &limiter, &limit));
    command(&["FLUSHALL"]);
    assert!((0..3).all(|_| take_one(&runtime, &limiter, &limit)));
    assert!(!take_one(&runtime, &limiter, &limit));
    assert_eq!(store.report().outages, 0);
}

#[test]
fn without_the_store_each_limit_does_as_it_says() {
    let Some(mut redis) = RedisServer::launch() else { return };
    let (store, runtime) = (store(&redis), runtime());
    let limiter = limiter(&store);
    let [local, closed, open] = [LimitOutage::Local, LimitOutage::Closed, LimitOutage::Open]
        .map(|outage| limiter.limit("e", &RateLimit { outage, ..rate("r", 2, DAY) }).unwrap());
    assert!(take_one(&runtime, &limiter, &local));
    redis.stop();
    let passed = (0..10).filter(|_| take_one(&runtime, &limiter, &local)).count();
    assert_eq!(passed, 2, "this instance counts by itself");
    for _ in 0..10 {
        let mut ask = [open.ask(b"k")];
        assert_eq!(take(&runtime, &limiter, &mut ask), Admission::Granted);
        assert!(!ask[0].is_answered());
        let mut asks = [open.ask(b"k"), local.ask(b"other"), closed.ask(b"k")];
        assert_eq!(take(&runtime, &limiter, &mut asks), Admission::Undecided);
    }
    let mut ask = [local.ask(b"other")];
    assert_eq!(take(&runtime, &limiter, &mut ask), Admission::Granted);
    assert_eq!(ask[0].decision.remaining, 1, "what could not be decided spent nothing");
    assert_eq!(ask[0].place, Place::Standby);
    assert_eq!(store.report().outages, 1);
    redis.start();
    let started = Moment::now();
    while store.report().is_out_of_reach {
        assert!(Moment::now().since(started) < SECOND * 2, "it does not notice");
        thread::sleep(Duration::from_millis(5));
    }
    assert!(take_one(&runtime, &limiter, &closed));
}

#[test]
fn nothing_of_the_url_is_shown() {
    let redis = at("redis://user:hunter22@127.0.0.1:1", "test", SECOND);
    let store = SharedStore::redis(&redis).unwrap();
    let limiter = limiter(&store);
    assert!(!format!("{store:?} {limiter:?}").contains("hunter22"));
}

#[test]
fn a_dropped_store_ends_its_thread() {
    let store = SharedStore::redis(&at("redis://127.0.0.1:1", "test", SECOND)).unwrap();
    let core = std::sync::Arc::downgrade(&store.0);
    let circuit = std::sync::Arc::downgrade(&store.0.circuit);
    drop(store);
    let started = Moment::now();
    while core.strong_count() + circuit.strong_count() > 0 {
        assert!(Moment::now().since(started) < SECOND * 5, "the thread goes on");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_ban_is_lifted_and_a_key_reset() {
    let Some(redis) = RedisServer::launch() else { return };
    let (store, runtime) = (store(&redis), runtime());
    let limiter = limiter(&store);
    let limit = limiter.limit("e", &rate("r", 1, DAY)).unwrap();
    let key = limit.key(b"k");
    assert!(take_one(&runtime, &limiter, &limit) && !take_one(&runtime, &limiter, &limit));
    runtime.block_on(store.reset(key, Moment::now())).unwrap();
    assert!(take_one(&runtime, &limiter, &limit), "it owes nothing any more");
    runtime.block_on(store.reset(key, Moment::now())).unwrap();
    runtime.block_on(store.ban(key, SECOND * 600, Moment::now())).unwrap();
    assert!(!take_one(&runtime, &limiter, &limit));
    runtime.block_on(store.ban(key, Duration::ZERO, Moment::now())).unwrap();
    assert!(take_one(&runtime, &limiter, &limit));
}

#[test]
fn a_block_is_lifted_by_any_instance_and_shortened_by_none() {
    let Some(redis) = RedisServer::launch() else { return };
    let runtime = runtime();
    let instances = [limiter(&store(&redis)), limiter(&store(&redis))];
    let [one, other] = &instances;
    let limit_of = |limiter: &Limiter| limiter.limit("e", &rate("r", 100, DAY)).unwrap();
    let (here, there) = (limit_of(one), limit_of(other));
    let block = |limiter: &Limiter, limit: &Limit, lasts| {
        runtime.block_on(limiter.block(limit, limit.key(b"k"), lasts, Moment::now())).unwrap();
    };
    assert!(take_one(&runtime, one, &here) && take_one(&runtime, other, &there));
    block(one, &here, DAY);
    block(other, &there, Duration::from_millis(1));
    thread::sleep(Duration::from_millis(20));
    assert!(!take_one(&runtime, one, &here), "a shorter block does not end a longer one");
    assert!(!take_one(&runtime, other, &there));
    runtime.block_on(other.unblock(&there, there.key(b"k"), Moment::now())).unwrap();
    assert!(take_one(&runtime, other, &there));
    // What it knew of the refusal it believes for a while, and no longer.
    let later = Moment::now().after(SECOND * 11);
    let admission = runtime.block_on(one.take(&mut [here.ask(b"k")], later));
    assert_eq!(admission, Admission::Granted, "the other instance lifted it");
}

#[test]
fn an_outage_is_in_the_metrics() {
    let Some(redis) = RedisServer::launch() else { return };
    let runtime = runtime();
    let store = SharedStore::redis(&shared(&redis, "test", Duration::from_millis(200))).unwrap();
    let limiter = limiter(&store);
    let of =
        |name, outage| limiter.limit("e", &RateLimit { outage, ..rate(name, 100, DAY) }).unwrap();
    let local = of("local", LimitOutage::Local);
    let open = of("open", LimitOutage::Open);
    let closed = of("closed", LimitOutage::Closed);
    assert!(take_one(&runtime, &limiter, &local));
    drop(redis);
    assert!(take_one(&runtime, &limiter, &local));
    assert!(take_one(&runtime, &limiter, &open));
    assert!(!take_one(&runtime, &limiter, &closed));
    let metrics = limiter.metrics(Moment::now());
    let shared = metrics.shared_store.unwrap();
    assert!(shared.is_out_of_reach && shared.outages == 1, "{shared:?}");
    let told = |policy: &str| {
        let limit = metrics.limits.iter().find(|limit| limit.policy == policy).unwrap();
        (limit.allowed, limit.standby, limit.uncounted, limit.undecided)
    };
    assert_eq!(told("local"), (2, 1, 0, 0));
    assert_eq!(told("open"), (0, 0, 1, 0));
    assert_eq!(told("closed"), (0, 0, 0, 1));
    assert!(metrics.tables.iter().any(|table| table.table == "denied"));
}
