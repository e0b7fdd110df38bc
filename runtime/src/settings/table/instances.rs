//! Limits, and what the instances of a service share.

use crate::{service::Builder, settings::setting::Setting};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "PALISADE_LIMITS",
        "local, shared or off",
        "local",
        "where limits without a `store` option are counted",
        |stage, value| match value {
            "local" => {}
            "shared" => stage.set(Builder::share_limits),
            "off" => stage.set(Builder::limits_off_by_environment),
            _ => stage.refuse(format!("is {value:?}: write local, shared or off")),
        },
    ),
    Setting::new(
        "PALISADE_REDIS_URL",
        "the URL of a Redis or Valkey, or of a cluster",
        "",
        "the store of the state that instances share",
        |stage, value| keep(stage, "PALISADE_REDIS_URL", value),
    )
    .secret(),
    Setting::new(
        "PALISADE_REDIS_TIMEOUT",
        "a time from 1 ms to 10 s",
        "100 ms",
        "how long a request waits for Redis; log-ins and sessions wait at least a second, revocations 750 ms",
        |stage, value| keep(stage, "PALISADE_REDIS_TIMEOUT", value),
    ),
    Setting::new(
        "PALISADE_REDIS_PREFIX",
        "1 to 64 of a-z, A-Z, 0-9, _, - and .",
        "palisade",
        "the prefix of all keys in Redis: a different one for each service and each deployment",
        |stage, value| keep(stage, "PALISADE_REDIS_PREFIX", value),
    ),
    Setting::new(
        "PALISADE_REVOCATIONS_URL",
        "the URL of a Redis or Valkey, or off",
        "",
        "the store of revocations, instead of PALISADE_REDIS_URL",
        |stage, value| {
            keep(stage, "PALISADE_REVOCATIONS_URL", value);
            if value == "off" {
                stage.set(Builder::revocations_declined);
            }
        },
    )
    .secret(),
    Setting::new(
        "PALISADE_REVOCATIONS_PREFIX",
        "1 to 64 of a-z, A-Z, 0-9, _, - and .",
        "",
        "the prefix of the keys of a list of revocations that several services share",
        |stage, value| keep(stage, "PALISADE_REVOCATIONS_PREFIX", value),
    ),
];

/// These make sense together only.
fn keep(stage: &mut crate::settings::setting::Stage, name: &str, value: &str) {
    if let Err(wrong) = stage.limits.keep(name, value) {
        stage.refuse(wrong);
    }
}
