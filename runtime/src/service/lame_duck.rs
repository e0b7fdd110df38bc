//! The time in which a service that has got a signal to stop still serves requests, and is not
//! ready any more.

use std::time::Duration;

use crate::health::Health;

/// Where it is not set: two probes of a load balancer that asks every two seconds.
const USUAL: Duration = Duration::from_secs(5);

/// The longest: supervisors lose patience (systemd after 90 s, Kubernetes after 30 s).
pub(super) const LONGEST: Duration = Duration::from_secs(600);

/// How long it lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LameDuck(Option<Duration>);

impl LameDuck {
    pub(super) fn of(time: Duration) -> Self {
        Self(Some(time))
    }

    /// What cannot hold.
    pub(super) fn complaint(self) -> Option<String> {
        let too_long = self.0.filter(|time| *time > LONGEST)?;
        Some(format!(
            "PALISADE_LAME_DUCK or `.lame_duck(..)` is {too_long:?}: ten minutes at most; supervisors kill \
             a service that takes longer to stop than they wait"
        ))
    }

    /// How long the service goes on. A service that no probe has ever asked whether it is ready has no
    /// load balancer to wait for.
    pub(super) fn time(self, health: &Health) -> Duration {
        let usual = if health.is_watched() { USUAL } else { Duration::ZERO };
        self.0.unwrap_or(usual)
    }
}
