//! The limits of an endpoint, by its name.

use super::Endpoint;
use crate::limit::{HandleError, LimitHandle, Limits};

impl Limits {
    /// The limit of this name on the endpoint `E`: `limits.of::<create_item>("ip")`.
    ///
    /// # Errors
    ///
    /// [`HandleError::NoSuchLimit`], also for an endpoint that this service does not have.
    pub fn of<E: Endpoint>(&self, name: &str) -> Result<LimitHandle, HandleError> {
        self.of_policy(E::mounted().policy(), name)
    }
}
