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

    /// Makes a file or folder that is open this user's. Only what belongs to the user of this process already, root, is
    /// given away: a file of a third user is refused.
    pub(crate) fn take(self, path: &Path, file: &File, found: &Metadata) -> io::Result<()> {
        if found.uid() == self.user {
            return Ok(());
        }
        if found.uid() != user() {
            return Err(NotPrivate::Owner(path.to_owned(), found.uid()).into());
        }
        // Another name of the file may be outside of the folder: a link to a file of the system.
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
