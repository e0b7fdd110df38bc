//! The stores of refresh tokens.

use std::{fmt, future::Future, pin::Pin};

use super::family::{Family, FamilyId};
use crate::{auth::SecretDigest, store_error::StoreError};

/// The future of a store's result.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Stores the families of refresh tokens: [`MemoryRefreshStore`](super::MemoryRefreshStore), with
/// the feature `redis` a store that instances share, or a service's own database.
///
/// A table with string columns for [`Family::id`], [`Family::subject`] and the
/// [`encoded`](SecretDigest::encoded) digest, and one for the family as JSON, is sufficient;
/// [`replace`](Self::replace) is one `UPDATE .. WHERE id = .. AND digest = ..`.
///
/// If there is no result in time, that is an error ([`StoreError`]), never an empty result: a store
/// has its own timeout.
pub trait RefreshStore: fmt::Debug + Send + Sync {
    /// Adds a new family.
    ///
    /// A store may drop the oldest families of a subject that has many.
    fn insert<'a>(&'a self, family: &'a Family) -> StoreFuture<'a, ()>;

    /// The family with this id; `None` if it is unknown or expired.
    fn load<'a>(&'a self, id: &'a FamilyId) -> StoreFuture<'a, Option<Family>>;

    /// Replaces the family by `next`, which has the same id, if its valid token still is `held`.
    ///
    /// The comparison and the change are one step: of two calls with the same `held`, at any time,
    /// at most one returns true. A removed family is not restored.
    fn replace<'a>(&'a self, held: &'a SecretDigest, next: &'a Family) -> StoreFuture<'a, bool>;

    /// Removes a family. A missing one is not an error.
    fn remove<'a>(&'a self, id: &'a FamilyId) -> StoreFuture<'a, ()>;

    /// Removes every family of this subject.
    fn remove_subject<'a>(&'a self, subject: &'a str) -> StoreFuture<'a, ()>;
}
