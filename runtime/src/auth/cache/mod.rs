//! Tokens that were verified, so that the next request with one costs a lookup.
//!
//! 1. A hit needs every byte of the token to be the same: header and signature are not parsed
//!    again, so another header or another signature is another token.
//! 2. Only accepted tokens are stored. Invalid tokens fill nothing and evict nothing.
//! 3. Each hit checks the clock (`exp`, `nbf`, `iat`) and the keys: a token whose keys have changed
//!    since is verified again. Revocations are checked after the cache, on every request.
//! 4. The number of tokens is fixed at the start, and none is longer than [`MAX_CACHED_LENGTH`].
//! 5. The stored copy is wiped when it is replaced, has expired, or its keys are gone.
//! 6. Concurrent requests with the same unknown token wait for one verification.
//!
//! A hit takes no lock: it reads one cache line of tags and one entry.

mod counts;
mod flight;
mod table;
#[cfg(test)]
mod tests;

use std::{hash::Hasher as _, num::NonZeroUsize, sync::Arc};

use foldhash::{SharedSeed, quality::FoldHasher};

pub(crate) use counts::CacheCounts;
pub(super) use flight::{Flights, Leader, Place};
use table::{Entry, Table};

use super::principal::Principal;

/// Tokens that are cached by default: about 12 MiB of typical ones.
pub const DEFAULT_CACHED_TOKENS: NonZeroUsize = NonZeroUsize::MIN.saturating_add((1 << 13) - 1);

/// The longest token that is cached, in bytes; a longer one is verified each time.
pub const MAX_CACHED_LENGTH: usize = 4 * 1024;

/// The generation without usable keys: no entry counts as verified.
const NO_KEYS: u64 = 0;

/// How much of a token's end is hashed for its slot. That is the signature, or a large part of it:
/// no two tokens of an issuer share it, whatever their claims have in common.
const TAIL: usize = 48;

/// The verified tokens of one process, shared by its workers.
#[derive(Debug)]
pub(super) struct Cache {
    table: Table,
    pub(super) flights: Flights,
    pub(super) counts: Arc<CacheCounts>,
    seed: Seed,
}

/// The key of a lookup. The whole token is compared afterwards, so that a collision of two tokens
/// costs time, and admits neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key(u64);

/// Chosen at random for each process: an attacker who wants to fill one set of the table must guess
/// it.
struct Seed {
    own: u64,
    shared: SharedSeed,
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed")
    }
}

impl Cache {
    /// Room for at least so many tokens.
    ///
    /// `None` if the system has no random numbers.
    pub(super) fn new(tokens: NonZeroUsize) -> Option<Self> {
        let seed = Seed { own: random()?, shared: SharedSeed::from_u64(random()?) };
        let (flights, counts) = (Flights::default(), Arc::default());
        Some(Self { table: Table::new(tokens), flights, counts, seed })
    }

    pub(super) fn key(&self, token: &str) -> Key {
        let bytes = token.as_bytes();
        let tail = bytes.len().checked_sub(TAIL).and_then(|start| bytes.get(start..));
        let mut hasher = FoldHasher::with_seed(self.seed.own, &self.seed.shared);
        hasher.write(tail.unwrap_or(bytes));
        Key(hasher.finish())
    }

    /// The identity of this very token, verified by keys of this generation.
    ///
    /// `now` only marks which tokens are used; the caller checks whether this one has expired.
    pub(super) fn find(
        &self,
        key: Key,
        token: &str,
        generation: u64,
        now: u64,
    ) -> Option<Principal> {
        self.table.follow(generation);
        if generation == NO_KEYS {
            return None;
        }
        self.table.find(key.0, token.as_bytes(), generation, now)
    }

    /// Stores a token that was verified with keys of this generation.
    pub(super) fn keep(
        &self,
        key: Key,
        token: &str,
        principal: &Principal,
        generation: u64,
        now: u64,
    ) {
        if token.len() <= MAX_CACHED_LENGTH && generation != NO_KEYS {
            self.table.insert(key.0, Entry::new(token, principal.clone(), generation), now);
        }
    }

    /// Wipes this token.
    pub(super) fn forget(&self, key: Key, token: &str) {
        self.table.remove(key.0, token.as_bytes());
    }
}

fn random() -> Option<u64> {
    let mut bytes = [0; 8];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    Some(u64::from_ne_bytes(bytes))
}
