//! The sources of keys, and how keys are refreshed while requests go on.
//!
//! A verifier uses a snapshot of its keys, which it reads without a lock. For keys that can change,
//! a thread of its own renews the snapshot: requests do not wait for a file or for an identity
//! provider, with one exception. A token that names a key which is not in the snapshot waits for
//! one renewal, together with all others of its kind, for a bounded time.
//!
//! | event | effect on a request |
//! |---|---|
//! | keys are due for renewal | none: the present ones are used meanwhile |
//! | the provider adds a key and signs with it at once | its first token waits for one fetch |
//! | the provider removes a key | the key is refused after the next renewal |
//! | the provider is out of reach | none, for as long as keys may be used (six hours) |
//! | there are no keys, or they are too old | 503 |
//! | a token names a key that does not exist | 401, after at most one fetch a second for all such |

mod demand;
mod file;
mod refresher;
#[cfg(feature = "remote-keys")]
mod remote;
mod ring;
mod source;

pub(super) use demand::{Demand, Word};
#[cfg(feature = "remote-keys")]
pub use remote::RemoteKeys;
pub(crate) use ring::KeyFeed;
pub(crate) use ring::KeyWatch;
pub(super) use ring::{Held, KeyRing};
pub use source::{KeySource, KeySourceError};
