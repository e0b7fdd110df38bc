//! Sessions that all instances of a service share, in Redis.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use redis::AsyncCommands as _;

use super::{
    memory::SESSIONS_PER_SUBJECT,
    store::{SessionRecord, SessionStore, Updated},
};
use crate::{
    Redis,
    auth::SecretDigest,
    issue::{INDEX, StoreFuture, failed},
    shared_redis::{Feature, LoginConnection, run_script},
    store_error::StoreError,
};

/// A session is a hash whose fields change one by one: the data, its version, and the time of the
/// last use. Each step is one script on one key.
const INSERT: &str = "
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'record', ARGV[1], 'used_at', ARGV[2], 'version', ARGV[3])
if ARGV[5] then redis.call('HSET', KEYS[1], 'data', ARGV[5]) end
return redis.call('EXPIREAT', KEYS[1], ARGV[4])
";

/// A session that is gone is not restored: -1. Another version than was read: -2.
const UPDATE: &str = "
local version = redis.call('HGET', KEYS[1], 'version')
if not version then return -1 end
if ARGV[2] and ARGV[2] ~= version then return -2 end
redis.call('HSET', KEYS[1], 'data', ARGV[1])
return redis.call('HINCRBY', KEYS[1], 'version', 1)
";

/// Never backwards: of two requests, the later use counts.
const TOUCH: &str = "
local used = redis.call('HGET', KEYS[1], 'used_at')
if not used then return 0 end
if tonumber(used) < tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'used_at', ARGV[1])
  redis.call('EXPIREAT', KEYS[1], ARGV[2])
end
return 1
";

/// Sessions that all instances of a service share, in Redis.
///
/// Each is one hash under `<prefix>:session:<service>:<digest of its id>` that expires with it, and
/// each subject has one sorted set of its sessions (16 at most; the oldest is evicted). A session
/// of another service is unknown. Every command uses one key, so a cluster works too. Redis has to
/// keep acknowledged writes: one that evicts keys logs users out (use `maxmemory-policy
/// noeviction`), and one that loses a write may restore a session that was ended.
///
/// If Redis does not answer within a second, or within [`Redis::timeout`] if that is longer, the
/// request is answered 503, and the connection is made anew.
#[derive(Clone)]
pub struct RedisSessionStore {
    connection: LoginConnection,
    service: String,
    /// The prefix of its keys, the service included.
    space: String,
}

impl RedisSessionStore {
    /// Connects, and stores the sessions of this service: a name of 1 to 64 of `a-z`, `A-Z`, `0-9`,
    /// `_`, `-` and `.`.
    ///
    /// # Errors
    ///
    /// Another name; a server whose user lacks a permission, which is named: a service must find
    /// that out at the start. A server that cannot be reached is logged, and requests that need it
    /// are answered 503 until it is back.
    pub async fn connect(redis: &Redis, service: &str) -> Result<Self, StoreError> {
        let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.');
        if !(1..=64).contains(&service.len()) || !service.bytes().all(plain) {
            return Err(StoreError::new(
                "the service of a store of sessions needs a name of 1 to 64 of a-z, A-Z, 0-9, _, - \
                 and .",
            ));
        }
        let connection = LoginConnection::open(redis, Feature::Sessions).await;
        let connection = connection.map_err(|refused| StoreError::new(refused.to_string()))?;
        let space = redis.space(&format!("session:{service}"));
        Ok(Self { connection, service: service.to_owned(), space })
    }

    fn key(&self, id: &str) -> String {
        format!("{}{id}", self.space)
    }

    /// The stored record: with the name of the service.
    fn written(&self, record: &SessionRecord) -> Result<String, StoreError> {
        // Without the fields that are kept by themselves.
        let record = record.clone().with_data(None, 0);
        let record = SessionRecord { service: self.service.clone(), ..record };
        serde_json::to_string(&record)
            .map_err(|_| StoreError::new("a session cannot be written as JSON"))
    }

    /// By digest: subjects come from outside, and operators read keys.
    fn subject_key(&self, subject: &str) -> String {
        let digest = URL_SAFE_NO_PAD.encode(digest(&SHA256, subject.as_bytes()));
        format!("{}of:{digest}", self.space)
    }
}

