//! Refresh tokens that all instances of a service share, in Redis.

use std::{fmt, time::Duration};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use redis::{
    AsyncCommands as _, Client, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use super::{
    family::{Family, FamilyId},
    memory::FAMILIES_PER_SUBJECT,
    store::{RefreshStore, StoreError, StoreFuture},
};
use crate::auth::SecretDigest;

/// A login can wait this long; a client whose Redis is slower gets 503.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Comparison and change are one step, and a family that is gone is not put back. Both digests are
/// of random bits, so how long a comparison takes tells nothing that helps to guess one.
const REPLACE: &str = "
if redis.call('HGET', KEYS[1], 'digest') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'digest', ARGV[2], 'family', ARGV[3])
redis.call('EXPIREAT', KEYS[1], ARGV[4])
return 1
";

/// The index of a subject lives as long as its longest family, also where lifetimes were shortened
/// since: a family that stands in no index could not be revoked by subject. Families are in the
/// order of Redis's own clock, to the microsecond: in the same second, the newest might make room.
pub(crate) const INDEX: &str = "
local now = redis.call('TIME')
local ends = redis.call('TTL', KEYS[1]) + now[1]
redis.call('ZADD', KEYS[1], now[1] * 1000000 + now[2], ARGV[1])
if ends < tonumber(ARGV[2]) then redis.call('EXPIREAT', KEYS[1], ARGV[2]) end
return redis.call('ZCARD', KEYS[1])
";

/// Refresh tokens that all instances of a service share, in Redis.
///
/// Each family is one hash under `<prefix>:refresh:<id>` that expires with it, and each subject one
/// sorted set of its families (16 at most; the oldest makes room). Every script touches one key, so
/// a cluster will do. Redis has to keep what it acknowledged: one that loses a write may take a
/// spent token for the current one (`appendonly yes`), and one that evicts logs people out
/// (`maxmemory-policy noeviction`).
///
/// A Redis that does not answer within a second is 503, and the connection is made anew by itself.
#[derive(Clone)]
pub struct RedisRefreshStore {
    connection: ConnectionManager,
    prefix: String,
}

impl RedisRefreshStore {
    /// Connects to `redis://[user:password@]host[:port]/[database]`; keys begin with `prefix`.
    ///
    /// # Errors
    ///
    /// No such URL, or a server that does not answer: a service must not start and find out later.
    pub async fn connect(url: &str, prefix: &str) -> Result<Self, StoreError> {
        Ok(Self { connection: connect(url).await?, prefix: prefix.to_owned() })
    }

    fn family_key(&self, id: &FamilyId) -> String {
        format!("{}:refresh:{}", self.prefix, id.as_str())
    }

    /// By digest: subjects are anybody's texts, and keys are read by people.
    fn subject_key(&self, subject: &str) -> String {
        let digest = URL_SAFE_NO_PAD.encode(digest(&SHA256, subject.as_bytes()));
        format!("{}:refresh-of:{digest}", self.prefix)
    }

    async fn make_room(&self, subject: &str, count: usize) -> Result<(), StoreError> {
        let over = count.saturating_sub(FAMILIES_PER_SUBJECT);
        if over == 0 {
            return Ok(());
        }
        let mut connection = self.connection.clone();
        let key = self.subject_key(subject);
        let over = isize::try_from(over).unwrap_or(isize::MAX);
        // The family goes first: if this stops in between, the index still leads to the others.
        let oldest: Vec<String> = connection.zrange(&key, 0, over - 1).await.map_err(failed)?;
        for id in &oldest {
            let family = format!("{}:refresh:{id}", self.prefix);
            connection.del::<_, ()>(family).await.map_err(failed)?;
            connection.zrem::<_, _, ()>(&key, id).await.map_err(failed)?;
        }
        Ok(())
    }
}

impl RefreshStore for RedisRefreshStore {
    fn insert<'a>(&'a self, family: &'a Family) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let mut connection = self.connection.clone();
            // The family before its entry in the index: the other way round, an end of all logins in
            // between would take the entry away, and the family would live on where none finds it.
            let key = self.family_key(family.id());
            let () = redis::pipe()
                .atomic()
                .hset(&key, "digest", family.current().encoded())
                .ignore()
                .hset(&key, "family", written(family)?)
                .ignore()
                .cmd("EXPIREAT")
                .arg(&key)
                .arg(family.expires_at())
                .ignore()
                .query_async(&mut connection)
                .await
                .map_err(failed)?;
            let count: usize = Script::new(INDEX)
                .key(self.subject_key(family.subject()))
                .arg(family.id().as_str())
                .arg(family.absolute_expires_at())
                .invoke_async(&mut connection)
                .await
                .map_err(failed)?;
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
            Ok(Some(family))
        })
    }

    fn replace<'a>(&'a self, held: &'a SecretDigest, next: &'a Family) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let mut connection = self.connection.clone();
            let replaced: u8 = Script::new(REPLACE)
                .key(self.family_key(next.id()))
                .arg(held.encoded())
                .arg(next.current().encoded())
                .arg(written(next)?)
                .arg(next.expires_at())
                .invoke_async(&mut connection)
                .await
                .map_err(failed)?;
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
                let key = format!("{}:refresh:{id}", self.prefix);
                connection.del::<_, ()>(key).await.map_err(failed)?;
                connection.zrem::<_, _, ()>(&of_subject, id).await.map_err(failed)?;
            }
            Ok(())
        })
    }
}

/// A connection for logins: one that does not answer within a second fails.
pub(crate) async fn connect(url: &str) -> Result<ConnectionManager, StoreError> {
    // What the library says may repeat the URL, and with it the password.
    let client = Client::open(url)
        .map_err(|_| StoreError::new("the URL of Redis is not redis://host:port/database"))?;
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(TIMEOUT))
        .set_response_timeout(Some(TIMEOUT))
        .set_number_of_retries(1);
    client.get_connection_manager_with_config(config).await.map_err(failed)
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
    } else {
        "refused a command"
    };
    StoreError::new(format!("Redis, which holds the logins, {what}"))
}

impl fmt::Debug for RedisRefreshStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRefreshStore").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
