//! Rate limits for the log lines of refused requests.
//!
//! A refused request costs its sender a few bytes, and each log line a few hundred: without a
//! limit, one client could fill a disk with equal lines (CWE-779). So refusals by guards are logged
//! at a limited rate for each cause, client network and subject, and are only counted above it:
//!
//! 1. The first [`BURST`] of a cause, network and subject are written, then one a second. Each line
//!    says how many like it were suppressed since the last.
//! 2. Each cause writes [`CAUSE_PER_SECOND`] lines a second, and [`CAUSE_BURST`] at once, however
//!    many networks take part: a flood of one cause leaves the lines of all others. The next line
//!    that is written says how many others were suppressed whose own count had to make room.
//! 3. The answers of a handler of an endpoint of palisade are written, each time: failed log-ins
//!    above all. The limits of the endpoint bound their number. What is mounted beside them (a
//!    plain handler, static files) has no known start: its errors count as refusals.
//! 4. The line with the cause of a 5xx has a rate of its own, again for each cause: it may be
//!    written where the event is suppressed.
//! 5. The metrics count every refusal by its cause, and what was suppressed.

use std::{
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use crate::{
    clock::Moment,
    limit::{CAUSES, Cause, address_bytes},
    line_rate::LineRate,
};

/// Lines at once for one cause, network and subject.
const BURST: u64 = 10;

/// Lines per second for one cause, and how many at once.
const CAUSE_PER_SECOND: u64 = 10;
const CAUSE_BURST: u64 = 100;

const SECOND: u64 = 1_000_000;

/// Entries of the table: 24 KiB.
const SETS: usize = 256;
const WAYS: usize = 4;

/// Whether a refusal is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Write {
        /// With this cause, network and subject, since the last line.
        suppressed: u64,
        /// With others, whose entries were replaced.
        others: u64,
    },
    Suppress,
}

/// The rates of the refusal log; shared by all workers.
#[derive(Debug)]
pub(crate) struct RefusalLog {
    secret: RandomState,
    table: Mutex<Table>,
    /// The rates of the lines with the cause of a 5xx from a guard, by cause.
    explanations: [LineRate; CAUSES],
}

#[derive(Debug)]
struct Table {
    sets: Box<[[Entry; WAYS]]>,
    /// When each cause is at its full rate again, in microseconds.
    cause_until: [u64; CAUSES],
    others: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    key: u64,
    /// When it is at its full rate again.
    until: u64,
    suppressed: u64,
}

impl Default for RefusalLog {
    fn default() -> Self {
        let sets = vec![[Entry::default(); WAYS]; SETS].into_boxed_slice();
        let table = Mutex::new(Table { sets, cause_until: [0; CAUSES], others: 0 });
        let explanations = std::array::from_fn(|_| LineRate::new(CAUSE_BURST, CAUSE_PER_SECOND));
        Self { secret: RandomState::new(), table, explanations }
    }
}

impl RefusalLog {
    /// Decides whether one refusal is logged.
    pub(super) fn note(
        &self,
        cause: Cause,
        address: IpAddr,
        subject: Option<&str>,
        now: Moment,
    ) -> Verdict {
        let key = self.secret.hash_one((cause.index(), address_bytes(address), subject)).max(1);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.note(cause, key, now.as_micros())
    }

    /// Whether the cause of a 5xx is logged, and how many similar ones were suppressed since the
    /// last line.
    pub(super) fn explain(&self, cause: Cause, now: Moment) -> Option<u64> {
        self.explanations.get(cause.index())?.take(now)
    }
}

