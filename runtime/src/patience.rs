//! How slowly bytes may come or go.
//!
//! A client that sends or reads nothing holds the resources of its request for as long as it likes
//! (CWE-400, CWE-772), and so does one that sends or reads a byte occasionally. A fixed time for
//! the whole would refuse a permitted body on a slow line. So waits are bounded three times: each
//! one by itself, and all of them together by a grace time and by the time that the bytes take at a
//! minimum rate. The time that the service needs itself does not count.

use std::{num::NonZeroU32, time::Duration};

use tokio::time::Instant;

/// The bounds of waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// The longest wait for the next byte.
    pub(crate) idle: Duration,
    /// The longest time of all waits together,
    pub(crate) grace: Duration,
    /// and beside it the time of the bytes at so many a second; `None` adds nothing.
    pub(crate) rate: Option<NonZeroU32>,
}

/// The waits so far. Only bytes after the first wait count: those before were in the buffers of the
/// system, and do not show the client's speed.
#[derive(Debug)]
pub(crate) struct Patience {
    pace: Pace,
    /// When the wait began that lasts.
    since: Option<Instant>,
    /// What has been waited before, and the bytes since.
    waited: Duration,
    bytes: u64,
    has_waited: bool,
}

impl Patience {
    pub(crate) fn new(pace: Pace) -> Self {
        Self { pace, since: None, waited: Duration::ZERO, bytes: 0, has_waited: false }
    }

    /// Begins anew, with the next message.
    pub(crate) fn renew(&mut self) {
        if self.has_waited {
            *self = Self::new(self.pace);
        }
    }

    /// Whether there was a wait: only then bytes count.
    pub(crate) fn counts(&self) -> bool {
        self.has_waited
    }

    /// Bytes have come, or gone.
    pub(crate) fn progress(&mut self, bytes: usize, now: Instant) {
        if !self.has_waited {
            return;
        }
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        if let Some(since) = self.since.take() {
            self.waited = self.waited.saturating_add(now.saturating_duration_since(since));
        }
    }

    /// Nothing comes or goes now: when the patience ends if it stays so.
    pub(crate) fn wait(&mut self, now: Instant) -> Instant {
        self.has_waited = true;
        let since = *self.since.get_or_insert(now);
        let seconds = self.pace.rate.map_or(0, |rate| self.bytes / u64::from(rate.get()));
        let whole = self.pace.grace.saturating_add(Duration::from_secs(seconds));
        since + whole.saturating_sub(self.waited).min(self.pace.idle)
    }
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, time::Duration};

    use tokio::time::Instant;

    use super::{Pace, Patience};

    const MINUTE: Duration = Duration::from_secs(60);
    const STEP: Duration = Duration::from_secs(10);

    fn pace(rate: u32) -> Pace {
        Pace { idle: MINUTE, grace: MINUTE, rate: NonZeroU32::new(rate) }
    }

    /// How many seconds it lasts with a client of so many bytes every ten seconds; at most an hour.
    fn lasts(pace: Pace, bytes: usize) -> u64 {
        let mut patience = Patience::new(pace);
        let begin = Instant::now();
        patience.progress(4 << 20, begin);
        let mut now = begin;
        while patience.wait(now) > now && now < begin + 60 * MINUTE {
            now += STEP;
            if bytes > 0 && patience.wait(now) > now {
                patience.progress(bytes, now);
            }
        }
        now.duration_since(begin).as_secs()
    }

    #[test]
    fn a_client_has_to_move_bytes_and_so_many_of_them() {
        assert_eq!(lasts(pace(240), 0), 60);
        assert_eq!(lasts(pace(240), 2_400), 3_600);
        assert_eq!(lasts(pace(240), 240_000), 3_600);
        // Half of the rate doubles the time, and no more.
        assert!((110..=120).contains(&lasts(pace(240), 1_200)));
        assert!(lasts(pace(240), 1) <= 70);
        // Without a rate the time is fixed.
        assert_eq!(lasts(pace(0), 240_000), 60);
        // What one wait may take holds beside it.
        assert_eq!(lasts(Pace { idle: STEP / 2, ..pace(240) }, 240_000), 10);
    }

    #[test]
    fn each_message_begins_anew_and_time_without_a_wait_costs_nothing() {
        let mut patience = Patience::new(pace(240));
        let mut now = Instant::now();
        for _ in 0..10 {
            assert_eq!(patience.wait(now), now + MINUTE);
            now += MINUTE / 2;
            patience.progress(1, now);
            patience.renew();
        }
        patience.wait(now);
        patience.progress(1, now);
        now += 60 * MINUTE;
        assert_eq!(patience.wait(now), now + MINUTE);
    }
}
