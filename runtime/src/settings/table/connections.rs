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
        "how long a connection is kept without a request",
        |stage, value| time(stage, value, Builder::keep_alive),
    ),
    Setting::new(
        "PALISADE_HEAD_TIMEOUT",
        TIME,
        "10 s",
        "how long the head of a request may take",
        |stage, value| time(stage, value, Builder::head_timeout),
    ),
    Setting::new(
        "PALISADE_BODY_TIMEOUT",
        "a time of at most an hour",
        "15 s",
        "how long the waits for a body may take, beside the time of its bytes",
        |stage, value| time(stage, value, Builder::body_timeout),
    ),
    Setting::new(
        "PALISADE_BODY_RATE",
        "bytes a second",
        "1024",
        "how many bytes of a body come in a second, at least",
        |stage, value| {
            stage.parse(value, value.parse(), "a number of bytes a second", Builder::body_rate);
        },
    ),
    Setting::new(
        "PALISADE_WRITE_TIMEOUT",
        TIME,
        "60 s",
        "how long an answer waits for a client that takes nothing of it",
        |stage, value| time(stage, value, Builder::write_timeout),
    ),
    Setting::new(
        "PALISADE_BACKLOG",
        "a number of connections",
        "1024",
        "how many connections wait to be taken",
        |stage, value| {
            stage.parse(value, value.parse(), "a number of connections", Builder::backlog);
        },
    ),
    Setting::new(
        "PALISADE_CONNECTIONS",
        "a number of connections",
        "",
        "how many connections there are at a time; unset, what the descriptors allow",
        |stage, value| {
            stage.parse(value, value.parse(), "a number of connections", Builder::connections);
        },
    ),
    Setting::new(
        "PALISADE_CONNECTIONS_PER_ADDRESS",
        "a number of connections",
        "256",
        "how many connections one address has at a time",
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
