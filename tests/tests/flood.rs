//! A flood of invented keys: memory stays what it was, and who was limited stays so.
//!
//! By itself, so that the memory of the process is the limiter's.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::{
    fs,
    num::NonZeroUsize,
    slice,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use palisade::{
    Moment,
    limit::{Admission, Limit, Limiter},
    policy::{Ban, Count, LimitKey, LimitOutage, LimitStore, RateLimit, Unit},
};

const KEYS: u64 = 10_000_000;
const THREADS: u64 = 2;
const QUOTA: u32 = 10;
const BAN: Ban =
    Ban { refusals: 100, within: Duration::from_secs(600), lasts: Duration::from_secs(3_600) };

const RATE: RateLimit = RateLimit {
    name: "ip",
    unit: Unit::Requests,
    quota: QUOTA,
    window: Duration::from_secs(60),
    burst: QUOTA,
    cost: 1,
    count: Count::All,
    key: &[LimitKey::Address],
    store: LimitStore::Service,
    outage: LimitOutage::Local,
    ban: None,
    track: false,
};

/// Bytes of memory that the process occupies.
fn resident() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4_096
}

fn passes(limiter: &Limiter, limit: &Limit, key: u64, now: Moment) -> bool {
    let mut ask = limit.ask(&key.to_le_bytes());
    limiter.take_now(slice::from_mut(&mut ask), now) == Admission::Granted
}

/// New keys and known ones, granted and refused, banned, evicted, under way and only tracked.
#[test]
fn no_check_allocates() {
    let limiter = Limiter::memory(NonZeroUsize::new(1 << 10).unwrap());
    let banning = RateLimit { name: "ban", ban: Some(Ban { refusals: 2, ..BAN }), ..RATE };
    let at_once = RateLimit { name: "at-once", unit: Unit::InFlight, quota: 1, ..RATE };
    let tracked = RateLimit { name: "track", track: true, ..RATE };
    let limits = [RATE, banning, at_once, tracked].map(|rate| limiter.limit("e", &rate).unwrap());
    let start = Moment::now();
    let check = |key: u64, now| {
        let mut asks = limits.each_ref().map(|limit| limit.ask(&key.to_le_bytes()));
        let granted = limiter.take_now(&mut asks, now) == Admission::Granted;
        if key.is_multiple_of(7) {
            asks.iter_mut().for_each(|ask| limiter.give_back(ask, now));
        }
        granted && limiter.decide(&limits[0], b"a key that is not of eight bytes", now).allowed
    };
    let mut passed = 0;
    let counted = allocation_counter::measure(|| {
        for round in 0..30 {
            let now = start.after(Duration::from_secs(round / 10));
            passed += (0..2_000).filter(|key| check(*key % 1_500, now)).count();
        }
    });
    let metrics = limiter.metrics(start);
    assert!(passed > 0 && limiter.evicted() > 0, "{metrics:?}");
    assert!(metrics.limits.iter().any(|limit| limit.bans > 0), "{metrics:?}");
    assert_eq!(counted.count_total, 0, "a check has allocated");
    assert_eq!(allocation_counter::measure(|| drop(Box::new(passed))).count_total, 1);
}

#[test]
fn ten_million_keys_take_no_memory_and_free_nobody() {
    let limiter = Limiter::memory(NonZeroUsize::new(1 << 16).unwrap());
    let limit = limiter.limit("e", &RATE).unwrap();
    let banning = RateLimit { name: "ban", ban: Some(BAN), ..RATE };
    let banning = limiter.limit("e", &banning).unwrap();
    let at_once = RateLimit { name: "at-once", unit: Unit::InFlight, ..RATE };
    let at_once = limiter.limit("e", &at_once).unwrap();
    let now = Moment::now();

    // One is limited, one is banned, one holds its places.
    assert_eq!((0..100).filter(|_| passes(&limiter, &limit, 0, now)).count(), QUOTA as usize);
    assert_eq!((0..200).filter(|_| passes(&limiter, &banning, 0, now)).count(), QUOTA as usize);
    let mut places: Vec<_> = (0..QUOTA).map(|_| at_once.ask(&[0; 8])).collect();
    for place in &mut places {
        assert_eq!(limiter.take_now(slice::from_mut(place), now), Admission::Granted);
    }

    // The tables are touched whole before memory is measured.
    for key in 1..500_000 {
        passes(&limiter, &limit, key, now);
    }
    let (before, slots) = (resident(), limiter.slots());
    let passed = AtomicUsize::new(0);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (limiter, limit, banning, at_once) = (&limiter, &limit, &banning, &at_once);
            let passed = &passed;
            scope.spawn(move || {
                for key in 1..=KEYS / THREADS {
                    passes(limiter, limit, (thread + 1) << 32 | key, now);
                    if key % 1_000 == 0 {
                        let hot = [limit, banning, at_once];
                        let through = hot.iter().filter(|hot| passes(limiter, hot, 0, now));
                        passed.fetch_add(through.count(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(passed.into_inner(), 0, "who was limited, banned or full passed");
    let grown = resident().saturating_sub(before);
    // What threads and a program take once, whatever is asked: 0.4 to 0.5 MiB were seen with a
    // million keys and with forty. A single byte for each of these keys would be ten.
    assert!(grown < 2 << 20, "{grown} bytes more are resident");
    assert_eq!(limiter.slots(), slots);
    let metrics = limiter.metrics(now);
    let flooded = metrics.tables.iter().map(|table| table.evicted).max();
    assert!(flooded > Some(KEYS / 2), "{metrics:?}");
    drop(places);
    assert!(passes(&limiter, &at_once, 0, now));
}
