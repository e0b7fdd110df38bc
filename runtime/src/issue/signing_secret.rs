//! The signing key of an issuer in a secret that changes.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant},
};

use super::{issuer::Generations, signing_keys::SigningKeys};
use crate::{
    auth::{Algorithm, KeyError, MAX_LEEWAY, SigningKey},
    secrets::{Following, Secret, SecretHandle},
};

/// How long the published set may be cached
/// ([`TokenIssuer::endpoints`](super::TokenIssuer::endpoints)).
const PUBLISHED_FOR: Duration = Duration::from_secs(300);
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3_600);

/// The signing key of a [`TokenIssuer`](super::TokenIssuer) in a secret: a private key in PEM for
/// [`SigningKey::pem`]. The name of a key is its thumbprint (RFC 7638).
///
/// A new value of the secret becomes the signing key in three steps, during which no token is
/// refused:
///
/// 1. it is published at once, as the next key, and verifiers accept its tokens;
/// 2. it signs when every instance has had the time to fetch the secret, and every verifier the time to
///    fetch the published set ([`announce_for`](Self::announce_for));
/// 3. the key before is withdrawn when the last token that it signed has expired.
///
/// An invalid value is refused and logged, and the present key is used further.
///
/// ```
/// use palisade::{
///     auth::{Algorithm, SigningKey},
///     issue::{SigningSecret, TokenIssuer},
///     secrets::SecretHandle,
/// };
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let pem = SigningKey::generate_pem(Algorithm::EdDsa)?;
/// // In a service: from_setting("SHOP_SIGNING_KEY"), which takes SHOP_SIGNING_KEY_FROM=vault:..
/// let secret = SecretHandle::fixed("SHOP_SIGNING_KEY", pem);
/// let secret = SigningSecret::new(Algorithm::EdDsa, &secret);
/// let issuer = TokenIssuer::with_secret("https://shop.example", "shop", secret)?;
/// # let _ = issuer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SigningSecret {
    algorithm: Algorithm,
    secret: SecretHandle,
    announced: Duration,
}

/// Updates an issuer's keys from the secret.
pub(super) struct SigningRotation {
    _following: Following,
    _state: Arc<Mutex<Keys>>,
}

struct Keys {
    current: SigningKey,
    next: Option<SigningKey>,
    retired: Vec<(SigningKey, Instant)>,
}

impl SigningSecret {
    /// The key for this algorithm in this secret.
    pub fn new(algorithm: Algorithm, secret: &SecretHandle) -> Self {
        Self { algorithm, secret: secret.clone(), announced: PUBLISHED_FOR }
    }

    /// How long verifiers may cache the published set: by default 5 minutes, as its `Cache-Control`
    /// says; a week at most. A new key signs after this time, plus the time in which every instance
    /// fetches the secret.
    #[must_use]
    pub fn announce_for(mut self, time: Duration) -> Self {
        self.announced = time.min(LONGEST);
        self
    }

    /// The key, and the secret that it comes from.
    pub(super) fn key(&self) -> Result<(SigningKey, Arc<Secret>), KeyError> {
        let seen = self.secret.current();
        Ok((SigningKey::pem(self.algorithm, None, seen.value())?, seen))
    }

    /// Passes the keys of new values to these generations, as long as the result exists.
    pub(super) fn follow(
        &self,
        current: SigningKey,
        seen: &Secret,
        generations: &Arc<Generations>,
        lifetime: Duration,
    ) -> SigningRotation {
        let state = Arc::new(Mutex::new(Keys { current, next: None, retired: Vec::new() }));
        let turn = Turn {
            keys: Arc::downgrade(&state),
            generations: Arc::downgrade(generations),
            secret: self.secret.clone(),
            delay: self.announced.saturating_add(self.secret.spread_of_change()),
            // Verifiers tolerate clock differences.
            expired: lifetime.saturating_add(Duration::from_secs(MAX_LEEWAY)),
        };
        let algorithm = self.algorithm;
        let following = self.secret.follow(seen, move |secret: &Secret| {
            let key = SigningKey::pem(algorithm, None, secret.value());
            turn.announce(key.map_err(|error| error.to_string())?)
        });
        SigningRotation { _following: following, _state: state }
    }
}

/// The steps of a rotation.
#[derive(Clone)]
struct Turn {
    keys: Weak<Mutex<Keys>>,
    generations: Weak<Generations>,
    secret: SecretHandle,
    delay: Duration,
    expired: Duration,
}

impl Turn {
    fn announce(&self, key: SigningKey) -> Result<(), String> {
        let id = key.id().map(str::to_owned);
        self.change(|keys| {
            let is_present = keys.current.id() == key.id();
            // An announced key that never signed is replaced by the newer one; the present one may
            // be restored.
            keys.next = (!is_present).then_some(key);
        })?;
        let turn = self.clone();
        self.secret.later(self.delay, move || turn.sign_with(id.as_deref()));
        Ok(())
    }

    fn sign_with(&self, id: Option<&str>) {
        let until = Instant::now() + self.expired;
        let changed = self.change(|keys| {
            if let Some(next) = keys.next.take_if(|next| next.id() == id) {
                let before = std::mem::replace(&mut keys.current, next);
                keys.retired.push((before, until));
                tracing::info!(
                    target: "palisade::audit",
                    event = "signing_key_changed",
                    secret = self.secret.name(),
                    key = keys.current.id(),
                    "tokens are signed with the new key"
                );
            }
        });
        if changed.is_ok() {
            let turn = self.clone();
            self.secret.later(self.expired, move || {
                // Without the keys whose last token has expired.
                let _withdrawn = turn.change(|_| {});
            });
        }
    }

    /// Changes the keys, and passes them to the issuer.
    fn change(&self, change: impl FnOnce(&mut Keys)) -> Result<(), String> {
        let (Some(keys), Some(generations)) = (self.keys.upgrade(), self.generations.upgrade())
        else {
            return Ok(());
        };
        let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut keys);
        let now = Instant::now();
        let (current, next) = (keys.current.clone(), keys.next.clone());
        let is_other = |key: &SigningKey| {
            key.id() != current.id() && next.as_ref().is_none_or(|next| next.id() != key.id())
        };
        keys.retired.retain(|(key, until)| now < *until && is_other(key));
        let mut all = SigningKeys::new(current);
        if let Some(next) = next {
            all = all.next(next);
        }
        for (key, _) in &keys.retired {
            all = all.retired(key);
        }
        generations.replace(all).map_err(|error| error.to_string())
    }
}

impl fmt::Debug for SigningRotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningRotation(..)")
    }
}
