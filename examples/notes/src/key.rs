//! The key that signs this service's tokens.
//!
//! To be started by one command, the service makes a key of its own on the first start and keeps
//! it in a file that only its user can read. Instances that serve together share one key, which
//! `NOTES_SIGNING_KEY` names.

use std::{
    fmt,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use aws_lc_rs::{rand::SystemRandom, signature::Ed25519KeyPair};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::zeroize::Zeroizing;
use uuid::Uuid;

/// Why there is no key.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The file cannot be made or looked at.
    File(PathBuf, io::Error),
    /// Others than the file's user can read or write it.
    Open(PathBuf, u32),
    /// The cryptographic library failed.
    Generation,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => write!(f, "cannot use `{}`: {error}", path.display()),
            Self::Open(path, mode) => write!(
                f,
                "`{path}` has mode {mode:03o}, so others can read or change the key: if nobody \
                 has, `chmod 600 {path}`, else remove it and start again",
                path = path.display()
            ),
            Self::Generation => f.write_str("the cryptographic library makes no key"),
        }
    }
}

impl std::error::Error for Fault {}

/// The key file in `folder`, made if it is not there.
///
/// # Errors
///
/// Where the file can neither be made nor looked at, or others can read it.
pub(crate) fn ensure(folder: &Path) -> Result<PathBuf, Fault> {
    let path = folder.join("signing.pem");
    let fault = |error| Fault::File(path.clone(), error);
    if !path.try_exists().map_err(fault)? {
        make_folder(folder)?;
        create(folder, &path)?;
    }
    let file = File::open(&path).map_err(fault)?;
    let mode = file.metadata().map_err(fault)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Fault::Open(path, mode));
    }
    Ok(path)
}

/// Makes the folder, for its user alone, if it is not there.
///
/// # Errors
///
/// Where it cannot be made.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Fault> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| Fault::File(folder.to_owned(), error))
}

/// Writes a fresh key beside `path` and gives it that name only when it is whole: another process
/// that starts at the same time sees no file or a whole one, and the first one stays.
fn create(folder: &Path, path: &Path) -> Result<(), Fault> {
    let fault = |error| Fault::File(path.to_owned(), error);
    let pair = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
    let encoded = pair.map(|pair| Zeroizing::new(STANDARD.encode(pair.as_ref())));
    let encoded = encoded.map_err(|_| Fault::Generation)?;
    let (first, rest) = encoded.split_at_checked(64).unwrap_or((&encoded, ""));
    let text = Zeroizing::new(format!(
        "-----BEGIN PRIVATE KEY-----\n{first}\n{rest}\n-----END PRIVATE KEY-----\n"
    ));
    let draft = folder.join(format!("signing.{}.draft", Uuid::new_v4()));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        // Unlike a rename, a link never takes the place of a file that is there.
        .and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    match written {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(fault(error)),
        _ => removed.map_err(fault),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _, thread};

    use palisade::auth::{Algorithm, SigningKey};

    use super::{Fault, ensure};

    #[test]
    fn the_first_start_makes_a_private_key_that_signs_and_the_next_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let path = ensure(&data).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(SigningKey::pem_file(Algorithm::EdDsa, None, &path).is_ok());
        let first = fs::read(&path).unwrap();
        assert_eq!(fs::read(ensure(&data).unwrap()).unwrap(), first);
        let left: Vec<_> = fs::read_dir(&data).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
        let other = tempfile::tempdir().unwrap();
        assert_ne!(fs::read(ensure(other.path()).unwrap()).unwrap(), first);
    }

    #[test]
    fn processes_that_start_together_agree_on_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let keys: Vec<Vec<u8>> = thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| fs::read(ensure(folder.path()).unwrap()).unwrap()))
                .collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = ensure(folder.path()).unwrap();
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(ensure(folder.path()), Err(Fault::Open(..))), "{mode:o}");
        }
    }
}
