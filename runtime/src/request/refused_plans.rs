//! Endpoints that cannot work in this service: which of them the log knows.
//!
//! Such an endpoint answers 500 to every request. The cause is the same each time, so it is written
//! once for the service, over all of its workers, and anew where another cause replaces it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use crate::policy::Policy;

/// The last cause that was written for each endpoint. Endpoints are `static`s, so this does not grow
/// beyond their number.
#[derive(Debug, Default)]
pub(crate) struct RefusedPlans(Mutex<BTreeMap<usize, String>>);

impl RefusedPlans {
    /// Whether the log does not have this cause yet; from now on it does.
    pub(crate) fn is_new(&self, policy: &'static Policy, cause: &str) -> bool {
        let endpoint = std::ptr::from_ref(policy).addr();
        // A panic elsewhere leaves whole texts behind.
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if written.get(&endpoint).is_some_and(|known| known == cause) {
            return false;
        }
        written.insert(endpoint, cause.to_owned());
        true
    }
}
