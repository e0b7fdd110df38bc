//! What a driver or a type does with a stored value is an error at worst, never a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::DecodeError;

/// Reads something, and makes a panic of it an error (CWE-248).
///
/// A stored value is outside data: a driver, or a type that reads itself, may not expect it. Only the
/// row is borrowed, which nothing changes. Known values are judged before they get to a driver, so that
/// a service that is built with `panic = "abort"` lives too.
pub(in crate::sql) fn caught<T, E: From<DecodeError>>(
    read: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    // The panic's message may quote the value.
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(DecodeError::new(
            "reading it panicked: its type or the driver does not expect this value",
        )
        .into())
    })
}
