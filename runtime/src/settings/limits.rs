//! The settings of limits and of shared stores, which are valid together only.

#[cfg(feature = "redis")]
use std::time::Duration;

#[cfg(feature = "redis")]
use secrecy::ExposeSecret as _;

#[cfg(feature = "redis")]
use super::PREFIX;
#[cfg(feature = "redis")]
use super::duration::duration;
#[cfg(feature = "redis")]
use crate::{Redis, RedisSettingError, auth::Revocations, limit::SharedStore};
use crate::{secrets::SecretHandle, service::Builder};

/// The default prefix of keys.
#[cfg(feature = "redis")]
const DEFAULT_PREFIX: &str = "palisade";

/// The values of the variables, before they are combined.
#[derive(Debug, Default)]
pub(super) struct LimitVariables {
    #[cfg(feature = "redis")]
    url: Option<SecretHandle>,
    #[cfg(feature = "redis")]
    prefix: Option<String>,
    #[cfg(feature = "redis")]
    timeout: Option<Duration>,
    #[cfg(feature = "redis")]
    revocations: ListVariables,
    /// The URL of a server is a secret that was not fetched.
    #[cfg(feature = "redis")]
    is_incomplete: bool,
}

/// The server of the list of revocations, if it is named.
#[cfg(feature = "redis")]
#[derive(Debug, Default)]
struct ListVariables {
    is_off: bool,
    url: Option<SecretHandle>,
    prefix: Option<String>,
}

impl LimitVariables {
    /// Keeps one of them.
    ///
    /// # Errors
    ///
    /// An invalid value, and a setting that needs a feature.
    #[cfg(feature = "redis")]
    pub(super) fn keep(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "PALISADE_REDIS_URL" => self.url = Some(SecretHandle::fixed(name, value.into())),
            "PALISADE_REDIS_PREFIX" => self.prefix = Some(value.to_owned()),
            "PALISADE_REVOCATIONS_URL" if value == "off" => self.revocations.is_off = true,
            "PALISADE_REVOCATIONS_URL" => {
                self.revocations.url = Some(SecretHandle::fixed(name, value.into()));
            }
            "PALISADE_REVOCATIONS_PREFIX" => self.revocations.prefix = Some(value.to_owned()),
            _ => match duration(value) {
                Some(timeout) => self.timeout = Some(timeout),
                None => return Err(format!("is {value:?}: write a time like 100 ms or 1 s")),
            },
        }
        Ok(())
    }

    #[cfg(not(feature = "redis"))]
    #[expect(clippy::unused_self, reason = "it keeps something where the feature is there")]
    pub(super) fn keep(&mut self, name: &str, value: &str) -> Result<(), String> {
        if (name, value) == ("PALISADE_REVOCATIONS_URL", "off") {
            return Ok(());
        }
        Err("it needs the feature `redis` of palisade, and this service was built without it: \
             palisade = { features = [\"redis\"], .. }"
            .to_owned())
    }

    /// Stores a URL from a source of secrets.
    ///
    /// # Errors
    ///
    /// It needs a feature.
    #[cfg(feature = "redis")]
    #[expect(clippy::unnecessary_wraps, reason = "it fails without the feature")]
    pub(super) fn keep_secret(&mut self, name: &str, url: SecretHandle) -> Result<(), String> {
        match name {
            "PALISADE_REDIS_URL" => self.url = Some(url),
            _ => self.revocations.url = Some(url),
        }
        Ok(())
    }

    #[cfg(not(feature = "redis"))]
    pub(super) fn keep_secret(&mut self, name: &str, _: SecretHandle) -> Result<(), String> {
        self.keep(name, "")
    }

    /// Notes that the URL of a server was not fetched: the settings that belong to it are not
    /// judged.
    #[cfg(feature = "redis")]
    pub(super) fn leave_out(&mut self) {
        self.is_incomplete = true;
    }

    #[cfg(not(feature = "redis"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(super) fn leave_out(&mut self) {}

    /// Combines the values.
    #[cfg(feature = "redis")]
    pub(super) fn finish(self, mut builder: Builder, complaints: &mut Vec<String>) -> Builder {
        let Self { url, prefix, timeout, revocations, is_incomplete } = self;
        if is_incomplete {
            return builder;
        }
        for url in [&url, &revocations.url].into_iter().flatten() {
            builder = builder.store_at(url.name(), url.current().value().expose_secret());
        }
        let redis = match &url {
            Some(url) => made("REDIS", url, prefix.as_deref(), timeout, complaints),
            None => {
                for (is_set, name) in [
                    (timeout.is_some() && revocations.url.is_none(), "REDIS_TIMEOUT"),
                    (prefix.is_some(), "REDIS_PREFIX"),
                ] {
                    if is_set {
                        complaints.push(format!(
                            "{PREFIX}{name} goes with {PREFIX}REDIS_URL, which is not set"
                        ));
                    }
                }
                None
            }
        };
        if let Some(redis) = &redis {
            if prefix.is_none() {
                builder = builder.shares_default_prefix("PALISADE_REDIS_PREFIX");
            }
            builder = builder.redis_of_environment(redis.clone());
            match SharedStore::redis(redis) {
                Ok(store) => builder = builder.limit_store(store),
                Err(error) => complaints.push(format!("{PREFIX}REDIS_URL: {error}")),
            }
        }
        // A server that was named and cannot be used is complained of once.
        let is_sound = redis.is_some() == url.is_some();
        let Some(list) = revocations.server(redis, is_sound, timeout, complaints) else {
            return builder;
        };
        if list.is_unnamed {
            builder = builder.shares_default_prefix("PALISADE_REVOCATIONS_PREFIX");
        }
        match Revocations::redis(&list.redis) {
            Ok(list) => builder.revocations(list),
            Err(error) => {
                complaints.push(format!("{PREFIX}REVOCATIONS_URL or {PREFIX}REDIS_URL: {error}"));
                builder
            }
        }
    }

    #[cfg(not(feature = "redis"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(super) fn finish(self, builder: Builder, _: &mut Vec<String>) -> Builder {
        builder
    }
}

