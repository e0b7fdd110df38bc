//! Connections: how many, and how long an answer may wait for a client that does not read it.
//!
//! 1. An answer that the client does not take holds its memory, a connection and a descriptor for
//!    as long as the client likes (CWE-400, CWE-772). Once nothing of it could be sent for the
//!    write timeout, the system ends the connection (`TCP_USER_TIMEOUT`, RFC 5482). A client that
//!    reads slowly makes progress and keeps its connection.
//! 2. One address has so many connections at a time, and no more. IPv6 counts by its /56. Trusted
//!    proxies and unlimited networks are not counted: many clients come from there.
//! 3. All connections together leave a reserve of descriptors: without one, `accept` fails for
//!    every client, and so do files and databases.

use std::{
    any::Any,
    collections::{HashMap, hash_map},
    net::{IpAddr, SocketAddr},
    num::{NonZeroU32, NonZeroUsize},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::{dev::Extensions, rt::net::TcpStream};
use socket2::SockRef;

use crate::{app::Shield, connection::Bounds, limit::address_bytes};

/// What was said about connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionSettings {
    pub(super) keep_alive: Duration,
    pub(super) head_timeout: Duration,
    pub(super) write_timeout: Duration,
    pub(super) per_address: NonZeroU32,
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        let per_address = NonZeroU32::new(256).unwrap_or(NonZeroU32::MAX);
        Self {
            // Load balancers keep theirs for 60 seconds and expect more of what is behind them.
            keep_alive: Duration::from_secs(75),
            head_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(60),
            per_address,
        }
    }
}

/// The least and the most that a write timeout can be.
const TIMEOUTS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(3_600);

/// Between two lines of the log about connections that were refused.
const QUIET: Duration = Duration::from_secs(10);

/// Below so many descriptors a service that others can reach is warned of.
const FEW_DESCRIPTORS: usize = 4_096;

/// The most connections of one worker where descriptors are plenty.
const MOST_OF_A_WORKER: usize = 25_600;

impl ConnectionSettings {
    /// What cannot hold.
    pub(super) fn complaints(&self) -> Option<String> {
        (!TIMEOUTS.contains(&self.write_timeout))
            .then(|| format!("`write_timeout` is {:?}: a second to an hour", self.write_timeout))
    }
}

/// The connections of a service.
#[derive(Debug)]
pub(crate) struct Connections {
    settings: ConnectionSettings,
    shield: Arc<Shield>,
    open: Mutex<Open>,
    /// Whether the log has said that there are connections without bounds.
    told_unbounded: AtomicBool,
}

#[derive(Debug)]
struct Open {
    by_address: HashMap<[u8; 8], u32>,
    refused: u64,
    /// When the log was last written to about that.
    noted: Option<Instant>,
}

/// What becomes of a new connection.
pub(crate) enum Entry {
    /// It is served; `None` where it is not counted.
    Taken(Option<Place>),
    Refused,
}

/// A connection that is counted; held as long as it lasts.
pub(crate) struct Place {
    connections: Arc<Connections>,
    address: [u8; 8],
}

impl Connections {
    pub(super) fn new(settings: ConnectionSettings, shield: Arc<Shield>) -> Self {
        let open = Open { by_address: HashMap::new(), refused: 0, noted: None };
        let told_unbounded = AtomicBool::new(false);
        Self { settings, shield, open: Mutex::new(open), told_unbounded }
    }

    /// How long each connection waits.
    pub(super) fn bounds(&self) -> Bounds {
        let ConnectionSettings { keep_alive, head_timeout, write_timeout, .. } = self.settings;
        Bounds { keep_alive, head: head_timeout, write: write_timeout }
    }

    /// Bounds a new connection: what `HttpServer::on_connect` calls.
    pub(super) fn admit(self: &Arc<Self>, io: &dyn Any, extensions: &mut Extensions) {
        let Some(stream) = io.downcast_ref::<TcpStream>() else {
            self.note_unbounded(io);
            return;
        };
        let Ok(peer) = stream.peer_addr() else { return };
        // That a refused peer may have sent a request before does not matter: the dispatcher reads
        // the end and closes, the limits count it, and the answer has nowhere to go.
        if let Entry::Taken(Some(place)) = self.enter(stream, peer) {
            extensions.insert(place);
        }
    }

    /// Bounds a new connection, and shuts it where its address has too many.
    pub(crate) fn enter(self: &Arc<Self>, stream: &TcpStream, peer: SocketAddr) -> Entry {
        self.bound_writes(stream);
        let peer = peer.ip().to_canonical();
        if self.is_exempt(peer) {
            return Entry::Taken(None);
        }
        let address = address_bytes(peer);
        if self.count(address) {
            return Entry::Taken(Some(Place { connections: Arc::clone(self), address }));
        }
        self.note_refused(peer);
        let _closed = SockRef::from(stream).shutdown(std::net::Shutdown::Both);
        Entry::Refused
    }

