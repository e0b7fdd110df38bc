//! The sources of keys.

use std::{fmt, path::Path};

use secrecy::ExposeSecret as _;

use super::{KeyFeed, file::KeyFile, ring::KeyRing};
use crate::{
    auth::{KeyError, KeySet},
    secrets::SecretHandle,
};

/// The source of a verifier's keys: a fixed set, a file that is watched, or a provider's URL.
///
/// ```
/// use palisade::auth::{Key, KeySet, KeySource, Verifier};
/// use secrecy::SecretSlice;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret: SecretSlice<u8> = (0..32).collect::<Vec<u8>>().into();
/// let fixed = KeySet::new([Key::hs256("2026-11", &secret)?])?;
/// let verifier = Verifier::new(fixed, "https://id.example.org", "items")?;
///
/// # if false {
/// let watched = KeySource::file("/etc/items/keys.json")?;
/// let verifier = Verifier::new(watched, "https://id.example.org", "items")?;
/// # }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct KeySource(Place);

#[derive(Debug)]
enum Place {
    Fixed(KeySet),
    File(KeyFile),
    /// A ring that another part of the program feeds.
    Fed(KeyRing),
    #[cfg(feature = "remote-keys")]
    Remote(super::RemoteKeys),
}

impl KeySource {
    /// The JWK Set in this file (RFC 7517), read now and again whenever it changes.
    ///
    /// The file is read every two seconds, and at once when a token names an unknown key. Rotation:
    /// add the new key, sign with it, and remove the old one when its last token has expired. If
    /// the file is missing or cannot be used, the keys stay as they were, and the log says so; to
    /// withdraw a key, write the set without it.
    ///
    /// # Errors
    ///
    /// As [`KeySet::from_jwk_set_file`].
    pub fn file(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        Ok(Self(Place::File(KeyFile::open(path.as_ref())?)))
    }

    /// The JWK Set (RFC 7517) in this secret, read now and again whenever it changes.
    ///
    /// Rotation: add the new key, sign with it when every instance has fetched the set, and remove
    /// the old one when its last token has expired. If the new value is not a set of keys, the keys
    /// stay as they were, and the log says so.
    ///
    /// # Errors
    ///
    /// As [`KeySet::from_jwk_set`].
    pub fn secret(secret: &SecretHandle) -> Result<Self, KeyError> {
        let read = |text: &str| KeySet::from_jwk_set(text.as_bytes());
        let seen = secret.current();
        let (ring, feed) = KeyRing::fed(read(seen.value().expose_secret())?);
        let following = secret.follow(&seen, move |secret| {
            let keys = read(secret.value().expose_secret()).map_err(|error| error.to_string())?;
            feed.give(keys);
            Ok(())
        });
        Ok(Self(Place::Fed(ring.keeping(following))))
    }

    /// Keys that are replaced by those of the feed.
    pub(crate) fn fed(keys: KeySet) -> (Self, KeyFeed) {
        let (ring, feed) = KeyRing::fed(keys);
        (Self(Place::Fed(ring)), feed)
    }

    /// Starts the refresher of the keys, if they can change. `issuer` is the one whose tokens they
    /// verify.
    pub(in crate::auth) fn open(self, issuer: &str) -> Result<KeyRing, KeySourceError> {
        #[cfg(not(feature = "remote-keys"))]
        let _unused = issuer;
        match self.0 {
            Place::Fixed(keys) => Ok(KeyRing::fixed(keys)),
            Place::File(file) => file.watch(),
            Place::Fed(ring) => Ok(ring),
            #[cfg(feature = "remote-keys")]
            Place::Remote(remote) => remote.open(issuer),
        }
    }
}

impl From<KeySet> for KeySource {
    fn from(keys: KeySet) -> Self {
        Self(Place::Fixed(keys))
    }
}

#[cfg(feature = "remote-keys")]
impl From<super::RemoteKeys> for KeySource {
    fn from(remote: super::RemoteKeys) -> Self {
        Self(Place::Remote(remote))
    }
}

/// Keys cannot be loaded from their source: the error, and the fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySourceError(String);

impl KeySourceError {
    pub(super) fn new(fault: impl Into<String>) -> Self {
        Self(fault.into())
    }
}

impl fmt::Display for KeySourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for KeySourceError {}
