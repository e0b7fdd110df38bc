//! The files that are read.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

/// Opens a regular file: a pipe would wait for its other end, and a device may never end.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    if !fs::metadata(path)?.is_file() {
        let what = format!("`{}` is not a regular file", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    File::open(path)
}
