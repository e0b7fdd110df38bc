//! How many lines of the log refusals may write.
//!
//! A refusal costs its sender a few bytes, and each line of the log a few hundred: without a bound, one
//! client fills a disk with lines that say the same (CWE-779). So what guards refuse writes lines at
//! a rate, for each cause, client network and subject, and beyond that is only counted:
//!
//! 1. The first [`BURST`] of a cause, network and subject are written, then one a second. Each line says how many like
//!    it were suppressed since the last.
//! 2. All of them together write [`ALL_PER_SECOND`] lines a second, and [`ALL_BURST`] at once, however many
//!    networks take part. The next line that is written says how many others were suppressed
//!    whose own count had to make room.
//! 3. What a handler answers is written, each time: a login that failed above all. The limits of the
//!    endpoint bound those.
//! 4. The metrics count every refusal by its cause, and what was suppressed.

use std::{
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use crate::{clock::Moment, limit::address_bytes};

/// Lines at once of one cause, network and subject.
const BURST: u64 = 10;

/// Lines a second of all together, and how many at once.
const ALL_PER_SECOND: u64 = 20;
const ALL_BURST: u64 = 200;

const SECOND: u64 = 1_000_000;

/// Entries of the table: 24 KiB.
const SETS: usize = 256;
const WAYS: usize = 4;

/// Whether a refusal is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Write {
        /// Of this cause, network and subject, since the last line.
        suppressed: u64,
        /// Of others, whose own count was given up.
        others: u64,
    },
    Suppress,
}

/// The lines that refusals have written; one for all workers.
#[derive(Debug)]
pub(crate) struct RefusalLog {
    secret: RandomState,
    table: Mutex<Table>,
}

#[derive(Debug)]
struct Table {
    sets: Box<[[Entry; WAYS]]>,
    /// When what all have written is paid, in microseconds.
    all_until: u64,
    others: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    key: u64,
    /// When what it has written is paid.
    until: u64,
    suppressed: u64,
}

impl Default for RefusalLog {
    fn default() -> Self {
        let sets = vec![[Entry::default(); WAYS]; SETS].into_boxed_slice();
        let table = Mutex::new(Table { sets, all_until: 0, others: 0 });
        Self { secret: RandomState::new(), table }
    }
}

impl RefusalLog {
    /// Decides on the line of one refusal.
    pub(super) fn note(
        &self,
        cause: &str,
        address: IpAddr,
        subject: Option<&str>,
        now: Moment,
    ) -> Verdict {
        let key = self.secret.hash_one((cause, address_bytes(address), subject)).max(1);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.note(key, now.as_micros())
    }
}

impl Table {
    fn note(&mut self, key: u64, now: u64) -> Verdict {
        let number = usize::try_from(key % wide(SETS)).unwrap_or(0);
        let Some(set) = self.sets.get_mut(number) else { return Verdict::Suppress };
        let known = set.iter().position(|entry| entry.key == key);
        // The one that has been quiet for longest makes room.
        let oldest = || set.iter().enumerate().min_by_key(|(_, entry)| entry.until);
        let place = known.or_else(|| oldest().map(|(place, _)| place)).unwrap_or(0);
        let Some(entry) = set.get_mut(place) else { return Verdict::Suppress };
        if entry.key != key {
            self.others = self.others.saturating_add(entry.suppressed);
            *entry = Entry { key, until: 0, suppressed: 0 };
        }
        let own = entry.until.max(now).saturating_add(SECOND);
        let all = self.all_until.max(now).saturating_add(SECOND / ALL_PER_SECOND);
        let is_due = own <= now.saturating_add(BURST * SECOND)
            && all <= now.saturating_add(ALL_BURST * SECOND / ALL_PER_SECOND);
        if !is_due {
            entry.suppressed = entry.suppressed.saturating_add(1);
            return Verdict::Suppress;
        }
        entry.until = own;
        self.all_until = all;
        let suppressed = std::mem::take(&mut entry.suppressed);
        Verdict::Write { suppressed, others: std::mem::take(&mut self.others) }
    }
}

fn wide(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{ALL_BURST, ALL_PER_SECOND, BURST, RefusalLog, Verdict, wide};
    use crate::clock::Moment;
    use std::net::{IpAddr, Ipv4Addr};

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn at(millis: u64) -> Moment {
        Moment::from_nanos(millis * 1_000_000)
    }

    fn is_written(verdict: &Verdict) -> bool {
        matches!(verdict, Verdict::Write { .. })
    }

    #[test]
    fn after_the_first_ones_a_line_a_second_says_how_many_were_not_written() {
        let log = RefusalLog::default();
        // A thousand a second for a minute.
        let verdicts: Vec<_> =
            (0..60_000).map(|i| log.note("quota-exceeded", HERE, None, at(i))).collect();
        let written: Vec<_> = verdicts.iter().filter(|verdict| is_written(verdict)).collect();
        assert_eq!(wide(written.len()), BURST + 59);
        assert_eq!(verdicts[0], Verdict::Write { suppressed: 0, others: 0 });
        let told: u64 = written
            .iter()
            .map(|verdict| match verdict {
                Verdict::Write { suppressed, .. } => *suppressed,
                Verdict::Suppress => 0,
            })
            .sum();
        let last = verdicts.iter().rposition(is_written).unwrap();
        let suppressed = verdicts[..last].iter().filter(|verdict| !is_written(verdict)).count();
        assert_eq!(told, wide(suppressed));
    }

    #[test]
    fn another_cause_and_another_network_have_lines_of_their_own() {
        let log = RefusalLog::default();
        for _ in 0..1_000 {
            log.note("bad-request", HERE, None, at(0));
        }
        assert_eq!(log.note("bad-request", HERE, None, at(0)), Verdict::Suppress);
        assert!(is_written(&log.note("misdirected", HERE, None, at(0))));
        assert!(is_written(&log.note("bad-request", HERE, Some("ada"), at(0))));
        assert!(is_written(&log.note(
            "bad-request",
            Ipv4Addr::new(192, 0, 2, 1).into(),
            None,
            at(0)
        )));
    }

    #[test]
    fn many_networks_together_write_no_more_than_a_bounded_rate() {
        let log = RefusalLog::default();
        // From 100,000 networks in ten seconds, each once.
        let (mut written, mut told) = (0, 0);
        for i in 0..100_000_u32 {
            let now = at(u64::from(i) / 10);
            if let Verdict::Write { others, .. } =
                log.note("bad-request", Ipv4Addr::from(i).into(), None, now)
            {
                written += 1;
                told += others;
            }
        }
        assert!(written <= ALL_BURST + 10 * ALL_PER_SECOND, "{written}");
        assert!(written >= ALL_BURST, "{written}");
        // All but those that still have their own count in the table.
        assert!(told > 100_000 - written - wide(super::SETS * super::WAYS) - 5_000, "{told}");
    }
}
