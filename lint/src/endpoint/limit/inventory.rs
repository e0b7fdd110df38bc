//! A limit as text for the inventory, which is the same as the runtime's.

use std::{fmt, time::Duration};

use palisade_policy::LimitTerms;

use super::Limit;

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unit, quota, burst, cost, count, store, outage, track, .. } = *self;
        let window = Duration::from_secs(self.window);
        let ban = self.ban.map(|ban| ban.value);
        LimitTerms { unit, quota, window, burst, cost, count, store, outage, ban, track }
            .write(self.key.iter().map(|part| &part.value), f)
    }
}
