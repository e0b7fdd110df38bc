//! Limits that all instances of a service count together, in Redis or Valkey.
//!
//! 1. What a limit needs of the store is one script, run on the store's clock: all limits of a
//!    request are spent or none, and the reply says how each stands. One round trip, also for a
//!    request that is refused.
//! 2. A key that was refused until a moment is refused from memory until then, without a round
//!    trip; so a client that is over its limit does not load the store.
//! 3. Each worker thread has a connection of its own, made when its first request needs it. A
//!    request waits for the store at most as long as the time-out says, and no request waits while
//!    the store is out of reach: the first failure opens a circuit, and a thread in the background
//!    closes it once the store takes writes again. Meanwhile each limit's own policy holds.
//! 4. In a cluster the limits of one request may stand on different nodes. They are asked at the
//!    same time; where one refuses, the others are given back.
//!
//! What Redis holds: `<prefix>:{<key>}` is the moment at which everything spent is paid back, in
//! microseconds since 1970; `..:ban` the end of a ban and how long it lasts; `..:refusals` how many count towards one,
//! and until when. All expire. Requests under way are counted in each instance only: one that ends by force would leave
//! its own behind.

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

/// The store does not answer: what holds meanwhile is each limit's own choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OutOfReach;
