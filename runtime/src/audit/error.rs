//! Why a sink cannot be used.

use std::{fmt, io, path::PathBuf};

/// Why a sink of audit events cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuditError {
    /// The file, or what belongs to it, cannot be opened, read or made.
    File(PathBuf, io::Error),
    /// Another process writes to the file.
    Taken(PathBuf),
    /// The address cannot be used.
    Address(String),
    /// The thread that writes could not be started.
    Thread(io::Error),
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => write!(f, "the audit file `{}`: {error}", path.display()),
            Self::Taken(path) => write!(
                f,
                "another process writes to the audit file `{}`: stop it, or name another file, since two \
                 processes would break its chain",
                path.display()
            ),
            Self::Address(address) => write!(
                f,
                "{address:?} is no address of a syslog server: write `unix:/dev/log`, `udp:host:514` or \
                 `tcp:host:601`"
            ),
            Self::Thread(error) => {
                write!(f, "the thread that writes audit events could not be started: {error}")
            }
        }
    }
}

impl std::error::Error for AuditError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File(_, error) | Self::Thread(error) => Some(error),
            Self::Taken(_) | Self::Address(_) => None,
        }
    }
}
