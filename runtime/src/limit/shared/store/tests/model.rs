//! Random schedules, decided three times: by the reference, in memory, and by a real server.
//!
//! All three use the same time.

use std::{cell::Cell, num::NonZeroUsize, time::Duration};

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use tokio::runtime::Runtime;

use super::{
    SECOND, SharedStore,
    clock::{EPOCH, clocked, set_clock},
    rate,
    redis::RedisServer,
    reference::{Question, Reference, Told},
    runtime,
};
use crate::{
    clock::Moment,
    limit::{Admission, Ask, Limit, Limiter, shared::script::Debt},
    policy::{Ban, Count, LimitStore, RateLimit},
};

/// What the tables in memory round a ban's time up to.
const ROUND: u64 = 1 << 14;

const LIMITS: usize = 4;

/// One step of a schedule.
#[derive(Clone, Debug)]
enum Step {
    /// Requests one after another, each with the limits whose bits are set.
    Ask { limits: u8, key: u8, times: u8 },
    /// What one of the requests before has spent is given back.
    GiveBack { which: usize },
}

/// How long after the step before it a step comes.
#[derive(Clone, Copy, Debug)]
enum Pause {
    Micros(u64),
    /// As long as the last refusal said, or a microsecond less or more.
    AsTold(i64),
}

fn rates() -> impl Strategy<Value = Vec<RateLimit>> {
    let ban = prop::option::weighted(0.5, (1_u32..5, 1_u64..120, 1_u64..300));
    let one = ((1_u32..200, 1_u64..600, 1_u32..12), ban, any::<bool>(), any::<bool>());
    let one = one.prop_flat_map(|((quota, window, burst), ban, failures, track)| {
        (1..=burst).prop_map(move |cost| RateLimit {
            window: SECOND * u32::try_from(window).unwrap(),
            burst,
            cost,
            count: if failures { Count::Failures } else { Count::All },
            ban: ban.filter(|_| !track).map(|(refusals, within, lasts)| Ban {
                refusals,
                within: Duration::from_secs(within),
                lasts: Duration::from_secs(lasts),
            }),
            ..rate("", quota, SECOND)
        })
    });
    // In half of the schedules no limit bans, so that known refusals are recalled.
    (prop::collection::vec(one, LIMITS), any::<bool>(), any::<bool>()).prop_map(
        |(mut rates, bans, tracks)| {
            for (rate, name) in rates.iter_mut().zip(["a", "b", "c", "d"]) {
                rate.name = name;
                rate.ban = rate.ban.filter(|_| bans);
            }
            if let Some(last) = rates.last_mut().filter(|_| tracks) {
                (last.track, last.ban) = (true, None);
            }
            rates
        },
    )
}

fn steps() -> impl Strategy<Value = Vec<(Pause, Step)>> {
    let pause = prop_oneof![
        3 => Just(Pause::Micros(0)),
        3 => (0_u64..2_000_000).prop_map(Pause::Micros),
        1 => (0_u64..400_000_000).prop_map(Pause::Micros),
        3 => (-1_i64..=1).prop_map(Pause::AsTold),
    ];
    let ask = (1_u8..1 << LIMITS, 0_u8..3, 1_u8..5);
    let step = prop_oneof![
        5 => ask.prop_map(|(limits, key, times)| Step::Ask { limits, key, times }),
        1 => (0_usize..4).prop_map(|which| Step::GiveBack { which }),
    ];
    prop::collection::vec((pause, step), 1..60)
}

/// The same limits in one of the two places.
struct Place {
    limiter: Limiter,
    limits: Vec<Limit>,
}

impl Place {
    fn new(limiter: Limiter, endpoint: &str, rates: &[RateLimit], store: LimitStore) -> Self {
        let limit = |rate: &RateLimit| RateLimit { store, ..*rate };
        let limits = rates.iter().map(|rate| limiter.limit(endpoint, &limit(rate)).unwrap());
        let limits = limits.collect();
        Self { limiter, limits }
    }

    fn asks(&self, questions: &[Question]) -> Vec<Ask<'_>> {
        questions.iter().map(|question| self.limits[question.limit].ask(&[question.key])).collect()
    }
}

/// A schedule's run.
struct Run<'r> {
    runtime: &'r Runtime,
    store: &'r SharedStore,
    rates: &'r [RateLimit],
    reference: Reference,
    memory: Place,
    shared: Place,
    /// Microseconds.
    now: u64,
    /// What the last refusal said of its wait.
    told: u64,
    /// What was spent and may be returned: the question, and when it has recovered.
    spent: Vec<(Question, u64)>,
    seen: Seen,
}

/// What the schedules had in them.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    passed: u32,
    refused: u32,
    bans: u32,
    tracked: u32,
    given: u32,
}

