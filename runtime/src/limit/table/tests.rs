//! The table against a model, against other threads, against a flood, and against the calendar.

use super::{SWEEP_BITS, Table, Title, WAYS};
use crate::{
    clock::Moment,
    limit::{
        gcra::{Decision, Gcra, LONGEST},
        slot::{MOST, RING},
    },
};
use proptest::prelude::*;
use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{
        Barrier,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

fn table(slots: usize) -> Table {
    Table::new(Title::default(), NonZeroUsize::new(slots).unwrap())
}

fn gcra(quota: u32, seconds: u64, burst: u32) -> Gcra {
    Gcra::new(quota, Duration::from_secs(seconds), burst, 1).unwrap()
}

fn micros(micros: u64) -> Moment {
    Moment::from_nanos(micros * 1_000)
}

/// Spreads small numbers over sets and tags, as a hash does.
fn hash(n: u64) -> u64 {
    let n = (n ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

fn take(table: &Table, key: u64, gcra: &Gcra, units: u32, now: Moment) -> Decision {
    gcra.decision(table.take(hash(key), gcra, units, now), units)
}

fn passes(table: &Table, key: u64, gcra: &Gcra, now: Moment) -> bool {
    take(table, key, gcra, 1, now).allowed
}

proptest! {
    /// Random keys, pauses and refunds, from any point of the ring on.
    #[test]
    fn it_decides_as_one_number_per_key_does(
        start in 0..2 * RING / 1_000,
        (quota, burst) in (1_u32..50, 1_u32..10),
        steps in prop::collection::vec((0_u64..6, 0_u64..4_000_000, 0_u8..5), 1..200),
    ) {
        let gcra = gcra(quota, 60, burst);
        // One set: with six keys nothing is evicted, whatever they hash to.
        let table = table(WAYS);
        let mut paid_at = HashMap::new();
        let mut now = start * 1_000;
        for (key, pause, kind) in steps {
            now += pause;
            let paid_at = paid_at.entry(key).or_insert(0_u64);
            let backlog = paid_at.saturating_sub(now);
            if kind == 0 {
                // Units that were spent so long ago that a part of them has recovered.
                let left = pause / 2;
                table.give_back(hash(key), &gcra, 1, now + left, micros(now));
                *paid_at = now + gcra.refund(backlog, 1, left);
                continue;
            }
            let expected = gcra.survey(backlog, 1).allowed;
            prop_assert_eq!(table.survey(hash(key), &gcra, 1, micros(now)), gcra.survey(backlog, 1));
            let decision = take(&table, key, &gcra, 1, micros(now));
            prop_assert_eq!(decision.allowed, expected);
            if let Ok(after) = gcra.spend(backlog, 1) {
                prop_assert_eq!(decision, gcra.granted(after));
                *paid_at = now + after;
            }
        }
        prop_assert_eq!(table.evicted(), 0);
    }
}

#[test]
fn exactly_n_of_a_thousand_pass() {
    const QUOTA: u32 = 37;
    let gcra = gcra(QUOTA, 3_600, QUOTA);
    for threads in [2, 4, 8] {
        let table = table(1 << 12);
        let barrier = Barrier::new(threads);
        let rounds = 200;
        let passed: Vec<_> = (0..rounds).map(|_| AtomicUsize::new(0)).collect();
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for (round, passed) in passed.iter().enumerate() {
                        barrier.wait();
                        for _ in 0..1_000 / threads {
                            if passes(&table, round as u64, &gcra, micros(5)) {
                                passed.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                    }
                });
            }
        });
        for passed in passed {
            assert_eq!(passed.into_inner(), QUOTA as usize, "{threads} threads");
        }
    }
}