impl SessionStore for RedisSessionStore {
    fn insert<'a>(
        &'a self,
        id: &'a SecretDigest,
        record: &'a SessionRecord,
    ) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let mut connection = self.connection.clone();
            let (id, text) = (id.encoded(), self.written(record)?);
            // The session before its entry in the index: the other way round, an end of all
            // sessions in between would take the entry away, and leave what none finds.
            let key = self.key(&id);
            let insert = run_script(&mut connection, INSERT, &key, |insert| {
                insert.arg(text).arg(record.used_at()).arg(record.version()).arg(record.ends_at());
                if let Some(data) = record.data() {
                    insert.arg(data);
                }
            });
            let _expires: u8 = insert.await.map_err(failed)?;
            let of_subject = self.subject_key(record.subject());
            let index = run_script(&mut connection, INDEX, &of_subject, |index| {
                index.arg(&id).arg(record.expires_at());
            });
            let count: usize = index.await.map_err(failed)?;
            let over = count.saturating_sub(SESSIONS_PER_SUBJECT.get());
            if over > 0 {
                let over = isize::try_from(over).unwrap_or(isize::MAX);
                let oldest: Vec<String> =
                    connection.zrange(&of_subject, 0, over - 1).await.map_err(failed)?;
                for id in &oldest {
                    connection.del::<_, ()>(self.key(id)).await.map_err(failed)?;
                    connection.zrem::<_, _, ()>(&of_subject, id).await.map_err(failed)?;
                }
            }
            Ok(())
        })
    }

    fn load<'a>(&'a self, id: &'a SecretDigest) -> StoreFuture<'a, Option<SessionRecord>> {
        Box::pin(async move {
            let mut connection = self.connection.clone();
            let fields = ["record", "used_at", "version", "data"];
            let key = self.key(&id.encoded());
            let found: Found = connection.hmget(key, &fields).await.map_err(failed)?;
            let (Some(record), Some(used_at), Some(version), data) = found else {
                return Ok(None);
            };
            let record: SessionRecord = serde_json::from_str(&record)
                .map_err(|_| StoreError::new("what Redis holds is not a session"))?;
            let record = Some(record).filter(|record| record.service == self.service);
            Ok(record.map(|record| record.with_used_at(used_at).with_data(data, version)))
        })
    }

    fn update<'a>(
        &'a self,
        id: &'a SecretDigest,
        read: Option<u64>,
        data: &'a str,
    ) -> StoreFuture<'a, Updated> {
        Box::pin(async move {
            let mut connection = self.connection.clone();
            let key = self.key(&id.encoded());
            let update = run_script(&mut connection, UPDATE, &key, |update| {
                update.arg(data);
                if let Some(read) = read {
                    update.arg(read);
                }
            });
            let version: i64 = update.await.map_err(failed)?;
            Ok(match u64::try_from(version) {
                Ok(version) => Updated::Kept { version },
                Err(_) if version == -2 => Updated::Conflict,
                Err(_) => Updated::Gone,
            })
        })
    }

    fn touch<'a>(
        &'a self,
        id: &'a SecretDigest,
        record: &'a SessionRecord,
    ) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let mut connection = self.connection.clone();
            let key = self.key(&id.encoded());
            let touch = run_script(&mut connection, TOUCH, &key, |touch| {
                touch.arg(record.used_at()).arg(record.ends_at());
            });
            let touched: u8 = touch.await.map_err(failed)?;
            Ok(touched == 1)
        })
    }

    fn remove<'a>(&'a self, id: &'a SecretDigest) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            // The index keeps the name until it makes room: a name without a session is harmless.
            let mut connection = self.connection.clone();
            connection.del::<_, ()>(self.key(&id.encoded())).await.map_err(failed)
        })
    }

    fn remove_subject<'a>(&'a self, subject: &'a str) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let mut connection = self.connection.clone();
            let of_subject = self.subject_key(subject);
            let ids: Vec<String> = connection.zrange(&of_subject, 0, -1).await.map_err(failed)?;
            for id in &ids {
                connection.del::<_, ()>(self.key(id)).await.map_err(failed)?;
                connection.zrem::<_, _, ()>(&of_subject, id).await.map_err(failed)?;
            }
            Ok(())
        })
    }
}

/// The record, the time of the last use, the version, the data.
type Found = (Option<String>, Option<u64>, Option<u64>, Option<String>);

impl fmt::Debug for RedisSessionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisSessionStore").field("service", &self.service).finish_non_exhaustive()
    }
}
