//! Where a service listens: an address, a Unix socket, or a socket from a supervisor.

use std::net::{TcpListener, ToSocketAddrs as _};
#[cfg(unix)]
use std::os::unix::net::UnixListener;

use super::{
    Builder,
    production::{Evidence, beyond_loopback, beyond_loopback_at},
};
use crate::service::listening::Listening;
#[cfg(unix)]
use crate::service::socket_activation::{Wanted, take};

/// The prefix of a path instead of an address.
const UNIX: &str = "unix:";

/// Instead of an address: all sockets that a supervisor passes, or before the name of one.
const ALL_HANDED: &str = "systemd";
const ONE_HANDED: &str = "fd://";

/// Who may connect to a Unix socket: the user of the process alone, or the file's group too.
const OWN_MODE: u32 = 0o600;
const GROUP_MODE: u32 = 0o660;

/// The settings of where the service listens.
#[derive(Debug)]
pub(super) struct ListeningSettings {
    bind: String,
    listener: Option<TcpListener>,
    #[cfg(unix)]
    unix_listener: Option<UnixListener>,
    socket_mode: Option<u32>,
}

impl Default for ListeningSettings {
    fn default() -> Self {
        Self {
            bind: "127.0.0.1:8080".to_owned(),
            listener: None,
            #[cfg(unix)]
            unix_listener: None,
            socket_mode: None,
        }
    }
}

impl ListeningSettings {
    /// Why a service that listens here is in production.
    pub(super) fn evidence(&self) -> Option<Evidence> {
        #[cfg(unix)]
        if self.unix_listener.is_some() {
            return Some(Evidence::UnixSocket);
        }
        // A socket without an address is refused when it is taken.
        if let Some(listener) = &self.listener {
            return listener.local_addr().ok().and_then(beyond_loopback_at);
        }
        if self.bind.starts_with(UNIX) {
            return Some(Evidence::UnixSocket);
        }
        if self.bind == ALL_HANDED || self.bind.starts_with(ONE_HANDED) {
            return Some(Evidence::HandedSocket);
        }
        beyond_loopback(&self.bind)
    }
}

impl Builder {
    /// Where to listen: `address:port`, or `unix:` and the path of a Unix socket for a proxy on the same
    /// machine. `127.0.0.1:8080` unless this is called.
    ///
    /// Peers of a Unix socket have no address, so that all clients count as one, unless the proxy
    /// is trusted ([`trusted_proxy("unix:")`](Self::trusted_proxy)) and writes their addresses. The
    /// [mode](Self::socket_mode) of the socket decides who may connect. Its folder is made with
    /// mode 0700 if it is missing, and refused if other users can replace files in it. A socket
    /// that an earlier process left behind is removed, a socket that a process listens at is not.
    /// The socket is removed when the service shuts down.
    ///
    /// `systemd` is all sockets that a supervisor passes (`sd_listen_fds(3)`), TCP and Unix, and
    /// `fd://name` those of this name (`FileDescriptorName=` of the socket unit). Their own backlog
    /// and mode apply. A process can use each of them once.
    ///
    /// ```
    /// # use palisade::Palisade;
    /// let builder = Palisade::builder().bind("unix:/run/notes/http.sock").trusted_proxy("unix:");
    /// # let _ = builder;
    /// ```
    pub fn bind(mut self, address: impl Into<String>) -> Self {
        let address: String = address.into();
        self.contradicts("PALISADE_BIND", "bind", self.listening.bind != address);
        self.listening.bind = address;
        self
    }

    /// Who may connect to the Unix socket that [`bind`](Self::bind) names: `0o600`, the user of the
    /// service and root, unless this is called; or `0o660`, its group too.
    ///
    /// The group is that of the process, or of the folder if that has the set-group-ID bit (`chmod
    /// g+s`); it has to be able to enter the folder.
    pub fn socket_mode(mut self, mode: u32) -> Self {
        self.contradicts(
            "PALISADE_SOCKET_MODE",
            "socket_mode",
            self.listening.socket_mode != Some(mode),
        );
        self.listening.socket_mode = Some(mode);
        self
    }

    /// Listens on this socket, which is bound already, perhaps by a supervisor (systemd's socket
    /// activation). [`bind`](Self::bind) has no effect then, `PALISADE_BIND` is an error, and the
    /// socket's own backlog applies.
    pub fn listener(mut self, listener: TcpListener) -> Self {
        self.contradicts("PALISADE_BIND", "listener", true);
        self.listening.listener = Some(listener);
        self
    }

    /// The same with a Unix socket. The caller is responsible for its mode and its file.
    #[cfg(unix)]
    pub fn unix_listener(mut self, listener: UnixListener) -> Self {
        self.contradicts("PALISADE_BIND", "unix_listener", true);
        self.listening.unix_listener = Some(listener);
        self
    }

