//! The keys of an issuer.

use crate::auth::{Key, KeyError, KeySet, PublicJwk, SigningKey};

/// The keys of an issuer: the current one, the next one, and retired ones.
///
/// All of them are published, so that no token is refused during a rotation:
///
/// 1. put the new key in as [`next`](Self::next), and wait until every verifier has fetched the
///    set again (for ours: five minutes, the lifetime of the published set);
/// 2. make it the current one, and the old one [`retired`](Self::retired);
/// 3. leave that one out once its last token has expired.
///
/// ```
/// use palisade::{auth::{Algorithm, SigningKey}, issue::SigningKeys};
///
/// # fn main() -> Result<(), palisade::auth::KeyError> {
/// let (old, current, next) = (
///     SigningKey::generate(Algorithm::EdDsa)?,
///     SigningKey::generate(Algorithm::EdDsa)?,
///     SigningKey::generate(Algorithm::Es256)?,
/// );
/// let keys = SigningKeys::new(current).next(next).retired(&old);
/// assert_eq!(keys.published().count(), 3);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SigningKeys {
    current: SigningKey,
    next: Option<SigningKey>,
    /// The public parts of retired keys, for verifying and publishing.
    retired: Vec<(Key, Option<PublicJwk>)>,
}

impl SigningKeys {
    /// Signs with this key.
    pub fn new(current: SigningKey) -> Self {
        Self { current, next: None, retired: Vec::new() }
    }

    /// Publishes the key that is going to sign after this one.
    #[must_use]
    pub fn next(mut self, next: SigningKey) -> Self {
        self.next = Some(next);
        self
    }

    /// Publishes a key that signed before. Only its public part is kept.
    #[must_use]
    pub fn retired(mut self, retired: &SigningKey) -> Self {
        self.retired.push((retired.verifying_key().clone(), retired.public_jwk().cloned()));
        self
    }

    /// The key that signs.
    pub fn current(&self) -> &SigningKey {
        &self.current
    }

    /// The public keys in the order current, next, retired. It contains no secret key.
    pub fn published(&self) -> impl Iterator<Item = &PublicJwk> {
        let retired = self.retired.iter().filter_map(|(_, jwk)| jwk.as_ref());
        self.signing().filter_map(SigningKey::public_jwk).chain(retired)
    }

    /// All of them as a set that verifies tokens.
    ///
    /// # Errors
    ///
    /// Two keys have the same name.
    pub fn key_set(&self) -> Result<KeySet, KeyError> {
        let retired = self.retired.iter().map(|(key, _)| key.clone());
        KeySet::new(self.signing().map(|key| key.verifying_key().clone()).chain(retired))
    }

    fn signing(&self) -> impl Iterator<Item = &SigningKey> {
        std::iter::once(&self.current).chain(self.next.as_ref())
    }
}
