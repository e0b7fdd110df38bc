//! Bearer tokens as one way among several to identify callers.

use std::{num::NonZeroUsize, sync::Arc};

use actix_web::http::header::HeaderValue;

use super::{
    authenticator::{Attempt, Authenticator, Presented},
    cache::{Cache, CacheCounts, DEFAULT_CACHED_TOKENS, Key, Leader, Place},
    credentials::bearer,
    principal::Principal,
    refusal::{Refusal, TokenRefusal},
    verifier::Verifier,
};

/// Bearer tokens (RFC 6750): the authenticator that [`Builder::auth`](crate::Builder::auth) makes.
///
/// An accepted token is cached, and costs a lookup and a comparison the next time; a refused one is
/// not. The clock, the keys and the revocations are checked on every request.
#[derive(Debug)]
pub struct Bearer {
    verifier: Verifier,
    cache: Option<Cache>,
}

impl Bearer {
    /// The name in `#[credentials(bearer)]`.
    pub const NAME: &'static str = "bearer";

    /// Accepts the tokens that this verifier accepts, and caches the last 8,192 of them.
    pub fn new(verifier: Verifier) -> Self {
        Self::with_cache(verifier, Some(DEFAULT_CACHED_TOKENS))
    }

    /// Accepts the tokens that this verifier accepts, and caches the last of them: at least so
    /// many, at most 4 KiB each; with `None` every token is verified each time.
    pub fn with_cache(verifier: Verifier, tokens: Option<NonZeroUsize>) -> Self {
        Self { verifier, cache: tokens.and_then(Cache::new) }
    }

    /// The identity that `token` proves at `now_unix` (seconds since 1970-01-01 UTC): as
    /// [`Verifier::verify`], with the cache.
    ///
    /// Revocations are not checked: the pipeline does that for every request.
    ///
    /// # Errors
    ///
    /// As `Verifier::verify`.
    pub fn verify(&self, token: &str, now_unix: u64) -> Result<Principal, TokenRefusal> {
        let Some(cache) = &self.cache else { return self.verifier.verify(token, now_unix) };
        let key = cache.key(token);
        if let Some(principal) = self.find(cache, key, token, now_unix) {
            return Ok(principal);
        }
        // Asked before the keys are: what is proved by older keys is never kept as by newer ones.
        let generation = self.verifier.generation();
        let principal = self.verifier.verify(token, now_unix)?;
        cache.keep(key, token, &principal, generation, now_unix);
        Ok(principal)
    }

    #[cfg(test)]
    pub(super) fn cache(&self) -> Option<&Cache> {
        self.cache.as_ref()
    }

    /// How often tokens were found in the cache; `None` without a cache.
    pub(crate) fn cache_counts(&self) -> Option<Arc<CacheCounts>> {
        self.cache.as_ref().map(|cache| Arc::clone(&cache.counts))
    }

    /// A cached token that is still valid by the keys and the clock.
    fn find(&self, cache: &Cache, key: Key, token: &str, now: u64) -> Option<Principal> {
        let found = self.find_current(cache, key, token, now);
        cache.counts.note(found.is_some());
        found
    }

    fn find_current(&self, cache: &Cache, key: Key, token: &str, now: u64) -> Option<Principal> {
        let principal = cache.find(key, token, self.verifier.generation(), now)?;
        if self.verifier.is_current(&principal, now) {
            return Some(principal);
        }
        // Verified again, for the exact refusal.
        cache.forget(key, token);
        None
    }

    pub(super) fn attempt<'a>(&'a self, cache: &'a Cache, token: &'a str, now: u64) -> Attempt<'a> {
        let key = cache.key(token);
        if let Some(principal) = self.find(cache, key, token, now) {
            return Attempt::Now(Ok(Some(principal)));
        }
        match cache.flights.join(key, token) {
            Place::Leader(leader) => self.lead(cache, leader, key, token, now),
            Place::Alone => self.at_once(token, now),
            Place::Follower(follower) => Attempt::Later(Box::pin(async move {
                let mut follower = follower;
                loop {
                    if let Some(outcome) = follower.outcome().await {
                        return outcome.map(Some);
                    }
                    // The leader gave up. One of those who waited takes its part.
                    if let Some(principal) = self.find(cache, key, token, now) {
                        return Ok(Some(principal));
                    }
                    follower = match cache.flights.join(key, token) {
                        Place::Follower(another) => another,
                        Place::Leader(leader) => {
                            let led = self.lead(cache, leader, key, token, now);
                            return led.outcome().await;
                        }
                        Place::Alone => return self.at_once(token, now).outcome().await,
                    };
                }
            })),
        }
    }

    /// Verifies for all requests that bring this token now.
    fn lead<'a>(
        &'a self,
        cache: &'a Cache,
        leader: Leader,
        key: Key,
        token: &'a str,
        now: u64,
    ) -> Attempt<'a> {
        let generation = self.verifier.generation();
        match self.verifier.verify(token, now) {
            Err(refusal) if self.verifier.may_learn(refusal) => {
                Attempt::Later(Box::pin(async move {
                    // Not kept: which keys will have proved it is not known before they are here.
                    let outcome = self.verifier.verify_fresh(token, now).await;
                    leader.land(&outcome);
                    outcome.map(Some)
                }))
            }
            outcome => {
                if let Ok(principal) = &outcome {
                    cache.keep(key, token, principal, generation, now);
                }
                let outcome = outcome.map_err(Refusal::from);
                leader.land(&outcome);
                Attempt::Now(outcome.map(Some))
            }
        }
    }

    /// Verifies for this request alone.
    fn at_once<'a>(&'a self, token: &'a str, now: u64) -> Attempt<'a> {
        match self.verifier.verify(token, now) {
            Err(refusal) if self.verifier.may_learn(refusal) => {
                Attempt::Later(Box::pin(async move {
                    self.verifier.verify_fresh(token, now).await.map(Some)
                }))
            }
            outcome => Attempt::Now(outcome.map(Some).map_err(Refusal::from)),
        }
    }
}

impl Authenticator for Bearer {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn authenticate<'a>(&'a self, presented: Presented<'a>) -> Attempt<'a> {
        let token = match bearer(presented.headers()) {
            Ok(Some(token)) => token,
            Ok(None) => return Attempt::Now(Ok(None)),
            Err(malformed) => return Attempt::Now(Err(malformed.into())),
        };
        match &self.cache {
            Some(cache) => self.attempt(cache, token, presented.now_unix()),
            None => self.at_once(token, presented.now_unix()),
        }
    }

    fn forget(&self, presented: Presented<'_>) {
        if let (Some(cache), Ok(Some(token))) = (&self.cache, bearer(presented.headers())) {
            cache.forget(cache.key(token), token);
        }
    }

    fn challenge(&self, refusal: &Refusal) -> Option<HeaderValue> {
        refusal.challenge()
    }
}
