//! Who may read and change a file that holds a setting or keys (CWE-732).

use std::{error::Error, fmt, fs::Metadata};

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Every user: it holds nothing secret. Only its owner and its group may change it.
    Anybody,
    /// Its owner: it holds a secret.
    Owner,
}

/// Why a file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ModeError {
    /// Other users can change it; with its mode.
    Writable(u32),
    /// Other users can read it; with its mode.
    Readable(u32),
    /// It belongs to another user; with the id of that user.
    Owner(u32),
}

/// Whether this file may hold what it does.
///
/// A platform that mounts secrets for a process of another user gives them to a group of that process
/// (`fsGroup`), and makes root their owner: no user of the machine has chosen that group.
#[cfg(unix)]
pub(crate) fn check(found: &Metadata, by: Reader) -> Result<(), ModeError> {
    use std::os::unix::fs::MetadataExt as _;

    const OTHERS_WRITE: u32 = 0o002;
    const OTHERS: u32 = 0o007;
    const GROUP_WRITE: u32 = 0o020;
    const GROUP: u32 = 0o070;

    let (mode, owner) = (found.mode() & 0o777, found.uid());
    if mode & OTHERS_WRITE != 0 {
        return Err(ModeError::Writable(mode));
    }
    // Its owner can change it at any time.
    if !crate::private_folder::is_own(owner) {
        return Err(ModeError::Owner(owner));
    }
    if by == Reader::Anybody {
        return Ok(());
    }
    let group = if owner == 0 { GROUP_WRITE } else { GROUP };
    if mode & (OTHERS | group) != 0 { Err(ModeError::Readable(mode)) } else { Ok(()) }
}

/// Elsewhere, files have no modes.
#[cfg(not(unix))]
pub(crate) fn check(_: &Metadata, _: Reader) -> Result<(), ModeError> {
    Ok(())
}

impl fmt::Display for ModeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Writable(mode) => {
                write!(f, "the file has mode {mode:03o}, so other users can change it: `chmod o-w`")
            }
            Self::Readable(mode) => write!(
                f,
                "the file has mode {mode:03o}, so other users can read it: `chmod 600` (Kubernetes: \
                 `defaultMode: 0400`, Docker: `mode: 0400`)"
            ),
            Self::Owner(owner) => write!(
                f,
                "the file belongs to the user with id {owner}, who can read and change it: `chown` it \
                 to the user of the service or to root"
            ),
        }
    }
}

impl Error for ModeError {}
