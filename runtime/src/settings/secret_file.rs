//! Files that hold a setting, as operators and platforms mount them.

use std::{error::Error, fmt, io, path::Path};

use secrecy::{SecretString, zeroize::Zeroize as _};

use crate::regular_file;

/// Who may be able to read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// It holds nothing secret. Nobody but its owner and its group may change it.
    Anybody,
    /// It holds a secret.
    Owner,
}

/// Why a file is not taken.
#[derive(Debug)]
pub(super) enum FileError {
    Io(io::Error),
    NotUtf8,
    #[cfg(unix)]
    Writable(u32),
    #[cfg(unix)]
    Readable(u32),
    #[cfg(unix)]
    Owner(u32),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::NotUtf8 => f.write_str("it is not UTF-8"),
            #[cfg(unix)]
            Self::Writable(mode) => {
                write!(f, "the file has mode {mode:03o}, so other users can change it: `chmod o-w`")
            }
            #[cfg(unix)]
            Self::Readable(mode) => write!(
                f,
                "the file has mode {mode:03o}, so other users can read it: `chmod 600` (Kubernetes: \
                 `defaultMode: 0400`, Docker: `mode: 0400`)"
            ),
            #[cfg(unix)]
            Self::Owner(owner) => write!(
                f,
                "the file belongs to the user with id {owner}, who can read and change it: `chown` it \
                 to the user of the service or to root"
            ),
        }
    }
}

impl Error for FileError {}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The text of a regular file of at most so many bytes. Links are followed, as mounts of Kubernetes need
/// it.
pub(super) fn read(path: &Path, most: u64, by: Reader) -> Result<SecretString, FileError> {
    let file = regular_file::open(path)?;
    #[cfg(unix)]
    judge(&file.metadata()?, by)?;
    #[cfg(not(unix))]
    let _ = by;
    let mut bytes = regular_file::read_open(file, most)?;
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(text.into()),
        Err(error) => {
            error.into_bytes().zeroize();
            Err(FileError::NotUtf8)
        }
    }
}

/// Whether this file may hold what it does.
pub(super) fn check(path: &Path, by: Reader) -> Result<(), FileError> {
    let file = regular_file::open(path)?;
    #[cfg(unix)]
    judge(&file.metadata()?, by)?;
    #[cfg(not(unix))]
    let _ = (file, by);
    Ok(())
}

/// A platform that mounts secrets for a process of another user gives them to a group of that process
/// (`fsGroup`), and makes root their owner: no user of the machine has chosen that group.
#[cfg(unix)]
fn judge(found: &std::fs::Metadata, by: Reader) -> Result<(), FileError> {
    use std::os::unix::fs::MetadataExt as _;

    const OTHERS_WRITE: u32 = 0o002;
    const OTHERS: u32 = 0o007;
    const GROUP_WRITE: u32 = 0o020;
    const GROUP: u32 = 0o070;

    let (mode, owner) = (found.mode() & 0o777, found.uid());
    if mode & OTHERS_WRITE != 0 {
        return Err(FileError::Writable(mode));
    }
    // Who owns it can change it at any time.
    if owner != 0 && owner != crate::private_folder::user() {
        return Err(FileError::Owner(owner));
    }
    if by == Reader::Anybody {
        return Ok(());
    }
    let group = if owner == 0 { GROUP_WRITE } else { GROUP };
    if mode & (OTHERS | group) != 0 { Err(FileError::Readable(mode)) } else { Ok(()) }
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use secrecy::ExposeSecret as _;

    use super::{FileError, Reader, read};
    use crate::private_folder::tests::Place;

    #[test]
    fn who_can_read_a_secret_is_looked_at() {
        let place = Place::new();
        let path = place.join("secret");
        fs::write(&path, "value\n").unwrap();
        for (mode, reader, is_taken) in [
            (0o600, Reader::Owner, true),
            (0o400, Reader::Owner, true),
            (0o604, Reader::Owner, false),
            (0o606, Reader::Owner, false),
            (0o620, Reader::Owner, false),
            (0o644, Reader::Anybody, true),
            (0o664, Reader::Anybody, true),
            (0o646, Reader::Anybody, false),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let text = read(&path, 99, reader);
            assert_eq!(text.is_ok(), is_taken, "{mode:o} {reader:?}: {text:?}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read(&path, 99, Reader::Owner).unwrap().expose_secret(), "value\n");
        fs::write(&path, [0xff]).unwrap();
        assert!(matches!(read(&path, 99, Reader::Owner), Err(FileError::NotUtf8)));
    }
}
