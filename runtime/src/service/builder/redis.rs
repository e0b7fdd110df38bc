//! The Redis of the environment.

use super::Builder;
use crate::Redis;

/// Its settings.
#[derive(Debug, Default)]
pub(super) struct RedisSettings {
    shared: Option<Redis>,
    /// The settings that would give it a prefix, and are unset.
    unset: Vec<&'static str>,
}

impl Builder {
    /// The Redis of `PALISADE_REDIS_URL`, `PALISADE_REDIS_PREFIX` and `PALISADE_REDIS_TIMEOUT`: a
    /// service's own stores there, such as those of sessions and refresh tokens, are made from it.
    ///
    /// ```no_run
    /// # use palisade::prelude::*;
    /// use palisade::session::{RedisSessionStore, Sessions};
    ///
    /// # async fn serve() -> palisade::Exit {
    /// let palisade = Palisade::from_env()?;
    /// let sessions = match palisade.redis() {
    ///     Some(redis) => Sessions::kept_in(RedisSessionStore::connect(redis, "shop").await?),
    ///     None => Sessions::in_memory(),
    /// };
    /// palisade.sessions(sessions).serve().await
    /// # }
    /// ```
    pub fn redis(&self) -> Option<&Redis> {
        self.redis.shared.as_ref()
    }

    pub(crate) fn redis_of_environment(mut self, redis: Redis) -> Self {
        self.redis.shared = Some(redis);
        self
    }

    /// The prefix is the default one because this setting is unset.
    pub(crate) fn shares_default_prefix(mut self, setting: &'static str) -> Self {
        self.redis.unset.push(setting);
        self
    }
}

impl RedisSettings {
    pub(super) fn into_shared(self) -> Option<Redis> {
        self.shared
    }

    /// The settings whose absence leaves the default prefix.
    pub(super) fn unset(&self) -> &[&'static str] {
        &self.unset
    }
}
