//! Decimal numbers of `rust_decimal`: a number, or a string, which keeps every digit.

use ::rust_decimal::Decimal;

use super::super::{
    admitted::{Input, PathInput},
    bounded::{Bounded, FieldType},
    named::NamedFit,
    report::Report,
    scalar::scalar,
    seal::{Checked, InputSeal, input_seal},
    shown,
    wire::Wire,
};

scalar!(Decimal);
