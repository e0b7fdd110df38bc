//! Endpoints that cannot work in this service, and whose error is in the log.
//!
//! Such an endpoint responds with 500 to every request. The cause is the same each time, so it is
//! logged once for the service with all its workers, and again if another cause replaces it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use crate::policy::Policy;

/// The last logged cause for each endpoint. Endpoints are `static`s, so their number is fixed.
#[derive(Debug, Default)]
pub(crate) struct RefusedPlans(Mutex<BTreeMap<usize, String>>);

impl RefusedPlans {
    /// Whether this cause is not in the log yet; from now on it is.
    pub(super) fn is_new(&self, policy: &'static Policy, cause: &str) -> bool {
        let endpoint = std::ptr::from_ref(policy).addr();
        // A panic elsewhere leaves only complete texts.
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if written.get(&endpoint).is_some_and(|known| known == cause) {
            return false;
        }
        written.insert(endpoint, cause.to_owned());
        true
    }
}
