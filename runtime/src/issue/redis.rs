//! Refresh tokens in Redis, which all instances of a service share.

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

/// One step, so that no family is without an expiry. A script and not a transaction: the library
/// panics if a server refuses the start of one.
const INSERT: &str = "
redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'family', ARGV[2])
redis.call('EXPIREAT', KEYS[1], ARGV[3])
return 1
";

/// The length of an issuer's digest in keys: 132 bits.
const ISSUER_LENGTH: usize = 22;

/// Comparison and change are one step, and a removed family is not restored. Both digests come from
/// random bits, so the duration of a comparison does not help in guessing one.
const REPLACE: &str = "
if redis.call('HGET', KEYS[1], 'digest') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'digest', ARGV[2], 'family', ARGV[3])
redis.call('EXPIREAT', KEYS[1], ARGV[4])
return 1
";

/// The index of a subject lives as long as its longest family, even if lifetimes were shortened
/// since: a family without an index entry could not be revoked by subject. Families are ordered by
/// Redis's own clock, in microseconds: with seconds, the newest might be evicted.
pub(crate) const INDEX: &str = "
local now = redis.call('TIME')
local ends = redis.call('TTL', KEYS[1]) + now[1]
redis.call('ZADD', KEYS[1], now[1] * 1000000 + now[2], ARGV[1])
if ends < tonumber(ARGV[2]) then redis.call('EXPIREAT', KEYS[1], ARGV[2]) end
return redis.call('ZCARD', KEYS[1])
";

/// Refresh tokens in Redis, which all instances of a service share.
///
/// Each family is one hash under `<prefix>:refresh:<issuer>:<id>` that expires with it, and each
/// subject has one sorted set of its families (16 at most; the next one replaces the oldest). The
/// key contains a digest of the issuer; a family of another issuer is unknown. Every script uses
/// one key, so a cluster is possible. Redis must not lose acknowledged writes: if it loses one, a
/// used token may become valid again (`appendonly yes`), and if it evicts keys, users are logged
/// out (`maxmemory-policy noeviction`).
///
/// If Redis does not respond within a second, or within [`Redis::timeout`] if that is longer, the
/// response is 503. The connection is restored automatically.
#[derive(Clone)]
pub struct RedisRefreshStore {
    connection: LoginConnection,
    issuer: String,
    /// The prefix of the keys, including the issuer.
    space: String,
}

impl RedisRefreshStore {
    /// Connects; the store is for the refresh tokens of this issuer, the name for
    /// [`TokenIssuer::new`](super::TokenIssuer::new).
    ///
    /// # Errors
    ///
    /// The server's user lacks a permission, which the error names: a service has to detect that at
    /// the start. An unavailable server is logged, and requests that need it get 503 until it is
    /// available.
    pub async fn connect(redis: &Redis, issuer: &str) -> Result<Self, StoreError> {
        let connection = LoginConnection::open(redis, Feature::RefreshTokens).await;
        let connection = connection.map_err(|refused| StoreError::new(refused.to_string()))?;
        // A digest: an issuer may be a URL, whose characters have a meaning in patterns.
        let digest = URL_SAFE_NO_PAD.encode(digest(&SHA256, issuer.as_bytes()));
        let of_issuer = digest.get(..ISSUER_LENGTH).unwrap_or(&digest);
        let space = redis.space(&format!("refresh:{of_issuer}"));
        Ok(Self { connection, issuer: issuer.to_owned(), space })
    }

    /// The key of the family with this id.
    fn key(&self, id: &str) -> String {
        format!("{}{id}", self.space)
    }

    fn family_key(&self, id: &FamilyId) -> String {
        self.key(id.as_str())
    }

    /// A digest: subjects come from outside, and operators read keys.
    fn subject_key(&self, subject: &str) -> String {
        let digest = URL_SAFE_NO_PAD.encode(digest(&SHA256, subject.as_bytes()));
        format!("{}of:{digest}", self.space)
    }

    /// A store for one issuer has no families of another.
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
        // The family is removed first: if this stops in between, the index still has the others.
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
            // The family is stored before its index entry: in the reverse order, an end of all
            // logins in between would remove the entry, and no index would contain the family.
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
            // The index keeps the id until it is replaced: an id without a family is harmless.
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

/// The kind of failure, without the server's message, which may repeat what was sent to it.
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
