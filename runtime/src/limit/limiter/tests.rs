mod kinds;
mod model;

use super::{Limit, Limiter};
use crate::{
    clock::Moment,
    limit::{Admission, Ask, LimitError, Store, Taken},
    policy::{Ban, Count, LimitKey, LimitOutage, LimitStore, RateLimit, Unit},
};
use std::{num::NonZeroUsize, slice, thread, time::Duration};

const START: Moment = Moment::from_nanos(1_000_000_000);

fn rate(name: &'static str, quota: u32) -> RateLimit {
    RateLimit {
        name,
        unit: Unit::Requests,
        quota,
        window: Duration::from_secs(60),
        burst: quota,
        cost: 1,
        count: Count::All,
        key: &[LimitKey::Global],
        store: LimitStore::Service,
        outage: LimitOutage::Local,
        ban: None,
        track: false,
    }
}

fn take(limiter: &Limiter, limit: &Limit, key: &[u8]) -> bool {
    let mut ask = limit.ask(key);
    limiter.take_now(slice::from_mut(&mut ask), START) == Admission::Granted
}

/// Units left, without spending one.
fn left<'l>(limiter: &Limiter, limit: &'l Limit, key: &[u8]) -> u32 {
    let mut ask: Ask<'l> = limit.ask(key);
    assert!(matches!(limiter.survey(&mut ask, START), Taken::Now(_)));
    ask.decision.remaining
}

#[test]
fn all_limits_of_a_request_are_spent_or_none() {
    let limiter = Limiter::default();
    let wide = limiter.limit("e", &rate("wide", 5)).unwrap();
    let narrow = limiter.limit("e", &rate("narrow", 1)).unwrap();
    let last = limiter.limit("e", &rate("last", 1)).unwrap();
    let mut asks = [wide.ask(b"k"), narrow.ask(b"k"), last.ask(b"k")];

    assert_eq!(limiter.take_now(&mut asks, START), Admission::Granted);
    assert_eq!(asks.each_ref().map(|ask| ask.decision.remaining), [4, 0, 0]);
    assert_eq!(limiter.take_now(&mut asks, START), Admission::Refused);
    // The limits around the one that refused are untouched, and all that would refuse are named.
    assert_eq!(asks.each_ref().map(|ask| ask.decision.remaining), [4, 0, 0]);
    assert_eq!(asks.each_ref().map(|ask| ask.decision.allowed), [true, false, false]);
    assert_eq!(left(&limiter, &wide, b"k"), 4);
}

#[test]
fn endpoints_names_and_keys_are_counted_apart() {
    let limiter = Limiter::default();
    let limits = [("a", "x"), ("a", "y"), ("b", "x")]
        .map(|(endpoint, name)| limiter.limit(endpoint, &rate(name, 1)).unwrap());
    for limit in &limits {
        assert!(take(&limiter, limit, b"k"));
        assert!(!take(&limiter, limit, b"k"));
        assert!(take(&limiter, limit, b"other"));
    }
}

#[test]
fn every_worker_counts_in_the_same_table() {
    let limiter = Limiter::default();
    // Each worker makes its own `Limit`, as an app factory does.
    let worker = || {
        let limit = limiter.limit("e", &rate("x", 100)).unwrap();
        (0..100).filter(|_| take(&limiter, &limit, b"k")).count()
    };
    let passed = thread::scope(|scope| {
        let workers = [(); 4].map(|()| scope.spawn(worker));
        workers.map(|worker| worker.join().unwrap()).iter().sum::<usize>()
    });
    assert_eq!(passed, 100);
}

#[test]
fn a_reserved_unit_comes_back() {
    let limiter = Limiter::default();
    let limit = limiter.limit("login", &rate("failures", 2)).unwrap();
    for _ in 0..10 {
        let mut ask = limit.ask(b"k");
        assert_eq!(limiter.take_now(slice::from_mut(&mut ask), START), Admission::Granted);
        limiter.give_back(&mut ask, START);
        assert_eq!((ask.decision.allowed, ask.decision.remaining), (true, 2));
    }
    assert!(take(&limiter, &limit, b"k") && take(&limiter, &limit, b"k"));
    assert!(!take(&limiter, &limit, b"k"));
}

#[test]
fn giving_back_never_makes_more_than_a_full_burst() {
    let limiter = Limiter::default();
    let limit = limiter.limit("login", &rate("failures", 3)).unwrap();
    let mut ask = limit.ask(b"k");
    assert_eq!(limiter.take_now(slice::from_mut(&mut ask), START), Admission::Granted);
    assert!(take(&limiter, &limit, b"k"));
    for _ in 0..5 {
        limiter.give_back(&mut ask, START);
    }
    assert_eq!(ask.decision.remaining, 2);
    // All but the other one: as often as it is given back, it was spent once.
    assert!((0..2).all(|_| take(&limiter, &limit, b"k")));
    assert!(!take(&limiter, &limit, b"k"));
}

