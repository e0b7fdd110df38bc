//! The thread that refreshes a ring's keys.

use std::{pin::pin, sync::Arc, task::Poll, thread, time::Duration};

use tokio::{
    runtime,
    sync::oneshot,
    time::{Instant, sleep_until, timeout, timeout_at},
};

use super::{
    KeySourceError,
    ring::{Renewal, Shared},
};
use crate::{panics::catching, spread::spread};

/// The longest pause after attempts that failed.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(30);

/// How often the same fault is logged.
const TELL_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// A source from which keys can be fetched repeatedly.
pub(super) trait Supply: Send + 'static {
    /// Fetches the keys that are valid now; the error is for the log.
    fn keys(&mut self) -> impl Future<Output = Result<Renewal, String>>;
}

/// The schedule of the attempts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// From the start of one attempt to the start of the next, whatever requests come.
    pub(super) pause: Duration,
    /// An attempt that takes longer has failed.
    pub(super) time_out: Duration,
    /// Whether the first attempt is made at once; else the ring's keys are new.
    pub(super) at_once: bool,
    /// The first wait otherwise.
    pub(super) fresh_for: Duration,
}

/// Starts the thread. It ends when `end` is closed, at the latest with its next step.
pub(super) fn spawn(
    shared: Arc<Shared>,
    end: oneshot::Receiver<()>,
    supply: impl Supply,
    pace: Pace,
) -> Result<(), KeySourceError> {
    let fault = |error: std::io::Error| {
        KeySourceError::new(format!("cannot start the thread that keeps keys fresh: {error}"))
    };
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(fault)?;
    let body = move || {
        runtime.block_on(async move {
            let mut end = pin!(end);
            let mut keep = pin!(keep(&shared, supply, pace));
            std::future::poll_fn(|context| {
                if end.as_mut().poll(context).is_ready() {
                    return Poll::Ready(());
                }
                keep.as_mut().poll(context)
            })
            .await;
        });
    };
    // Linux shows 15 characters of a thread's name.
    thread::Builder::new().name("palisade-keys".to_owned()).spawn(body).map_err(fault)?;
    Ok(())
}

async fn keep(shared: &Shared, mut supply: impl Supply, pace: Pace) {
    let Some(demand) = shared.demand() else { return };
    let mut faults = Faults::default();
    if !pace.at_once {
        // Cut short by a question; either way it is time to look.
        let _asked = timeout(pace.fresh_for, demand.asked()).await;
    }
    loop {
        let began = Instant::now();
        demand.start();
        let outcome = attempt(&mut supply, pace.time_out).await;
        let has_succeeded = outcome.is_ok();
        let wait = match outcome {
            Ok(renewal) => {
                faults.end();
                let wait = renewal.fresh_for;
                shared.renew(renewal);
                wait
            }
            Err(fault) => faults.back_off(fault, pace.pause),
        };
        demand.end(has_succeeded);
        let _asked = timeout_at(began + spread(wait), demand.asked()).await;
        sleep_until(began + pace.pause).await;
    }
}

/// One attempt. The provider's answer is untrusted input: a parser that panics on it is a failure
/// of this attempt, and must not end the thread and all further renewals (CWE-248).
async fn attempt(supply: &mut impl Supply, time_out: Duration) -> Result<Renewal, String> {
    match timeout(time_out, catching(|| supply.keys())).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Err(format!("reading them panicked: {panic}")),
        Err(_) => Err(format!("no answer within {time_out:?}")),
    }
}

/// Attempts that failed, one after the other.
#[derive(Debug, Default)]
struct Faults {
    count: u32,
    told: Option<(String, Instant)>,
}

impl Faults {
    fn back_off(&mut self, fault: String, pause: Duration) -> Duration {
        let is_told = self
            .told
            .as_ref()
            .is_some_and(|(told, at)| *told == fault && at.elapsed() < TELL_AGAIN_AFTER);
        if !is_told {
            tracing::error!("keys cannot be renewed: {fault}");
            self.told = Some((fault, Instant::now()));
        }
        let wait = pause.saturating_mul(1 << self.count.min(10)).min(LONGEST_BACK_OFF);
        self.count = self.count.saturating_add(1);
        wait.max(pause)
    }

    fn end(&mut self) {
        if self.count > 0 {
            tracing::info!("keys can be renewed again");
        }
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Faults, LONGEST_BACK_OFF, Renewal, Supply, attempt};

    /// Keys with a form that no parser expects.
    struct Unexpected;

    impl Supply for Unexpected {
        async fn keys(&mut self) -> Result<Renewal, String> {
            panic!("index out of bounds")
        }
    }

    #[tokio::test]
    async fn a_panic_is_a_fault_of_one_attempt() {
        let fault =
            attempt(&mut Unexpected, Duration::from_secs(60)).await.map(|_| ()).unwrap_err();
        assert_eq!(fault, "reading them panicked: index out of bounds");
    }

    #[test]
    fn pauses_grow_up_to_a_bound_and_start_over() {
        let mut faults = Faults::default();
        let pause = Duration::from_secs(1);
        let mut back_off = || faults.back_off("x".to_owned(), pause);
        assert_eq!([back_off(), back_off(), back_off()].map(|wait| wait.as_secs()), [1, 2, 4]);
        for _ in 0..100 {
            back_off();
        }
        assert_eq!(back_off(), LONGEST_BACK_OFF);
        faults.end();
        assert_eq!(faults.back_off("x".to_owned(), pause), pause);
    }
}
