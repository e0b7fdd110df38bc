//! The state of all checks, and the part of it that is reported.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    check::{Outcome, Status},
    time::rfc3339,
};

/// The result of one round.
#[derive(Debug)]
pub(super) struct Report(Vec<Outcome>);

/// What a caller receives who may see details.
#[derive(Debug, Serialize)]
pub(super) struct Details {
    status: &'static str,
    checks: Map<String, Value>,
}

impl Report {
    pub(super) fn new(outcomes: impl Iterator<Item = Outcome>) -> Self {
        Self(outcomes.collect())
    }

    /// Whether no failure makes the instance not ready.
    pub(super) fn is_ready(&self) -> bool {
        self.0.iter().all(|outcome| outcome.status != Status::Fail)
    }

    /// Each check with its status: never the reason, which may be text of another machine
    /// (CWE-209).
    pub(super) fn details(&self, is_leaving: bool) -> Details {
        let is_degraded = self.0.iter().any(|outcome| outcome.status != Status::Pass);
        let status = match (is_leaving || !self.is_ready(), is_degraded) {
            (true, _) => Status::Fail,
            (false, true) => Status::Warn,
            (false, false) => Status::Pass,
        };
        let mut checks = Map::new();
        for Outcome { name, status, since, time } in &self.0 {
            let one = json!([{
                "status": status.as_str(),
                "since": rfc3339(*since),
                "time": rfc3339(*time),
            }]);
            checks.insert(name.clone(), one);
        }
        let stays = if is_leaving { Status::Fail } else { Status::Pass };
        checks.insert("lame-duck".to_owned(), json!([{ "status": stays.as_str() }]));
        Details { status: status.as_str(), checks }
    }

    #[cfg(test)]
    pub(super) fn statuses(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.0.iter().map(|outcome| (outcome.name.as_str(), outcome.status.as_str()))
    }
}
