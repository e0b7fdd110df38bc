//! Dates and times of `time`, in the texts of its feature `serde-human-readable`: `2026-02-28`,
//! `13:30:00.0`, `2026-02-28 13:30:00.0 +01:00:00`. For RFC 3339, which differs, a field says
//! `#[serde(with = "time::serde::rfc3339")]`.

use ::time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset, Weekday};

use super::super::{
    admitted::{Input, PathInput},
    bounded::{Bounded, FieldType, MapKey},
    named::NamedFit,
    report::Report,
    scalar::scalar,
    seal::{Checked, InputSeal, input_seal},
    shown,
    wire::Wire,
};

scalar!(key Date, Time, PrimitiveDateTime, OffsetDateTime);
scalar!(Duration, Month, UtcOffset, Weekday);
