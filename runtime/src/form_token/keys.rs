//! The keys that sign tokens, and what each token is bound to.

use std::{fmt, sync::Arc, time::Duration};

use actix_web::http::header::{HeaderMap, HeaderValue};
use aws_lc_rs::{
    digest::{self, SHA256},
    hmac,
    rand::{self, SystemRandom},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};

use super::{FormToken, rotating::RotatingKeys};
use crate::{
    Problem,
    cookie::{CookieRead, HostCookie},
    secrets::{Following, Purpose, SecretHandle, Weakness, weakness},
};

const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);
pub(super) const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The largest difference between the clocks of two instances.
pub(super) const SKEW: u64 = 60;

/// The prefix of the signed message; tokens for other purposes have another one.
const LABEL: &[u8] = b"palisade form token 1\0";
const BINDING: &[u8] = b"palisade form binding 2\0";

const NONCE: usize = 16;
const TIME: usize = 8;
const TAG: usize = 32;

/// The form tokens of a service: their keys and their lifetime.
///
/// A service generates a key when it starts. Instances that serve the same pages share one instead,
/// by this or by `PALISADE_FORM_KEY`: a token of another key is refused.
///
/// A token names the origin of its page: `PALISADE_PUBLIC_ORIGIN`, or the host and port of the
/// request if that is not set. Two services with one key refuse each other's tokens.
///
/// ```
/// use std::time::Duration;
/// use palisade::{FormTokens, Palisade};
///
/// # let [secret, older] = ["5f0c8a1d9b3e47c2a6d8e1f4b7093c5a", "c1d7e3b9f5a84620918d3c7be5f0a264"];
/// let tokens = FormTokens::with_key(&secret.into())
///     .retired_key(&older.into())
///     .lifetime(Duration::from_secs(4 * 3_600));
/// let builder = Palisade::builder().form_tokens(tokens);
/// # let _ = builder;
/// ```
pub struct FormTokens {
    /// `None` after a failure: no token is signed, and none is valid.
    current: Option<hmac::Key>,
    retired: Vec<hmac::Key>,
    /// The keys of a secret that changes, instead of `current`.
    rotating: Option<Arc<RotatingKeys>>,
    _following: Option<Following>,
    lifetime: Duration,
    faults: Vec<String>,
}

/// What a token is bound to: a place, a browser's own cookie, and its session if it has one.
pub(crate) struct Binding([u8; TAG]);