/// The server of the revocations.
#[cfg(feature = "redis")]
struct List {
    redis: Redis,
    /// It has a server of its own, without a prefix.
    is_unnamed: bool,
}

#[cfg(feature = "redis")]
impl ListVariables {
    /// The server that is named for revocations, else that of the service, with its own prefix
    /// unless a shared list is named.
    fn server(
        &self,
        shared: Option<Redis>,
        is_sound: bool,
        timeout: Option<Duration>,
        complaints: &mut Vec<String>,
    ) -> Option<List> {
        if self.is_off {
            if self.prefix.is_some() {
                complaints.push(format!(
                    "{PREFIX}REVOCATIONS_PREFIX has no effect with {PREFIX}REVOCATIONS_URL=off: \
                     unset one of them"
                ));
            }
            return None;
        }
        let prefix = self.prefix.as_deref();
        match (&self.url, shared, prefix) {
            (Some(url), ..) => made("REVOCATIONS", url, prefix, timeout, complaints)
                .map(|redis| List { redis, is_unnamed: prefix.is_none() }),
            (None, Some(redis), None) => Some(List { redis, is_unnamed: false }),
            (None, Some(redis), Some(prefix)) => match redis.under(prefix) {
                Ok(redis) => Some(List { redis, is_unnamed: false }),
                Err(error) => {
                    complaints.push(format!("{PREFIX}REVOCATIONS_PREFIX: {error}"));
                    None
                }
            },
            (None, None, Some(_)) if is_sound => {
                complaints.push(format!(
                    "{PREFIX}REVOCATIONS_PREFIX goes with {PREFIX}REVOCATIONS_URL or \
                     {PREFIX}REDIS_URL, and neither is set"
                ));
                None
            }
            (None, None, _) => None,
        }
    }
}

/// The server at this URL; `kind` is how its settings begin.
#[cfg(feature = "redis")]
fn made(
    kind: &str,
    url: &SecretHandle,
    prefix: Option<&str>,
    timeout: Option<Duration>,
    complaints: &mut Vec<String>,
) -> Option<Redis> {
    let redis = Redis::with_secret(url, prefix.unwrap_or(DEFAULT_PREFIX));
    let redis = redis.and_then(|redis| match timeout {
        Some(timeout) => redis.timeout(timeout),
        None => Ok(redis),
    });
    match redis {
        Ok(redis) => Some(redis),
        Err(error) => {
            let name = match error {
                RedisSettingError::Url => url.name().trim_start_matches(PREFIX).to_owned(),
                RedisSettingError::Prefix => format!("{kind}_PREFIX"),
                RedisSettingError::Timeout => "REDIS_TIMEOUT".to_owned(),
            };
            // The value may hold a password.
            complaints.push(format!("{PREFIX}{name}: {error}"));
            None
        }
    }
}
