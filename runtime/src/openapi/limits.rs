//! Limits, as extensions.

use serde_json::{Value, json};

use crate::policy::{Count, LimitOutage, LimitStore, RateLimit, Unit};

/// `x-rate-limits`: a limit in the syntax of its attribute.
pub(super) fn limit(limit: &RateLimit) -> Value {
    let by: Vec<_> = limit.key.iter().map(ToString::to_string).collect();
    let mut value = json!({
        "name": limit.name,
        "unit": limit.unit.name(),
        "quota": limit.quota,
        "by": by,
    });
    let Some(members) = value.as_object_mut() else { return value };
    let mut add = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    if limit.unit != Unit::InFlight {
        add("window-seconds", json!(limit.window.as_secs()));
    }
    if limit.burst != limit.quota {
        add("burst", json!(limit.burst));
    }
    if limit.cost != 1 {
        add("cost", json!(limit.cost));
    }
    if limit.count != Count::All {
        add("count", json!(limit.count.name()));
    }
    if limit.store != LimitStore::Service {
        add("store", json!(limit.store.name()));
    }
    if limit.outage != LimitOutage::Local {
        add("outage", json!(limit.outage.name()));
    }
    if let Some(ban) = limit.ban {
        add(
            "ban",
            json!({
                "refusals": ban.refusals,
                "within-seconds": ban.within.as_secs(),
                "seconds": ban.lasts.as_secs(),
            }),
        );
    }
    if limit.track {
        add("mode", json!("track"));
    }
    value
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::limit;
    use crate::policy::{Ban, Count, LimitKey, LimitOutage, LimitStore, RateLimit, Unit};

    const USUAL: RateLimit = RateLimit {
        name: "x",
        unit: Unit::Requests,
        quota: 10,
        window: Duration::from_secs(60),
        burst: 10,
        cost: 1,
        count: Count::All,
        key: &[LimitKey::Address],
        store: LimitStore::Service,
        outage: LimitOutage::Local,
        ban: None,
        track: false,
    };

    #[test]
    fn each_part_of_a_limit_that_is_not_the_default_is_told() {
        let seconds = Duration::from_secs;
        let ban = Ban { refusals: 3, within: seconds(60), lasts: seconds(600) };
        let shown = json!({ "refusals": 3, "within-seconds": 60, "seconds": 600 });
        for (own, member, value) in [
            (RateLimit { unit: Unit::Kibibytes, ..USUAL }, "unit", json!("kibibytes")),
            (RateLimit { burst: 5, ..USUAL }, "burst", json!(5)),
            (RateLimit { cost: 2, ..USUAL }, "cost", json!(2)),
            (RateLimit { count: Count::Failures, ..USUAL }, "count", json!("failures")),
            (RateLimit { store: LimitStore::Local, ..USUAL }, "store", json!("local")),
            (RateLimit { store: LimitStore::Shared, ..USUAL }, "store", json!("shared")),
            (RateLimit { outage: LimitOutage::Open, ..USUAL }, "outage", json!("open")),
            (RateLimit { outage: LimitOutage::Closed, ..USUAL }, "outage", json!("closed")),
            (RateLimit { ban: Some(ban), ..USUAL }, "ban", shown),
            (RateLimit { track: true, ..USUAL }, "mode", json!("track")),
        ] {
            let mut expected = json!({
                "name": "x", "unit": "requests", "quota": 10, "window-seconds": 60, "by": ["ip"],
            });
            expected[member] = value;
            assert_eq!(limit(&own), expected, "{member}");
        }
        let held = limit(&RateLimit { unit: Unit::InFlight, ..USUAL });
        assert_eq!(
            (&held["unit"], held.get("window-seconds")),
            (&json!("concurrent-requests"), None)
        );
    }
}
