//! How long an answer waits for its client.

use std::time::Duration;

use tokio::time::Instant;

/// The least bytes a second that a client has to take of an answer, on average, once it lets the
/// service wait (the default of ASP.NET Core's `MinResponseDataRate`).
pub(crate) const LEAST_RATE: u32 = 240;

/// What an answer has waited for so far.
///
/// A client that takes nothing for the timeout ends the connection. One that takes a byte now and
/// then would hold it for ever (CWE-400): so the waits of one answer together may take the timeout
/// and as long as the bytes take at [`LEAST_RATE`]. Only bytes behind the first wait count: those
/// before went into the buffers of the system, and say nothing about the client.
#[derive(Debug)]
pub(super) struct Patience {
    timeout: Duration,
    /// When the wait began that lasts.
    since: Option<Instant>,
    /// What has been waited before, and taken since.
    waited: Duration,
    taken: u64,
    has_waited: bool,
}

impl Patience {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, since: None, waited: Duration::ZERO, taken: 0, has_waited: false }
    }

    /// The next answer begins.
    pub(super) fn renew(&mut self) {
        if self.has_waited {
            *self = Self::new(self.timeout);
        }
    }

    /// Whether the client has let the answer wait: only then its bytes count.
    pub(super) fn counts(&self) -> bool {
        self.has_waited
    }

    /// The client has taken bytes.
    pub(super) fn take(&mut self, bytes: usize, now: Instant) {
        if !self.has_waited {
            return;
        }
        self.taken = self.taken.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        if let Some(since) = self.since.take() {
            self.waited = self.waited.saturating_add(now.saturating_duration_since(since));
        }
    }

    /// The client takes nothing now: when the answer ends if it stays so.
    pub(super) fn wait(&mut self, now: Instant) -> Instant {
        self.has_waited = true;
        let since = *self.since.get_or_insert(now);
        let for_bytes = Duration::from_secs(self.taken / u64::from(LEAST_RATE));
        let left = self.timeout.saturating_add(for_bytes).saturating_sub(self.waited);
        since + left.min(self.timeout)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{LEAST_RATE, Patience};

    const MINUTE: Duration = Duration::from_secs(60);
    const STEP: Duration = Duration::from_secs(10);

    /// How many seconds an answer lasts whose client takes so many bytes every ten seconds; at most
    /// an hour.
    fn lasts(bytes: usize) -> u64 {
        let mut patience = Patience::new(MINUTE);
        let begin = Instant::now();
        patience.take(4 << 20, begin);
        let mut now = begin;
        while patience.wait(now) > now && now < begin + 60 * MINUTE {
            now += STEP;
            if bytes > 0 && patience.wait(now) > now {
                patience.take(bytes, now);
            }
        }
        now.duration_since(begin).as_secs()
    }

    #[test]
    fn a_client_has_to_take_bytes_and_so_many_of_them() {
        let at_least_rate = usize::try_from(LEAST_RATE).unwrap() * 10;
        assert_eq!(lasts(0), 60);
        assert_eq!(lasts(at_least_rate), 3_600);
        assert_eq!(lasts(at_least_rate * 100), 3_600);
        // Half of the rate doubles the time, and no more.
        assert_eq!(lasts(at_least_rate / 2), 120);
        assert!(lasts(1) <= 70);
    }

    #[test]
    fn each_answer_begins_anew_and_time_without_a_wait_costs_nothing() {
        let mut patience = Patience::new(MINUTE);
        let mut now = Instant::now();
        for _ in 0..10 {
            assert_eq!(patience.wait(now), now + MINUTE);
            now += MINUTE / 2;
            patience.take(1, now);
            patience.renew();
        }
        patience.wait(now);
        patience.take(1, now);
        now += 60 * MINUTE;
        assert_eq!(patience.wait(now), now + MINUTE);
    }
}