impl FormTokens {
    /// Signs with a random key of this process, which ends with it.
    pub fn generate() -> Self {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new());
        let mut tokens = Self::new();
        match key {
            Ok(key) => tokens.current = Some(key),
            Err(_) => tokens.faults.push("no random bits to be had for a form key".to_owned()),
        }
        tokens
    }

    /// Signs with this secret of at least 32 random characters, which instances share.
    pub fn with_key(secret: &SecretString) -> Self {
        let mut tokens = Self::new();
        tokens.current = tokens.key(secret);
        tokens
    }

    /// Signs with this secret of at least 32 random characters, and follows its changes, so that no token
    /// is refused while a key is replaced:
    ///
    /// 1. a new key is accepted at once. It signs once every instance has had the time to fetch it:
    ///    after the time between two refreshes, and that of one attempt;
    /// 2. tokens of the key before are accepted to the end of their lifetime, if they were made
    ///    while that key signed;
    /// 3. a new key that is weak is refused, with an event of the log, and the one before goes on.
    ///
    /// To withdraw a leaked key at once, restart the service.
    pub fn with_secret(secret: &SecretHandle) -> Self {
        let mut tokens = Self::new();
        let seen = secret.current();
        match RotatingKeys::of(seen.value()) {
            Ok(keys) => {
                let (keys, delay) = (Arc::new(keys), secret.spread_of_change());
                let own = Arc::clone(&keys);
                tokens.rotating = Some(keys);
                tokens._following = Some(secret.follow(&seen, move |secret| {
                    let now = crate::clock::Moment::now().unix_seconds();
                    own.replace(secret.value(), now, delay).map_err(unusable)
                }));
            }
            Err(weakness) => {
                let (name, why) = (secret.name(), unusable(weakness));
                tokens.faults.push(format!("the key of form tokens ({name}): {why}"));
            }
        }
        tokens
    }

    /// Accepts tokens of this secret too, and signs none with it: the one before the current one,
    /// until its tokens have expired.
    #[must_use]
    pub fn retired_key(mut self, secret: &SecretString) -> Self {
        let key = self.key(secret);
        self.retired.extend(key);
        self
    }

    /// The lifetime of a token; 12 hours unless this is called, a minute to 30 days. A page that is
    /// open for longer has to be loaded again.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        if lifetime < Duration::from_secs(60) || lifetime > LONGEST {
            self.faults
                .push(format!("the form tokens' `lifetime` is {lifetime:?}: a minute to 30 days"));
        }
        self.lifetime = lifetime;
        self
    }

    fn new() -> Self {
        Self {
            current: None,
            retired: Vec::new(),
            rotating: None,
            _following: None,
            lifetime: LIFETIME,
            faults: Vec::new(),
        }
    }

    fn key(&mut self, secret: &SecretString) -> Option<hmac::Key> {
        if let Some(weakness) = weakness(secret.expose_secret(), Purpose::Key) {
            let why = unusable(weakness);
            self.faults.push(format!("the key of form tokens (PALISADE_FORM_KEY): {why}"));
            return None;
        }
        Some(hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes()))
    }

    /// The errors of its settings.
    pub(crate) fn faults(&self) -> &[String] {
        &self.faults
    }

    /// A token for the browser that sent a request with these fields to this place, and the cookie
    /// to set, if it had none.
    pub(crate) fn issue(
        &self,
        place: &str,
        headers: &HeaderMap,
        now: u64,
    ) -> Result<(FormToken, Option<HeaderValue>), Problem> {
        let broken = |why: &str| Problem::internal(format!("no form token: {why}"));
        let rotating = self.rotating.as_ref().and_then(|keys| keys.signing(now));
        let key = rotating.as_ref().or(self.current.as_ref());
        let key = key.ok_or_else(|| broken("there is no key"))?;
        let held = held(headers);
        let cookie = match held {
            Some(held) => held,
            None => random()?,
        };
        let set = match held {
            Some(_) => None,
            None => Some(
                self::cookie()
                    .set(&URL_SAFE_NO_PAD.encode(cookie))
                    .map_err(|error| broken(&error.to_string()))?,
            ),
        };
        let binding = Binding::new(place, &cookie, headers)
            .ok_or_else(|| Problem::bad_request("the session's cookie occurs twice"))?;
        let nonce: [u8; NONCE] = random()?;
        let time = now.to_be_bytes();
        let tag = hmac::sign(key, &message(&nonce, time, &binding));
        let token = [&nonce[..], &time, tag.as_ref()].concat();
        Ok((FormToken::new(URL_SAFE_NO_PAD.encode(token)), set))
    }

    /// Whether a token of this service has the right binding and has not expired; in constant time.
    pub(crate) fn verify(&self, token: &str, binding: &Binding, now: u64) -> bool {
        let mut bytes = [0; NONCE + TIME + TAG];
        if URL_SAFE_NO_PAD.decode_slice(token, &mut bytes) != Ok(bytes.len()) {
            return false;
        }
        let Some((nonce, rest)) = bytes.split_first_chunk::<NONCE>() else { return false };
        let Some((time, tag)) = rest.split_first_chunk::<TIME>() else { return false };
        let message = message(nonce, *time, binding);
        let issued = u64::from_be_bytes(*time);
        let is_of = |key: &hmac::Key| hmac::verify(key, &message, tag).is_ok();
        let signed = self.current.iter().chain(&self.retired).any(is_of)
            || self.rotating.as_ref().is_some_and(|keys| keys.any(issued, is_of));
        // A clock that cannot be right is at the end of time, where nothing holds.
        let fresh = now != u64::MAX
            && issued <= now.saturating_add(SKEW)
            && now.saturating_sub(issued) <= self.lifetime.as_secs();
        signed && fresh
    }
}

fn unusable(weakness: Weakness) -> String {
    format!("{weakness}: {}", Weakness::FIX)
}

impl fmt::Debug for FormTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormTokens").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

impl Binding {
    /// The binding of the browser that sent these fields to this place; `None` if it has no cookie,
    /// or two of a name.
    pub(crate) fn of(place: &str, headers: &HeaderMap) -> Option<Self> {
        Self::new(place, &held(headers)?, headers)
    }

    fn new(place: &str, cookie: &[u8; TAG], headers: &HeaderMap) -> Option<Self> {
        let mut all = digest::Context::new(&SHA256);
        all.update(BINDING);
        // Two services may be given the same key, and a browser has one jar for all ports of a host.
        all.update(&u64::try_from(place.len()).ok()?.to_be_bytes());
        all.update(place.as_bytes());
        all.update(cookie);
        match HostCookie::session().read(headers) {
            CookieRead::Absent => all.update(b"\0"),
            CookieRead::Value(session) => {
                all.update(b"\x01");
                all.update(session.as_bytes());
            }
            CookieRead::Ambiguous => return None,
        }
        let mut bound = [0; TAG];
        bound.copy_from_slice(all.finish().as_ref());
        Some(Self(bound))
    }
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Binding(..)")
    }
}

/// A request that follows a link carries it: the page must not set another one, or the forms of the
/// visitor's other tabs would become invalid.
fn cookie() -> HostCookie {
    HostCookie::form()
}

/// The content of the browser's cookie; there is one way to encode it.
fn held(headers: &HeaderMap) -> Option<[u8; TAG]> {
    let cookie = cookie();
    let CookieRead::Value(text) = cookie.read(headers) else { return None };
    let mut bytes = [0; TAG];
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    (length == TAG).then_some(bytes)
}

fn random<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| Problem::internal("the system gives no random numbers"))?;
    Ok(bytes)
}

/// Every part has its own fixed length: no two tokens have one message.
fn message(nonce: &[u8; NONCE], time: [u8; TIME], binding: &Binding) -> Vec<u8> {
    [LABEL, nonce, &time, &binding.0].concat()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
