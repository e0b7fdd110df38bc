//! Refresh tokens that all instances of a service share, in Redis.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use redis::{AsyncCommands as _, RedisError};

use super::{
    family::{Family, FamilyId},
    memory::FAMILIES_PER_SUBJECT,
    store::{RefreshStore, StoreFuture},
};
use crate::{
    Redis,
    auth::SecretDigest,
    shared_redis::{Feature, LoginConnection, run_script},
    store_error::StoreError,
};

/// One step, so that no family is left without an end. A script and not a transaction: the library
/// panics where a server refuses the beginning of one.
const INSERT: &str = "
redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'family', ARGV[2])
redis.call('EXPIREAT', KEYS[1], ARGV[3])
return 1
";

/// Characters of an issuer's digest in keys: 132 bits.
const ISSUER_LENGTH: usize = 22;

/// Comparison and change are one step, and a family that is gone is not restored. Both digests are
/// of random bits, so the duration of a comparison does not help to guess one.
const REPLACE: &str = "
if redis.call('HGET', KEYS[1], 'digest') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'digest', ARGV[2], 'family', ARGV[3])
redis.call('EXPIREAT', KEYS[1], ARGV[4])
return 1
";

/// The index of a subject lives as long as its longest family, also if lifetimes were shortened
/// since: a family outside of every index could not be revoked by subject. Families are in the
/// order of Redis's own clock, to the microsecond: in the same second, the newest might be evicted.
pub(crate) const INDEX: &str = "
local now = redis.call('TIME')
local ends = redis.call('TTL', KEYS[1]) + now[1]
redis.call('ZADD', KEYS[1], now[1] * 1000000 + now[2], ARGV[1])
if ends < tonumber(ARGV[2]) then redis.call('EXPIREAT', KEYS[1], ARGV[2]) end
return redis.call('ZCARD', KEYS[1])
";

/// Refresh tokens that all instances of a service share, in Redis.
///
/// Each family is one hash under `<prefix>:refresh:<issuer>:<id>` that expires with it, and each
/// subject one sorted set of its families (16 at most; the oldest makes room). The issuer is there
/// by its digest; a family of another issuer is unknown. Every script touches one key, so a cluster
/// will do. Redis has to keep what it acknowledged: one that loses a write may take a
/// spent token for the current one (`appendonly yes`), and one that evicts logs people out
/// (`maxmemory-policy noeviction`).
///
/// A Redis that does not answer within a second, or within [`Redis::timeout`] where that is longer, is
/// 503, and the connection is made anew by itself.
#[derive(Clone)]
pub struct RedisRefreshStore {
    connection: LoginConnection,
    issuer: String,
    /// What the keys begin with, the issuer included.
    space: String,
}

impl RedisRefreshStore {
    /// Connects, and keeps the refresh tokens of this issuer: the name that
    /// [`TokenIssuer::new`](super::TokenIssuer::new) was given.
    ///
    /// # Errors
    ///
    /// A server whose user lacks a permission, which is named: a service must find that out at the
    /// start. A server that cannot be reached is logged, and requests that need it are answered 503
    /// until it is back.
    pub async fn connect(redis: &Redis, issuer: &str) -> Result<Self, StoreError> {
        let connection = LoginConnection::open(redis, Feature::RefreshTokens).await;
        let connection = connection.map_err(|refused| StoreError::new(refused.to_string()))?;
        // By digest: an issuer may be a URL, whose characters mean something in patterns.
        let digest = URL_SAFE_NO_PAD.encode(digest(&SHA256, issuer.as_bytes()));
        let of_issuer = digest.get(..ISSUER_LENGTH).unwrap_or(&digest);
        let space = redis.space(&format!("refresh:{of_issuer}"));
        Ok(Self { connection, issuer: issuer.to_owned(), space })
    }

    /// The key of the family of this name.
    fn key(&self, id: &str) -> String {
        format!("{}{id}", self.space)
    }

    fn family_key(&self, id: &FamilyId) -> String {
        self.key(id.as_str())
    }

    /// By digest: subjects come from outside, and operators read keys.
    fn subject_key(&self, subject: &str) -> String {
        let digest = URL_SAFE_NO_PAD.encode(digest(&SHA256, subject.as_bytes()));
        format!("{}of:{digest}", self.space)
    }

    /// A store of one issuer keeps no families of another.
    fn check(&self, family: &Family) -> Result<(), StoreError> {
        if family.issuer() == self.issuer {
            return Ok(());
        }
        Err(StoreError::new(format!(
            "this store of refresh tokens is that of the issuer {:?}: connect it with the name of \
             the issuer that uses it, {:?}",
            self.issuer,
            family.issuer()
        )))
    }