/// Two threads miss the same key at the same time and want different slots: by the clock of the
/// second, keys have recovered that by the clock of the first have not.
#[test]
fn one_of_two_claims_wins() {
    const ROUNDS: u64 = 100_000;
    // Microseconds of a round, in which everything of the round before recovers.
    const ROUND: u64 = 10_000;
    let (hot, early) = (gcra(200, 1, 1), gcra(2_000, 1, 1));
    let table = table(WAYS);
    let arrived = AtomicU64::new(0);
    let passed = [(); 2].map(|()| AtomicU64::new(0));
    let meet = |at: u64| {
        arrived.fetch_add(1, Ordering::SeqCst);
        let mut spins = 0_u32;
        while arrived.load(Ordering::SeqCst) < at {
            spins += 1;
            if spins.is_multiple_of(200) {
                thread::yield_now();
            }
            std::hint::spin_loop();
        }
    };
    let wrong = AtomicU64::new(0);
    thread::scope(|scope| {
        for thread in 0..2 {
            let (table, passed, wrong, meet) = (&table, &passed, &wrong, &meet);
            let (hot, early) = (&hot, &early);
            scope.spawn(move || {
                for round in 1..=ROUNDS {
                    if thread == 0 {
                        for other in 1..=4 {
                            passes(table, round * 8 + other, early, micros(round * ROUND));
                        }
                    }
                    meet(4 * round - 2);
                    let now = micros(round * ROUND + 499 + 2 * thread as u64);
                    let first = passes(table, round * 8, hot, now);
                    passed[thread].store(u64::from(first), Ordering::SeqCst);
                    meet(4 * round);
                    let both = passed.each_ref().map(|passed| passed.load(Ordering::SeqCst));
                    if thread == 0 && both[0] + both[1] != 1 {
                        wrong.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    assert_eq!(wrong.into_inner(), 0);
}

#[test]
fn exactly_n_pass_while_a_flood_evicts() {
    const HOT: usize = 2;
    const QUOTA: u32 = 3;
    let hot = gcra(QUOTA, 86_400 * 40, QUOTA);
    // The first has recovered when the next thread looks, so its slot is free; the others are
    // evicted.
    let floods = [gcra(1_000_000, 1, 10), gcra(1_000, 1, 10), gcra(1, 1, 1)];
    let clock = AtomicU64::new(1);
    let (threads, rounds) = (4, 4_000_u64);
    let mut evicted = 0;
    let passed: Vec<_> = (0..rounds).map(|_| [(); HOT].map(|()| AtomicUsize::new(0))).collect();
    let tables: Vec<_> = (0..rounds).map(|_| table(WAYS)).collect();
    let barrier = Barrier::new(threads);
    thread::scope(|scope| {
        for thread in 0..threads as u64 {
            let (clock, barrier, passed, tables) = (&clock, &barrier, &passed, &tables);
            let (hot, floods) = (&hot, &floods);
            scope.spawn(move || {
                for (table, passed) in tables.iter().zip(passed) {
                    barrier.wait();
                    for turn in 0..12_u64 {
                        let now = micros(clock.fetch_add(1, Ordering::Relaxed));
                        for (other, flood) in (0..).zip(floods) {
                            let key = 1_000 + thread * 1_000 + turn * 10 + other;
                            passes(table, key, flood, now);
                        }
                        // In another order on every thread.
                        let (key, passed) = match (turn + thread) % 2 {
                            0 => (0, &passed[0]),
                            _ => (1, &passed[1]),
                        };
                        if passes(table, key, hot, now) {
                            passed.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    for (round, (passed, table)) in passed.iter().zip(&tables).enumerate() {
        evicted += table.evicted();
        for passed in passed {
            assert_eq!(passed.load(Ordering::Relaxed), QUOTA as usize, "round {round}");
        }
    }
    assert!(evicted > rounds, "{evicted} were evicted");
}

#[test]
fn refunds_and_takes_of_many_threads_add_up() {
    const QUOTA: u32 = 50;
    let gcra = gcra(QUOTA, 3_600, QUOTA);
    let table = table(1 << 10);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for key in 0..200 {
                    for _ in 0..10 {
                        if passes(&table, key, &gcra, micros(5)) {
                            table.give_back(hash(key), &gcra, 1, u64::MAX, micros(5));
                        }
                    }
                    passes(&table, key, &gcra, micros(5));
                }
            });
        }
    });
    for key in 0..200 {
        assert_eq!(table.survey(hash(key), &gcra, 1, micros(5)).remaining, QUOTA - 4);
    }
}

#[test]
fn paid_slots_are_used_again_and_nobody_is_evicted() {
    let gcra = gcra(1, 1, 1);
    let table = table(WAYS);
    for round in 0..100 {
        let now = micros(round * 1_000_000);
        for key in 0..WAYS as u64 {
            assert!(passes(&table, round * 8 + key, &gcra, now));
        }
    }
    assert_eq!(table.evicted(), 0);
}

#[test]
fn the_debt_that_is_paid_first_is_forgotten_first() {
    let table = table(WAYS);
    let now = micros(0);
    // Key n has a backlog of n + 1 seconds.
    let limits: Vec<_> = (1..=8).map(|seconds| gcra(1, seconds, 1)).collect();
    for (key, gcra) in (0..).zip(&limits) {
        assert!(passes(&table, key, gcra, now));
    }
    assert_eq!(table.evicted(), 0);
    assert!(passes(&table, 100, &gcra(1, 9, 1), now));
    assert_eq!(table.evicted(), 1);
    for (key, gcra) in (1..).zip(&limits[1..]) {
        assert!(!passes(&table, key, gcra, now), "key {key} was forgotten");
    }
}

#[test]
fn a_limited_key_outlasts_a_million_others() {
    let gcra = gcra(10, 60, 10);
    let table = table(1 << 12);
    let slots = table.slots();
    let now = micros(0);
    let passed = (0..1_000_000).filter(|key| {
        assert!(take(&table, 1_000 + key, &gcra, 1, now).remaining >= 8, "tags collide too often");
        key % 1_000 == 0 && passes(&table, 0, &gcra, now)
    });
    assert_eq!(passed.count(), 10);
    assert_eq!(table.slots(), slots);
    assert!(table.evicted() > 900_000);
}

#[test]
fn a_debt_lives_through_the_end_of_the_ring() {
    let gcra = gcra(2, 60, 2);
    let table = table(WAYS);
    let before = RING - 10_000_000;
    assert!(passes(&table, 1, &gcra, micros(before)));
    assert!(passes(&table, 1, &gcra, micros(before)));
    assert!(!passes(&table, 1, &gcra, micros(before + 20_000_000)));
    assert!(passes(&table, 1, &gcra, micros(before + 30_000_000)));
    assert!(!passes(&table, 1, &gcra, micros(before + 30_000_000)));
}

#[test]
fn what_was_paid_half_a_year_ago_is_not_a_debt_again() {
    let gcra = gcra(1, 60, 1);
    // With requests every other week, and with none at all in between.
    for step in [1 << SWEEP_BITS, RING - 30_000_000] {
        let table = table(WAYS);
        assert!(passes(&table, 1, &gcra, micros(0)));
        let again = RING + 30_000_000;
        let mut now = step;
        while now < again {
            assert!(passes(&table, 2, &gcra, micros(now)));
            now += step;
        }
        assert!(passes(&table, 1, &gcra, micros(again)), "step {step}");
    }
}

#[test]
fn sweeping_takes_no_debt_that_stands() {
    let gcra = gcra(1, LONGEST / 1_000_000, 1);
    let table = table(WAYS);
    let start = (1 << SWEEP_BITS) - 1;
    assert!(passes(&table, 1, &gcra, micros(start)));
    for sweep in 1..=3 {
        assert!(!passes(&table, 1, &gcra, micros(start + (sweep << SWEEP_BITS))));
    }
    assert!(passes(&table, 1, &gcra, micros(start + LONGEST)));
}

#[test]
fn a_count_runs_from_its_first_and_ends_with_its_time() {
    let table = table(WAYS);
    let minute = 60_000_000;
    // Across the end of the ring too.
    for start in [0, 12_345, RING - 30_000_000] {
        let key = hash(start);
        for (second, counted) in [(0, 1), (0, 2), (30, 3), (59, 4)] {
            assert_eq!(table.count(key, minute, micros(start + second * 1_000_000)), counted);
        }
        let later = start + minute + 20_000;
        assert_eq!(table.count(key, minute, micros(later)), 1);
        table.forget(key, micros(later));
        assert_eq!(table.count(key, minute, micros(later)), 1);
    }
}

#[test]
fn a_count_stays_at_the_most() {
    let table = table(WAYS);
    for _ in 0..MOST {
        table.count(hash(1), 1, micros(5));
    }
    assert_eq!(table.count(hash(1), 1, micros(5)), MOST);
    assert_eq!(table.count(hash(1), 1, micros(5)), MOST);
}

#[test]
fn a_key_is_held_for_its_time_and_not_prolonged_by_less() {
    let table = table(WAYS);
    table.hold(hash(1), 1_000, micros(0));
    table.hold(hash(1), 500, micros(100));
    assert_eq!(table.backlog(hash(1), micros(100)), 900);
    assert_eq!(table.backlog(hash(1), micros(1_000)), 0);
    table.hold(hash(1), LONGEST, micros(1_000));
    assert_eq!(table.backlog(hash(1), micros(1_000)), LONGEST);
    table.forget(hash(1), micros(1_000));
    assert_eq!(table.backlog(hash(1), micros(1_000)), 0);
    assert_eq!(table.used(micros(1_000)), 0);
}

#[test]
fn what_costs_nothing_takes_no_slot() {
    let (table, gcra) = (table(WAYS), gcra(1, 60, 1));
    assert!(take(&table, 1, &gcra, 0, micros(0)).allowed);
    assert_eq!(table.used(micros(0)), 0);
    assert!(passes(&table, 1, &gcra, micros(0)));
    assert_eq!(table.used(micros(0)), 1);
}
