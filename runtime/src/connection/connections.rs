//! Connection limits: their number, and the timeout for clients that do not read.
//!
//! 1. An answer that the client does not read holds its memory, a connection and a descriptor for
//!    as long as the client likes (CWE-400, CWE-772). If no byte of it could be sent for the write
//!    timeout, the connection ends: by the service while it writes, and by the system
//!    (`TCP_USER_TIMEOUT`, RFC 5482) for the bytes that it has buffered. A client that reads slowly
//!    makes progress and keeps its connection.
//! 2. One address has a maximum number of connections. IPv6 addresses count by their /56. Trusted
//!    proxies and unlimited networks are not counted: many clients come from there.
//! 3. All connections together leave a reserve of descriptors: without one, `accept` fails for
//!    every client, and so do files and databases.
//! 4. A port for operators has the same bounds, lower ones, and exempts no address: nothing that
//!    holds many connections has a use for it.

use std::{
    any::Any,
    collections::{HashMap, hash_map},
    net::{IpAddr, SocketAddr},
    num::{NonZeroU32, NonZeroUsize},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

#[cfg(unix)]
use actix_web::rt::net::UnixStream;
use actix_web::{dev::Extensions, rt::net::TcpStream};
use socket2::SockRef;

use crate::{
    client::peer_name, connection::Bounds, health::Health, limit::address_bytes, request::Shield,
};

/// The settings for connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionSettings {
    pub(crate) keep_alive: Duration,
    pub(crate) head_timeout: Duration,
    pub(crate) write_timeout: Duration,
    pub(crate) per_address: NonZeroU32,
    pub(crate) backlog: NonZeroU32,
    /// Of all workers together; `None` takes what the descriptors allow.
    pub(crate) most: Option<NonZeroUsize>,
    #[cfg(feature = "http2")]
    pub(crate) http2: crate::connection::Http2Bounds,
    /// Whether each begins with a header of the PROXY protocol.
    pub(crate) proxy_protocol: bool,
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        let per_address = NonZeroU32::new(256).unwrap_or(NonZeroU32::MAX);
        Self {
            // Load balancers keep theirs for 60 seconds and require a longer time of their
            // backends.
            keep_alive: Duration::from_secs(75),
            head_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(60),
            per_address,
            backlog: NonZeroU32::new(1_024).unwrap_or(NonZeroU32::MIN),
            most: None,
            #[cfg(feature = "http2")]
            http2: crate::connection::Http2Bounds::default(),
            proxy_protocol: false,
        }
    }
}

/// The shortest and the longest permitted write timeout.
const TIMEOUTS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(3_600);

/// How long load balancers keep an idle connection (AWS' default).
const USUAL_KEEP_ALIVE: Duration = Duration::from_secs(60);

/// The most unsent bytes of a response in the system's buffers (`TCP_NOTSENT_LOWAT`): a slow client
/// uses less memory, and the service notices each part that it reads.
///
/// The system wakes the service when half of it is sent; a client at the lowest rate has to read
/// that much within the write timeout.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT: u32 = 16 * 1024;

/// The least time between two log lines about refused connections.
const QUIET: Duration = Duration::from_secs(10);

/// With fewer descriptors, a service that others can reach logs a warning.
const FEW_DESCRIPTORS: usize = 4_096;

/// The most connections of one worker if there are enough descriptors.
const MOST_OF_A_WORKER: usize = 25_600;

impl ConnectionSettings {
    /// What cannot hold.
    pub(crate) fn complaints(&self) -> impl Iterator<Item = String> {
        let Self { keep_alive, head_timeout, write_timeout, .. } = *self;
        [
            ("PALISADE_KEEP_ALIVE or `keep_alive`", keep_alive),
            ("PALISADE_HEAD_TIMEOUT or `head_timeout`", head_timeout),
            ("PALISADE_WRITE_TIMEOUT or `write_timeout`", write_timeout),
        ]
        .into_iter()
        .filter(|(_, time)| !TIMEOUTS.contains(time))
        .map(|(name, time)| format!("{name} is {time:?}: a second to an hour"))
    }

