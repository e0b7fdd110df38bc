//! The broken rules of the input, and their positions.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Number;

use super::{condition::At, pointer::Pointer, rejection::Rejection, rules::Bounds};

/// The most errors in one response.
const MOST_ERRORS: usize = 32;

/// The part of a request that contains a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The body.
    Body,
    /// The query string.
    Query,
    /// The parameters of the path.
    Path,
}

/// One broken rule: `{"in":"body","pointer":"/name","code":"length","min":1,"max":64}`.
///
/// Contains no part of the refused value. A pointer may contain names that the client chose (an
/// unknown field, a key of a map): at most 64 characters each, without control characters.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FieldError {
    /// The part of the request.
    #[serde(rename = "in")]
    pub place: Place,
    /// Where in it, as a JSON pointer (RFC 6901) by the names on the wire.
    pub pointer: String,
    /// The broken rule: `type`, `value`, `length`, `missing`, `unknown_field`, `duplicate`,
    /// `variant`, `invalid`, or the code of a `#[validate(..)]` rule.
    pub code: Cow<'static, str>,
    /// The least permitted value or length.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Number>,
    /// The greatest permitted value or length.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Number>,
    /// The only permitted length.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equal: Option<Number>,
    /// Values have to be greater than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclusive_min: Option<Number>,
    /// Values have to be less than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclusive_max: Option<Number>,
}

impl FieldError {
    /// A broken rule that the handler found: its position as a JSON pointer, and a stable code.
    ///
    /// ```
    /// use palisade::{
    ///     Problem,
    ///     input::{FieldError, Place},
    /// };
    ///
    /// let taken = Problem::invalid(vec![FieldError::new(Place::Body, "/name", "reserved")]);
    /// assert_eq!(taken.status().as_u16(), 422);
    /// ```
    pub fn new(
        place: Place,
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            place,
            pointer: pointer.into(),
            code: code.into(),
            min: None,
            max: None,
            equal: None,
            exclusive_min: None,
            exclusive_max: None,
        }
    }
}

/// Collects the broken rules of one part of a request.
#[derive(Debug)]
pub struct Report {
    place: Place,
    errors: Vec<FieldError>,
}

impl Report {
    /// An empty report for one part of a request.
    pub fn new(place: Place) -> Self {
        Self { place, errors: Vec::new() }
    }

    /// Reports that the value as a whole is refused, without a reason that a client could use.
    pub fn refuse(&mut self) {
        self.push(Pointer::default(), "invalid".into(), |_| None);
    }

    /// The value, if there is no error.
    pub(super) fn admit<T>(self, value: T) -> Result<T, Rejection> {
        if self.errors.is_empty() { Ok(value) } else { Err(Rejection::Invalid(self.errors)) }
    }

    /// Reports a broken rule; `parameter` returns its bounds by name.
    pub(super) fn push(
        &mut self,
        pointer: Pointer,
        code: Cow<'static, str>,
        parameter: impl Fn(&str) -> Option<Number>,
    ) {
        let bounds = Bounds {
            min: parameter("min"),
            max: parameter("max"),
            equal: parameter("equal"),
            exclusive_min: parameter("exclusive_min"),
            exclusive_max: parameter("exclusive_max"),
        };
        self.push_bounds(pointer, code, bounds);
    }

    /// Reports a broken rule with its bounds.
    pub(super) fn push_bounds(
        &mut self,
        pointer: Pointer,
        code: Cow<'static, str>,
        bounds: Bounds,
    ) {
        if self.is_full() {
            return;
        }
        let Bounds { min, max, equal, exclusive_min, exclusive_max } = bounds;
        self.errors.push(FieldError {
            min,
            max,
            equal,
            exclusive_min,
            exclusive_max,
            ..FieldError::new(self.place, pointer.into_string(), code)
        });
    }

    /// An empty report for the same part of the request.
    pub(super) fn empty(&self) -> Self {
        Self::new(self.place)
    }

    /// Adds the errors of another report.
    pub(super) fn append(&mut self, found: Self) {
        let room = MOST_ERRORS.saturating_sub(self.errors.len());
        self.errors.extend(found.errors.into_iter().take(room));
    }

    /// Whether this rule was reported at this position.
    pub(super) fn has(&self, at: &At<'_>, code: &str) -> bool {
        let pointer = at.pointer();
        let is = |error: &FieldError| error.code == code && error.pointer == pointer.as_str();
        self.errors.iter().any(is)
    }

    /// Reports a broken rule, unless the same one was reported at this position.
    pub(super) fn push_once(&mut self, at: &At<'_>, code: &'static str) {
        self.push_new(at.pointer(), code.into(), |_| None);
    }

    /// The same as [`push`](Self::push), unless this rule was reported at this position.
    pub(super) fn push_new(
        &mut self,
        pointer: Pointer,
        code: Cow<'static, str>,
        parameter: impl Fn(&str) -> Option<Number>,
    ) {
        let is_same = |error: &FieldError| error.code == code && error.pointer == pointer.as_str();
        if !self.errors.iter().any(is_same) {
            self.push(pointer, code, parameter);
        }
    }

    /// The number of errors.
    pub(super) fn len(&self) -> usize {
        self.errors.len()
    }

    /// Whether further errors would be dropped.
    pub(super) fn is_full(&self) -> bool {
        self.errors.len() >= MOST_ERRORS
    }
}

impl Rejection {
    /// A broken rule of the format itself.
    pub(super) fn one(place: Place, pointer: Pointer, code: &'static str) -> Self {
        let mut report = Report::new(place);
        report.push(pointer, code.into(), |_| None);
        Self::Invalid(report.errors)
    }
}
