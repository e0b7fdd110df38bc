//! What is known of a deployment.

use super::Server;
use crate::secret::Weakness;

/// What is known of a deployment. An unknown fact has its default value, for which nothing is reported.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Whether the service is in production. Otherwise only what is wrong everywhere is reported.
    pub is_production: bool,
    /// Why, as a clause: `it trusts a proxy`. `None` where the command judges.
    pub production_because: Option<String>,
    /// Whether a setting says so, rather than an address or an origin.
    pub is_production_by_name: bool,
    /// Whether a setting says that it is for development.
    pub is_development_by_name: bool,
    /// Secrets that settings hold, and what is wrong with them.
    pub secrets: Vec<SecretFact>,
    /// Files that hold secrets and that every user of the machine can read.
    pub shared_files: Vec<SharedFile>,
    /// Whether answers show causes.
    pub detailed_errors: bool,
    /// Whether the program was built with assertions for debugging.
    pub debug_assertions: bool,
    /// Whether it was built to end at a panic.
    pub panic_abort: bool,
    /// What the log was asked for.
    pub log_filter: Option<String>,
    /// Why the description of the endpoints is public; `None` if it is not.
    pub public_documentation: Option<String>,
    /// The policies for pages of other origins: of the service, and of endpoints.
    pub cors: Vec<CorsFact>,
    /// Whether clients come over TLS: by a public origin with https, or because the service speaks TLS.
    pub is_https: bool,
    /// The service speaks TLS itself, so that no proxy has to be in front.
    pub speaks_tls: bool,
    /// Whether it listens where others reach it: not on loopback, not on a Unix socket.
    pub is_reachable: bool,
    /// The seconds of HSTS, where it is sent.
    pub hsts_max_age: Option<u32>,
    /// Whether HSTS binds the hosts below.
    pub hsts_subdomains: bool,
    /// Whether browsers are to know it beforehand.
    pub hsts_preload: bool,
    /// The service answers for every host; the reason that was given for it.
    pub any_host: Option<String>,
    /// Neither hosts nor a public origin are set.
    pub hosts_unset: bool,
    /// Whether the addresses of clients come from a trusted proxy.
    pub trusts_proxies: bool,
    /// Trusted proxies that clients can be among; the reason that was given for it.
    pub wide_proxies: Option<String>,
    /// Where limits are counted.
    pub limits: LimitsFact,
    /// Endpoints that cost much and do not say how many may be under way: which, and the fix.
    pub unbounded: Vec<(String, String)>,
    /// How many instances there are.
    pub replicas: Option<Replicas>,
    /// Sessions are kept in the memory of the process.
    pub sessions_in_memory: bool,
    /// Revocations are kept in the memory of the process.
    pub revocations_in_memory: bool,
    /// Endpoints that take tokens of forms, signed with a key that the process made.
    pub form_key_is_own: bool,
    /// Settings whose absence leaves Redis with the default prefix.
    pub unset_prefixes: Vec<&'static str>,
    /// Tokens are taken, and nothing says where revocations are.
    pub revocations_unset: bool,
    /// Endpoints of administrators that require nothing more than a token or a session.
    pub admin: Vec<EndpointFact>,
    /// Databases.
    pub databases: Vec<Server>,
    /// Stores.
    pub stores: Vec<Server>,
    /// SQLite databases.
    pub sqlite: Vec<SqliteFact>,
    /// What is wrong with the clock.
    pub clock: Option<Clock>,
    /// The process runs as root, and stays so.
    pub is_root: bool,
}

/// A secret that a setting holds.
#[derive(Clone, Debug)]
pub struct SecretFact {
    /// The setting.
    pub setting: String,
    /// What is wrong with it.
    pub weakness: Weakness,
    /// Whether it is certain that the service uses it.
    pub is_used: bool,
}

/// A file with secrets.
#[derive(Clone, Debug)]
pub struct SharedFile {
    /// The setting that names it, or what it is.
    pub setting: String,
    /// Its path.
    pub path: String,
    /// Its mode.
    pub mode: u32,
}

/// A policy for pages of other origins.
#[derive(Clone, Debug, Default)]
pub struct CorsFact {
    /// Whose: the service's, or an endpoint.
    pub place: String,
    /// Every origin.
    pub any: bool,
    /// Whether the answers are for known callers.
    pub is_authenticated: bool,
    /// Whether requests carry cookies.
    pub credentials: bool,
    /// Origins of this machine among those that are listed.
    pub local: Vec<String>,
    /// Why it is so.
    pub reason: Option<String>,
}

/// Where limits are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LimitsFact {
    /// No setting says it.
    #[default]
    Unknown,
    /// Nowhere: what was set.
    Off(String),
    /// In each process.
    InMemory,
    /// In a store that the instances share.
    Shared,
}

/// How many instances there are, and how that is known.
#[derive(Clone, Debug)]
pub struct Replicas {
    /// At least so many.
    pub count: u32,
    /// Who says so.
    pub told_by: String,
    /// Whether a setting says so, rather than a sign of the machine.
    pub is_certain: bool,
}

/// An endpoint.
#[derive(Clone, Debug)]
pub struct EndpointFact {
    /// Its name and place.
    pub name: String,
    /// What makes it one: a scope, a path.
    pub because: String,
}

/// A SQLite database.
#[derive(Clone, Debug)]
pub struct SqliteFact {
    /// The file.
    pub path: String,
    /// The disk, where it is not one of this machine.
    pub disk: Disk,
}

/// A disk that is not one of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// One of the network, whose locks are known to fail: NFS, SMB.
    Network(&'static str),
    /// One that may be of the network: FUSE, 9P, Ceph.
    Perhaps(&'static str),
}

/// What is wrong with the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Before this version was made.
    BeforeRelease,
    /// Before the program was built, by so many seconds.
    BehindBuild(u64),
    /// Apart from that of another machine, by so many seconds.
    Apart(&'static str, u64),
}