    /// Settings that do not fit together, or not the usual peers; `all` is the most connections,
    /// `system` the most connections that wait in the system.
    fn misfits(&self, all: Option<usize>, system: Option<u32>, is_reachable: bool) -> Vec<String> {
        let Self { keep_alive, head_timeout, per_address, backlog, .. } = *self;
        let mut misfits = Vec::new();
        if is_reachable && keep_alive <= USUAL_KEEP_ALIVE {
            misfits.push(format!(
                "`keep_alive` is {keep_alive:?}, and load balancers keep idle connections for \
                 {USUAL_KEEP_ALIVE:?}: a request on one that is being closed is lost. Set more \
                 than they have (PALISADE_KEEP_ALIVE)"
            ));
        }
        if head_timeout > keep_alive {
            misfits.push(format!(
                "`head_timeout` is {head_timeout:?}, and `keep_alive` {keep_alive:?}: one byte \
                 keeps a connection longer than none"
            ));
        }
        if let Some(all) = all
            && usize::try_from(per_address.get()).map_or(true, |each| each.saturating_mul(2) > all)
        {
            misfits.push(format!(
                "one address may have {per_address} of {all} connections: with two of them \
                 nobody else gets one. Lower `connections_per_address` \
                 (PALISADE_CONNECTIONS_PER_ADDRESS), or raise the limit of descriptors"
            ));
        }
        if let Some(system) = system.filter(|system| *system < backlog.get()) {
            misfits.push(format!(
                "`backlog` is {backlog}, and the system takes {system} at most \
                 (net.core.somaxconn)"
            ));
        }
        misfits
    }
}

/// Who a port is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Port {
    /// The clients of the service.
    Clients,
    /// Scrapers and probes.
    Operators,
}

/// The connections of a service, or of one of its ports for operators.
#[derive(Debug)]
pub(crate) struct Connections {
    port: Port,
    settings: ConnectionSettings,
    shield: Arc<Shield>,
    open: Mutex<Open>,
    /// Whether the log has the warning about connections without limits.
    told_unbounded: AtomicBool,
    /// Since the start.
    refused_in_all: AtomicU64,
}

#[derive(Debug)]
struct Open {
    by_address: HashMap<[u8; 8], u32>,
    refused: u64,
    /// When the last line about them was logged.
    noted: Option<Instant>,
}

/// The decision on a new connection.
pub(crate) enum Entry {
    /// It is served; `None` if it is not counted.
    Taken(Option<Place>),
    Refused,
}

/// The permit of a counted connection, which is kept as long as the connection exists.
pub(crate) struct Place {
    connections: Arc<Connections>,
    address: [u8; 8],
}

impl Connections {
    pub(crate) fn new(settings: ConnectionSettings, shield: Arc<Shield>) -> Self {
        Self::of_port(Port::Clients, settings, shield)
    }

    /// Those of a port for operators.
    pub(crate) fn for_operators(settings: ConnectionSettings, shield: Arc<Shield>) -> Self {
        Self::of_port(Port::Operators, settings, shield)
    }

    fn of_port(port: Port, settings: ConnectionSettings, shield: Arc<Shield>) -> Self {
        let open = Open { by_address: HashMap::new(), refused: 0, noted: None };
        let told_unbounded = AtomicBool::new(false);
        let refused_in_all = AtomicU64::new(0);
        Self { port, settings, shield, open: Mutex::new(open), told_unbounded, refused_in_all }
    }

