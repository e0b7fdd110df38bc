//! The limiter against a reference that keeps everything and decides by the definitions.

use std::{collections::HashMap, slice, time::Duration};

use proptest::prelude::*;

use super::rate;
use crate::{
    clock::Moment,
    limit::{Admission, Limiter},
    policy::{Ban, RateLimit, Unit},
};

/// What the tables round a ban's time up to.
const ROUND: u64 = 1 << 14;

/// One limit in a model without words and slots: GCRA by its theoretical arrival time, refusals by
/// a count and the end of its time.
struct Reference {
    interval: u64,
    burst: u64,
    ban: Option<(u64, u64, u64)>,
    keys: HashMap<u8, Kept>,
}

#[derive(Clone, Copy, Default)]
struct Kept {
    /// When everything that was spent has recovered.
    arrival: u64,
    refusals: u64,
    counted_until: u64,
    banned_until: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Verdict {
    allowed: bool,
    remaining: u64,
    wait: u64,
    banned: bool,
}

impl Reference {
    fn new(rate: &RateLimit) -> Self {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap();
        let ban = rate.ban.map(|ban| (ban.refusals.into(), micros(ban.within), micros(ban.lasts)));
        Self {
            interval: micros(rate.window).div_ceil(rate.quota.into()),
            burst: rate.burst.into(),
            ban,
            keys: HashMap::new(),
        }
    }

    fn take(&mut self, key: u8, units: u32, now: u64) -> Verdict {
        let (interval, burst) = (self.interval, self.burst);
        let kept = self.keys.entry(key).or_default();
        if kept.banned_until > now {
            let wait = kept.banned_until - now;
            return Verdict { allowed: false, remaining: 0, wait, banned: false };
        }
        let arrival = kept.arrival.max(now) + u64::from(units) * interval;
        let latest = now + burst * interval;
        let left = |arrival: u64| (latest - arrival.max(now)) / interval;
        if arrival <= latest {
            kept.arrival = arrival;
            // Until the next whole unit is back.
            let wait = (arrival - now).checked_sub(1).map_or(0, |owed| owed % interval + 1);
            return Verdict { allowed: true, remaining: left(arrival), wait, banned: false };
        }
        let mut verdict = Verdict {
            allowed: false,
            remaining: left(kept.arrival),
            wait: arrival - latest,
            banned: false,
        };
        if let Some((refusals, within, lasts)) = self.ban {
            if kept.counted_until <= now {
                kept.refusals = 0;
                kept.counted_until = (now + within).div_ceil(ROUND) * ROUND;
            }
            kept.refusals += 1;
            // The count itself takes the last microseconds.
            if kept.refusals == refusals {
                (kept.refusals, kept.counted_until) = (0, 0);
                kept.banned_until = now + lasts;
                verdict = Verdict {
                    remaining: 0,
                    wait: verdict.wait.max(lasts),
                    banned: true,
                    ..verdict
                };
            }
        }
        verdict
    }

    /// Returns what was spent when the key's arrival became `arrival`, except for the part that has
    /// recovered.
    fn give_back(&mut self, key: u8, units: u32, arrival: u64, now: u64) {
        let kept = self.keys.entry(key).or_default();
        let unpaid = (u64::from(units) * self.interval).min(arrival.saturating_sub(now));
        kept.arrival = kept.arrival.max(now).saturating_sub(unpaid).max(now);
    }
}

fn limits() -> impl Strategy<Value = RateLimit> {
    let ban = prop::option::of((1_u32..6, 1_u64..120, 1_u64..300));
    let bytes = any::<bool>();
    ((1_u32..200, 1_u64..600), ban, bytes).prop_flat_map(|((quota, window), ban, bytes)| {
        (1..=quota).prop_map(move |burst| RateLimit {
            unit: if bytes { Unit::Kibibytes } else { Unit::Requests },
            window: Duration::from_secs(window),
            burst,
            ban: ban.map(|(refusals, within, lasts)| Ban {
                refusals,
                within: Duration::from_secs(within),
                lasts: Duration::from_secs(lasts),
            }),
            ..rate("model", quota)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Random keys, costs, pauses and refunds; then the same decisions, units and waits.
    #[test]
    fn it_decides_as_the_reference(
        rate in limits(),
        steps in prop::collection::vec((0_u8..4, 0_u32..8, 0_u64..3, 0_u64..1_000, 0_u8..6), 1..300),
    ) {
        let limiter = Limiter::default();
        let limit = limiter.limit("e", &rate).unwrap();
        let mut reference = Reference::new(&rate);
        let mut now = 1_000_000;
        let mut granted = Vec::new();
        for (key, units, intervals, thousandths, kind) in steps {
            now += reference.interval * intervals + reference.interval * thousandths / 1_000;
            // Off the few microseconds at a time's end that a count may take.
            if reference.keys.values().any(|kept| now.abs_diff(kept.counted_until) < 10) {
                now += 20;
            }
            let moment = Moment::from_nanos(now * 1_000);
            if kind == 0 && !granted.is_empty() {
                let (mut ask, key, arrival) =
                    granted.swap_remove(usize::try_from(units).unwrap() % granted.len());
                limiter.give_back(&mut ask, moment);
                reference.give_back(key, ask.units, arrival, now);
                // A second time gives nothing.
                limiter.give_back(&mut ask, moment);
                continue;
            }
            let mut ask = limit.ask(&[key]);
            ask.units = units;
            let admission = limiter.take_now(slice::from_mut(&mut ask), moment);
            let decided = Verdict {
                allowed: admission == Admission::Granted,
                remaining: ask.decision.remaining.into(),
                wait: u64::try_from(ask.decision.wait.as_micros()).unwrap(),
                banned: ask.banned.is_some(),
            };
            prop_assert_eq!(decided, reference.take(key, units, now));
            prop_assert_eq!(decided.allowed, ask.decision.allowed);
            if decided.allowed {
                granted.push((ask, key, reference.keys[&key].arrival));
            }
        }
        prop_assert_eq!(limiter.evicted(), 0);
    }
}
