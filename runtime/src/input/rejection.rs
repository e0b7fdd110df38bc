//! Why input was refused.

use super::report::FieldError;

/// Why input was refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Rejection {
    /// It could not be parsed: 400.
    Malformed,
    /// It broke these rules: 422. Never empty, at most 32.
    Invalid(Vec<FieldError>),
}
