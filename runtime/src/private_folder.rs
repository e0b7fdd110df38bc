//! Folders and files that no other user of the machine can enter, read or change.

mod file_owner;

use std::{
    collections::BTreeSet,
    error::Error,
    fmt,
    fs::{DirBuilder, File, Metadata},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use crate::file_owner::FileOwner;

/// The bits of a mode that give something to other users.
const OTHERS: u32 = 0o077;

/// The bits of a mode with which other users change something.
const OTHERS_WRITE: u32 = 0o022;

/// With this bit, users can remove and rename only their own files of a folder.
const STICKY: u32 = 0o1000;

/// A folder that only the user of this process can enter (CWE-276, CWE-732).
///
/// 1. A folder that is missing is made with mode 0700, and so are its missing parents.
/// 2. A folder that exists has to be private already: no permission for a group or for others, and
///    owned by the user of this process or by root. It is refused otherwise, and never changed:
///    another service may depend on its mode.
/// 3. Links are followed, and a mounted volume is a folder like any other.
/// 4. A user who can write to the folder that holds this one can replace it at any time, also after
///    this check (CWE-367). The log warns of a folder above that a group or others can write to,
///    unless its sticky bit (as of `/tmp`) keeps them from it: take their permission away.
///
/// A folder that a platform makes with a wider mode (`StateDirectory=` of systemd without
/// `StateDirectoryMode=0700`, a volume of Kubernetes with an `fsGroup`) holds a private folder: name
/// a folder inside of it.
///
/// ```
/// use palisade::PrivateFolder;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let state = std::env::temp_dir().join(format!("private-folder-{}", std::process::id()));
/// let folder = PrivateFolder::open(state.join("service"))?;
/// std::fs::write(folder.path().join("notes.txt"), "for this user alone")?;
/// # std::fs::remove_dir_all(state)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct PrivateFolder {
    path: PathBuf,
}

/// Why a folder or a file is not private.
#[derive(Debug)]
#[non_exhaustive]
pub enum NotPrivate {
    /// It cannot be made or looked at.
    Io(PathBuf, io::Error),
    /// The path is something else than a folder.
    NoFolder(PathBuf),
    /// Other users can enter the folder; with its mode.
    Folder(PathBuf, u32),
    /// Other users can change what is in the folder; with its mode.
    Writable(PathBuf, u32),
    /// Other users can read or change the file; with its mode.
    File(PathBuf, u32),
    /// It belongs to another user; with the id of that user.
    Owner(PathBuf, u32),
    /// It does not belong to the user that the service becomes: with the ids of its owner and of that user.
    NotOfServiceUser(PathBuf, u32, u32),
}

impl NotPrivate {
    /// What it is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::Io(path, _)
            | Self::NoFolder(path)
            | Self::Folder(path, _)
            | Self::Writable(path, _)
            | Self::File(path, _)
            | Self::Owner(path, _)
            | Self::NotOfServiceUser(path, ..) => path,
        }
    }
}

impl fmt::Display for NotPrivate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path().display();
        match self {
            Self::Io(_, error) => write!(f, "cannot use `{path}`: {error}"),
            Self::NoFolder(_) => write!(f, "`{path}` is not a folder"),
            Self::Folder(_, mode) => write!(
                f,
                "the folder `{path}` has mode {mode:03o}, so other users can enter it: \
                 `chmod 700 {path}` (systemd: StateDirectoryMode=0700), or name a folder inside of \
                 it, which is then made with mode 0700"
            ),
            Self::Writable(_, mode) => write!(
                f,
                "the folder `{path}` has mode {mode:03o}, so other users can replace the files in \
                 it: `chmod go-w {path}`, or name a folder inside of it"
            ),
            Self::File(_, mode) => write!(
                f,
                "the file `{path}` has mode {mode:03o}, so other users can read or change it: \
                 `chmod 600 {path}`"
            ),
            Self::Owner(_, owner) => write!(
                f,
                "`{path}` belongs to the user with id {owner}, who can read and change it: run the \
                 service as that user, or `chown {} {path}`",
                user()
            ),
            Self::NotOfServiceUser(_, owner, wanted) => write!(
                f,
                "`{path}` belongs to the user with id {owner}, and the service runs as the user with id {wanted} \
                 (PALISADE_USER), who could not write to it: `chown {wanted} {path}`"
            ),
        }
    }
}

