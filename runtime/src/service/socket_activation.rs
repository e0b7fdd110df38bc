//! Sockets from a supervisor: `sd_listen_fds(3)` of systemd.
//!
//! The sockets belong to the process: they are taken over once, and each service of the process
//! gets those with its name (`FileDescriptorName=` of the socket unit), or all.

use std::{
    env, fmt, io,
    net::TcpListener,
    sync::{LazyLock, Mutex, PoisonError},
};

use listenfd::ListenFd;
use socket2::SockRef;

use super::listening::Handed;

/// Which sockets a service uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted<'a> {
    /// All that are unused.
    All,
    /// Those with this name.
    Named(&'a str),
}

/// Why a service has no sockets.
#[derive(Debug)]
pub(super) enum ActivationError {
    /// There were none, or all are in use.
    None,
    /// None has this name; the existing names.
    Unnamed(Vec<String>),
    /// One cannot be used for listening.
    Unusable(String, io::Error),
}

impl fmt::Display for ActivationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str(
                "no sockets were handed to this process (LISTEN_FDS and LISTEN_PID): start it by its \
                 socket unit, or name an address and port",
            ),
            Self::Unnamed(names) => write!(
                f,
                "no socket of this name was handed to this process, only: {}; set \
                 FileDescriptorName= in the socket unit",
                names.join(", ")
            ),
            Self::Unusable(name, error) => write!(
                f,
                "the socket `{name}` that was handed over cannot be listened on: {error}; in its unit it \
                 is a ListenStream= with Accept=no"
            ),
        }
    }
}

/// A socket, until a service takes it.
struct Waiting {
    name: String,
    socket: io::Result<Handed>,
}

/// The sockets of this process. They are taken over at the first request of a service.
static WAITING: LazyLock<Mutex<Vec<Waiting>>> = LazyLock::new(|| Mutex::new(take_over()));

/// The requested sockets.
///
/// # Errors
///
/// There is none, or one is unusable.
pub(super) fn take(wanted: Wanted<'_>) -> Result<Vec<Handed>, ActivationError> {
    let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
    if waiting.is_empty() {
        return Err(ActivationError::None);
    }
    let is_wanted = |own: &mut Waiting| match wanted {
        Wanted::All => true,
        Wanted::Named(name) => own.name == name,
    };
    let taken: Vec<_> = waiting.extract_if(.., is_wanted).collect();
    if taken.is_empty() {
        return Err(ActivationError::Unnamed(waiting.iter().map(|own| own.name.clone()).collect()));
    }
    let usable = taken.into_iter().map(|Waiting { name, socket }| {
        socket.map_err(|error| ActivationError::Unusable(name, error))
    });
    usable.collect()
}

fn take_over() -> Vec<Waiting> {
    // Read first: taking the sockets over removes this variable.
    let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
    // Other processes leave their variables to their children; `sd_listen_fds` requires the process
    // id too.
    if env::var_os("LISTEN_PID").is_none() {
        return Vec::new();
    }
    let mut handed = ListenFd::from_env();
    let names: Vec<_> = names.split(':').collect();
    (0..handed.len())
        .map(|index| {
            // systemd's name for a socket without a name.
            let name = names.get(index).filter(|name| !name.is_empty()).unwrap_or(&"unknown");
            Waiting { name: (*name).to_owned(), socket: socket(&mut handed, index) }
        })
        .collect()
}

/// The listener at this index: a TCP or a Unix socket.
fn socket(handed: &mut ListenFd, index: usize) -> io::Result<Handed> {
    if let Ok(Some(listener)) = handed.take_tcp_listener(index) {
        return tcp(listener);
    }
    match handed.take_unix_listener(index)? {
        Some(listener) if SockRef::from(&listener).is_listener()? => Ok(Handed::Unix(listener)),
        Some(_) => Err(not_listening()),
        None => Err(io::ErrorKind::NotFound.into()),
    }
}

fn tcp(listener: TcpListener) -> io::Result<Handed> {
    if !SockRef::from(&listener).is_listener()? {
        return Err(not_listening());
    }
    let address = listener.local_addr()?;
    Ok(Handed::Tcp(listener, address))
}

fn not_listening() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it does not listen")
}
