//! Sources of secrets.

use std::{fmt, pin::Pin};

use super::{Secret, SecretAddress};

/// The future answer of a source.
pub type SourceFuture<'a> = Pin<Box<dyn Future<Output = Result<Secret, SourceError>> + Send + 'a>>;

/// A source of secrets: a secret manager, a folder, or a service's own.
///
/// It is called on a thread of its own with a Tokio runtime, once for each secret and refresh. An
/// answer that takes longer than the time-out of [`Secrets`](super::Secrets) is dropped.
///
/// ```
/// use palisade::secrets::{
///     Secret, SecretAddress, Secrets, Source, SourceError, SourceErrorKind, SourceFuture,
/// };
///
/// /// A source with one secret.
/// #[derive(Debug)]
/// struct Fixed;
///
/// impl Source for Fixed {
///     fn describe(&self) -> String {
///         "the fixed source".to_owned()
///     }
///
///     fn fetch<'a>(&'a self, address: &'a SecretAddress) -> SourceFuture<'a> {
///         Box::pin(async move {
///             match address.path() {
///                 "greeting" => Ok(Secret::new("hello".into()).version("1")),
///                 _ => Err(SourceError::new(SourceErrorKind::NotFound, "there is no such secret")),
///             }
///         })
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let secrets = Secrets::builder().source("fixed", Fixed)?.build()?;
/// let greeting = secrets.fetch_blocking("GREETING", "fixed:greeting")?;
/// assert_eq!(greeting.current().version_name(), Some("1"));
/// # Ok(())
/// # }
/// ```
pub trait Source: fmt::Debug + Send + Sync + 'static {
    /// Its kind and address, for the log and for errors: `Vault at https://vault.example:8200`.
    fn describe(&self) -> String;

    /// Fetches the secret at this address.
    ///
    /// The text of the error must not contain a value: it is logged unchanged.
    fn fetch<'a>(&'a self, address: &'a SecretAddress) -> SourceFuture<'a>;
}

/// Why a source cannot provide a secret. It never contains a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError {
    kind: SourceErrorKind,
    what: String,
}

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SourceErrorKind {
    /// The source cannot be reached, is sealed, is overloaded, or does not answer in time. Another
    /// attempt may succeed.
    Unavailable,
    /// The source does not accept the service's credentials, or does not permit it to read the secret.
    Denied,
    /// There is no such secret, version or field, or it was deleted or disabled.
    NotFound,
    /// The answer cannot be read, is too long, or does not match its checksum.
    Malformed,
    /// A setting of the source is missing or wrong.
    Setting,
}

impl SourceError {
    /// A failure of this kind. The text must not contain a secret.
    pub fn new(kind: SourceErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into() }
    }

    /// The kind of the failure.
    pub fn kind(&self) -> SourceErrorKind {
        self.kind
    }

    pub(super) fn is_unavailable(&self) -> bool {
        self.kind == SourceErrorKind::Unavailable
    }
}

/// Constructors for each kind of failure.
impl SourceError {
    pub(super) fn unavailable(what: impl Into<String>) -> Self {
        Self::new(SourceErrorKind::Unavailable, what)
    }

    pub(super) fn not_found(what: impl Into<String>) -> Self {
        Self::new(SourceErrorKind::NotFound, what)
    }

    pub(super) fn malformed(what: impl Into<String>) -> Self {
        Self::new(SourceErrorKind::Malformed, what)
    }

    pub(super) fn setting(what: impl Into<String>) -> Self {
        Self::new(SourceErrorKind::Setting, what)
    }
}

#[cfg(feature = "remote-secrets")]
impl SourceError {
    pub(super) fn denied(what: impl Into<String>) -> Self {
        Self::new(SourceErrorKind::Denied, what)
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for SourceError {}
