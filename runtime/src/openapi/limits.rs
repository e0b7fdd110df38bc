//! Limits, as extensions.

use serde_json::{Value, json};

use crate::policy::{Count, LimitOutage, LimitStore, RateLimit, Unit};

/// `x-rate-limits`: a limit in the syntax of its attribute.
pub(super) fn limit(limit: &RateLimit) -> Value {
    let unit = match limit.unit {
        Unit::Requests => "requests",
        Unit::Kibibytes => "kibibytes",
        Unit::InFlight => "concurrent-requests",
    };
    let by: Vec<_> = limit.key.iter().map(ToString::to_string).collect();
    let mut value = json!({
        "name": limit.name,
        "unit": unit,
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
    if limit.count == Count::Failures {
        add("count", json!("failures"));
    }
    match limit.store {
        LimitStore::Service => {}
        LimitStore::Local => add("store", json!("local")),
        LimitStore::Shared => add("store", json!("shared")),
    }
    match limit.outage {
        LimitOutage::Local => {}
        LimitOutage::Closed => add("outage", json!("closed")),
        LimitOutage::Open => add("outage", json!("open")),
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
