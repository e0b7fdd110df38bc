//! All checks together, once a second at most, however many probes come.
//!
//! A round runs as a task of its own on the worker of the first probe, and goes on when that client
//! disconnects. Other probes wait for the same round, and for no longer than its time-out. A check
//! that is not done by then has failed, and is dropped.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{sync::watch, task::JoinSet, time::timeout};

use super::{Health, report::Report};

/// How long a result is valid.
const FRESH: Duration = Duration::from_secs(1);

/// How long a check may take.
const TIME_OUT: Duration = Duration::from_secs(1);

/// The last round, and the running one.
#[derive(Default)]
pub(super) struct Round(Mutex<State>);

#[derive(Default)]
struct State {
    last: Option<(Instant, Arc<Report>)>,
    running: Option<Running>,
}

type Running = watch::Receiver<Option<Arc<Report>>>;

impl Round {
    /// A result that is not older than a second.
    pub(super) async fn report(&self, health: &Arc<Health>) -> Arc<Report> {
        loop {
            let mut running = match self.join(health) {
                Ok(report) => return report,
                Err(running) => running,
            };
            if let Ok(report) = running.wait_for(Option::is_some).await
                && let Some(report) = report.as_ref()
            {
                return Arc::clone(report);
            }
            // The worker that ran it has ended: another one begins.
        }
    }

    /// The last result, or the round to wait for.
    fn join(&self, health: &Arc<Health>) -> Result<Arc<Report>, Running> {
        let mut state = self.state();
        if let Some((at, report)) = &state.last
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(report));
        }
        if let Some(running) =
            state.running.as_ref().filter(|running| running.has_changed().is_ok())
        {
            return Err(running.clone());
        }
        let (send, running) = watch::channel(None);
        state.running = Some(running.clone());
        let health = Arc::clone(health);
        actix_web::rt::spawn(async move {
            let report = Arc::new(run(&health).await);
            let mut state = health.round.state();
            state.last = Some((Instant::now(), Arc::clone(&report)));
            state.running = None;
            drop(state);
            let _unread = send.send(Some(report));
        });
        Err(running)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs all checks at the same time.
async fn run(health: &Health) -> Report {
    let checks = health.checks();
    let mut tasks = JoinSet::new();
    for (index, check) in checks.iter().enumerate() {
        let running = check.run();
        tasks.spawn_local(async move { (index, timeout(TIME_OUT, running).await) });
    }
    let mut results: Vec<_> = checks.iter().map(|_| None).collect();
    while let Some(joined) = tasks.join_next().await {
        if let Ok((index, result)) = joined
            && let Some(slot) = results.get_mut(index)
        {
            *slot = Some(result.unwrap_or_else(|_| Err(format!("no answer in {TIME_OUT:?}"))));
        }
    }
    let panicked = || Err("the check panicked".to_owned());
    let settled = checks.iter().zip(results);
    Report::new(settled.map(|(check, result)| check.settle(result.unwrap_or_else(panicked))))
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use tokio::task::LocalSet;

    use crate::health::{Check, Health, Weight};

    fn health(checks: Vec<Check>) -> Arc<Health> {
        Arc::new(Health::new(None, false, checks))
    }

    #[tokio::test]
    async fn one_round_serves_all_who_ask() {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let health = health(vec![Check::new("counted", Weight::Required, move || {
            let runs = Arc::clone(&counted);
            Box::pin(async move {
                runs.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Ok(())
            })
        })]);
        let local = LocalSet::new();
        for _ in 0..100 {
            let health = Arc::clone(&health);
            local.spawn_local(async move { assert!(health.report().await.is_ready()) });
        }
        local.await;
        assert_eq!(runs.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn what_hangs_or_panics_fails_and_the_others_are_told() {
        let health = health(vec![
            Check::new("hangs", Weight::Required, || Box::pin(pending())),
            Check::new("panics", Weight::Required, || Box::pin(async { panic!("a test") })),
            Check::new("passes", Weight::Required, || Box::pin(async { Ok(()) })),
        ]);
        let report = LocalSet::new().run_until(health.report()).await;
        assert!(!report.is_ready());
        let told: Vec<_> = report.statuses().collect();
        assert_eq!(told, [("hangs", "fail"), ("panics", "fail"), ("passes", "pass")]);
    }

    #[tokio::test]
    async fn a_round_whose_worker_ends_is_begun_again() {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let health = health(vec![Check::new("slow", Weight::Required, move || {
            let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
            Box::pin(async move { if first { pending().await } else { Ok(()) } })
        })]);
        let ended = LocalSet::new();
        let asked = Arc::clone(&health);
        // It begins, and its thread ends.
        let begun = tokio::time::timeout(std::time::Duration::from_millis(20), async {
            ended.run_until(async move { asked.report().await.is_ready() }).await
        });
        assert!(begun.await.is_err());
        drop(ended);
        assert!(LocalSet::new().run_until(health.report()).await.is_ready());
        assert_eq!(runs.load(Ordering::SeqCst), 2);
    }
}
