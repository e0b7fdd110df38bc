//! The keys that are known to be refused until a moment.

use std::{num::NonZeroUsize, time::Duration};

use super::script::{Verdict, micros};
use crate::{
    clock::Moment,
    limit::{Ask, Decision, Key, TableMetrics, table::Table},
    policy::{Count, Unit},
};

/// Slots of each of the two tables: 512 KiB.
const SLOTS: NonZeroUsize = NonZeroUsize::MIN.saturating_add((1 << 16) - 1);

/// A refusal is not used for longer without another round trip: another instance may have reset the
/// key or lifted its ban.
const TRUST: Duration = Duration::from_secs(10);

/// Two tables like those of the limiter itself: until when a key is refused, and until when that is
/// used. A key without a slot only costs a round trip.
#[derive(Debug)]
pub(super) struct Denied {
    until: Table,
    believed: Table,
}

impl Denied {
    pub(super) fn new() -> Self {
        Self { until: Table::cache("denied", SLOTS), believed: Table::cache("believed", SLOTS) }
    }

    /// The refusal that still applies to this ask.
    pub(super) fn recall(&self, ask: &Ask<'_>, now: Moment) -> Option<Decision> {
        let hash = ask.key.local;
        if self.believed.backlog(hash, now) == 0 {
            return None;
        }
        let wait = match self.until.backlog(hash, now) {
            0 => return None,
            wait => wait,
        };
        // After this wait, the backlog leaves room for one more request.
        let gcra = ask.limit.gcra()?;
        let owed = gcra.tolerance().saturating_sub(ask.charge()).saturating_add(wait);
        Some(gcra.refused(owed, wait))
    }

    /// Stores a refusal that only time can end.
    pub(super) fn remember(&self, ask: &Ask<'_>, verdict: Verdict, now: Moment) {
        let rate = ask.limit.rate();
        let is_fixed = rate.unit == Unit::Requests && rate.count == Count::All && !rate.track;
        let wait = match verdict {
            Verdict::Banned(wait) => wait,
            // What is refused after the ban counts towards the next.
            Verdict::Bans(wait) => rate.ban.map_or(wait, |ban| wait.min(micros(ban.lasts))),
            // Refusals that count towards a ban have to be counted, where all instances count.
            Verdict::Refused(_) if is_fixed && rate.ban.is_none() => micros(ask.decision.wait),
            Verdict::Allowed(_) | Verdict::Refused(_) => return,
        };
        let hash = ask.key.local;
        self.until.put(hash, wait, now);
        self.believed.put(hash, wait.min(micros(TRUST)), now);
    }

    /// How full the two tables are. Reads them whole.
    pub(super) fn metrics(&self, now: Moment) -> Vec<TableMetrics> {
        [&self.until, &self.believed].map(|table| table.metrics(now)).into()
    }

    /// Uses the store again at the next request.
    pub(super) fn forget(&self, key: Key, now: Moment) {
        self.believed.forget(key.local, now);
    }
}

#[cfg(test)]
mod tests;
