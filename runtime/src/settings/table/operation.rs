//! Health, stopping, and what proxies write before a connection.

use std::time::Duration;

use crate::{service::Builder, setting_sources::duration, settings::setting::Setting};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "PALISADE_PROXY_PROTOCOL",
        "on or off",
        "off",
        "whether each connection must begin with a header of the PROXY protocol, from trusted proxies only",
        |stage, value| match value {
            "on" => stage.set(Builder::proxy_protocol),
            "off" => {}
            _ => stage.refuse(format!("is {value:?}: write on or off")),
        },
    ),
    Setting::new(
        "PALISADE_HEALTH",
        "on or off",
        "on",
        "whether health probes are answered",
        |stage, value| match value {
            "off" => stage.set(Builder::without_health),
            "on" => {}
            _ => stage.refuse(format!("is {value:?}: write on or off")),
        },
    ),
    Setting::new(
        "PALISADE_HEALTH_PATHS",
        "two paths, separated by a comma",
        "/livez,/readyz",
        "the paths of the liveness probe and of the readiness probe",
        |stage, value| match value.split_once(',') {
            Some((live, ready)) => stage.set(|b| b.health_paths(live.trim(), ready.trim())),
            None => stage.refuse(format!("is {value:?}: write two paths, like /livez,/readyz")),
        },
    ),
    Setting::new(
        "PALISADE_HEALTH_BIND",
        "address:port, or unix: and a path",
        "",
        "a second address for probes, over plain HTTP and without client certificates",
        |stage, value| stage.set(|b| b.health_bind(value)),
    ),
    Setting::new(
        "PALISADE_HEALTH_DETAILS_SCOPE",
        "a scope",
        "",
        "the scope that gives access to the details of probes",
        |stage, value| stage.set(|b| b.health_details_scope(value)),
    ),
    Setting::new(
        "PALISADE_LAME_DUCK",
        "a time of at most 10 min",
        "5 s, if the service ever received a readiness probe",
        "how long a stopping service continues to serve after it stopped being ready",
        |stage, value| {
            let parsed = duration(value).ok_or(());
            let with: fn(Builder, Duration) -> Builder = Builder::lame_duck;
            stage.parse(value, parsed, "a time like 15 s", with);
        },
    ),
];
