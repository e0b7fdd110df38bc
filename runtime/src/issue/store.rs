//! Where refresh tokens are remembered.

use std::{fmt, future::Future, pin::Pin};

use super::family::{Family, FamilyId};
use crate::{auth::SecretDigest, store_error::StoreError};

/// What a store answers, once it has.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Remembers the families of refresh tokens: [`MemoryRefreshStore`](super::MemoryRefreshStore),
/// with the feature `redis` a store that instances share, or a service's own database.
///
/// A table with string columns for [`Family::id`], [`Family::subject`] and the
/// [`encoded`](SecretDigest::encoded) digest, and one for the family as JSON, is sufficient;
/// [`replace`](Self::replace) is one `UPDATE .. WHERE id = .. AND digest = ..`.
///
/// An answer that does not come is an error ([`StoreError`]), never an empty answer: a store keeps
/// its own time-out.
pub trait RefreshStore: fmt::Debug + Send + Sync {
    /// Puts a new family in.
    ///
    /// A store may drop the subject's oldest families above a number that suits it.
    fn insert<'a>(&'a self, family: &'a Family) -> StoreFuture<'a, ()>;

    /// The family of this name, unless it is unknown or expired.
    fn load<'a>(&'a self, id: &'a FamilyId) -> StoreFuture<'a, Option<Family>>;

    /// Replaces the family by `next`, which has its id, if its current token still is `held`.
    ///
    /// The comparison and the change are one step: of two calls with the same `held`, whenever
    /// they come, at most one is answered with true. A family that was removed is not put back.
    fn replace<'a>(&'a self, held: &'a SecretDigest, next: &'a Family) -> StoreFuture<'a, bool>;

    /// Removes a family. One that is not there is no error.
    fn remove<'a>(&'a self, id: &'a FamilyId) -> StoreFuture<'a, ()>;

    /// Removes every family of this subject.
    fn remove_subject<'a>(&'a self, subject: &'a str) -> StoreFuture<'a, ()>;
}
