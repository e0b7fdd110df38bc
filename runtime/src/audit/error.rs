//! Why a sink cannot be used.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

/// Why a sink of audit events cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuditError {
    /// The file, its head or its folder cannot be opened, read or made.
    File(PathBuf, io::Error),
    /// The disk has no room for the file, or for what belongs to it.
    NoRoom(PathBuf, io::Error),
    /// Another process writes to the file.
    Taken(PathBuf),
    /// The file was written with a key, and none is set.
    KeyMissing(PathBuf),
    /// The file was written with another key.
    OtherKey(PathBuf),
    /// The file was written without a key, and one is set.
    KeyAdded(PathBuf),
    /// The address is invalid.
    Address(String),
    /// The thread that writes could not be started.
    Thread(io::Error),
}

impl AuditError {
    /// Why this file cannot be written.
    pub(super) fn of_file(path: &Path, error: io::Error) -> Self {
        let has_no_room = matches!(
            error.kind(),
            io::ErrorKind::StorageFull
                | io::ErrorKind::QuotaExceeded
                | io::ErrorKind::FileTooLarge
                | io::ErrorKind::WriteZero
        );
        if has_no_room { Self::NoRoom(path.into(), error) } else { Self::File(path.into(), error) }
    }
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => write!(f, "the audit file `{}`: {error}", path.display()),
            Self::NoRoom(path, error) => write!(
                f,
                "there is no room for the audit file `{}` ({error}): free space on its disk or raise the limit, or \
                 name a file on another disk",
                path.display()
            ),
            Self::Taken(path) => write!(
                f,
                "another process writes to the audit file `{}`: stop it, or name another file, since two \
                 processes would break its chain",
                path.display()
            ),
            Self::KeyMissing(path) => write!(
                f,
                "the audit file `{}` was written with a key, and none is set: set PALISADE_AUDIT_KEY or \
                 `.key(..)` to that key; {}",
                path.display(),
                NewChain("go on without a key", path)
            ),
            Self::OtherKey(path) => write!(
                f,
                "the audit file `{}` was written with another key: set PALISADE_AUDIT_KEY or `.key(..)` to \
                 that key; {}",
                path.display(),
                NewChain("change the key", path)
            ),
            Self::KeyAdded(path) => write!(
                f,
                "the audit file `{}` was written without a key, and PALISADE_AUDIT_KEY or `.key(..)` sets one: \
                 its lines could be forged; {}",
                path.display(),
                NewChain("begin with a key", path)
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

/// How to end a chain and begin another one.
struct NewChain<'a>(&'a str, &'a Path);

impl fmt::Display for NewChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(what, path) = self;
        write!(
            f,
            "to {what}, stop the service, verify the file (`cargo palisade audit-log verify`), and move it with its \
             older files and `{}.head` to another folder: a new chain begins",
            path.display()
        )
    }
}

impl std::error::Error for AuditError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File(_, error) | Self::NoRoom(_, error) | Self::Thread(error) => Some(error),
            Self::Taken(_)
            | Self::KeyMissing(_)
            | Self::OtherKey(_)
            | Self::KeyAdded(_)
            | Self::Address(_) => None,
        }
    }
}
