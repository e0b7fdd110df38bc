//! Why a secret is not available.

use std::{error::Error, fmt, io};

use super::{AddressError, SecretAddress, SourceError};

/// Why there is no secret, or no [`Secrets`](super::Secrets). It never contains a value.
#[derive(Debug)]
#[non_exhaustive]
pub enum SecretsError {
    /// The address of this setting cannot be read. It is not repeated: it may be the secret itself
    /// by mistake.
    Address(Box<str>, AddressError),
    /// No source of this service has the scheme of the address; the text names the existing ones.
    NoSource(Box<str>, String),
    /// The source cannot provide the secret.
    Fetch {
        /// The setting, or the service's name of the secret.
        name: Box<str>,
        /// The address of the secret.
        address: Box<SecretAddress>,
        /// The source.
        source: String,
        /// The failure.
        cause: SourceError,
    },
    /// A setting of the sources, or of [`SecretsBuilder`](super::SecretsBuilder), is invalid.
    Setting(String),
    /// The thread that refreshes secrets cannot be started.
    Thread(io::Error),
}

impl fmt::Display for SecretsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(name, error) => write!(f, "{name}: {error}"),
            Self::NoSource(name, what) => write!(f, "{name}: {what}"),
            Self::Fetch { name, address, source, cause } => {
                write!(f, "{name}: cannot fetch `{address}` from {source}: {cause}")
            }
            Self::Setting(what) => f.write_str(what),
            Self::Thread(error) => {
                write!(f, "cannot start the thread that refreshes secrets: {error}")
            }
        }
    }
}

// The causes are in the text already.
impl Error for SecretsError {}