    /// Where it listens, as configured.
    pub(super) fn take_listening(&mut self, complaints: &mut Vec<String>) -> Listening {
        let ListeningSettings { bind, listener, socket_mode, .. } = &mut self.listening;
        let (bind, listener, mode) = (std::mem::take(bind), listener.take(), *socket_mode);
        #[cfg(unix)]
        let unix = self.listening.unix_listener.take();
        #[cfg(not(unix))]
        let unix: Option<()> = None;
        if listener.is_some() && unix.is_some() {
            complaints.push(
                "`.listener(..)` and `.unix_listener(..)` are both set: a service listens on one \
                 socket; remove one of them"
                    .to_owned(),
            );
        }
        let is_path = bind.starts_with(UNIX) && listener.is_none() && unix.is_none();
        if mode.is_some() && !is_path {
            complaints.push(
                "PALISADE_SOCKET_MODE or `.socket_mode(..)` goes with PALISADE_BIND=unix:/path: this \
                 service makes no Unix socket; remove it"
                    .to_owned(),
            );
        }
        if let Some(listener) = listener {
            return match listener.local_addr() {
                Ok(address) => Listening::Socket(listener, address),
                Err(error) => {
                    let wrong = format!("`.listener(..)`: the socket has no address: {error}");
                    complaints.push(wrong);
                    Listening::Addresses(Vec::new())
                }
            };
        }
        #[cfg(unix)]
        if let Some(listener) = unix {
            return Listening::UnixSocket(listener);
        }
        if bind == ALL_HANDED || bind.starts_with(ONE_HANDED) {
            return handed(&bind, complaints);
        }
        if let Some(path) = bind.strip_prefix(UNIX) {
            return at_path(path, mode.unwrap_or(OWN_MODE), complaints);
        }
        match bind.to_socket_addrs() {
            Ok(addresses) => Listening::Addresses(addresses.collect()),
            Err(error) => {
                complaints.push(format!(
                    "PALISADE_BIND or `.bind(..)` is {bind:?}, which is no address and port like \
                     127.0.0.1:8080, and no path of a Unix socket like unix:/run/notes/http.sock: \
                     {error}"
                ));
                Listening::Addresses(Vec::new())
            }
        }
    }
}

#[cfg(unix)]
fn handed(bind: &str, complaints: &mut Vec<String>) -> Listening {
    let wanted = match bind.strip_prefix(ONE_HANDED) {
        Some("") => {
            complaints.push(format!(
                "PALISADE_BIND or `.bind(..)` is {bind:?}: write fd:// and the name of a socket, like \
                 fd://notes.socket, or systemd for all of them"
            ));
            return Listening::Handed(Vec::new());
        }
        Some(name) => Wanted::Named(name),
        None => Wanted::All,
    };
    match take(wanted) {
        Ok(sockets) => Listening::Handed(sockets),
        Err(error) => {
            complaints.push(format!("PALISADE_BIND or `.bind(..)` is {bind:?}: {error}"));
            Listening::Handed(Vec::new())
        }
    }
}

#[cfg(not(unix))]
fn handed(bind: &str, complaints: &mut Vec<String>) -> Listening {
    complaints.push(format!(
        "PALISADE_BIND or `.bind(..)` is {bind:?}, and this system hands over no sockets: write \
         address:port"
    ));
    Listening::Addresses(Vec::new())
}

#[cfg(unix)]
fn at_path(path: &str, mode: u32, complaints: &mut Vec<String>) -> Listening {
    if path.is_empty() || path.starts_with('@') || path.ends_with('/') || path.contains('\0') {
        let bind = format!("{UNIX}{path}");
        complaints.push(format!(
            "PALISADE_BIND or `.bind(..)` is {bind:?}: write unix: and the path of a file, like \
             unix:/run/notes/http.sock"
        ));
    }
    if mode != OWN_MODE && mode != GROUP_MODE {
        complaints.push(format!(
            "PALISADE_SOCKET_MODE or `.socket_mode(..)` is {mode:04o}: write 0600, for the user of the \
             service alone, or 0660, for the group of the socket too"
        ));
    }
    Listening::Path(path.into(), mode)
}

#[cfg(not(unix))]
fn at_path(_: &str, _: u32, complaints: &mut Vec<String>) -> Listening {
    let wrong = "PALISADE_BIND or `.bind(..)` names a Unix socket, and this system has none: write \
                 address:port";
    complaints.push(wrong.to_owned());
    Listening::Addresses(Vec::new())
}

#[cfg(all(test, unix))]
mod tests {
    use crate::{Builder, Palisade};

    fn complaints(builder: Builder) -> Vec<String> {
        builder.build().err().map_or_else(Vec::new, |failure| failure.complaints().to_vec())
    }

    #[test]
    fn a_path_is_taken_and_its_mistakes_are_named() {
        let at = |bind: &str| Palisade::builder().bind(bind);
        for (builder, says) in [
            (at("unix:/run/notes/http.sock"), ""),
            (at("unix:http.sock").socket_mode(0o660), ""),
            (at("unix:"), "the path of a file"),
            (at("unix:@notes"), "the path of a file"),
            (at("unix:/run/notes/"), "the path of a file"),
            (at("unix:/run/http.sock").socket_mode(0o666), "is 0666: write 0600"),
            (at("unix:/run/http.sock").socket_mode(0), "is 0000: write 0600"),
            (at("127.0.0.1:0").socket_mode(0o600), "this service makes no Unix socket"),
            (at("/run/http.sock"), "no path of a Unix socket"),
        ] {
            let told = complaints(builder);
            match told.as_slice() {
                [] => assert_eq!(says, ""),
                [one] => assert!(!says.is_empty() && one.contains(says), "{says}: {one}"),
                several => panic!("{several:?}"),
            }
        }
    }
}