    /// The open connections that count for their address, and the refused ones since the start.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let open = self.open().by_address.values().map(|count| u64::from(*count)).sum();
        (open, self.refused_in_all.load(Ordering::Relaxed))
    }

    /// How long each connection waits.
    pub(crate) fn bounds(&self) -> Bounds {
        let ConnectionSettings { keep_alive, head_timeout, write_timeout, .. } = self.settings;
        Bounds {
            keep_alive,
            head: head_timeout,
            write: write_timeout,
            #[cfg(feature = "http2")]
            http2: self.settings.http2,
        }
    }

    /// Bounds a new connection: what `HttpServer::on_connect` calls.
    pub(crate) fn admit(self: &Arc<Self>, io: &dyn Any, extensions: &mut Extensions) {
        let Some(stream) = io.downcast_ref::<TcpStream>() else {
            self.note_unbounded(io);
            return;
        };
        let Ok(peer) = stream.peer_addr() else { return };
        // A refused peer may have sent a request before, which is harmless: the dispatcher reads
        // the end and closes, the limits count it, and the response is not sent.
        if let Entry::Taken(Some(place)) = self.enter(stream, peer) {
            extensions.insert(place);
        }
    }

    /// Applies the limits to a new connection, and shuts it down if its address has too many.
    pub(crate) fn enter(self: &Arc<Self>, stream: &TcpStream, peer: SocketAddr) -> Entry {
        self.bound_writes(stream);
        let peer = peer.ip().to_canonical();
        if self.is_exempt(peer) {
            return Entry::Taken(None);
        }
        self.take(peer, &SockRef::from(stream))
    }

    /// The same for a Unix socket. Its peers have no address, and count as one, unless they are
    /// trusted proxies.
    #[cfg(unix)]
    pub(crate) fn enter_unix(self: &Arc<Self>, stream: &UnixStream) -> Entry {
        if self.port == Port::Clients && self.shield.proxies.trusts_unix() {
            return Entry::Taken(None);
        }
        self.take(std::net::Ipv4Addr::UNSPECIFIED.into(), &SockRef::from(stream))
    }

    /// The same for a client from a proxy's header. The caller closes a refused connection.
    pub(crate) fn enter_proxied(self: &Arc<Self>, client: SocketAddr) -> Entry {
        let client = client.ip().to_canonical();
        if self.is_exempt(client) { Entry::Taken(None) } else { self.place(client) }
    }

    fn take(self: &Arc<Self>, peer: IpAddr, socket: &SockRef<'_>) -> Entry {
        let entry = self.place(peer);
        if matches!(entry, Entry::Refused) {
            let _closed = socket.shutdown(std::net::Shutdown::Both);
        }
        entry
    }

    fn place(self: &Arc<Self>, address: IpAddr) -> Entry {
        let counted = address_bytes(address);
        if self.count(counted) {
            return Entry::Taken(Some(Place { connections: Arc::clone(self), address: counted }));
        }
        self.note_refused(address);
        Entry::Refused
    }

    /// Whether each connection begins with a header of the PROXY protocol.
    pub(crate) fn expects_proxy_header(&self) -> bool {
        self.settings.proxy_protocol
    }

    /// Whether the peer of a connection is a trusted proxy; that of a Unix socket has no address.
    pub(crate) fn is_of_proxy(&self, peer: Option<SocketAddr>) -> bool {
        let proxies = &self.shield.proxies;
        peer.map_or(proxies.trusts_unix(), |peer| proxies.trusts(peer.ip().to_canonical()))
    }

    pub(crate) fn health(&self) -> &Arc<Health> {
        &self.shield.health
    }

    /// Logs once that a connection of this kind has no limits: with TLS its socket is inaccessible.
    fn note_unbounded(&self, io: &dyn Any) {
        #[cfg(unix)]
        let is_local = io.is::<UnixStream>();
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
        self.port == Port::Clients
            && (self.shield.proxies.trusts(peer) || self.shield.unlimited.contain(peer))
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn bound_writes(&self, stream: &TcpStream) {
        let socket = SockRef::from(stream);
        if let Err(error) = socket.set_tcp_user_timeout(Some(self.settings.write_timeout)) {
            tracing::debug!(%error, "a connection has no write timeout");
        }
        if let Err(error) = socket.set_tcp_notsent_lowat(UNSENT) {
            tracing::debug!(%error, "a connection buffers as much as the system likes");
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    #[expect(clippy::unused_self, reason = "it bounds them where the system can")]
    fn bound_writes(&self, _: &TcpStream) {}

    /// Counts one more connection; false if the address has the maximum already.
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
        self.refused_in_all.fetch_add(1, Ordering::Relaxed);
        let mut open = self.open();
        open.refused = open.refused.saturating_add(1);
        if open.noted.is_some_and(|noted| noted.elapsed() < QUIET) {
            return;
        }
        open.noted = Some(Instant::now());
        let refused = std::mem::take(&mut open.refused);
        drop(open);
        let (peer, most) = (peer_name(peer), self.settings.per_address.get());
        match self.port {
            Port::Clients => tracing::warn!(
                refused,
                %peer,
                most,
                "connections were closed: the address has too many. A proxy belongs into \
                 PALISADE_TRUSTED_PROXIES (`unix:` for that of a Unix socket); `connections_per_address` \
                 sets the number"
            ),
            Port::Operators => tracing::warn!(
                refused,
                %peer,
                most,
                "connections to the port for metrics or probes were closed: the address has too many"
            ),
        }
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

impl Connections {
    /// The most connections of each worker, so that descriptors are left for everything else; says in
    /// the log what does not fit. `None` where nothing says how many there are.
    pub(crate) fn most_of_a_worker(
        &self,
        workers: Option<NonZeroUsize>,
        is_reachable: bool,
    ) -> Option<usize> {
        let workers = workers.or_else(|| std::thread::available_parallelism().ok());
        let workers = workers.map_or(1, NonZeroUsize::get);
        let descriptors = descriptors();
        let possible = descriptors.map(|descriptors| share_of_a_worker(descriptors, workers));
        let wanted = self.settings.most.map(|most| equal_share(most, workers));
        let most = match (wanted, possible) {
            (Some(wanted), Some(possible)) => Some(wanted.min(possible)),
            (wanted, possible) => wanted.or(possible),
        };
        let all = most.map(|most| most.saturating_mul(workers));
        if let (Some(descriptors), Some(all)) = (descriptors, all)
            && is_reachable
            && descriptors < FEW_DESCRIPTORS
        {
            tracing::warn!(
                "the process may open {descriptors} files and sockets, so it takes {all} \
                 connections at a time, and further ones wait: raise the limit (`ulimit -n`, \
                 `LimitNOFILE=`)"
            );
        }
        if let (Some(wanted), Some(possible)) = (wanted, possible)
            && wanted > possible
        {
            tracing::warn!(
                "`connections` is more than the descriptors of the process allow: {} are taken",
                possible.saturating_mul(workers)
            );
        }
        for misfit in self.settings.misfits(all, system_backlog(), is_reachable) {
            tracing::warn!("{misfit}");
        }
        most
    }

    pub(crate) fn backlog(&self) -> NonZeroU32 {
        self.settings.backlog
    }
}

/// How many connections may wait in the system.
fn system_backlog() -> Option<u32> {
    std::fs::read_to_string("/proc/sys/net/core/somaxconn").ok()?.trim().parse().ok()
}

/// Each worker's share of the configured number. The remainder is unused.
fn equal_share(most: NonZeroUsize, workers: usize) -> usize {
    (most.get() / workers).max(1)
}

/// A quarter, and at least 64, is reserved for files, databases and other services.
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

#[cfg(test)]
mod tests {
    use std::{
        num::{NonZeroU32, NonZeroUsize},
        time::Duration,
    };

    use super::{ConnectionSettings, equal_share, share_of_a_worker, soft_limit};

    #[test]
    fn what_does_not_fit_together_is_told() {
        let usual = ConnectionSettings::default();
        let second = Duration::from_secs(1);
        let many = NonZeroU32::new(600).unwrap();
        let over = NonZeroU32::new(1_025).unwrap();
        for (settings, all, word) in [
            (usual, Some(1_000), ""),
            (usual, None, ""),
            (ConnectionSettings { keep_alive: second * 60, ..usual }, None, "`keep_alive` is 60s"),
            (
                ConnectionSettings { keep_alive: second * 61, head_timeout: second * 62, ..usual },
                None,
                "`head_timeout` is 62s",
            ),
            (ConnectionSettings { per_address: many, ..usual }, Some(1_199), "one address may"),
            (ConnectionSettings { per_address: many, ..usual }, Some(1_200), ""),
            (ConnectionSettings { backlog: over, ..usual }, None, "`backlog` is 1025"),
        ] {
            let told = settings.misfits(all, Some(1_024), true);
            match told.as_slice() {
                [] => assert_eq!(word, ""),
                [one] => assert!(!word.is_empty() && one.starts_with(word), "{word}: {one}"),
                several => panic!("{several:?}"),
            }
        }
        let near = ConnectionSettings { keep_alive: second * 15, ..usual };
        assert!(near.misfits(None, None, false).is_empty(), "no load balancer reaches it");
        let large = ConnectionSettings { backlog: NonZeroU32::MAX, ..usual };
        assert!(
            large.misfits(None, None, true).is_empty(),
            "the system does not say what it takes"
        );
    }

    #[test]
    fn all_workers_together_have_no_more_than_is_set() {
        for (most, workers, each) in [(4, 2, 2), (5, 2, 2), (7, 4, 1), (100, 3, 33), (1, 4, 1)] {
            assert_eq!(equal_share(NonZeroUsize::new(most).unwrap(), workers), each);
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[test]
    fn a_client_of_the_least_rate_shows_progress_in_time() {
        let rate = u64::from(crate::connection::LEAST_RATE.unwrap().get());
        let taken = rate * ConnectionSettings::default().write_timeout.as_secs();
        assert!(u64::from(super::UNSENT / 2) <= taken, "{taken}");
    }

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
