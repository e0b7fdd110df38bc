//! Where keys come from, and how they are kept fresh while requests go on.
//!
//! A verifier judges with a snapshot of its keys, which it reads without a lock. For keys that can
//! change, a thread of its own renews the snapshot: nothing that serves a request ever waits for a
//! file or for an identity provider, with one exception. A token that names a key which is not in
//! the snapshot waits for one renewal, together with all others of its kind, for a bounded time.
//!
//! | what happens | what a request sees |
//! |---|---|
//! | keys are due for renewal | nothing: the ones at hand are used meanwhile |
//! | the provider adds a key and signs with it at once | its first token waits for one fetch |
//! | the provider takes a key away | the key is refused after the next renewal |
//! | the provider is out of reach | nothing, for as long as keys may be used (six hours) |
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
