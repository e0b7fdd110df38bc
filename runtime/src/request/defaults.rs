//! The values for endpoints without values of their own.

use std::{num::NonZeroU32, time::Duration};

/// What holds for an endpoint that does not say otherwise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defaults {
    /// Bytes of a request body.
    pub(crate) body_limit: u64,
    /// For the handler.
    pub(crate) timeout: Duration,
    /// For the waits for a body, beside the time of its bytes at the rate.
    pub(crate) body_timeout: Duration,
    /// Bytes of a body a second, at least.
    pub(crate) body_rate: NonZeroU32,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            body_limit: 64 * 1024,
            timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(15),
            body_rate: NonZeroU32::new(1_024).unwrap_or(NonZeroU32::MIN),
        }
    }
}