impl Table {
    fn note(&mut self, cause: Cause, key: u64, now: u64) -> Verdict {
        let number = usize::try_from(key % wide(SETS)).unwrap_or(0);
        let Some(set) = self.sets.get_mut(number) else { return Verdict::Suppress };
        let Some(cause_until) = self.cause_until.get_mut(cause.index()) else {
            return Verdict::Suppress;
        };
        let known = set.iter().position(|entry| entry.key == key);
        // The entry that was unused for longest is replaced.
        let oldest = || set.iter().enumerate().min_by_key(|(_, entry)| entry.until);
        let place = known.or_else(|| oldest().map(|(place, _)| place)).unwrap_or(0);
        let Some(entry) = set.get_mut(place) else { return Verdict::Suppress };
        if entry.key != key {
            self.others = self.others.saturating_add(entry.suppressed);
            *entry = Entry { key, until: 0, suppressed: 0 };
        }
        let own = entry.until.max(now).saturating_add(SECOND);
        let of_cause = (*cause_until).max(now).saturating_add(SECOND / CAUSE_PER_SECOND);
        let is_due = own <= now.saturating_add(BURST * SECOND)
            && of_cause <= now.saturating_add(CAUSE_BURST * SECOND / CAUSE_PER_SECOND);
        if !is_due {
            entry.suppressed = entry.suppressed.saturating_add(1);
            return Verdict::Suppress;
        }
        entry.until = own;
        *cause_until = of_cause;
        let suppressed = std::mem::take(&mut entry.suppressed);
        Verdict::Write { suppressed, others: std::mem::take(&mut self.others) }
    }
}

fn wide(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{BURST, CAUSE_BURST, CAUSE_PER_SECOND, RefusalLog, Verdict, wide};
    use crate::{clock::Moment, limit::Cause, problem::Kind};
    use std::net::{IpAddr, Ipv4Addr};

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const BAD_REQUEST: Cause = Cause::Problem(Kind::BadRequest);

    fn at(millis: u64) -> Moment {
        Moment::from_nanos(millis * 1_000_000)
    }

    fn is_written(verdict: &Verdict) -> bool {
        matches!(verdict, Verdict::Write { .. })
    }

    #[test]
    fn after_the_first_ones_a_line_a_second_says_how_many_were_not_written() {
        let log = RefusalLog::default();
        // A thousand per second for a minute.
        let verdicts: Vec<_> = (0..60_000)
            .map(|i| log.note(Cause::Problem(Kind::QuotaExceeded), HERE, None, at(i)))
            .collect();
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
            log.note(BAD_REQUEST, HERE, None, at(0));
        }
        assert_eq!(log.note(BAD_REQUEST, HERE, None, at(0)), Verdict::Suppress);
        assert!(is_written(&log.note(Cause::Preflight, HERE, None, at(0))));
        assert!(is_written(&log.note(BAD_REQUEST, HERE, Some("ada"), at(0))));
        assert!(is_written(&log.note(
            BAD_REQUEST,
            Ipv4Addr::new(192, 0, 2, 1).into(),
            None,
            at(0)
        )));
    }

    #[test]
    fn a_flood_of_one_cause_leaves_the_lines_of_others() {
        let log = RefusalLog::default();
        for network in 0..1_000_u32 {
            for _ in 0..5 {
                log.note(BAD_REQUEST, Ipv4Addr::from(network << 8).into(), None, at(0));
                log.explain(BAD_REQUEST, at(0));
            }
        }
        assert_eq!(log.explain(BAD_REQUEST, at(0)), None);
        let other = Ipv4Addr::new(192, 0, 2, 1).into();
        assert_eq!(log.note(BAD_REQUEST, other, None, at(0)), Verdict::Suppress);
        for cause in [Kind::Unauthenticated, Kind::Unavailable].map(Cause::Problem) {
            assert!(is_written(&log.note(cause, other, None, at(0))));
            assert_eq!(log.explain(cause, at(0)), Some(0));
        }
    }

    #[test]
    fn many_networks_together_write_no_more_than_a_bounded_rate() {
        let log = RefusalLog::default();
        // From 100,000 networks in ten seconds, one from each.
        let (mut written, mut told) = (0, 0);
        for i in 0..100_000_u32 {
            let now = at(u64::from(i) / 10);
            if let Verdict::Write { others, .. } =
                log.note(BAD_REQUEST, Ipv4Addr::from(i).into(), None, now)
            {
                written += 1;
                told += others;
            }
        }
        assert!(written <= CAUSE_BURST + 10 * CAUSE_PER_SECOND, "{written}");
        assert!(written >= CAUSE_BURST, "{written}");
        // All but those that still have their own entry in the table.
        assert!(told > 100_000 - written - wide(super::SETS * super::WAYS) - 5_000, "{told}");
    }
}
