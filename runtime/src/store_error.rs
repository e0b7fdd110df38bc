//! Why a store could not do what it was asked.

use std::fmt;

/// A store could not do what it was asked: the client gets 503, and the log gets this.
#[derive(Debug)]
pub struct StoreError(String);

impl StoreError {
    /// Describes the failure. The text must contain neither a token nor a digest.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}
