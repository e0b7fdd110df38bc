//! Files that hold a setting, as operators and platforms mount them.

use std::{error::Error, fmt, io, path::Path};

use secrecy::{SecretString, zeroize::Zeroize as _};

pub(crate) use crate::file_mode::Reader;
use crate::{
    file_mode::{self, ModeError},
    regular_file,
};

/// Why a file is not taken.
#[derive(Debug)]
pub(crate) enum FileError {
    Io(io::Error),
    NotUtf8,
    Mode(ModeError),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::NotUtf8 => f.write_str("it is not UTF-8"),
            Self::Mode(error) => error.fmt(f),
        }
    }
}

impl Error for FileError {}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ModeError> for FileError {
    fn from(error: ModeError) -> Self {
        Self::Mode(error)
    }
}

/// The text of a regular file of at most so many bytes. Links are followed, as mounts of Kubernetes need
/// it.
pub(crate) fn read(path: &Path, most: u64, by: Reader) -> Result<SecretString, FileError> {
    let file = regular_file::open(path)?;
    file_mode::check(&file.metadata()?, by)?;
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
pub(crate) fn check(path: &Path, by: Reader) -> Result<(), FileError> {
    let file = regular_file::open(path)?;
    Ok(file_mode::check(&file.metadata()?, by)?)
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
