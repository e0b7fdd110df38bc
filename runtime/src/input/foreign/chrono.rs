//! Dates and times of `chrono`: ISO 8601 and RFC 3339 texts.

use ::chrono::{DateTime, FixedOffset, Month, NaiveDate, NaiveDateTime, NaiveTime, Utc, Weekday};

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

scalar!(key NaiveDate, NaiveTime, NaiveDateTime, DateTime<Utc>, DateTime<FixedOffset>);
scalar!(key Month, Weekday);
