//! The keys that a service trusts.

use std::{fmt, fs::Metadata, io, path::Path};

use secrecy::zeroize::Zeroizing;

use super::{
    algorithm::Algorithm,
    jwk,
    key::{Key, KeyError},
    refusal::TokenRefusal,
};
use crate::{
    file_mode::{self, Reader},
    regular_file,
};

/// A set of public keys is a few kilobytes; a much longer file is something else.
const MAX_FILE_LENGTH: u64 = 1024 * 1024;

/// The keys that a service trusts, and the only ones that a token can select.
///
/// Each is bound to one algorithm. A token names its key by `kid`; one without a `kid` is verified
/// with the only key of its algorithm, and refused if there are several.
#[derive(Clone, Debug)]
pub struct KeySet {
    keys: Vec<Key>,
}

impl KeySet {
    /// A set of these keys.
    ///
    /// # Errors
    ///
    /// No keys, a `kid` that two keys have, or a key without `kid` beside another of its algorithm.
    pub fn new(keys: impl IntoIterator<Item = Key>) -> Result<Self, KeyError> {
        let keys: Vec<Key> = keys.into_iter().collect();
        if keys.is_empty() {
            return Err(KeyError::of_set("has no key; add the one that tokens are signed with"));
        }
        for (i, key) in keys.iter().enumerate() {
            let mut others = keys.iter().take(i);
            if let Some(id) = key.id()
                && others.any(|other| other.id() == Some(id))
            {
                return Err(KeyError::of_set(format!(
                    "two keys have the `kid` {id:?}; give each its own"
                )));
            }
            let is_other = |other: &&Key| {
                other.number() != key.number() && other.algorithm() == key.algorithm()
            };
            if key.id().is_none() && keys.iter().any(|other| is_other(&other)) {
                return Err(KeyError::of_set(format!(
                    "two keys for {} and one of them without a `kid`; give each its own",
                    key.algorithm()
                )));
            }
        }
        Ok(Self { keys })
    }

    /// A set from the text of a JWK Set: `{"keys": [..]}`.
    ///
    /// Accepted are `oct` with `alg` HS256, `RSA` with `alg` RS256 or PS256, `EC` on P-256 and
    /// `OKP` on Ed25519. Any other key in the set is an error: a key that was silently left out
    /// would be noticed only when its tokens are refused.
    ///
    /// ```
    /// let set = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "rfc8037",
    ///     "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// assert!(palisade::auth::KeySet::from_jwk_set(set).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// Not a JWK Set, or one with a key that cannot be used; the error names the key and the fix.
    pub fn from_jwk_set(json: &[u8]) -> Result<Self, KeyError> {
        Self::new(jwk::read_keys(json)?)
    }

    /// A set from a file with the text of a JWK Set; see [`from_jwk_set`](Self::from_jwk_set).
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not a regular file or is longer than 1 MiB; it holds a symmetric key,
    /// and other users can read it; otherwise as for `from_jwk_set`.
    pub fn from_jwk_set_file(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        Self::new(KeySetFile::read(path.as_ref())?.keys()?)
    }

    /// The public keys that a provider publishes. Unusable keys are left out and returned besides
    /// the set, which may be empty: the provider publishes keys for other services too.
    #[cfg(feature = "remote-keys")]
    pub(super) fn from_provider(json: &[u8]) -> Result<(Option<Self>, Vec<KeyError>), KeyError> {
        let (found, mut left_out) = jwk::read_public_keys(json)?;
        let mut keys: Vec<Key> = Vec::with_capacity(found.len());
        for key in found {
            let clashes = |other: &Key| match (key.id(), other.id()) {
                (Some(id), Some(other)) => id == other,
                _ => key.algorithm() == other.algorithm(),
            };
            if keys.iter().any(clashes) {
                left_out.push(super::key::KeyName::new(key.id()).fault(
                    "the second key of this name in the set; tokens could not tell which is meant",
                ));
            } else {
                keys.push(key);
            }
        }
        Ok(((!keys.is_empty()).then_some(Self { keys }), left_out))
    }

    /// Whether the other set has the same keys, in any order.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let is_in = |key: &Key, set: &Self| set.keys.iter().any(|other| other.is_same(key));
        self.keys.len() == other.keys.len() && self.keys.iter().all(|key| is_in(key, other))
    }

    /// This set, with keys that are in `old` too replaced by the old ones, which are prepared
    /// already.
    pub(super) fn keeping(self, old: &Self) -> Self {
        let kept = |key: Key| {
            let known = old.keys.iter().find(|known| known.is_same(&key));
            known.cloned().unwrap_or(key)
        };
        Self { keys: self.keys.into_iter().map(kept).collect() }
    }

    /// The keys, in their order.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    /// The key that was chosen before.
    pub(super) fn numbered(&self, number: u64) -> Option<&Key> {
        self.keys.iter().find(|key| key.number() == number)
    }

    /// The key for a token with this header. The values of the header are only compared.
    pub(super) fn choose(
        &self,
        algorithm: &str,
        key_id: Option<&str>,
    ) -> Result<&Key, TokenRefusal> {
        let algorithm = Algorithm::from_name(algorithm).ok_or(TokenRefusal::Algorithm)?;
        if let Some(id) = key_id {
            let key = self
                .keys
                .iter()
                .find(|key| key.id() == Some(id))
                .ok_or(TokenRefusal::UnknownKey)?;
            return if key.algorithm() == algorithm {
                Ok(key)
            } else {
                Err(TokenRefusal::Algorithm)
            };
        }
        let mut fitting = self.keys.iter().filter(|key| key.algorithm() == algorithm);
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(key),
            (Some(_), Some(_)) => Err(TokenRefusal::AmbiguousKey),
            (None, _) => Err(TokenRefusal::Algorithm),
        }
    }
}

/// A file with the text of a JWK Set. The checked mode is that of the file that was read.
pub(super) struct KeySetFile<'p> {
    path: &'p Path,
    bytes: Zeroizing<Vec<u8>>,
    found: Metadata,
}

impl<'p> KeySetFile<'p> {
    pub(super) fn read(path: &'p Path) -> Result<Self, KeyError> {
        let read = || {
            let file = regular_file::open(path)?;
            let found = file.metadata()?;
            Ok((regular_file::read_open(file, MAX_FILE_LENGTH)?, found))
        };
        let (bytes, found) = read().map_err(|error: io::Error| named(path, error))?;
        Ok(Self { path, bytes, found })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The keys of the file. A symmetric key verifies and signs tokens: only the owner may read it.
    pub(super) fn keys(&self) -> Result<Vec<Key>, KeyError> {
        let keys = jwk::read_keys(&self.bytes)?;
        if keys.iter().any(Key::is_symmetric) {
            file_mode::check(&self.found, Reader::Owner).map_err(|error| {
                named(self.path, format!("it holds a symmetric key, and {error}"))
            })?;
        }
        Ok(keys)
    }
}

/// The bytes of a file with keys, which may be secret.
pub(super) fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    regular_file::read(path, MAX_FILE_LENGTH).map_err(|error| named(path, error))
}

fn named(path: &Path, error: impl fmt::Display) -> KeyError {
    KeyError::of_set(format!("{}: {error}", path.display()))
}
