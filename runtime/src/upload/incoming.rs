//! The private folder for incoming files.

use std::{
    fmt,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::id::UploadId;
use crate::{PrivateFolder, regular_file};

const LOCK: &str = "lock";

/// A folder for files that are not stored yet: mode 0700, its files 0600 under random names.
///
/// Each process has a folder of its own in it, and holds a lock for as long as it runs. The files
/// of a process that was killed are removed when the next one starts, and those of a running one
/// are not: several may share the folder.
#[derive(Clone)]
pub struct Incoming(Arc<Run>);

/// This process's own folder.
struct Run {
    folder: PathBuf,
    lock: PathBuf,
    _held: File,
}

impl Incoming {
    /// The parent of the folders of all processes.
    pub(super) fn folder(&self) -> &Path {
        self.0.folder.parent().unwrap_or(&self.0.folder)
    }

    /// Opens the folder, which is made if it is missing, and removes the files of dead processes.
    ///
    /// # Errors
    ///
    /// It cannot be made or read, others may write to it or read it, or it is not a folder.
    pub fn open(folder: impl AsRef<Path>) -> io::Result<Self> {
        let folder = folder.as_ref();
        PrivateFolder::open(folder)?;
        // No process looks for dead ones while another one starts.
        let start = lock_file(&folder.join(LOCK), false)?;
        start.lock()?;
        sweep(folder)?;
        let name = random_name()?;
        let lock = folder.join(format!("{name}.{LOCK}"));
        let held = lock_file(&lock, true)?;
        held.try_lock().map_err(|error| match error {
            TryLockError::Error(error) => error,
            TryLockError::WouldBlock => io::ErrorKind::ResourceBusy.into(),
        })?;
        let own = folder.join(name);
        DirBuilder::new().mode(0o700).create(&own)?;
        Ok(Self(Arc::new(Run { folder: own, lock, _held: held })))
    }

    /// A new path in this process's folder.
    pub(super) fn path(&self) -> io::Result<PathBuf> {
        Ok(self.0.folder.join(random_name()?))
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Incoming").field(&self.0.folder).finish()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Empty by now: every file holds its folder. If not, the next start looks.
        if fs::remove_dir(&self.folder).is_ok() {
            let _left = fs::remove_file(&self.lock);
        }
    }
}

/// A new file, for this user alone.
pub(super) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

fn lock_file(path: &Path, is_new: bool) -> io::Result<File> {
    if is_new {
        return create(path);
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    regular_file::open_with(path, &mut options)
}

fn random_name() -> io::Result<String> {
    UploadId::generate().map(|id| id.to_string()).map_err(|_| io::Error::other("no random numbers"))
}

/// Removes the folders of processes that do not hold their lock any more.
fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        // Only what this type makes is touched.
        let Some(run) = name.strip_suffix(".lock").filter(|run| UploadId::parse(run).is_ok())
        else {
            continue;
        };
        match lock_file(&path, false)?.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => continue,
            Err(TryLockError::Error(error)) => return Err(error),
        }
        match fs::remove_dir_all(folder.join(run)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::remove_file(&path)?,
        }
        tracing::info!(folder = %folder.display(), "removed what a process left behind");
    }
    Ok(())
}
