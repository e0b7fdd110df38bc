//! Where a service listens.

use std::net::{SocketAddr, TcpListener};
#[cfg(unix)]
use std::{os::unix::net::UnixListener, path::PathBuf};

/// Where a service listens.
#[derive(Debug)]
pub(super) enum Listening {
    /// At these addresses, which are not bound yet.
    Addresses(Vec<SocketAddr>),
    /// By a socket that listens already.
    Socket(TcpListener, SocketAddr),
    /// At this path, with this mode.
    #[cfg(unix)]
    Path(PathBuf, u32),
    /// By a Unix socket that listens already.
    #[cfg(unix)]
    UnixSocket(UnixListener),
    /// By the sockets that a supervisor has handed over.
    #[cfg(unix)]
    Handed(Vec<Handed>),
}

/// A socket that a supervisor has handed over. It listens already.
#[cfg(unix)]
#[derive(Debug)]
pub(super) enum Handed {
    /// Of TCP, at this address.
    Tcp(TcpListener, SocketAddr),
    /// A Unix socket.
    Unix(UnixListener),
}

impl Listening {
    /// The addresses; a Unix socket has none.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        match self {
            Self::Addresses(addresses) => addresses.clone(),
            Self::Socket(_, address) => vec![*address],
            #[cfg(unix)]
            Self::Path(..) | Self::UnixSocket(_) => Vec::new(),
            #[cfg(unix)]
            Self::Handed(sockets) => sockets.iter().filter_map(Handed::address).collect(),
        }
    }

    /// Whether peers of it have no address.
    pub(super) fn is_unix(&self) -> bool {
        match self {
            Self::Addresses(_) | Self::Socket(..) => false,
            #[cfg(unix)]
            Self::Path(..) | Self::UnixSocket(_) => true,
            #[cfg(unix)]
            Self::Handed(sockets) => sockets.iter().any(|socket| socket.address().is_none()),
        }
    }

    /// Whether requests of others than this machine's users come: from elsewhere, or through the proxy
    /// that a Unix socket is for.
    pub(super) fn is_reachable(&self) -> bool {
        self.is_unix() || self.addresses().iter().any(|address| !address.ip().is_loopback())
    }
}

#[cfg(unix)]
impl Handed {
    fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(_, address) => Some(*address),
            Self::Unix(_) => None,
        }
    }
}
