//! Where a service counts its limits.

use super::Builder;
use crate::limit::Limiter;
#[cfg(feature = "redis")]
use crate::limit::SharedStore;

/// The settings of where limits are counted.
#[derive(Debug, Default)]
pub(super) struct LimitSettings {
    #[cfg(feature = "redis")]
    store: Option<SharedStore>,
    shares_all: bool,
    /// Who turned the limits off, and why.
    off: Option<String>,
}

impl LimitSettings {
    /// Who turned the limits off, and why.
    pub(super) fn off(&self) -> Option<&str> {
        self.off.as_deref()
    }

    /// Whether the counts are those of all instances.
    pub(super) fn shares_all(&self) -> bool {
        self.shares_all
    }
}

impl Builder {
    /// Counts limits that instances share in this store: those with `store = shared`, and after
    /// [`share_limits`](Self::share_limits) all without `store = local`.
    #[cfg(feature = "redis")]
    pub fn limit_store(mut self, store: SharedStore) -> Self {
        self.contradicts("PALISADE_REDIS_URL", "limit_store", true);
        self.contradicts("PALISADE_REDIS_URL_FROM", "limit_store", true);
        self.limits.store = Some(store);
        self
    }

    /// Shares all limits between the instances, the service's own included, except those with
    /// `store = local`. Requires a store.
    pub fn share_limits(mut self) -> Self {
        self.contradicts("PALISADE_LIMITS", "share_limits", !self.limits.shares_all);
        self.limits.shares_all = true;
        self
    }

    /// Enforces no limit at all: for load tests on one's own machine. Refused in production.
    pub fn dangerous_limits_off(mut self, reason: &str) -> Self {
        self.contradicts("PALISADE_LIMITS", "dangerous_limits_off", self.limits.off.is_none());
        self.require_reason("dangerous_limits_off", reason);
        self.limits.off = Some(format!("dangerous_limits_off: {reason}"));
        self
    }

    pub(crate) fn limits_off_by_environment(mut self) -> Self {
        self.limits.off = Some("PALISADE_LIMITS=off: no limit is enforced".to_owned());
        self
    }

    /// The limiter as configured.
    pub(super) fn limiter(&mut self, complaints: &mut Vec<String>) -> Limiter {
        let limiter = self.limit_slots.map_or_else(Limiter::default, Limiter::memory);
        if let Some(why) = self.limits.off.take() {
            self.weakened.push(why);
            return limiter.off();
        }
        #[cfg(feature = "redis")]
        if let Some(store) = self.limits.store.take() {
            return limiter.sharing(store, self.limits.shares_all);
        }
        if self.limits.shares_all {
            complaints.push(
                "all limits are to be shared (PALISADE_LIMITS or `share_limits`), and there \
                 is no store for that: set PALISADE_REDIS_URL"
                    .to_owned(),
            );
        }
        limiter
    }
}
