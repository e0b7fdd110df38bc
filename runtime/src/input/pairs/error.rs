//! Why pairs do not fit a type: the broken rule and the field, without the value.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use crate::input::pointer::Pointer;

/// The broken rule, and the field if it is known.
#[derive(Debug)]
pub(in crate::input) struct PairError {
    pub(in crate::input) name: Option<String>,
    /// The element, in a list.
    pub(in crate::input) index: Option<usize>,
    /// The position in the document, if the field contains one.
    pub(in crate::input) below: Option<Pointer>,
    pub(in crate::input) code: &'static str,
}

impl PairError {
    /// The error, for this field.
    pub(super) fn at(self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..self }
    }

    /// The error, for this element.
    pub(super) fn at_index(self, index: usize) -> Self {
        Self { index: Some(index), ..self }
    }

    /// The error of a document, at this position in it.
    pub(super) fn in_document((below, code): (Pointer, &'static str)) -> Self {
        Self { below: Some(below), ..Self::new(code) }
    }

    fn new(code: &'static str) -> Self {
        Self { name: None, index: None, below: None, code }
    }
}

impl fmt::Display for PairError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl std::error::Error for PairError {}

impl de::Error for PairError {
    // The text may contain the value; it is dropped.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new("invalid")
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::new("type")
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::new("value")
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self::new("length")
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::new("variant")
    }

    fn unknown_field(name: &str, _: &'static [&'static str]) -> Self {
        Self::new("unknown_field").at(name)
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new("missing").at(name)
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::new("duplicate").at(name)
    }
}
