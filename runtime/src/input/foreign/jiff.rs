//! Dates and times of `jiff`: ISO 8601, RFC 3339 and RFC 9557 texts.

use ::jiff::{
    SignedDuration, Span, Timestamp, Zoned,
    civil::{Date, DateTime, Time},
};

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

scalar!(key Timestamp, Date, Time, DateTime);
scalar!(SignedDuration, Span);

// Names of time zones contain a `/`: bounded, but not permitted in a path.
impl FieldType for Zoned {
    const FIELD_SEAL: InputSeal = input_seal();
    const NAMED: NamedFit = NamedFit::One;

    fn wire() -> Wire {
        Wire::single::<Self>().shown(shown::of::<Self>)
    }
}

impl Bounded for Zoned {
    const BOUNDED_SEAL: InputSeal = input_seal();
}