    async fn make_room(&self, subject: &str, count: usize) -> Result<(), StoreError> {
        let over = count.saturating_sub(FAMILIES_PER_SUBJECT.get());
        if over == 0 {
            return Ok(());
        }
        let mut connection = self.connection.clone();
        let key = self.subject_key(subject);
        let over = isize::try_from(over).unwrap_or(isize::MAX);
        // The family goes first: if this stops in between, the index still leads to the others.
        let oldest: Vec<String> = connection.zrange(&key, 0, over - 1).await.map_err(failed)?;
        for id in &oldest {
            let family = self.key(id);
            connection.del::<_, ()>(family).await.map_err(failed)?;
            connection.zrem::<_, _, ()>(&key, id).await.map_err(failed)?;
        }
        Ok(())
    }
}

impl RefreshStore for RedisRefreshStore {
    fn insert<'a>(&'a self, family: &'a Family) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.check(family)?;
            let mut connection = self.connection.clone();
            // The family before its entry in the index: the other way round, an end of all logins in
            // between would take the entry away, and the family would live on where none finds it.
            let key = self.family_key(family.id());
            let text = written(family)?;
            let insert = run_script(&mut connection, INSERT, &key, |insert| {
                insert.arg(family.current().encoded()).arg(text).arg(family.expires_at());
            });
            let _inserted: u8 = insert.await.map_err(failed)?;
            let of_subject = self.subject_key(family.subject());
            let index = run_script(&mut connection, INDEX, &of_subject, |index| {
                index.arg(family.id().as_str()).arg(family.absolute_expires_at());
            });
            let count = index.await.map_err(failed)?;
            self.make_room(family.subject(), count).await
        })
    }

    fn load<'a>(&'a self, id: &'a FamilyId) -> StoreFuture<'a, Option<Family>> {
        Box::pin(async move {
            let mut connection = self.connection.clone();
            let found: Option<String> =
                connection.hget(self.family_key(id), "family").await.map_err(failed)?;
            let Some(found) = found else { return Ok(None) };
            let family: Family = serde_json::from_str(&found)
                .map_err(|_| StoreError::new("what Redis holds is no family of refresh tokens"))?;
            Ok(Some(family).filter(|family| family.issuer() == self.issuer))
        })
    }

    fn replace<'a>(&'a self, held: &'a SecretDigest, next: &'a Family) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            self.check(next)?;
            let mut connection = self.connection.clone();
            let (key, text) = (self.family_key(next.id()), written(next)?);
            let replace = run_script(&mut connection, REPLACE, &key, |replace| {
                replace.arg(held.encoded()).arg(next.current().encoded()).arg(text);
                replace.arg(next.expires_at());
            });
            let replaced: u8 = replace.await.map_err(failed)?;
            Ok(replaced == 1)
        })
    }

    fn remove<'a>(&'a self, id: &'a FamilyId) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            // The index keeps the name until it makes room: a name without a family is harmless.
            let mut connection = self.connection.clone();
            connection.del::<_, ()>(self.family_key(id)).await.map_err(failed)
        })
    }

    fn remove_subject<'a>(&'a self, subject: &'a str) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let mut connection = self.connection.clone();
            let of_subject = self.subject_key(subject);
            let ids: Vec<String> = connection.zrange(&of_subject, 0, -1).await.map_err(failed)?;
            for id in &ids {
                let key = self.key(id);
                connection.del::<_, ()>(key).await.map_err(failed)?;
                connection.zrem::<_, _, ()>(&of_subject, id).await.map_err(failed)?;
            }
            Ok(())
        })
    }
}

fn written(family: &Family) -> Result<String, StoreError> {
    serde_json::to_string(family).map_err(|_| StoreError::new("a family cannot be written as JSON"))
}

/// The kind of failure, without what the server said: that may repeat what it was sent.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` calls")]
pub(crate) fn failed(error: RedisError) -> StoreError {
    let what = if error.is_timeout() {
        "did not answer in time"
    } else if error.is_io_error() || error.is_connection_dropped() {
        "cannot be reached"
    } else if error.code() == Some("READONLY") {
        "is a replica that takes no writes"
    } else if let Some(code) = error.code() {
        // One word, such as NOPERM, MISCONF, OOM or WRONGTYPE.
        return StoreError::new(format!(
            "Redis, which holds the logins, refused a command with {code}"
        ));
    } else {
        "gave an answer that cannot be read"
    };
    StoreError::new(format!("Redis, which holds the logins, {what}"))
}

impl fmt::Debug for RedisRefreshStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRefreshStore").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
