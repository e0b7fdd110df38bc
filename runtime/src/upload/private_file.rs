//! A file that is removed unless it is moved to its final place.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::incoming::{Incoming, create};

/// A file in the private folder. It is removed when this is dropped, wherever the request ends: in
/// a refusal, at a deadline, with the connection.
#[derive(Debug)]
pub struct PrivateFile {
    file: File,
    path: Leftover,
}

impl PrivateFile {
    pub(super) fn create(incoming: &Incoming) -> io::Result<Self> {
        let path = incoming.path()?;
        let file = create(&path)?;
        Ok(Self { file, path: Leftover { path, incoming: Some(incoming.clone()) } })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Its path, until it is moved or dropped.
    pub fn path(&self) -> &Path {
        &self.path.path
    }

    /// Moves the file; the caller is responsible for it afterwards.
    ///
    /// # Errors
    ///
    /// It cannot be moved, or copied to another disk; then it is removed from where it was.
    pub fn move_to(mut self, to: &Path) -> io::Result<()> {
        match fs::rename(self.path(), to) {
            Ok(()) => {
                self.path.incoming = None;
                Ok(())
            }
            // Another disk.
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                io::Seek::rewind(&mut self.file)?;
                let mut copy = create(to)?;
                io::copy(&mut self.file, &mut copy).map(|_| ())
            }
            Err(error) => Err(error),
        }
    }
}

/// The path of a file that is to be removed. Removing a large file takes a while, so it is left to
/// a thread that may wait; if the task is dropped before it runs, the file is removed there.
#[derive(Debug)]
struct Leftover {
    path: PathBuf,
    /// The folder is kept as long as a file is in it; `None` if there is no file to remove.
    incoming: Option<Incoming>,
}

impl Drop for Leftover {
    fn drop(&mut self) {
        let Some(incoming) = self.incoming.take() else { return };
        let removal = Removal { path: std::mem::take(&mut self.path), _incoming: incoming };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn_blocking(move || drop(removal));
        }
    }
}

struct Removal {
    path: PathBuf,
    _incoming: Incoming,
}

impl Drop for Removal {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::error!(%error, "a private file could not be removed");
        }
    }
}