impl Run<'_> {
    fn moment(&self) -> Moment {
        Moment::from_nanos(self.now * 1_000)
    }

    fn pass_time(&mut self, pause: Pause) {
        self.now += match pause {
            Pause::Micros(micros) => micros,
            Pause::AsTold(more) => self.told.saturating_add_signed(more),
        };
        // The tables end a count of refusals up to 16 ms late: those microseconds are left out.
        let rounded =
            |now: u64, end: u64| (end.saturating_sub(20)..end + ROUND + 20).contains(&now);
        while let Some(end) = self.reference.counts_end().find(|end| rounded(self.now, *end)) {
            self.now = end + ROUND + 20;
        }
        set_clock(self.runtime, self.store, EPOCH + self.now);
    }

    fn ask(&mut self, chosen: u8, key: u8) -> Result<(), TestCaseError> {
        let questions: Vec<Question> = (0..LIMITS)
            .filter(|bit| chosen & (1 << bit) != 0)
            .map(|limit| Question {
                limit,
                // Some limits have another key than their neighbours.
                key: if limit == 1 { 0 } else { key },
                units: self.rates[limit].cost.into(),
            })
            .collect();
        let (passes, expected) = self.reference.take(&questions, self.now);
        let expected_admission = if passes { Admission::Granted } else { Admission::Refused };
        let moment = self.moment();

        let mut in_memory = self.memory.asks(&questions);
        let admission = self.memory.limiter.take_now(&mut in_memory, moment);
        prop_assert_eq!(admission, expected_admission, "in memory");
        let mut in_store = self.shared.asks(&questions);
        let bans = self.rates.iter().any(|rate| rate.ban.is_some());
        let admission = if bans {
            // Past the memory of refusals: of what it recalls, the others' refusals are not counted.
            let taken = self.runtime.block_on(self.store.take(&mut in_store, moment));
            if taken.unwrap() { Admission::Granted } else { Admission::Refused }
        } else {
            self.runtime.block_on(self.shared.limiter.take(&mut in_store, moment))
        };
        prop_assert_eq!(admission, expected_admission, "by the server");

        for (place, asks) in [("in memory", &in_memory), ("by the server", &in_store)] {
            for (ask, expected) in asks.iter().zip(&expected) {
                // A limit that was refused before it was checked has no result.
                if ask.is_answered() && (passes || !ask.is_tracked()) {
                    prop_assert_eq!(told(ask), *expected, "{} {}", place, ask.limit.rate().name);
                }
            }
        }
        for (question, told) in questions.iter().zip(&expected) {
            let rate = &self.rates[question.limit];
            if passes && told.allowed && rate.count == Count::Failures {
                self.spent.push((*question, self.reference.paid(question)));
            }
            if told.allowed {
                self.seen.passed += 1;
                continue;
            }
            self.told = told.wait;
            self.seen.refused += 1;
            self.seen.bans += u32::from(told.bans);
            self.seen.tracked += u32::from(rate.track && passes);
        }
        Ok(())
    }

    fn give_back(&mut self, which: usize) {
        let Some(index) = self.spent.len().checked_sub(which + 1) else { return };
        let (question, paid) = self.spent.swap_remove(index);
        self.seen.given += 1;
        self.reference.give_back(&question, paid, self.now);
        let mut ask = self.memory.limits[question.limit].ask(&[question.key]);
        ask.paid_at = paid;
        self.memory.limiter.give_back(&mut ask, self.moment());
        let mut ask = self.shared.limits[question.limit].ask(&[question.key]);
        ask.paid_at = EPOCH + paid;
        self.runtime.block_on(self.store.give(&Debt::of(&ask).unwrap())).unwrap();
    }
}

fn told(ask: &Ask<'_>) -> Told {
    Told {
        allowed: ask.decision.allowed,
        remaining: ask.decision.remaining.into(),
        wait: u64::try_from(ask.decision.wait.as_micros()).unwrap(),
        bans: ask.banned.is_some(),
    }
}

#[test]
fn memory_and_server_decide_as_the_reference() {
    let Some(redis) = RedisServer::launch() else { return };
    let runtime = runtime();
    let store = clocked(&redis);
    let slots = NonZeroUsize::new(1 << 10).unwrap();
    let (seen, case) = (Cell::new(Seen::default()), Cell::new(0_u32));
    let config = Config { cases: 100, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&(rates(), steps()), |(rates, steps)| {
        case.set(case.get() + 1);
        let endpoint = case.get().to_string();
        let shared = Limiter::memory(slots).sharing(store.clone(), false);
        let mut run = Run {
            runtime: &runtime,
            store: &store,
            rates: &rates,
            reference: Reference::new(&rates),
            memory: Place::new(Limiter::memory(slots), &endpoint, &rates, LimitStore::Local),
            shared: Place::new(shared, &endpoint, &rates, LimitStore::Shared),
            now: 1_000_000,
            told: 0,
            spent: Vec::new(),
            seen: seen.get(),
        };
        for (pause, step) in steps {
            run.pass_time(pause);
            match step {
                Step::Ask { limits, key, times } => {
                    for _ in 0..times {
                        run.ask(limits, key)?;
                    }
                }
                Step::GiveBack { which } => run.give_back(which),
            }
        }
        prop_assert_eq!(run.memory.limiter.evicted(), 0);
        seen.set(run.seen);
        Ok(())
    });
    outcome.unwrap();
    let (seen, report) = (seen.get(), store.report());
    println!("{seen:?}; {report:?}");
    assert!(seen.passed > 1_000 && seen.refused > 1_000 && report.recalled > 100, "{seen:?}");
    assert!(seen.bans > 10 && seen.tracked > 10 && seen.given > 10, "{seen:?}");
    assert_eq!(report.outages, 0);
}
