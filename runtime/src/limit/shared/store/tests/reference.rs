//! What limits mean, written down plainly: by arrival times and whole numbers, without words, slots,
//! tables or scripts.

use std::{collections::HashMap, time::Duration};

use crate::policy::RateLimit;

/// All limits of a service, and everything that was ever spent.
pub(super) struct Reference {
    rules: Vec<Rule>,
    keys: HashMap<(usize, u8), Kept>,
}

struct Rule {
    /// Microseconds in which one unit comes back.
    interval: u64,
    burst: u64,
    ban: Option<Banning>,
    track: bool,
}

#[derive(Clone, Copy)]
struct Banning {
    refusals: u64,
    within: u64,
    lasts: u64,
}

/// One key of one limit.
#[derive(Clone, Copy, Default)]
struct Kept {
    /// When everything that was spent has recovered.
    paid: u64,
    refusals: u64,
    counted_until: u64,
    banned_until: u64,
}

/// A request's question to one limit: which, whose units, and how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    pub(super) limit: usize,
    pub(super) key: u8,
    pub(super) units: u64,
}

/// What one limit says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) allowed: bool,
    pub(super) remaining: u64,
    pub(super) wait: u64,
    /// Whether this refusal begins a ban.
    pub(super) bans: bool,
}

impl Reference {
    pub(super) fn new(rates: &[RateLimit]) -> Self {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap();
        let rule = |rate: &RateLimit| Rule {
            interval: micros(rate.window).div_ceil(rate.quota.into()),
            burst: rate.burst.into(),
            ban: rate.ban.map(|ban| Banning {
                refusals: ban.refusals.into(),
                within: micros(ban.within),
                lasts: micros(ban.lasts),
            }),
            track: rate.track,
        };
        Self { rules: rates.iter().map(rule).collect(), keys: HashMap::new() }
    }

    /// The result of a request for each of its limits, and whether it passes: all of them spend, or
    /// none.
    pub(super) fn take(&mut self, questions: &[Question], now: u64) -> (bool, Vec<Told>) {
        let asked = |question: &Question| self.would_pass(question, now);
        let would: Vec<bool> = questions.iter().map(asked).collect();
        let mut all = questions.iter().zip(&would);
        let passes = all.all(|(question, would)| *would || self.rules[question.limit].track);
        let told = questions.iter().zip(&would).map(|(question, would)| {
            if *would { self.told(question, passes, now) } else { self.refuse(question, now) }
        });
        (passes, told.collect())
    }

    fn kept(&self, question: &Question) -> Kept {
        self.keys.get(&(question.limit, question.key)).copied().unwrap_or_default()
    }

    fn would_pass(&self, question: &Question, now: u64) -> bool {
        let (rule, kept) = (&self.rules[question.limit], self.kept(question));
        let paid = kept.paid.max(now) + question.units * rule.interval;
        kept.banned_until <= now && paid <= now + rule.burst * rule.interval
    }

    fn told(&mut self, question: &Question, spends: bool, now: u64) -> Told {
        let (rule, mut kept) = (&self.rules[question.limit], self.kept(question));
        if spends {
            kept.paid = kept.paid.max(now) + question.units * rule.interval;
        }
        let owed = kept.paid.saturating_sub(now);
        let told = Told {
            allowed: true,
            remaining: (rule.burst * rule.interval - owed) / rule.interval,
            // Until the next whole unit is back.
            wait: if owed == 0 { 0 } else { (owed - 1) % rule.interval + 1 },
            bans: false,
        };
        self.keys.insert((question.limit, question.key), kept);
        told
    }

    fn refuse(&mut self, question: &Question, now: u64) -> Told {
        let (rule, mut kept) = (&self.rules[question.limit], self.kept(question));
        if kept.banned_until > now {
            let wait = kept.banned_until - now;
            return Told { allowed: false, remaining: 0, wait, bans: false };
        }
        let (capacity, owed) = (rule.burst * rule.interval, kept.paid.saturating_sub(now));
        let mut told = Told {
            allowed: false,
            remaining: (capacity - owed) / rule.interval,
            wait: owed + question.units * rule.interval - capacity,
            bans: false,
        };
        if let Some(ban) = rule.ban {
            if kept.counted_until <= now {
                (kept.refusals, kept.counted_until) = (0, now + ban.within);
            }
            kept.refusals += 1;
            if kept.refusals == ban.refusals {
                (kept.refusals, kept.counted_until) = (0, 0);
                kept.banned_until = now + ban.lasts;
                told = Told { remaining: 0, wait: told.wait.max(ban.lasts), bans: true, ..told };
            }
        }
        self.keys.insert((question.limit, question.key), kept);
        told
    }

    /// When everything that the key has spent has recovered.
    pub(super) fn paid(&self, question: &Question) -> u64 {
        self.kept(question).paid
    }

    /// Returns the units of a request that was answered with `paid`: the part of them that has not
    /// recovered yet.
    pub(super) fn give_back(&mut self, question: &Question, paid: u64, now: u64) {
        let charge = question.units * self.rules[question.limit].interval;
        let mut kept = self.kept(question);
        let owed = kept.paid.saturating_sub(now);
        kept.paid = now + owed.saturating_sub(charge.min(paid.saturating_sub(now)));
        self.keys.insert((question.limit, question.key), kept);
    }

    /// When the counts of refusals end.
    pub(super) fn counts_end(&self) -> impl Iterator<Item = u64> {
        self.keys.values().map(|kept| kept.counted_until)
    }
}
