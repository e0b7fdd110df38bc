//! What the limiter asks of a declared limit.

use super::LimitError;
use crate::policy::{RateLimit, Unit};

impl RateLimit {
    /// Whether a body of this size can pass at all; always, if bytes are not counted.
    ///
    /// # Errors
    ///
    /// The largest body costs more than can be spent at once.
    pub(crate) fn admits_body(&self, cap: u64) -> Result<(), LimitError> {
        let burst = u64::from(self.burst) << 10;
        if self.unit != Unit::Kibibytes || cap <= burst {
            return Ok(());
        }
        Err(LimitError::BodyAboveBurst { cap, burst })
    }
}
