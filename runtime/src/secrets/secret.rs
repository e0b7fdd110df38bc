//! The value of a secret, and its source's description.

use std::{fmt, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};

/// The longest version that is kept; those of the known sources have at most 64 characters.
const LONGEST_VERSION: usize = 128;

/// A secret from its source.
///
/// `Debug` shows the version alone.
///
/// ```
/// use palisade::secrets::Secret;
///
/// let secret = Secret::new("correct horse battery staple".into()).version("7");
/// assert_eq!(format!("{secret:?}"), r#"Secret { version: Some("7"), .. }"#);
/// ```
#[derive(Clone)]
pub struct Secret {
    value: SecretString,
    version: Option<Box<str>>,
    lease: Option<Duration>,
}

impl Secret {
    /// A secret without a version and without an end.
    pub fn new(value: SecretString) -> Self {
        Self { value, version: None, lease: None }
    }

    /// Names the version, for the log. A string that is longer than 128 characters or that has
    /// characters other than visible ASCII is left out.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        let is_plain = !version.is_empty()
            && version.len() <= LONGEST_VERSION
            && version.bytes().all(|byte| byte.is_ascii_graphic());
        self.version = is_plain.then(|| Box::from(version));
        self
    }

    /// Sets how long the value, or the credentials that it was fetched with, are valid. It is
    /// fetched again after two thirds of this time, or sooner.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = Some(self.lease.map_or(lease, |own| own.min(lease)));
        self
    }

    /// The value.
    pub fn value(&self) -> &SecretString {
        &self.value
    }

    /// The version that the source named.
    pub fn version_name(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Whether both have the same value.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.value.expose_secret() == other.value.expose_secret()
    }

    pub(super) fn valid_for(&self) -> Option<Duration> {
        self.lease
    }
}

/// Leaves out the value.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("version", &self.version).finish_non_exhaustive()
    }
}
