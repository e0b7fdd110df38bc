//! The bounds of connections, and of bodies that come by them.

use std::time::Duration;

use crate::{
    service::Builder,
    setting_sources::duration,
    settings::setting::{Setting, Stage},
};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "PALISADE_KEEP_ALIVE",
        TIME,
        "75 s",
        "how long a connection without a request is kept open",
        |stage, value| time(stage, value, Builder::keep_alive),
    ),
    Setting::new(
        "PALISADE_HEAD_TIMEOUT",
        TIME,
        "10 s",
        "the deadline for the head of a request",
        |stage, value| time(stage, value, Builder::head_timeout),
    ),
    Setting::new(
        "PALISADE_BODY_TIMEOUT",
        "a time of at most an hour",
        "15 s",
        "the deadline for a body, in addition to the time of its bytes",
        |stage, value| time(stage, value, Builder::body_timeout),
    ),
    Setting::new(
        "PALISADE_BODY_RATE",
        "bytes a second",
        "1024",
        "the minimum rate of a body",
        |stage, value| {
            stage.parse(value, value.parse(), "a number of bytes a second", Builder::body_rate);
        },
    ),
    Setting::new(
        "PALISADE_WRITE_TIMEOUT",
        TIME,
        "60 s",
        "how long a response waits for a client that does not read",
        |stage, value| time(stage, value, Builder::write_timeout),
    ),
    Setting::new(
        "PALISADE_BACKLOG",
        "a number of connections",
        "1024",
        "the number of connections that wait to be accepted",
        |stage, value| {
            stage.parse(value, value.parse(), "a number of connections", Builder::backlog);
        },
    ),
    Setting::new(
        "PALISADE_CONNECTIONS",
        "a number of connections",
        "",
        "the maximum number of connections; if unset, as many as the descriptors allow",
        |stage, value| {
            stage.parse(value, value.parse(), "a number of connections", Builder::connections);
        },
    ),
    Setting::new(
        "PALISADE_CONNECTIONS_PER_ADDRESS",
        "a number of connections",
        "256",
        "the maximum number of connections of one address",
        |stage, value| {
            let write = "a number of connections";
            stage.parse(value, value.parse(), write, Builder::connections_per_address);
        },
    ),
];

const TIME: &str = "a time from 1 s to 1 h: 75 s, 2 min";

pub(super) fn time(stage: &mut Stage, value: &str, with: fn(Builder, Duration) -> Builder) {
    let parsed = duration(value).ok_or(());
    stage.parse(value, parsed, "a time like 75 s or 2 min", with);
}
