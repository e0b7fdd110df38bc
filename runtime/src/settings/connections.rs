//! The settings of connections and of bodies that come by them.

use std::{str::FromStr, time::Duration};

use super::{PREFIX, duration::duration};
use crate::service::Builder;

/// The variables that are read here, without their prefix.
pub(super) const OWN: [&str; 8] = [
    "KEEP_ALIVE",
    "HEAD_TIMEOUT",
    "BODY_TIMEOUT",
    "BODY_RATE",
    "WRITE_TIMEOUT",
    "BACKLOG",
    "CONNECTIONS",
    "CONNECTIONS_PER_ADDRESS",
];

pub(super) fn apply(
    builder: Builder,
    name: &str,
    value: &str,
    complaints: &mut Vec<String>,
) -> Builder {
    let kept = builder;
    let set = match name {
        "KEEP_ALIVE" => time(kept, name, value, Builder::keep_alive),
        "HEAD_TIMEOUT" => time(kept, name, value, Builder::head_timeout),
        "BODY_TIMEOUT" => time(kept, name, value, Builder::body_timeout),
        "WRITE_TIMEOUT" => time(kept, name, value, Builder::write_timeout),
        "BODY_RATE" => number(kept, name, value, "bytes a second", Builder::body_rate),
        "BACKLOG" => number(kept, name, value, "connections", Builder::backlog),
        "CONNECTIONS" => number(kept, name, value, "connections", Builder::connections),
        "CONNECTIONS_PER_ADDRESS" => {
            number(kept, name, value, "connections", Builder::connections_per_address)
        }
        _ => Err((kept, format!("{PREFIX}{name} is not read by this version: unset it"))),
    };
    set.unwrap_or_else(|(builder, complaint)| {
        complaints.push(complaint);
        builder
    })
}

/// A builder with a setting; or as it was, and what is wrong with the setting.
type Set = Result<Builder, (Builder, String)>;

fn time(builder: Builder, name: &str, value: &str, set: fn(Builder, Duration) -> Builder) -> Set {
    match duration(value) {
        Some(time) => Ok(set(builder, time)),
        None => {
            Err((builder, format!("{PREFIX}{name} is {value:?}: write a time like 75 s or 2 min")))
        }
    }
}

fn number<N: FromStr>(
    builder: Builder,
    name: &str,
    value: &str,
    of: &str,
    set: fn(Builder, N) -> Builder,
) -> Set {
    match value.parse() {
        Ok(number) => Ok(set(builder, number)),
        Err(_) => Err((builder, format!("{PREFIX}{name} is {value:?}: write a number of {of}"))),
    }
}
