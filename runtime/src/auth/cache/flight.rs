//! Verifications under way: one for each token, however many requests bring it at once.

use std::{
    collections::{HashMap, hash_map},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use secrecy::{ExposeSecret as _, SecretSlice};
use tokio::sync::watch;

use super::Key;
use crate::auth::{principal::Principal, refusal::Refusal};

/// The outcome; `None` before.
type Outcome = Option<Result<Principal, Refusal>>;

/// The verifications under way. Bounded by the requests under way, each of which leads at most one.
///
/// The lock is held only for lookups and notes, never while a token is verified.
#[derive(Clone, Debug, Default)]
pub(in crate::auth) struct Flights(Arc<Mutex<HashMap<Key, Flight>>>);

struct Flight {
    /// Compared in full: a hostile token that shares the key must not get another's answer.
    token: SecretSlice<u8>,
    outcome: watch::Receiver<Outcome>,
}

/// A request's part in the verification of its token.
#[derive(Debug)]
pub(in crate::auth) enum Place {
    /// To verify it, for itself and for requests that come meanwhile.
    Leader(Leader),
    /// To wait for the leader.
    Follower(Follower),
    /// To verify it for itself: another token with the same key is being verified.
    Alone,
}

impl Flights {
    pub(in crate::auth) fn join(&self, key: Key, token: &str) -> Place {
        match self.lock().entry(key) {
            hash_map::Entry::Vacant(free) => {
                let (send, outcome) = watch::channel(None);
                free.insert(Flight { token: token.as_bytes().to_vec().into(), outcome });
                Place::Leader(Leader { flights: self.clone(), key, send })
            }
            hash_map::Entry::Occupied(taken) => {
                let flight = taken.get();
                if flight.token.expose_secret() == token.as_bytes() {
                    Place::Follower(Follower(flight.outcome.clone()))
                } else {
                    Place::Alone
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Flight>> {
        // Nothing that holds it can leave the map half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }
}

/// Verifies for others too. Dropped without an outcome, because its request ended or panicked, it
/// lets the others go on by themselves.
#[derive(Debug)]
pub(in crate::auth) struct Leader {
    flights: Flights,
    key: Key,
    send: watch::Sender<Outcome>,
}

impl Leader {
    /// Sends the outcome to the waiting requests.
    pub(in crate::auth) fn land(self, outcome: &Result<Principal, Refusal>) {
        // There may be no others.
        let _told = self.send.send(Some(outcome.clone()));
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.flights.lock().remove(&self.key);
    }
}

/// Waits for the leader.
#[derive(Debug)]
pub(in crate::auth) struct Follower(watch::Receiver<Outcome>);

impl Follower {
    /// The outcome; `None` if the leader gave up.
    pub(in crate::auth) async fn outcome(mut self) -> Outcome {
        self.0.wait_for(Option::is_some).await.ok()?.clone()
    }
}

impl fmt::Debug for Flight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Flight")
    }
}
