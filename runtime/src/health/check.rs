//! One check of readiness.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};

/// A check: its error is the reason for the log.
pub(crate) type Checking = Pin<Box<dyn Future<Output = Result<(), String>>>>;

/// The effect of a failed check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// The instance is not ready.
    Required,
    /// The instance is not ready before the check has passed once. Then a failure is a warning: the
    /// dependency is shared, and to remove every instance would be an outage.
    Start,
    /// A warning.
    Warning,
}

/// The state of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Pass,
    Warn,
    Fail,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One check of readiness.
pub(crate) struct Check {
    name: String,
    weight: Weight,
    run: Box<dyn Fn() -> Checking + Send + Sync>,
    has_passed: AtomicBool,
    known: Mutex<Option<Known>>,
}

/// The last state, and when it began.
#[derive(Clone, Copy, Debug)]
struct Known {
    status: Status,
    since: SystemTime,
}

/// The result of a check.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) name: String,
    pub(super) status: Status,
    /// Since when it has this status.
    pub(super) since: SystemTime,
    /// When it last ran.
    pub(super) time: SystemTime,
}

impl Check {
    pub(crate) fn new(
        name: impl Into<String>,
        weight: Weight,
        run: impl Fn() -> Checking + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            weight,
            run: Box::new(run),
            has_passed: AtomicBool::new(false),
            known: Mutex::default(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn rename(&mut self, name: String) {
        self.name = name;
    }

    /// Makes the instance not ready whenever the check fails.
    pub(crate) fn require(&mut self) {
        self.weight = Weight::Required;
    }

    pub(super) fn run(&self) -> Checking {
        (self.run)()
    }

    /// Notes the result; a change is a line of the log.
    pub(super) fn settle(&self, result: Result<(), String>) -> Outcome {
        let status = match (&result, self.weight) {
            (Ok(()), _) => {
                self.has_passed.store(true, Ordering::Relaxed);
                Status::Pass
            }
            (Err(_), Weight::Warning) => Status::Warn,
            (Err(_), Weight::Start) if self.has_passed.load(Ordering::Relaxed) => Status::Warn,
            (Err(_), Weight::Start | Weight::Required) => Status::Fail,
        };
        let time = SystemTime::now();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.filter(|known| known.status == status);
        let since = before.map_or(time, |known| known.since);
        let was_bad = known.is_some_and(|known| known.status != Status::Pass);
        *known = Some(Known { status, since });
        drop(known);
        let check = &self.name;
        match (result, before.is_some()) {
            (_, true) => {}
            (Ok(()), false) if was_bad => tracing::info!(check, "a health check passes again"),
            (Ok(()), false) => {}
            // As a quoted string: it may hold what another machine said.
            (Err(cause), false) => {
                let status = status.as_str();
                tracing::warn!(check, status, ?cause, "a health check does not pass");
            }
        }
        Outcome { name: self.name.clone(), status, since, time }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Check, Status, Weight};

    fn check(weight: Weight) -> Check {
        Check::new("test", weight, || Box::pin(async { Ok(()) }))
    }

    #[test]
    fn the_weight_decides_what_follows_from_a_failure() {
        let failed = || Err("gone".to_owned());
        let required = check(Weight::Required);
        assert_eq!(required.settle(Ok(())).status, Status::Pass);
        assert_eq!(required.settle(failed()).status, Status::Fail);
        assert_eq!(check(Weight::Warning).settle(failed()).status, Status::Warn);
        let start = check(Weight::Start);
        assert_eq!(start.settle(failed()).status, Status::Fail);
        assert_eq!(start.settle(Ok(())).status, Status::Pass);
        assert_eq!(start.settle(failed()).status, Status::Warn);
        let mut promoted = start;
        promoted.require();
        assert_eq!(promoted.settle(failed()).status, Status::Fail);
    }

    #[test]
    fn a_state_lasts_until_it_changes() {
        let check = check(Weight::Required);
        let first = check.settle(Ok(()));
        let second = check.settle(Ok(()));
        assert_eq!(first.since, second.since);
        assert!(second.time >= first.time);
        let third = check.settle(Err("gone".to_owned()));
        assert_eq!(third.since, third.time);
    }
}
