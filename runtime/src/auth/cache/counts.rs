//! The counts of cache hits and misses.

use crate::tally::Tally;

const HIT: usize = 0;
const MISS: usize = 1;

/// The lookups of one cache.
#[derive(Debug, Default)]
pub(crate) struct CacheCounts(Tally<2>);

impl CacheCounts {
    pub(in crate::auth) fn note(&self, is_hit: bool) {
        self.0.add(if is_hit { HIT } else { MISS });
    }

    /// Tokens that were found, and were still valid by the keys and the clock.
    pub(crate) fn hits(&self) -> u64 {
        self.0.sum(HIT)
    }

    pub(crate) fn misses(&self) -> u64 {
        self.0.sum(MISS)
    }
}
