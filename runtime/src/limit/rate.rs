//! What the limiter asks of a declared limit.

use super::LimitError;
use crate::policy::{RateLimit, Unit};

impl RateLimit {
    /// Whether a body of so many bytes can ever pass; always, where bytes are not counted.
    ///
    /// # Errors
    ///
    /// The largest body costs more than may be spent at once.
    pub(crate) fn admits_body(&self, cap: u64) -> Result<(), LimitError> {
        let burst = u64::from(self.burst) << 10;
        if self.unit != Unit::Kibibytes || cap <= burst {
            return Ok(());
        }
        Err(LimitError::BodyAboveBurst { cap, burst })
    }
}
