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
    match setting(name, value) {
        Ok(set) => set(builder),
        Err(complaint) => {
            complaints.push(complaint);
            builder
        }
    }
}

/// What a setting does to a builder.
type Set = Box<dyn FnOnce(Builder) -> Builder>;

/// # Errors
///
/// What is wrong with the setting.
fn setting(name: &str, value: &str) -> Result<Set, String> {
    match name {
        "KEEP_ALIVE" => time(name, value, Builder::keep_alive),
        "HEAD_TIMEOUT" => time(name, value, Builder::head_timeout),
        "BODY_TIMEOUT" => time(name, value, Builder::body_timeout),
        "WRITE_TIMEOUT" => time(name, value, Builder::write_timeout),
        "BODY_RATE" => number(name, value, "bytes a second", Builder::body_rate),
        "BACKLOG" => number(name, value, "connections", Builder::backlog),
        "CONNECTIONS" => number(name, value, "connections", Builder::connections),
        "CONNECTIONS_PER_ADDRESS" => {
            number(name, value, "connections", Builder::connections_per_address)
        }
        _ => Err(format!("{PREFIX}{name} is not read by this version: unset it")),
    }
}

fn time(name: &str, value: &str, set: fn(Builder, Duration) -> Builder) -> Result<Set, String> {
    let time = duration(value)
        .ok_or_else(|| format!("{PREFIX}{name} is {value:?}: write a time like 75 s or 2 min"))?;
    Ok(Box::new(move |builder| set(builder, time)))
}

fn number<N: FromStr + 'static>(
    name: &str,
    value: &str,
    of: &str,
    set: fn(Builder, N) -> Builder,
) -> Result<Set, String> {
    let number = value
        .parse()
        .map_err(|_| format!("{PREFIX}{name} is {value:?}: write a number of {of}"))?;
    Ok(Box::new(move |builder| set(builder, number)))
}