impl Error for NotPrivate {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        if let Self::Io(_, error) = self { Some(error) } else { None }
    }
}

impl From<NotPrivate> for io::Error {
    fn from(error: NotPrivate) -> Self {
        let kind = match &error {
            NotPrivate::Io(_, error) => error.kind(),
            NotPrivate::NoFolder(_) => io::ErrorKind::NotADirectory,
            NotPrivate::Folder(..)
            | NotPrivate::Writable(..)
            | NotPrivate::File(..)
            | NotPrivate::Owner(..)
            | NotPrivate::NotOfServiceUser(..) => io::ErrorKind::PermissionDenied,
        };
        Self::new(kind, error)
    }
}

impl PrivateFolder {
    /// The folder at `path`, made if it is missing.
    ///
    /// # Errors
    ///
    /// It cannot be made, or it is not private: see [`NotPrivate`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, NotPrivate> {
        Self::open_for(path.into(), None)
    }

    /// As [`open`](Self::open), for the user that this process becomes.
    pub(crate) fn open_for(path: PathBuf, owner: Option<FileOwner>) -> Result<Self, NotPrivate> {
        let (mode, _) = make(&path, owner)?;
        if mode & OTHERS != 0 {
            return Err(NotPrivate::Folder(path, mode & 0o7777));
        }
        warn_of_replaceable(&path);
        Ok(Self { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl AsRef<Path> for PrivateFolder {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

/// The folder of a file that is itself private: others may list it, and may not replace its files.
pub(crate) fn folder_of_private_file(file: &Path) -> Result<(), NotPrivate> {
    let Some(folder) = file.parent() else { return Ok(()) };
    let (mode, path) = make(folder, None)?;
    if mode & OTHERS_WRITE != 0 && mode & STICKY == 0 {
        return Err(NotPrivate::Writable(path, mode & 0o7777));
    }
    Ok(())
}

/// The folder of a file that is removed when the service stops: in a shared folder, other users
/// could take the free name, because the sticky bit protects existing files only (CWE-379).
pub(crate) fn folder_of_passing_file(file: &Path) -> Result<(), NotPrivate> {
    folder_for(file, None)
}

/// The folder of a file that the service writes to, renames and removes as long as it runs: other users may list it,
/// and may not add, replace or remove files. The log warns of a folder above it that other users can write to.
pub(crate) fn folder_of_written_file(
    file: &Path,
    owner: Option<FileOwner>,
) -> Result<(), NotPrivate> {
    folder_for(file, owner)?;
    if let Some(folder) = file.parent() {
        warn_of_replaceable(folder);
    }
    Ok(())
}

fn folder_for(file: &Path, owner: Option<FileOwner>) -> Result<(), NotPrivate> {
    let Some(folder) = file.parent() else { return Ok(()) };
    let (mode, path) = make(folder, owner)?;
    if mode & OTHERS_WRITE != 0 {
        return Err(NotPrivate::Writable(path, mode & 0o7777));
    }
    Ok(())
}

/// Warns of a folder above this one that other users can write to.
fn warn_of_replaceable(path: &Path) {
    if let Some((above, mode)) = replaceable(path)
        && is_new(&above)
    {
        tracing::warn!(
            folder = %path.display(),
            "the folder `{above}` has mode {mode:03o}, so other users can replace a folder in \
             it: `chmod go-w {above}`",
            above = above.display()
        );
    }
}

/// Whether the log has not named this folder yet: a service opens several folders in it.
fn is_new(above: &Path) -> bool {
    static NAMED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    NAMED.lock().unwrap_or_else(PoisonError::into_inner).insert(above.to_owned())
}

/// A folder above, where others can write and replace what is in it; with its mode.
fn replaceable(path: &Path) -> Option<(PathBuf, u32)> {
    // Those above the folder itself, not above a link to it; and above the link, which is as good.
    let real = path.canonicalize().ok();
    let here = std::path::absolute(path).ok();
    let mut above = [real.as_deref(), here.as_deref()];
    above.iter_mut().flatten().flat_map(|path| path.ancestors().skip(1)).find_map(|folder| {
        let mode = folder.metadata().ok()?.mode();
        let is_open = mode & OTHERS_WRITE != 0 && mode & STICKY == 0;
        is_open.then(|| (folder.to_owned(), mode & 0o7777))
    })
}

/// Makes a folder with mode 0700 if the path does not exist, for this owner.
#[cfg(all(feature = "sandbox", target_os = "linux"))]
pub(crate) fn make_missing(path: &Path, owner: Option<FileOwner>) -> Result<(), NotPrivate> {
    if path.exists() { Ok(()) } else { make(path, owner).map(drop) }
}

/// Makes a folder if it is missing, for this owner; its mode, and its path as it is looked at.
fn make(path: &Path, owner: Option<FileOwner>) -> Result<(u32, PathBuf), NotPrivate> {
    let io = |error| NotPrivate::Io(path.to_owned(), error);
    // The folder of a file that is named without one.
    let here = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let missing: Vec<_> = here.ancestors().take_while(|folder| !folder.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(here).map_err(|error| {
        // What is there is a file.
        if error.kind() == io::ErrorKind::AlreadyExists {
            return NotPrivate::NoFolder(path.to_owned());
        }
        io(error)
    })?;
    let found = File::open(here).and_then(|folder| folder.metadata()).map_err(io)?;
    if !found.is_dir() {
        return Err(NotPrivate::NoFolder(path.to_owned()));
    }
    match owner {
        Some(owner) if missing.is_empty() => owner.check_folder(here, &found)?,
        Some(owner) => missing.iter().try_for_each(|made| give(made, owner))?,
        None => owned(here, &found)?,
    }
    Ok((found.mode(), here.to_owned()))
}

/// Gives a folder that was just made to this owner.
fn give(made: &Path, owner: FileOwner) -> Result<(), NotPrivate> {
    let io = |error| NotPrivate::Io(made.to_owned(), error);
    // A link that another user has put in its place since is not followed.
    let flags =
        rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::CLOEXEC;
    let folder = rustix::fs::open(made, flags, rustix::fs::Mode::empty());
    let folder = File::from(folder.map_err(|error| io(error.into()))?);
    let found = folder.metadata().map_err(io)?;
    owner.take(made, &folder, &found).map_err(io)
}

/// Whether a file that was opened is for its user alone.
pub(crate) fn private_file(path: &Path, found: &Metadata) -> Result<(), NotPrivate> {
    owned(path, found)?;
    let mode = found.mode() & 0o777;
    if mode & OTHERS != 0 { Err(NotPrivate::File(path.to_owned(), mode)) } else { Ok(()) }
}

/// Root reads every file anyway: what it owns is as private as what this user owns.
pub(crate) fn owned(path: &Path, found: &Metadata) -> Result<(), NotPrivate> {
    let owner = found.uid();
    if is_own(owner) { Ok(()) } else { Err(NotPrivate::Owner(path.to_owned(), owner)) }
}

/// Whether files of this user are as private as those of the user of this process: of the user itself, of root, and
/// of the user that this process of root becomes.
pub(crate) fn is_own(owner: u32) -> bool {
    owner == 0 || owner == user() || owner == SERVICE_USER.load(Ordering::Relaxed)
}

/// The user that this process of root becomes: it may own the files that are read before. 0 if there is none.
static SERVICE_USER: AtomicU32 = AtomicU32::new(0);

/// Lets files of this user be read before the process becomes this user.
pub(crate) fn accept_files_of(owner: FileOwner) {
    SERVICE_USER.store(owner.user(), Ordering::Relaxed);
}

/// The id of the user of this process.
pub(crate) fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(test)]
pub(crate) mod tests;
