//! Files and folders of the user that a process becomes.

use std::{
    fs::{File, Metadata},
    io,
    os::unix::fs::{MetadataExt as _, fchown},
    path::Path,
};

use super::{NotPrivate, user};
use crate::file_owner::FileOwner;

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