    /// Says once that a connection of this kind has no bounds: over TLS its socket is out of reach.
    fn note_unbounded(&self, io: &dyn Any) {
        #[cfg(unix)]
        let is_local = io.is::<actix_web::rt::net::UnixStream>();
        #[cfg(not(unix))]
        let is_local = io.is::<()>();
        if !is_local && !self.told_unbounded.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "this server does not take plain TCP connections: `write_timeout` and \
                 `connections_per_address` have no effect on them. End TLS at a proxy, and serve \
                 plain TCP behind it"
            );
        }
    }

    fn is_exempt(&self, peer: IpAddr) -> bool {
        self.shield.proxies.trusts(peer) || self.shield.unlimited.contain(peer)
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn bound_writes(&self, stream: &TcpStream) {
        let socket = SockRef::from(stream);
        if let Err(error) = socket.set_tcp_user_timeout(Some(self.settings.write_timeout)) {
            tracing::debug!(%error, "a connection has no write timeout");
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    #[expect(clippy::unused_self, reason = "it bounds them where the system can")]
    fn bound_writes(&self, _: &TcpStream) {}

    /// Counts one more connection; false where the address has all that it may have.
    fn count(&self, address: [u8; 8]) -> bool {
        let mut open = self.open();
        let count = open.by_address.entry(address).or_default();
        if *count >= self.settings.per_address.get() {
            return false;
        }
        *count += 1;
        true
    }

    fn leave(&self, address: [u8; 8]) {
        if let hash_map::Entry::Occupied(mut count) = self.open().by_address.entry(address) {
            *count.get_mut() = count.get().saturating_sub(1);
            if *count.get() == 0 {
                count.remove();
            }
        }
    }

    fn note_refused(&self, peer: IpAddr) {
        let mut open = self.open();
        open.refused = open.refused.saturating_add(1);
        if open.noted.is_some_and(|noted| noted.elapsed() < QUIET) {
            return;
        }
        open.noted = Some(Instant::now());
        let refused = std::mem::take(&mut open.refused);
        drop(open);
        tracing::warn!(
            refused,
            %peer,
            most = self.settings.per_address.get(),
            "connections were closed: the address has too many. A proxy belongs into \
             PALISADE_TRUSTED_PROXIES; `connections_per_address` sets the number"
        );
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.leave(self.address);
    }
}

/// The most connections of each worker, so that descriptors are left for everything else; says in
/// the log where that is few. `None` where the system does not tell how many there are.
pub(super) fn most_of_a_worker(
    workers: Option<NonZeroUsize>,
    addresses: &[SocketAddr],
) -> Option<usize> {
    let descriptors = descriptors()?;
    let workers = workers.or_else(|| std::thread::available_parallelism().ok());
    let workers = workers.map_or(1, NonZeroUsize::get);
    let most = share_of_a_worker(descriptors, workers);
    let is_reachable = addresses.iter().any(|address| !address.ip().is_loopback());
    if is_reachable && descriptors < FEW_DESCRIPTORS {
        tracing::warn!(
            "the process may open {descriptors} files and sockets, so it takes {} connections at \
             a time, and further ones wait: raise the limit (`ulimit -n`, `LimitNOFILE=`)",
            most.saturating_mul(workers)
        );
    }
    Some(most)
}

/// A quarter, and at least 64, is kept for files, databases and other services.
fn share_of_a_worker(descriptors: usize, workers: usize) -> usize {
    let reserve = (descriptors / 4).max(64);
    (descriptors.saturating_sub(reserve) / workers).clamp(1, MOST_OF_A_WORKER)
}

/// How many files and sockets this process may open (`RLIMIT_NOFILE`).
fn descriptors() -> Option<usize> {
    soft_limit(&std::fs::read_to_string("/proc/self/limits").ok()?)
}

fn soft_limit(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_ascii_whitespace().next()? {
        "unlimited" => Some(usize::MAX),
        number => number.parse().ok(),
    }
}

/// Whether answers that are not read have an end on this system.
pub(super) const ENDS_UNREAD_ANSWERS: bool = cfg!(any(target_os = "linux", target_os = "android"));

#[cfg(test)]
mod tests {
    use super::{share_of_a_worker, soft_limit};

    #[test]
    fn descriptors_are_left_for_everything_else() {
        for (descriptors, workers) in [(128, 1), (256, 2), (512, 2), (1_024, 8), (65_536, 4)] {
            let all = share_of_a_worker(descriptors, workers) * workers;
            assert!(all <= descriptors - 64 && all >= 1, "{descriptors} {workers}");
        }
        assert_eq!(share_of_a_worker(usize::MAX, 2), 25_600);
        assert_eq!(share_of_a_worker(10, 64), 1);
    }

    #[test]
    fn the_soft_limit_is_what_counts() {
        let line = "Limit                     Soft Limit           Hard Limit           Units\n\
                    Max open files            1024                 524288               files\n";
        assert_eq!(soft_limit(line), Some(1024));
        let unlimited = line.replace("1024 ", "unlimited ");
        assert_eq!(soft_limit(&unlimited), Some(usize::MAX));
        assert_eq!(soft_limit("Max processes 7 7 processes"), None);
    }
}
