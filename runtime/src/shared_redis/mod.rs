//! The Redis or Valkey that the instances of a service share.
//!
//! 1. One value, [`Redis`], names the server and what every key begins with. Limits, revocations,
//!    refresh tokens and sessions are made from it and from nothing else, so a prefix or a time-out
//!    that is set once holds for all of them.
//! 2. Two services, or two deployments of one service, that have a prefix each share a server
//!    without sharing anything on it (CWE-668). Records also name the service or the issuer that
//!    they belong to; those of another are unknown.
//! 3. What a Redis user has to be allowed is tried at the start, command by command. The first
//!    missing one is named, with the rule that grants all of them.

mod connection;
mod permissions;
mod script;
mod servers;
mod traced;

use std::{fmt, sync::Arc, time::Duration};

use secrecy::SecretString;

use crate::secrets::SecretHandle;

pub(crate) use connection::LoginConnection;
pub(crate) use permissions::{Feature, Refused, try_each, try_plain};
pub(crate) use script::run_script;
pub(crate) use servers::{Connection, Servers, Target, is_of_credentials};

/// The default of [`Redis::timeout`].
const TIMEOUT: Duration = Duration::from_millis(100);

/// The shortest timeout of logins: if one fails, its user has to type a password again.
const LOGIN_FLOOR: Duration = Duration::from_secs(1);

/// The Redis or Valkey server, or cluster, that the instances of a service share, and the prefix of
/// all keys of the service.
///
/// The settings `PALISADE_REDIS_URL`, `PALISADE_REDIS_PREFIX` and `PALISADE_REDIS_TIMEOUT` make
/// one, which [`Builder::redis`](crate::Builder::redis) returns. Cloning is cheap. It connects when
/// a store is made from it.
///
/// ```
/// use palisade::{Palisade, Redis, auth::Revocations, limit::SharedStore};
///
/// let redis = Redis::new(&"redis://127.0.0.1:6379".into(), "shop")?;
/// let builder = Palisade::builder()
///     .limit_store(SharedStore::redis(&redis)?)
///     .revocations(Revocations::redis(&redis)?);
/// # let _ = builder;
/// # Ok::<(), palisade::Failure>(())
/// ```
#[derive(Clone)]
pub struct Redis {
    servers: Arc<Servers>,
    prefix: Arc<str>,
    timeout: Duration,
}

impl Redis {
    /// The server at this URL: `redis://[user:password@]host[:port][/database]`, or `rediss://` for
    /// TLS. For a cluster: several URLs separated by commas, or one with `redis-cluster://`.
    ///
    /// All keys begin with `prefix` and a colon: 1 to 64 of `a-z`, `A-Z`, `0-9`, `_`, `-` and `.`.
    /// Each service on the server, and each deployment of it, needs its own prefix.
    ///
    /// # Errors
    ///
    /// The URL or the prefix is invalid. The message does not contain the URL.
    pub fn new(url: &SecretString, prefix: &str) -> Result<Self, RedisSettingError> {
        if !is_name(prefix) {
            return Err(RedisSettingError::Prefix);
        }
        let servers = Arc::new(Servers::at(url)?);
        Ok(Self { servers, prefix: prefix.into(), timeout: TIMEOUT })
    }

