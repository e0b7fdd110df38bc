//! A store whose server has a clock that the test sets, and what depends on that.
//!
//! Its scripts read the time from a key instead of the clock, and what they write expires late,
//! because the server's own clock goes on meanwhile. Everything else is the script that services run.

use std::{slice, time::Duration};

use ::redis::Cmd;
use tokio::runtime::Runtime;

use super::{
    super::Question, Attempt, DAY, SECOND, SharedStore, limiter, rate, redis::RedisServer, runtime,
    shared,
};
use crate::{
    clock::Moment,
    limit::{
        Ask, Limit, Limiter,
        shared::script::{BAN_KEY, Debt, GIVE, Scripts, TAKE},
    },
    policy::{Ban, Count, RateLimit},
};

/// The server's time when a test begins, in microseconds: some day in 2026.
pub(super) const EPOCH: u64 = 1_790_000_000_000_000;

const SECONDS: u64 = 1_000_000;

fn scripts() -> Scripts {
    let clock = "local function clock()\n\
                 local now = tonumber(redis.call('GET', 'clock'))\n\
                 return { math.floor(now / 1000000), now % 1000000 }\n\
                 end\n";
    Scripts::of([TAKE, GIVE, BAN_KEY].map(|code| {
        let (time, expiry) = ("redis.call('TIME')", "/ 1000) + 1000)");
        assert_eq!((code.matches(time).count(), code.matches(expiry).count()), (1, 1));
        let code = code.replace(time, "clock()").replace(expiry, "/ 1000) + 100000000)");
        &*Box::leak((clock.to_owned() + &code).into_boxed_str())
    }))
}

/// A store on such a server; at [`EPOCH`].
pub(super) fn clocked(redis: &RedisServer) -> SharedStore {
    redis.command(&["SET", "clock", &EPOCH.to_string()]);
    SharedStore::with(scripts(), &shared(redis, "clock", SECOND * 5)).unwrap()
}

pub(super) fn set_clock(runtime: &Runtime, store: &SharedStore, micros: u64) {
    let mut command = Cmd::new();
    command.arg("SET").arg("clock").arg(micros);
    let attempt = Attempt::default();
    let set = store.0.run(&attempt, Question::Command(&command));
    runtime.block_on(store.0.within(&attempt, set)).unwrap();
}

/// Asks past what is remembered of refusals, and by the server's clock alone.
fn ask<'l>(runtime: &Runtime, store: &SharedStore, limit: &'l Limit) -> Ask<'l> {
    let mut ask = limit.ask(b"k");
    let now = Moment::now();
    let passes = runtime.block_on(store.take(slice::from_mut(&mut ask), now)).unwrap();
    assert_eq!(passes, ask.decision.allowed);
    ask
}

#[test]
fn a_clock_that_is_set_back_lengthens_no_ban() {
    let Some(redis) = RedisServer::launch() else { return };
    let (store, runtime) = (clocked(&redis), runtime());
    let limiter: Limiter = limiter(&store);
    let ban = Some(Ban { refusals: 1, within: SECOND * 60, lasts: SECOND * 100 });
    let limit = |name, ban| {
        limiter.limit("e", &RateLimit { burst: 1, ban, ..rate(name, 1, SECOND) }).unwrap()
    };
    let (banned, blocked) = (limit("banned", ban), limit("blocked", None));
    assert!(ask(&runtime, &store, &banned).decision.allowed);
    assert!(ask(&runtime, &store, &banned).banned.is_some());
    runtime.block_on(store.ban(blocked.key(b"k"), SECOND * 100, Moment::now())).unwrap();
    // Of this only the ban is left.
    runtime.block_on(store.reset(banned.key(b"k"), Moment::now())).unwrap();
    for limit in [&banned, &blocked] {
        set_clock(&runtime, &store, EPOCH + 40 * SECONDS);
        assert_eq!(ask(&runtime, &store, limit).decision.wait, SECOND * 60);
        // By ten days: it begins anew, and ends a hundred seconds later, not ten days.
        let back = EPOCH - 10 * 86_400 * SECONDS;
        set_clock(&runtime, &store, back);
        assert_eq!(ask(&runtime, &store, limit).decision.wait, SECOND * 100);
        set_clock(&runtime, &store, back + 99 * SECONDS);
        assert_eq!(ask(&runtime, &store, limit).decision.wait, SECOND);
        set_clock(&runtime, &store, back + 100 * SECONDS);
        assert!(!ask(&runtime, &store, limit).blocked, "{limit:?}");
        set_clock(&runtime, &store, EPOCH);
    }
    // A ban that the clock seems to lengthen is none that lasts longer already.
    let key = banned.key(b"other");
    runtime.block_on(store.ban(key, SECOND * 10, Moment::now())).unwrap();
    set_clock(&runtime, &store, EPOCH - 86_400 * SECONDS);
    runtime.block_on(store.ban(key, SECOND * 20, Moment::now())).unwrap();
    let mut ask = banned.ask(b"other");
    runtime.block_on(store.survey(&mut ask, Moment::now())).unwrap();
    assert_eq!((ask.blocked, ask.decision.wait), (true, SECOND * 20));
}

#[test]
fn what_time_has_paid_is_not_given_back() {
    let Some(redis) = RedisServer::launch() else { return };
    let (store, runtime) = (clocked(&redis), runtime());
    let limiter = limiter(&store);
    // One comes back every ten seconds.
    let rate = RateLimit { burst: 2, count: Count::Failures, ..rate("r", 8_640, DAY) };
    let limit = limiter.limit("login", &rate).unwrap();
    let give = |ask: &Ask<'_>| runtime.block_on(store.give(&Debt::of(ask).unwrap())).unwrap();
    let slow = ask(&runtime, &store, &limit);
    assert!(slow.decision.allowed);
    set_clock(&runtime, &store, EPOCH + 4 * SECONDS);
    let quick = ask(&runtime, &store, &limit);
    assert_eq!(quick.decision.wait, SECOND * 6, "sixteen are owed");
    // The first has recovered now, and six seconds of the second.
    set_clock(&runtime, &store, EPOCH + 10 * SECONDS);
    give(&slow);
    let third = ask(&runtime, &store, &limit);
    assert!(third.decision.allowed);
    assert_eq!(third.decision.remaining, 0, "nothing came back of what was paid");
    assert_eq!(third.paid_at, EPOCH + 30 * SECONDS);
    set_clock(&runtime, &store, EPOCH + 16 * SECONDS);
    give(&quick);
    let mut seen = limit.ask(b"k");
    runtime.block_on(store.survey(&mut seen, Moment::now())).unwrap();
    // Of the backlog of fourteen seconds, four were the second's.
    assert_eq!((seen.decision.remaining, seen.decision.wait), (1, SECOND * 10));
    give(&third);
    runtime.block_on(store.survey(&mut seen, Moment::now())).unwrap();
    assert_eq!((seen.decision.remaining, seen.decision.wait), (2, Duration::ZERO));
}
