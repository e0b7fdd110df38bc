//! How long answers took, against those of requests that ask no store at the same time.
//!
//! The tests of outages run where others build and test too. What the machine adds is measured
//! instead of guessed: clients ask at the same time for a page whose limits are counted in memory,
//! and whatever delays those delays the others as well.

use std::time::{Duration, Instant};

use crate::{load::Seen, service::TIMEOUT};

/// What an answer may take beyond the time-out and what the control takes.
const SLACK: Duration = Duration::from_millis(50);

/// The answers to the questions of some time, by how long they took.
#[derive(Debug)]
pub(crate) struct Latency(Vec<Duration>);

impl Latency {
    pub(crate) fn of(seen: &[Seen], from: Instant, to: Instant) -> Self {
        let between = seen.iter().filter(|seen| (from..to).contains(&seen.at));
        let mut took: Vec<_> = between.map(|seen| seen.took).collect();
        took.sort_unstable();
        assert!(took.len() >= 20, "{} answers are too few", took.len());
        Self(took)
    }

    /// So many in a hundred took at most this.
    fn percentile(&self, percent: usize) -> Duration {
        let place = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0.get(place).copied().unwrap()
    }

    fn slowest(&self) -> Duration {
        self.percentile(100)
    }

    pub(crate) fn text(&self) -> String {
        let [half, most, slowest] = [50, 99, 100].map(|percent| self.percentile(percent));
        format!("p50 {half:.1?}, p99 {most:.1?}, slowest {slowest:.1?} of {}", self.0.len())
    }

    /// The half of them is as quick as before.
    pub(crate) fn judge_pace(&self, what: &str, before: &Self, control: &Self) {
        self.judge(what, 50, before.percentile(50) + SLACK / 5 + control.percentile(50));
    }

    /// Few wait during an outage, once, and as long as the time-out says.
    pub(crate) fn judge_outage(&self, what: &str, control: &Self) {
        self.judge(what, 99, TIMEOUT + SLACK + control.percentile(99));
        // One answer among hundreds also waits for the processors of a busy machine. A request that
        // waited for the second of the driver would still be found.
        self.judge(what, 100, 5 * TIMEOUT + 2 * control.slowest());
    }

    fn judge(&self, what: &str, percent: usize, bound: Duration) {
        let took = self.percentile(percent);
        assert!(took <= bound, "{what}: {percent} in a hundred took {took:?}, more than {bound:?}");
    }
}
