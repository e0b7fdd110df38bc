//! Limits that all instances of a service count together, in Redis or Valkey.
//!
//! 1. A check in the store is one script, run on the store's clock: all limits of a request are
//!    spent or none, and the reply has the state of each. It is one round trip, also for a request
//!    that is refused.
//! 2. A key that was refused until a moment is refused from memory until then, without a round
//!    trip; so a client that is over its limit does not load the store.
//! 3. Each worker thread has a connection of its own, made when its first request needs it. A
//!    request waits for the store at most for the time-out, and no request waits while the store is
//!    out of reach: the first failure opens a circuit, and a thread in the background closes it
//!    once the store accepts writes again. Meanwhile each limit's own policy applies.
//! 4. In a cluster the limits of one request may be on different nodes. They are checked at the
//!    same time; if one refuses, the others return their units.
//!
//! The data in Redis: `<prefix>:{<key>}` is the moment at which everything spent has recovered, in
//! microseconds since 1970; `..:ban` the end of a ban and its duration; `..:refusals` how many
//! count towards one, and until when. All expire. Concurrency limits are counted in each instance
//! only: an instance that is killed would leave its counts behind.

#[cfg(not(feature = "redis"))]
mod absent;
#[cfg(feature = "redis")]
mod denied;
#[cfg(feature = "redis")]
mod outage;
#[cfg(feature = "redis")]
mod pool;
#[cfg(feature = "redis")]
mod script;
#[cfg(feature = "redis")]
mod store;

#[cfg(not(feature = "redis"))]
pub(super) use absent::Shared;
#[cfg(feature = "redis")]
pub(super) use store::SharedStore as Shared;
#[cfg(feature = "redis")]
pub use store::{SharedStore, SharedStoreError, SharedStoreReport};

/// The store does not answer: each limit's own policy applies meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OutOfReach;
