//! Opens files so that reading them never blocks.
//!
//! 1. To open a pipe waits for its other end, and a device may never end: what is not a regular file
//!    is refused (CWE-400). A link is followed, as mounted secrets need it.
//! 2. The file is opened without waiting, and looked at again once it is open: what the path leads
//!    to may have changed in between (CWE-367).

use std::{
    error::Error,
    fmt,
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read as _},
    path::Path,
};

use secrecy::zeroize::Zeroizing;

/// The path belongs to another kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotRegular(&'static str);

/// The file is longer than permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong(u64);

/// Opens a regular file for reading.
///
/// # Errors
///
/// It cannot be opened, or is not a regular file: the error then contains [`NotRegular`].
pub(crate) fn open(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().read(true))
}

/// Opens a regular file with these options, which may create a missing one.
///
/// # Errors
///
/// As [`open`].
pub(crate) fn open_with(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Before it is opened too: opening alone can have an effect on a device.
    check_path(path)?;
    let file = with_flags(options, NO_WAIT).open(path)?;
    check(&file.metadata()?)?;
    Ok(file)
}

/// Opens a regular file as [`open_with`], and refuses a symbolic link in the last part of the path: a user who may
/// write to its folder could lead it elsewhere (CWE-59).
///
/// # Errors
///
/// As [`open`]; for a link the error contains [`NotRegular`].
pub(crate) fn open_unlinked(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    fs::symlink_metadata(path).map_or(Ok(()), |found| check(&found))?;
    let file = with_flags(options, NO_WAIT | NO_LINK).open(path)?;
    check(&file.metadata()?)?;
    Ok(file)
}

/// Reads a regular file of at most `most` bytes.
///
/// The bytes may be a secret, so the buffer is wiped, and it does not grow unless the file does: a
/// buffer that grows leaves a copy in memory.
///
/// # Errors
///
/// As [`open`]; for a longer file the error contains [`TooLong`].
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    read_open(open(path)?, most)
}

/// Reads an open file: see [`read`].
pub(crate) fn read_open(file: File, most: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let too_long = || io::Error::new(io::ErrorKind::FileTooLarge, TooLong(most));
    let length = file.metadata()?.len();
    if length > most {
        return Err(too_long());
    }
    let capacity = usize::try_from(length).unwrap_or(0).saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    // One byte more than the limit shows whether there are more.
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most { Err(too_long()) } else { Ok(bytes) }
}

/// Refuses a path that exists and is not a regular file. Nothing is opened: if the metadata is
/// unreadable, the caller that opens the file reports the error.
pub(crate) fn check_path(path: &Path) -> io::Result<()> {
    fs::metadata(path).map_or(Ok(()), |found| check(&found))
}

fn check(found: &Metadata) -> io::Result<()> {
    if found.is_file() {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, NotRegular(kind(found))))
}

/// Opens without waiting for the other end of a pipe; and a terminal does not become the process's
/// controlling terminal.
#[cfg(unix)]
const NO_WAIT: rustix::fs::OFlags = rustix::fs::OFlags::NONBLOCK.union(rustix::fs::OFlags::NOCTTY);

/// Does not follow a symbolic link.
#[cfg(unix)]
const NO_LINK: rustix::fs::OFlags = rustix::fs::OFlags::NOFOLLOW;

#[cfg(unix)]
fn with_flags(options: &mut OpenOptions, flags: rustix::fs::OFlags) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;

    options.custom_flags(i32::try_from(flags.bits()).unwrap_or(0))
}

#[cfg(not(unix))]
const NO_WAIT: u32 = 0;

#[cfg(not(unix))]
const NO_LINK: u32 = 0;

#[cfg(not(unix))]
fn with_flags(options: &mut OpenOptions, _: u32) -> &mut OpenOptions {
    options
}

const LINK: &str = "a symbolic link";

fn kind(found: &Metadata) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;

        let kind = found.file_type();
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "a device";
        }
    }
    if found.is_symlink() {
        return LINK;
    }
    if found.is_dir() { "a folder" } else { "not a file" }
}

impl fmt::Display for NotRegular {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file =
            if self.0 == LINK { "the file itself" } else { "a regular file, or a link to one" };
        write!(f, "it is {}: name {file}", self.0)
    }
}

impl Error for NotRegular {}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it is longer than {} KiB", self.0 / 1_024)
    }
}

impl Error for TooLong {}

#[cfg(all(test, unix))]
pub(crate) mod tests {
    use std::{
        fs, io,
        os::unix::{fs::symlink, net::UnixListener},
        path::{Path, PathBuf},
        process::Command,
    };

    use super::{open, open_unlinked, read};
    use crate::private_folder::tests::Place;

    /// A pipe without a writer: opening it for reading would block forever.
    #[expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]
    pub(crate) fn pipe(path: &Path) {
        assert!(Command::new("mkfifo").args(["-m", "600"]).arg(path).status().unwrap().success());
    }

    #[test]
    fn what_is_not_a_regular_file_is_refused_and_named() {
        let place = Place::new();
        pipe(&place.join("pipe"));
        symlink("pipe", place.join("link")).unwrap();
        let _listener = UnixListener::bind(place.join("socket")).unwrap();
        fs::create_dir(place.join("folder")).unwrap();
        for (path, what) in [
            (place.join("pipe"), "a pipe"),
            (place.join("link"), "a pipe"),
            (place.join("socket"), "a socket"),
            (place.join("folder"), "a folder"),
            (PathBuf::from("/dev/zero"), "a device"),
        ] {
            for error in [open(&path).map(|_| ()).unwrap_err(), read(&path, 9).unwrap_err()] {
                assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{}", path.display());
                let text = format!("it is {what}: name a regular file, or a link to one");
                assert_eq!(error.to_string(), text, "{}", path.display());
            }
        }
    }

    #[test]
    fn a_link_is_refused_where_the_file_is_one_that_the_service_writes() {
        let place = Place::new();
        fs::write(place.join("file"), "123456789").unwrap();
        symlink("file", place.join("link")).unwrap();
        symlink("missing", place.join("dangling")).unwrap();
        let open = |name: &str| {
            let mut options = fs::OpenOptions::new();
            open_unlinked(&place.join(name), options.append(true).create(true))
        };
        assert!(open("file").is_ok() && open("new").is_ok());
        for name in ["link", "dangling"] {
            let error = open(name).unwrap_err();
            assert_eq!(error.to_string(), "it is a symbolic link: name the file itself");
        }
        assert!(!place.join("missing").exists());
        // One that appears between the check and the opening.
        let mut options = fs::OpenOptions::new();
        let options = super::with_flags(options.read(true), super::NO_LINK);
        assert!(options.open(place.join("link")).is_err());
    }

    #[test]
    fn a_file_is_read_up_to_its_bound_and_through_links() {
        let place = Place::new();
        fs::write(place.join("file"), "123456789").unwrap();
        symlink("file", place.join("link")).unwrap();
        for name in ["file", "link"] {
            assert_eq!(*read(&place.join(name), 9).unwrap(), b"123456789");
            assert_eq!(read(&place.join(name), 8).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        }
        // A file whose length is unknown: its bytes count.
        assert!(!read(Path::new("/proc/self/status"), 1 << 20).unwrap().is_empty());
        let error = read(Path::new("/proc/self/status"), 8).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(read(&place.join("missing"), 9).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
