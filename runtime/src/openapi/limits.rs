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
