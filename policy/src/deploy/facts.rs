//! The facts about a deployment.

use super::Server;
use crate::secret::Weakness;

/// The facts about a deployment. An unknown fact has its default value, for which there is no
/// finding.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Whether the service is in production. Otherwise only mistakes that apply everywhere are
    /// reported.
    pub is_production: bool,
    /// The cause, as a clause: `it trusts a proxy`. `None` for the command.
    pub production_because: Option<String>,
    /// Whether a setting has this mode, rather than an address or an origin implying it.
    pub is_production_by_name: bool,
    /// Whether a setting has the development mode.
    pub is_development_by_name: bool,
    /// Secrets in settings, and their weaknesses.
    pub secrets: Vec<SecretFact>,
    /// Files with secrets that every user of the machine can read.
    pub shared_files: Vec<SharedFile>,
    /// Whether responses contain the causes of errors.
    pub detailed_errors: bool,
    /// Whether the program was built with debug assertions.
    pub debug_assertions: bool,
    /// Whether it was built to abort at a panic.
    pub panic_abort: bool,
    /// The log filter.
    pub log_filter: Option<String>,
    /// The reason for public documentation of the endpoints; `None` if it is not public.
    pub public_documentation: Option<String>,
    /// The CORS policies: of the service, and of endpoints.
    pub cors: Vec<CorsFact>,
    /// Whether clients use TLS: because of a public origin with https, or because the service has
    /// TLS.
    pub is_https: bool,
    /// The service has TLS itself, so that it needs no proxy in front.
    pub speaks_tls: bool,
    /// Whether others can reach its address: not on loopback, not on a Unix socket.
    pub is_reachable: bool,
    /// The seconds of HSTS, if it is sent.
    pub hsts_max_age: Option<u32>,
    /// Whether HSTS includes subdomains.
    pub hsts_subdomains: bool,
    /// Whether browsers may preload it.
    pub hsts_preload: bool,
    /// The service accepts every host; the reason for it.
    pub any_host: Option<String>,
    /// Neither hosts nor a public origin are set.
    pub hosts_unset: bool,
    /// Whether the addresses of clients come from a trusted proxy.
    pub trusts_proxies: bool,
    /// The trusted proxies may include clients; the reason for it.
    pub wide_proxies: Option<String>,
    /// Where limits are counted.
    pub limits: LimitsFact,
    /// Expensive endpoints without a concurrency limit: which, and the fix.
    pub unbounded: Vec<(String, String)>,
    /// The number of instances.
    pub replicas: Option<Replicas>,
    /// Sessions are kept in the memory of the process.
    pub sessions_in_memory: bool,
    /// Revocations are kept in the memory of the process.
    pub revocations_in_memory: bool,
    /// There are endpoints with form tokens, which are signed with a key that the process made.
    pub form_key_is_own: bool,
    /// Unset settings because of which Redis has the default prefix.
    pub unset_prefixes: Vec<&'static str>,
    /// Tokens are accepted, and no setting has the store of revocations.
    pub revocations_unset: bool,
    /// Endpoints for administrators that only require a token or a session.
    pub admin: Vec<EndpointFact>,
    /// Databases.
    pub databases: Vec<Server>,
    /// Stores.
    pub stores: Vec<Server>,
    /// SQLite databases.
    pub sqlite: Vec<SqliteFact>,
    /// The fault of the clock.
    pub clock: Option<Clock>,
    /// The process runs as root, and continues so.
    pub is_root: bool,
}

/// A secret in a setting.
#[derive(Clone, Debug)]
pub struct SecretFact {
    /// The setting.
    pub setting: String,
    /// Its weakness.
    pub weakness: Weakness,
    /// Whether it is certain that the service uses it.
    pub is_used: bool,
}

/// A file with secrets.
#[derive(Clone, Debug)]
pub struct SharedFile {
    /// The setting with its path, or its description.
    pub setting: String,
    /// Its path.
    pub path: String,
    /// Its mode.
    pub mode: u32,
}

/// A CORS policy.
#[derive(Clone, Debug, Default)]
pub struct CorsFact {
    /// The service or an endpoint.
    pub place: String,
    /// Every origin.
    pub any: bool,
    /// Whether the responses are for authenticated callers.
    pub is_authenticated: bool,
    /// Whether requests carry cookies.
    pub credentials: bool,
    /// Origins of this machine in the list.
    pub local: Vec<String>,
    /// The reason for it.
    pub reason: Option<String>,
}

/// Where limits are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LimitsFact {
    /// No setting has it.
    #[default]
    Unknown,
    /// Nowhere: the value of the setting.
    Off(String),
    /// In each process.
    InMemory,
    /// In a store that instances share.
    Shared,
}

/// The number of instances, and how it is known.
#[derive(Clone, Debug)]
pub struct Replicas {
    /// The minimum.
    pub count: u32,
    /// The source of the number.
    pub told_by: String,
    /// Whether a setting has it, rather than a sign of the machine.
    pub is_certain: bool,
}

/// An endpoint.
#[derive(Clone, Debug)]
pub struct EndpointFact {
    /// Its name and place.
    pub name: String,
    /// The reason for the classification: a scope, a path.
    pub because: String,
}

/// A SQLite database.
#[derive(Clone, Debug)]
pub struct SqliteFact {
    /// The file.
    pub path: String,
    /// The disk, if it is not a local one.
    pub disk: Disk,
}

/// A disk that is not a local one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// A network file system whose locks are known to fail: NFS, SMB.
    Network(&'static str),
    /// Possibly a network file system: FUSE, 9P, Ceph.
    Perhaps(&'static str),
}

/// The fault of the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clock {
    /// It is before the release of this version.
    BeforeRelease,
    /// It is before the build of the program, by this many seconds.
    BehindBuild(u64),
    /// It differs from that of another machine, by this many seconds.
    Apart(&'static str, u64),
}
