//! Why a secret cannot be used.

use std::{error::Error, fmt, io};

use super::{AddressError, SecretAddress, SourceError};

/// Why there is no secret, or no [`Secrets`](super::Secrets). It never holds a value.
#[derive(Debug)]
#[non_exhaustive]
pub enum SecretsError {
    /// The address of this setting cannot be read. It is not repeated: it may be the secret itself
    /// by mistake.
    Address(Box<str>, AddressError),
    /// No source of this service serves the scheme of the address; the text names those that do.
    NoSource(Box<str>, String),
    /// The source has no such secret to give.
    Fetch {
        /// The setting, or what the service calls the secret.
        name: Box<str>,
        /// Where the secret was looked for.
        address: Box<SecretAddress>,
        /// Which source was asked.
        source: String,
        /// What it ended in.
        cause: SourceError,
    },
    /// A setting of the sources, or of [`SecretsBuilder`](super::SecretsBuilder), is wrong.
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
