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
    let mut variable = Variable { name, value, complaints };
    match name {
        "KEEP_ALIVE" => variable.time(builder, Builder::keep_alive),
        "HEAD_TIMEOUT" => variable.time(builder, Builder::head_timeout),
        "BODY_TIMEOUT" => variable.time(builder, Builder::body_timeout),
        "WRITE_TIMEOUT" => variable.time(builder, Builder::write_timeout),
        "BODY_RATE" => variable.number(builder, "bytes a second", Builder::body_rate),
        "BACKLOG" => variable.number(builder, "connections", Builder::backlog),
        "CONNECTIONS" => variable.number(builder, "connections", Builder::connections),
        "CONNECTIONS_PER_ADDRESS" => {
            variable.number(builder, "connections", Builder::connections_per_address)
        }
        _ => {
            complaints.push(format!("{PREFIX}{name} is not read by this version: unset it"));
            builder
        }
    }
}

/// A variable that is read.
struct Variable<'a> {
    name: &'a str,
    value: &'a str,
    complaints: &'a mut Vec<String>,
}

impl Variable<'_> {
    fn time(&mut self, builder: Builder, set: fn(Builder, Duration) -> Builder) -> Builder {
        match duration(self.value) {
            Some(time) => set(builder, time),
            None => self.refuse(builder, "write a time like 75 s or 2 min"),
        }
    }

    fn number<N: FromStr>(
        &mut self,
        builder: Builder,
        of: &str,
        set: fn(Builder, N) -> Builder,
    ) -> Builder {
        match self.value.parse() {
            Ok(number) => set(builder, number),
            Err(_) => self.refuse(builder, &format!("write a number of {of}")),
        }
    }

    fn refuse(&mut self, builder: Builder, fix: &str) -> Builder {
        let Self { name, value, .. } = self;
        self.complaints.push(format!("{PREFIX}{name} is {value:?}: {fix}"));
        builder
    }
}