    /// The server whose URL is in this secret, in the format of [`new`](Self::new). New connections
    /// use the present URL; open ones stay. If the server rejects the password, the secret is
    /// fetched again immediately.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_secret(url: &SecretHandle, prefix: &str) -> Result<Self, RedisSettingError> {
        if !is_name(prefix) {
            return Err(RedisSettingError::Prefix);
        }
        let servers = Arc::new(Servers::of(url)?);
        Ok(Self { servers, prefix: prefix.into(), timeout: TIMEOUT })
    }

    /// How long a request waits for a reply. The default is 100 ms.
    ///
    /// Limits wait exactly this long. Logins, sessions and refresh tokens wait at least a second,
    /// and revocations at least 750 ms, because their only alternative is 503.
    ///
    /// # Errors
    ///
    /// Less than a millisecond or more than ten seconds.
    pub fn timeout(mut self, timeout: Duration) -> Result<Self, RedisSettingError> {
        if !(Duration::from_millis(1)..=Duration::from_secs(10)).contains(&timeout) {
            return Err(RedisSettingError::Timeout);
        }
        self.timeout = timeout;
        Ok(self)
    }

    /// The prefix of every key, without the colon.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether it is a cluster.
    pub fn is_cluster(&self) -> bool {
        self.servers.is_cluster()
    }

    /// The same server with another prefix.
    pub(crate) fn under(&self, prefix: &str) -> Result<Self, RedisSettingError> {
        if !is_name(prefix) {
            return Err(RedisSettingError::Prefix);
        }
        Ok(Self { prefix: prefix.into(), ..self.clone() })
    }

    pub(crate) fn servers(&self) -> &Arc<Servers> {
        &self.servers
    }

    /// The timeout of requests without a minimum.
    pub(crate) fn patience(&self) -> Duration {
        self.timeout
    }

    /// The timeout of a login.
    pub(crate) fn login_patience(&self) -> Duration {
        self.timeout.max(LOGIN_FLOOR)
    }

    /// The clock of the server, in seconds since 1970; `None` if it does not respond within half a
    /// second, or its user lacks the permission.
    pub(crate) async fn clock(&self) -> Option<u64> {
        let asking = async {
            let mut connection = self.servers.connect().await.ok()?;
            let answer = connection.run(&::redis::cmd("TIME")).await.ok()?;
            let (seconds, _): (u64, u64) = ::redis::from_redis_value(answer).ok()?;
            Some(seconds)
        };
        tokio::time::timeout(Duration::from_millis(500), asking).await.ok().flatten()
    }

    /// The prefix of the keys of one kind: `<prefix>:<kind>:`.
    pub(crate) fn space(&self, kind: &str) -> String {
        format!("{}:{kind}:", self.prefix)
    }
}

/// Whether it is a valid prefix: no braces, which have a meaning in clusters, and no special
/// characters of the patterns in access rules. No colon either, which ends a prefix: a user with
/// access to the keys of `shop` could access those of `shop:eu`.
fn is_name(text: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

/// Leaves out the URL.
impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("servers", &self.servers)
            .field("prefix", &self.prefix)
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// Why the settings of a shared server are invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedisSettingError {
    /// The URL is invalid for a Redis server or cluster. The error does not contain it, since it
    /// may have a password.
    Url,
    /// The prefix of the keys is not 1 to 64 of `a-z`, `A-Z`, `0-9`, `_`, `-` and `.`.
    Prefix,
    /// The timeout is not between a millisecond and ten seconds.
    Timeout,
}

impl fmt::Display for RedisSettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url => {
                "the URL of Redis is not redis://, rediss:// or redis-cluster:// with a host and \
                 port, nor a list of such URLs"
            }
            Self::Prefix => "the prefix of the keys is not 1 to 64 of a-z, A-Z, 0-9, _, - and .",
            Self::Timeout => "the time-out is not between 1 ms and 10 s",
        })
    }
}

impl std::error::Error for RedisSettingError {}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Redis, RedisSettingError};

    #[test]
    fn what_will_not_do_is_refused_and_not_repeated() {
        let url = "redis://user:hunter22@127.0.0.1:1".into();
        let long = "a".repeat(65);
        for prefix in ["", "a{b}", "a b", "a*", "ä", &long] {
            assert_eq!(Redis::new(&url, prefix).unwrap_err(), RedisSettingError::Prefix);
        }
        let redis = Redis::new(&url, "eu_shop-1.prod").unwrap();
        assert_eq!(redis.prefix(), "eu_shop-1.prod");
        for timeout in [Duration::ZERO, Duration::from_secs(11)] {
            let refused = redis.clone().timeout(timeout).unwrap_err();
            assert_eq!(refused, RedisSettingError::Timeout);
        }
        assert!(!format!("{redis:?}").contains("hunter22"));
        let refused = Redis::new(&"http://user:hunter22@h".into(), "shop").unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("hunter22"));
    }

    #[test]
    fn a_log_in_waits_for_a_second_at_least() {
        let redis = Redis::new(&"redis://127.0.0.1:1".into(), "shop").unwrap();
        let with = |millis| redis.clone().timeout(Duration::from_millis(millis)).unwrap();
        assert_eq!(redis.patience(), Duration::from_millis(100));
        assert_eq!(with(20).patience(), Duration::from_millis(20));
        assert_eq!(with(20).login_patience(), Duration::from_secs(1));
        assert_eq!(with(3_000).login_patience(), Duration::from_secs(3));
    }
}
