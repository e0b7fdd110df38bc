//! The limits of an operation, from `x-rate-limits`.

use std::{cmp::Ordering, collections::BTreeMap};

use serde_json::Value;

/// A limit of one operation.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    pub(super) rate: Rate,
    /// How much may be spent at once.
    pub(super) burst: u64,
    /// Whether callers are banned after many refusals.
    pub(super) bans: bool,
    /// Whether all requests pass during an outage of its store.
    pub(super) is_open: bool,
    /// The limit as text.
    pub(super) shown: String,
}

/// The rate of requests: a quota per window, and the cost of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    quota: u64,
    seconds: u64,
    cost: u64,
}

impl Rate {
    /// Compares two rates by the permitted requests. Without rounding, so that windows of any
    /// length can be compared.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let scaled = |quota: u64, one: u64, two: u64| {
            u128::from(quota).saturating_mul(u128::from(one)).saturating_mul(u128::from(two))
        };
        scaled(self.quota, other.seconds, other.cost).cmp(&scaled(
            other.quota,
            self.seconds,
            self.cost,
        ))
    }
}

/// The limits of an operation, each with its unit and key.
pub(super) fn limits(operation: &Value) -> BTreeMap<String, Limit> {
    let limits = operation.get("x-rate-limits").and_then(Value::as_array);
    let mut all = BTreeMap::new();
    for limit in limits.into_iter().flatten() {
        // One that only counts refuses no request.
        if limit.get("mode").is_some() {
            continue;
        }
        let text = |name: &str| limit.get(name).map(ToString::to_string).unwrap_or_default();
        let key = ["name", "unit", "by", "count"].map(text).join(" ");
        let number = (0..).find(|at: &usize| !all.contains_key(&format!("{key} {at}")));
        all.insert(format!("{key} {}", number.unwrap_or_default()), Limit::read(limit));
    }
    all
}

impl Limit {
    fn read(limit: &Value) -> Self {
        let text = |name: &str| limit.get(name).map(ToString::to_string).unwrap_or_default();
        let number = |name: &str| limit.get(name).and_then(Value::as_u64);
        let quota = number("quota").unwrap_or(0);
        let seconds = number("window-seconds").unwrap_or(1).max(1);
        let cost = number("cost").unwrap_or(1).max(1);
        let burst = number("burst");
        let bans = limit.get("ban").is_some();
        let is_open = limit.get("outage").and_then(Value::as_str) == Some("open");
        let mut shown = format!("{quota} {} in {seconds} s by {}", text("unit"), text("by"));
        if let Some(burst) = burst {
            shown.push_str(&format!(", burst {burst}"));
        }
        if bans {
            shown.push_str(", ban");
        }
        if is_open {
            shown.push_str(", open on outage");
        }
        let rate = Rate { quota, seconds, cost };
        Self { rate, burst: burst.unwrap_or(quota), bans, is_open, shown }
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;

    #[test]
    fn rates_of_different_windows_compare() {
        let rate = |quota, seconds, cost| Rate { quota, seconds, cost };
        assert!(rate(10, 60, 1).compare(&rate(600, 3_600, 1)).is_eq());
        assert!(rate(10, 60, 2).compare(&rate(5, 60, 1)).is_eq());
        assert!(rate(2, 60, 1).compare(&rate(1, 60, 1)).is_gt());
        // Less than one in a day.
        assert!(rate(1, 30 * 86_400, 1).compare(&rate(2, 30 * 86_400, 1)).is_lt());
        assert!(rate(u64::MAX, 1, 1).compare(&rate(u64::MAX, 2, 1)).is_gt());
    }
}
