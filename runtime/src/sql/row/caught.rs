//! A driver or a type that fails on a stored value causes an error, never a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::DecodeError;

/// Reads a value, and turns a panic into an error (CWE-248).
///
/// A stored value is untrusted input: a driver, or a type with its own implementation, may not
/// expect it. Only the row is borrowed, which nothing changes. Known values are checked before they
/// reach a driver, so that a service with `panic = "abort"` survives too.
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
