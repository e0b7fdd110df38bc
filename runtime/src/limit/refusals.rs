//! How many requests guards have refused, by cause.

use super::tally::Tally;
use crate::problem::Kind;

/// Why a request did not reach its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A guard answered with this problem.
    Problem(Kind),
    /// The answer has a status of 400 or more that belongs to no kind.
    Other,
    /// It was a preflight request, which is answered before routing.
    Preflight,
    /// Its client disconnected.
    Gone,
}

const KINDS: usize = Kind::ALL.len();
pub(crate) const CAUSES: usize = KINDS + 3;

impl Cause {
    /// Its name in the log and the metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Problem(kind) => kind.name(),
            Self::Other => "other",
            Self::Preflight => "preflight",
            Self::Gone => "client-gone",
        }
    }

    /// Its index among all of them: less than [`CAUSES`].
    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Problem(kind) => kind as usize,
            Self::Other => KINDS,
            Self::Preflight => KINDS + 1,
            Self::Gone => KINDS + 2,
        }
    }

    fn all() -> impl Iterator<Item = Self> {
        let kinds = Kind::ALL.iter().map(|kind| Self::Problem(*kind));
        kinds.chain([Self::Other, Self::Preflight, Self::Gone])
    }
}

/// The counters of one service.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    by_cause: Tally<CAUSES>,
    suppressed: Tally,
    outlived: Tally,
}

impl Refusals {
    pub(super) fn note(&self, cause: Cause) {
        self.by_cause.add(cause.index());
    }

    pub(super) fn note_suppressed(&self) {
        self.suppressed.add_one();
    }

    pub(super) fn note_outlived(&self) {
        self.outlived.add_one();
    }

    pub(super) fn outlived(&self) -> u64 {
        self.outlived.total()
    }

    /// The causes that occurred, by name, with their counts.
    pub(super) fn by_cause(&self) -> Vec<(&'static str, u64)> {
        let counts = Cause::all().map(|cause| (cause.name(), self.by_cause.sum(cause.index())));
        counts.filter(|(_, count)| *count > 0).collect()
    }

    pub(super) fn suppressed(&self) -> u64 {
        self.suppressed.total()
    }
}

#[cfg(test)]
mod tests {
    use super::{CAUSES, Cause, Refusals};
    use std::collections::BTreeSet;

    #[test]
    fn every_cause_has_a_name_and_a_count_of_its_own() {
        let refusals = Refusals::default();
        for (times, cause) in Cause::all().enumerate() {
            (0..=times).for_each(|_| refusals.note(cause));
        }
        let counts = refusals.by_cause();
        let names: BTreeSet<_> = counts.iter().map(|(name, _)| name).collect();
        assert_eq!((counts.len(), names.len()), (CAUSES, CAUSES));
        for (times, (name, count)) in (1..).zip(counts) {
            assert_eq!(count, times, "{name}");
        }
    }
}
