//! A secret that a service generates on its first start and stores in a file.

use std::{
    error::Error,
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret as _, SecretString, zeroize::Zeroize as _};

use crate::{
    RequestId,
    private_folder::{NotPrivate, folder_of_private_file, private_file},
    regular_file,
};

/// The most bytes of a secret: a private key has a few thousand.
const LONGEST: u64 = 64 << 10;

/// A file with a secret, which only its user can read.
///
/// 1. It is made with mode 0600, and written beside its name first: another process that starts at
///    the same time sees no file or a whole one, and the first one stays. A folder that is missing
///    is made with mode 0700.
/// 2. A file that other users can read or write, or that another user owns, is refused (CWE-732):
///    they may have the secret already. So is a folder in which other users can replace the file.
/// 3. What is not a regular file, such as a pipe or a device, is refused: reading it could wait forever.
///    A link to a file is followed.
///
/// For instances on several machines, use a setting with the secret instead of such a file.
///
/// ```
/// use palisade::{SecretFile, auth::{Algorithm, SigningKey}};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("secret-file-{}", std::process::id()));
/// let file = SecretFile::open_or_create(folder.join("signing.pem"), || {
///     SigningKey::generate_pem(Algorithm::EdDsa)
/// })?;
/// let key = SigningKey::pem_file(Algorithm::EdDsa, None, file.path())?;
/// # assert!(key.public_jwk().is_some());
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SecretFile {
    path: PathBuf,
}

/// Why a secret file is unusable. It never contains the secret.
#[derive(Debug)]
pub enum SecretFileError {
    /// The file or its folder cannot be created or read, or is not private.
    File(NotPrivate),
    /// There is no secret to write.
    Secret(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for SecretFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error @ NotPrivate::File(path, _)) => write!(
                f,
                "{error} if no other user has read the secret, else remove `{}` and start again",
                path.display()
            ),
            Self::File(error) => error.fmt(f),
            Self::Secret(error) => write!(f, "cannot make a secret: {error}"),
        }
    }
}

impl Error for SecretFileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::File(error) => error.source(),
            Self::Secret(error) => Some(error.as_ref()),
        }
    }
}

impl From<NotPrivate> for SecretFileError {
    fn from(error: NotPrivate) -> Self {
        Self::File(error)
    }
}

