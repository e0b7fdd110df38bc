//! Warns of expensive endpoints without a concurrency limit.
//!
//! A rate limits how often, but not how many at once: twelve searches of two seconds each are
//! within any rate, and keep two cores and a connection pool busy (CWE-400). It is only a warning,
//! because only the service knows the cost of an endpoint.

use crate::policy::{Access, Policy, Shape, Unit};

/// Query field names that suggest a search.
const SEARCHES: [&str; 4] = ["search", "q", "term", "contains"];

/// Each endpoint that should bound how many of its requests are under way, and how.
pub(super) fn unbounded(policies: &[&'static Policy]) -> Vec<(String, String)> {
    let unbounded =
        policies.iter().filter(|policy| !policy.limits.iter().any(|l| l.unit == Unit::InFlight));
    unbounded
        .filter_map(|policy| {
            let (what, most) = cost(policy)?;
            let by = if matches!(policy.access, Access::Public) { "ip" } else { "subject" };
            let endpoint = format!(
                "`{}` ({}:{}) {what} and does not say how many requests of a caller may be under way",
                policy.name, policy.file, policy.line
            );
            Some((endpoint, format!("add `#[concurrency_limit({most}, by = {by})]`")))
        })
        .collect()
}

/// What an endpoint does, and how many of its requests a caller may need at once.
fn cost(policy: &Policy) -> Option<(&'static str, u32)> {
    let streams = names(policy.returns, "StreamedJson").then_some(("streams its answer", 2));
    policy
        .arguments
        .iter()
        .find_map(|argument| match argument.shape {
            Shape::State(_) if names(argument.written, "PasswordHasher") => {
                Some(("hashes passwords", 2))
            }
            Shape::Query { declared, .. }
                if declared.form().fields.iter().any(|field| SEARCHES.contains(&field.name)) =>
            {
                Some(("searches", 2))
            }
            // A client that stops sending holds the memory and the disk of a file until its deadline.
            Shape::Upload { .. } => Some(("takes files", 8)),
            Shape::Free
            | Shape::State(_)
            | Shape::Identity
            | Shape::Query { .. }
            | Shape::Path { .. }
            | Shape::Object(_)
            | Shape::Conditions
            | Shape::Body { .. }
            | Shape::Vouched
            | Shape::Unknown => None,
        })
        .or(streams)
}

/// Whether a type as written names this one: `Data<palisade::password::PasswordHasher>`.
fn names(written: &str, name: &str) -> bool {
    written.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
}