/// A key has spent a limit whole. While it recovers, keys of other limits come, more than any table
/// has slots, each with a larger backlog: of a limit whose burst recovers in the same time, of one
/// by the day, and of one that bans.
#[test]
fn keys_of_other_limits_push_out_nobody() {
    let slots = NonZeroUsize::new(64).unwrap();
    let limiter = Limiter::memory(slots);
    let minute = limiter.limit("e", &rate("minute", 60)).unwrap();
    let once = limiter.limit("e", &rate("once", 1)).unwrap();
    let day = Duration::from_secs(86_400);
    let daily = limiter.limit("other", &RateLimit { window: day, ..rate("d", 1) }).unwrap();
    let ban = Ban { refusals: 1, within: Duration::from_secs(50), lasts: day };
    let banning = limiter.limit("other", &RateLimit { ban: Some(ban), ..rate("b", 1) }).unwrap();
    let slots = limiter.slots();
    while take(&limiter, &minute, b"k") {}
    let (mut invented, mut passed, mut banned) = (0_u32, 0, 0);
    for second in 0..60 {
        let now = START.after(Duration::from_secs(second));
        let pass = |limit: &Limit, key: &[u8]| {
            limiter.take_now(slice::from_mut(&mut limit.ask(key)), now) == Admission::Granted
        };
        for _ in 0..1_000 {
            invented += 1;
            for limit in [&once, &daily, &banning] {
                passed += u32::from(pass(limit, &invented.to_le_bytes()));
            }
            banned += u32::from(!pass(&banning, &invented.to_le_bytes()));
        }
        // One unit is back each second.
        assert_eq!(pass(&minute, b"k"), second > 0, "after {second} s");
        assert!(!pass(&minute, b"k"), "what it owes was forgotten after {second} s");
    }
    // Of so many keys in full sets, a few have the tag of another one.
    assert!(passed > 3 * invented - 20 && banned > invented - 20, "{passed} {banned}");
    assert!(limiter.evicted() > 100_000);
    assert_eq!(limiter.slots(), slots);
    let metrics = limiter.metrics(START);
    let of_minute = metrics.tables.iter().find(|table| table.policy == "minute").unwrap();
    assert_eq!((&*of_minute.endpoint, of_minute.table, of_minute.evicted), ("e", "spent", 0));
}

#[test]
fn a_ban_is_not_pushed_out_by_bans_of_another_limit() {
    let limiter = Limiter::memory(NonZeroUsize::new(8).unwrap());
    let minute = Duration::from_secs(60);
    let banning = |name, lasts| {
        let ban = Some(Ban { refusals: 1, within: minute, lasts });
        limiter.limit("e", &RateLimit { ban, ..rate(name, 1) }).unwrap()
    };
    let (short, long) = (banning("short", minute * 2), banning("long", minute * 3));
    assert!(take(&limiter, &short, b"k") && !take(&limiter, &short, b"k"));
    for key in 0..1_000_u32 {
        take(&limiter, &long, &key.to_le_bytes());
        take(&limiter, &long, &key.to_le_bytes());
    }
    let mut ask = short.ask(b"k");
    let later = START.after(minute + Duration::from_secs(1));
    assert_eq!(limiter.take_now(slice::from_mut(&mut ask), later), Admission::Refused);
    assert!(ask.blocked, "its units are back, and its ban is not over");
}

/// The blocks that the service itself sets are in the limit's own table, which exists from the
/// first of them on.
#[test]
fn blocks_of_limits_without_a_ban_push_each_other_out_neither() {
    let limiter = Limiter::memory(NonZeroUsize::new(8).unwrap());
    let limit = |name| limiter.limit("e", &rate(name, 10)).unwrap();
    let (short, long, none) = (limit("short"), limit("long"), limit("none"));
    assert_eq!(limiter.slots(), 3 * 8);
    let block = |limit: &Limit, key: &[u8], seconds| {
        let blocking = limiter.block(limit, limit.key(key), Duration::from_secs(seconds), START);
        let mut blocking = std::pin::pin!(blocking);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(blocking.as_mut().poll(&mut context).is_ready(), "no store is waited for");
    };
    block(&short, b"k", 60);
    for key in 0..1_000_u32 {
        block(&long, &key.to_le_bytes(), 3_600);
    }
    assert!(!take(&limiter, &short, b"k"));
    assert!(take(&limiter, &none, b"k"));
    assert_eq!(limiter.slots(), 5 * 8);
}

#[test]
fn what_cannot_be_counted_is_refused_at_the_start() {
    let limiter = Limiter::default();
    let error = |rate: RateLimit| limiter.limit("e", &rate).unwrap_err();
    assert_eq!(error(rate("x", 0)), LimitError::Zero("quota"));
    for name in ["", "A", "a b", "a\"", "ä", "a;b"] {
        assert_eq!(error(rate(name, 1)), LimitError::Name(name));
    }
    assert_eq!(
        error(RateLimit { store: LimitStore::Shared, ..rate("x", 1) }),
        LimitError::NoSharedStore("x")
    );
}

#[test]
fn a_store_can_be_behind_a_pointer() {
    let memory: Box<dyn Store> =
        Box::new(crate::limit::memory::Memory::new(NonZeroUsize::new(8).unwrap()));
    let limit = Limiter::default().limit("e", &rate("x", 1)).unwrap();
    let mut asks = [limit.ask(b"k")];
    assert!(matches!(memory.take(&mut asks, START), Taken::Now(Admission::Granted)));
    assert!(matches!(memory.take(&mut asks, START), Taken::Now(Admission::Refused)));
}