impl SecretFile {
    /// The file at `path`; if it is missing, it is created with the result of `secret`.
    ///
    /// # Errors
    ///
    /// See [`SecretFileError`].
    pub fn open_or_create<E>(
        path: impl Into<PathBuf>,
        secret: impl FnOnce() -> Result<SecretString, E>,
    ) -> Result<Self, SecretFileError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let path = path.into();
        let fault = |error| NotPrivate::Io(path.clone(), error);
        folder_of_private_file(&path)?;
        if !path.try_exists().map_err(fault)? {
            let secret = secret().map_err(|error| SecretFileError::Secret(error.into()))?;
            create(&path, &secret).map_err(fault)?;
        }
        open(&path)?;
        Ok(Self { path })
    }

    /// The present secret in the file: at most 64 KiB of UTF-8.
    ///
    /// # Errors
    ///
    /// See [`SecretFileError`].
    pub fn read(&self) -> Result<SecretString, SecretFileError> {
        let file = open(&self.path)?;
        let fault = |error| NotPrivate::Io(self.path.clone(), error);
        let mut bytes = regular_file::read_open(file, LONGEST).map_err(fault)?;
        let text = String::from_utf8(std::mem::take(&mut *bytes)).map_err(|error| {
            error.into_bytes().zeroize();
            fault(io::Error::new(io::ErrorKind::InvalidData, "the secret is not UTF-8"))
        })?;
        Ok(SecretString::from(text))
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Opens an existing secret, and checks the opened file.
fn open(path: &Path) -> Result<File, NotPrivate> {
    let fault = |error| NotPrivate::Io(path.to_owned(), error);
    let file = regular_file::open(path).map_err(fault)?;
    private_file(path, &file.metadata().map_err(fault)?)?;
    Ok(file)
}

fn create(path: &Path, secret: &SecretString) -> io::Result<()> {
    let draft = path.with_extension(format!("{}.draft", RequestId::next()));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| {
            file.write_all(secret.expose_secret().as_bytes()).and_then(|()| file.sync_all())
        })
        // Unlike a rename, a link never replaces an existing file.
        .and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    match written {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => removed,
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io, os::unix::fs::PermissionsExt as _, path::PathBuf, process, thread};

    use secrecy::{ExposeSecret as _, SecretString};

    use super::{SecretFile, SecretFileError};
    use crate::{
        RequestId,
        private_folder::{NotPrivate, tests::under_umask},
        regular_file::tests::pipe,
    };

    /// A folder of this test's own, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let name = format!("palisade-secret-{}-{}", process::id(), RequestId::next());
            Self(std::env::temp_dir().join(name))
        }

        fn ensure(&self) -> Result<SecretFile, SecretFileError> {
            SecretFile::open_or_create(self.0.join("secret"), || {
                Ok::<_, io::Error>(SecretString::from(RequestId::next().to_string()))
            })
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _removed = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_first_start_makes_a_private_file_and_the_next_keeps_it() {
        let folder = Folder::new();
        let file = folder.ensure().unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(file.path()), mode(&folder.0)), (0o600, 0o700));
        let first = fs::read(file.path()).unwrap();
        assert_eq!(fs::read(folder.ensure().unwrap().path()).unwrap(), first);
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn processes_that_start_together_agree_on_one_secret() {
        let folder = Folder::new();
        let secrets: Vec<Vec<u8>> = thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| fs::read(folder.ensure().unwrap().path()).unwrap()))
                .collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert!(secrets.iter().all(|secret| !secret.is_empty() && *secret == secrets[0]));
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let folder = Folder::new();
        let path = folder.ensure().unwrap().path;
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = folder.ensure().unwrap_err();
            let refused = matches!(error, SecretFileError::File(NotPrivate::File(..)));
            assert!(refused, "{mode:o}: {error}");
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn a_secret_in_a_folder_that_others_write_to_is_refused() {
        let folder = Folder::new();
        folder.ensure().unwrap();
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o777)).unwrap();
        let error = folder.ensure().unwrap_err();
        assert!(matches!(error, SecretFileError::File(NotPrivate::Writable(..))), "{error}");
        // Listing a folder reveals no secret.
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o755)).unwrap();
        folder.ensure().unwrap();
    }

    #[test]
    fn a_secret_is_read_as_the_file_holds_it() {
        let folder = Folder::new();
        let file = folder.ensure().unwrap();
        let text = fs::read_to_string(file.path()).unwrap();
        assert_eq!(file.read().unwrap().expose_secret(), text);
        for (content, says) in
            [(vec![0xff; 9], "not UTF-8"), (vec![b'a'; (64 << 10) + 1], "64 KiB")]
        {
            fs::write(file.path(), content).unwrap();
            let error = file.read().unwrap_err().to_string();
            assert!(error.contains(says) && error.contains("secret"), "{error}");
        }
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
        let error = file.read().unwrap_err();
        assert!(matches!(error, SecretFileError::File(NotPrivate::File(..))), "{error}");
    }

    #[test]
    fn a_pipe_in_the_place_of_a_secret_is_refused_at_once() {
        let folder = Folder::new();
        let file = folder.ensure().unwrap();
        fs::remove_file(file.path()).unwrap();
        pipe(file.path());
        for error in [folder.ensure().unwrap_err(), file.read().unwrap_err()] {
            let error = error.to_string();
            assert!(error.contains("secret`: it is a pipe: name a regular file"), "{error}");
        }
    }

    #[test]
    fn the_modes_do_not_depend_on_the_umask() {
        let test = "secret_file::tests::the_first_start_makes_a_private_file_and_the_next_keeps_it";
        under_umask("000", test);
        under_umask("077", test);
    }

    #[test]
    fn without_a_secret_there_is_no_file() {
        let folder = Folder::new();
        let none = || Err(io::Error::other("no random numbers"));
        let error = SecretFile::open_or_create(folder.0.join("secret"), none).unwrap_err();
        assert_eq!(error.to_string(), "cannot make a secret: no random numbers");
        assert!(!folder.0.join("secret").exists());
    }
}
