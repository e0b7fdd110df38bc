//! The number of probes, and their results.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Probe;
use crate::metrics::{Text, Type};

/// Probes of all workers, by kind and result.
#[derive(Debug, Default)]
pub(super) struct ProbeCounts {
    live: Counts,
    ready: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    passed: AtomicU64,
    failed: AtomicU64,
}

impl ProbeCounts {
    pub(super) fn note(&self, probe: Probe, passes: bool) {
        let counts = match probe {
            Probe::Live => &self.live,
            Probe::Ready => &self.ready,
        };
        let count = if passes { &counts.passed } else { &counts.failed };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Four series, whatever clients send.
    pub(super) fn write(&self, text: &mut Text) {
        let help = "Probes for health, by what they ask and the answer.";
        text.family("palisade_probes", Type::Counter, help);
        for (probe, counts) in [("live", &self.live), ("ready", &self.ready)] {
            for (outcome, count) in [("pass", &counts.passed), ("fail", &counts.failed)] {
                let labels = [("probe", probe), ("outcome", outcome)];
                text.sample(&labels, count.load(Ordering::Relaxed));
            }
        }
    }
}
