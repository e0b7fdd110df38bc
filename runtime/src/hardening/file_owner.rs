//! The owner of files that a process opens before it switches to another user.

#[cfg(unix)]
use std::{
    fs::{File, Metadata},
    io,
    os::unix::fs::{MetadataExt as _, fchown},
    path::Path,
};

#[cfg(unix)]
use crate::private_folder::{NotPrivate, user};

/// The user that a process of root switches to after binding its sockets. This user has to own the
/// files that the process opens before that, and writes to or replaces later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "no process becomes another user there")
)]
pub(crate) struct FileOwner {
    pub(super) user: u32,
    pub(super) group: u32,
}

#[cfg(unix)]
impl FileOwner {
    pub(crate) fn user(self) -> u32 {
        self.user
    }

    /// Changes the owner of an open file or folder to this user. Only files of the process's
    /// present user, root, are changed: a file of a third user is refused.
    pub(crate) fn take(self, path: &Path, file: &File, found: &Metadata) -> io::Result<()> {
        if found.uid() == self.user {
            return Ok(());
        }
        if found.uid() != user() {
            return Err(NotPrivate::Owner(path.to_owned(), found.uid()).into());
        }
        // The file may have another name outside of the folder: a hard link to a system file.
        if found.is_file() && found.nlink() != 1 {
            let what =
                format!("`{}` has {} hard links: remove the others", path.display(), found.nlink());
            return Err(io::Error::other(what));
        }
        fchown(file, Some(self.user), Some(self.group))
    }

    /// Refuses a folder that this user could not write to.
    pub(crate) fn check_folder(self, path: &Path, found: &Metadata) -> Result<(), NotPrivate> {
        if found.uid() == self.user {
            return Ok(());
        }
        Err(NotPrivate::NotOfServiceUser(path.to_owned(), found.uid(), self.user))
    }
}
