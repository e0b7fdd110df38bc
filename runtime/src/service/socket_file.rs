//! A Unix socket in the file system.
//!
//! 1. The mode of its file decides who may connect. Services often trust the peer of a Unix socket
//!    as a proxy, and believe its forwarding field: so only the user of this process may connect,
//!    unless the setting admits the file's group too (CWE-276, CWE-732).
//! 2. A folder in which other users can replace files is refused: they could replace the socket by
//!    their own, and read every request (CWE-379).
//! 3. A socket that an earlier process left behind is removed. One that a process listens at is
//!    not, nor is any other file: the service does not start then.
//! 4. It is made under another name, and gets its own when it listens. So a socket under the final
//!    name that accepts no connection is left behind, and never belongs to another process that is
//!    about to listen.
//! 5. It is removed when the service shuts down, unless another one has replaced it.

use std::{
    fmt, fs, io,
    num::NonZeroU32,
    os::{
        fd::OwnedFd,
        unix::{
            fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _},
            net::UnixListener,
        },
    },
    path::{Path, PathBuf},
};

use socket2::{Domain, SockAddr, Socket, Type};

use crate::{
    RequestId,
    private_folder::{NotPrivate, folder_of_passing_file, owned},
};

/// The bit of a folder that its group can enter.
const GROUP_ENTERS: u32 = 0o010;

/// How many names are tried if other processes have taken them.
const TRIES: usize = 4;

/// The socket file of a listening service, which is removed when this is dropped.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// Device and inode of the file.
    identity: (u64, u64),
}

/// Why the socket file cannot be used.
#[derive(Debug)]
pub(super) enum SocketFileError {
    /// The folder or the file belongs to other users, or they can change it.
    NotPrivate(NotPrivate),
    /// There is a file that is not a socket.
    Other(PathBuf),
    /// A process listens on it.
    Taken(PathBuf),
    /// It cannot be created.
    Io(PathBuf, io::Error),
}

impl fmt::Display for SocketFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPrivate(error) => error.fmt(f),
            Self::Other(path) => write!(
                f,
                "`{0}` exists and is not a socket: remove it, or name another path",
                path.display()
            ),
            Self::Taken(path) => write!(
                f,
                "another process listens at `{}`: stop it, or name another path",
                path.display()
            ),
            Self::Io(path, error) => write!(f, "cannot listen at `{}`: {error}", path.display()),
        }
    }
}

impl From<NotPrivate> for SocketFileError {
    fn from(error: NotPrivate) -> Self {
        Self::NotPrivate(error)
    }
}

impl SocketFile {
    /// Listens at this path with this mode.
    ///
    /// # Errors
    ///
    /// See [`SocketFileError`].
    pub(super) fn listen(
        path: &Path,
        mode: u32,
        backlog: NonZeroU32,
    ) -> Result<(Self, UnixListener), SocketFileError> {
        let fault = |error| SocketFileError::Io(path.to_owned(), error);
        // The link below would accept a longer one, which no client can use.
        SockAddr::unix(path).map_err(fault)?;
        folder_of_passing_file(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        warn_of_closed_folder(folder, mode);
        let name = RequestId::next().to_string();
        // Short: the path of a socket has 107 bytes at most.
        let draft = folder.join(format!(".{}", name.get(..8).unwrap_or(&name)));
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(fault)?;
        socket.bind(&SockAddr::unix(&draft).map_err(fault)?).map_err(fault)?;
        let listening = listen(&socket, &draft, mode, backlog)
            .map_err(fault)
            .and_then(|identity| take_name(&draft, path).map(|()| identity));
        let removed = fs::remove_file(&draft).map_err(fault);
        let identity = listening?;
        let file = Self { path: path.to_owned(), identity };
        removed?;
        Ok((file, UnixListener::from(OwnedFd::from(socket))))
    }

    /// The path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let is_own =
            fs::symlink_metadata(&self.path).is_ok_and(|found| of(&found) == self.identity);
        if is_own && let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "the socket could not be removed");
        }
    }
}

fn of(found: &fs::Metadata) -> (u64, u64) {
    (found.dev(), found.ino())
}

/// No process can connect before it listens, and so not before it has its mode.
fn listen(socket: &Socket, draft: &Path, mode: u32, backlog: NonZeroU32) -> io::Result<(u64, u64)> {
    fs::set_permissions(draft, fs::Permissions::from_mode(mode))?;
    socket.listen(i32::try_from(backlog.get()).unwrap_or(i32::MAX))?;
    fs::symlink_metadata(draft).map(|found| of(&found))
}

/// Gives the socket its final name, and removes a stale one.
fn take_name(draft: &Path, path: &Path) -> Result<(), SocketFileError> {
    let fault = |error| SocketFileError::Io(path.to_owned(), error);
    for _ in 0..TRIES {
        // Unlike a rename, a link never replaces an existing file.
        match fs::hard_link(draft, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            linked => return linked.map_err(fault),
        }
        remove_left_behind(draft, path)?;
    }
    Err(SocketFileError::Taken(path.to_owned()))
}

/// Removes the socket of an earlier process.
fn remove_left_behind(draft: &Path, path: &Path) -> Result<(), SocketFileError> {
    let fault = |error| SocketFileError::Io(path.to_owned(), error);
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found.map_err(fault)?,
    };
    if !found.file_type().is_socket() {
        return Err(SocketFileError::Other(path.to_owned()));
    }
    owned(path, &found)?;
    if !is_left_behind(path).map_err(fault)? {
        return Err(SocketFileError::Taken(path.to_owned()));
    }
    // Another process may have taken the name meanwhile: the renamed file is checked once more.
    let aside = draft.with_extension("old");
    // The file is not renamed to a name that is too long to be checked.
    SockAddr::unix(&aside).map_err(fault)?;
    match fs::rename(path, &aside) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        moved => moved.map_err(fault)?,
    }
    if !is_left_behind(&aside).map_err(fault)? {
        fs::hard_link(&aside, path).and_then(|()| fs::remove_file(&aside)).map_err(fault)?;
        return Err(SocketFileError::Taken(path.to_owned()));
    }
    fs::remove_file(&aside).map_err(fault)?;
    tracing::info!(path = %path.display(), "removed the socket that a process left behind");
    Ok(())
}

/// Whether no process listens on a socket.
fn is_left_behind(path: &Path) -> io::Result<bool> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // With a full backlog, connecting would block.
    socket.set_nonblocking(true)?;
    Ok(socket.connect(&SockAddr::unix(path)?).is_err_and(|error| {
        // One that was removed meanwhile is not an obstacle either.
        matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound)
    }))
}

/// A socket that its group cannot reach.
fn warn_of_closed_folder(folder: &Path, mode: u32) {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(found) = fs::metadata(here) else { return };
    let of_folder = found.mode() & 0o7777;
    if mode & 0o060 != 0 && of_folder & GROUP_ENTERS == 0 {
        tracing::warn!(
            "the group of the socket may connect (PALISADE_SOCKET_MODE or `.socket_mode(..)` is \
             {mode:04o}), and the folder `{0}` has mode {of_folder:03o}, so that it cannot enter it: \
             `chmod g+x {0}` (systemd: RuntimeDirectoryMode=0750)",
            here.display()
        );
    }
}

#[cfg(test)]
mod tests;
