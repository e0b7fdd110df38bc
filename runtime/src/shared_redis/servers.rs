//! The servers with the shared data, and how to connect to them.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::{ArcSwap, ArcSwapOption};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, RedisError, RedisResult, Value,
    aio::{ConnectionLike as _, MultiplexedConnection},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{RedisSettingError, connection::guarded, traced::traced};
use crate::secrets::{Following, SecretHandle};

/// The time limit for connecting, including DNS and TLS. Requests wait for a connection only as
/// long as for a reply.
pub(crate) const CONNECTING: Duration = Duration::from_secs(2);

/// The schemes for a cluster with one known node, and the library's schemes for them.
const CLUSTER_SCHEMES: [(&str, &str); 4] = [
    ("redis-cluster://", "redis://"),
    ("rediss-cluster://", "rediss://"),
    ("valkey-cluster://", "valkey://"),
    ("valkeys-cluster://", "valkeys://"),
];

/// The servers of a URL, and of its later values if it is a secret that changes.
pub(crate) struct Servers {
    targets: Arc<Targets>,
    secret: Option<SecretHandle>,
    _following: Option<Following>,
}

#[derive(Debug)]
struct Targets {
    current: ArcSwap<Target>,
    /// A server may accept the password of a new secret later than the secret's source returns it.
    previous: ArcSwapOption<Target>,
    /// How many there have been.
    version: AtomicU64,
}

/// One server, or a cluster of them.
pub(crate) enum Target {
    Single(Box<Client>),
    Cluster(Box<ClusterClient>),
}

/// A connection that many requests use at the same time.
#[derive(Clone)]
pub(crate) enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Servers {
    pub(crate) fn at(url: &SecretString) -> Result<Self, RedisSettingError> {
        Ok(Self { targets: Targets::at(url)?, secret: None, _following: None })
    }

    /// Those of the URL in a secret. New connections use its present value; open ones stay.
    pub(crate) fn of(secret: &SecretHandle) -> Result<Self, RedisSettingError> {
        let seen = secret.current();
        let targets = Targets::at(seen.value())?;
        let own = Arc::clone(&targets);
        let following = secret.follow(&seen, move |secret| {
            own.replace(secret.value()).map_err(|error| error.to_string())
        });
        Ok(Self { targets, secret: Some(secret.clone()), _following: Some(following) })
    }

    pub(crate) fn is_cluster(&self) -> bool {
        matches!(**self.targets.current.load(), Target::Cluster(_))
    }

    /// The target of the present URL.
    pub(crate) fn target(&self) -> Arc<Target> {
        self.targets.current.load_full()
    }

    /// Changes with the URL.
    pub(crate) fn version(&self) -> u64 {
        self.targets.version.load(Ordering::Acquire)
    }

    pub(crate) async fn connect(&self) -> RedisResult<Connection> {
        self.connect_to_usable().await.map(|(connection, _)| connection)
    }

    /// A connection, and the target that it was made with. If a server rejects the credentials of a
    /// secret, the secret is fetched again immediately. If it has not changed, the previous value
    /// is tried: the source may have a new password sooner than the server.
    pub(crate) async fn connect_to_usable(&self) -> RedisResult<(Connection, Arc<Target>)> {
        let target = self.targets.current.load_full();
        let refused = match target.connect().await {
            Ok(connection) => return Ok((connection, target)),
            Err(error) => error,
        };
        let Some(secret) = self.secret.as_ref().filter(|_| is_of_credentials(&refused)) else {
            return Err(refused);
        };
        // A failure is reported where secrets are refreshed.
        let _refetched = secret.refetch().await;
        let newest = self.targets.current.load_full();
        let is_other = |other: &Arc<Target>| !Arc::ptr_eq(other, &target);
        let others = [Some(newest), self.targets.previous.load_full()];
        for other in others.into_iter().flatten().filter(is_other) {
            match other.connect().await {
                Ok(connection) => return Ok((connection, other)),
                Err(error) if is_of_credentials(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Err(refused)
    }
}

impl Targets {
    fn at(url: &SecretString) -> Result<Arc<Self>, RedisSettingError> {
        Ok(Arc::new(Self {
            current: ArcSwap::from_pointee(Target::at(url)?),
            previous: ArcSwapOption::empty(),
            version: AtomicU64::new(0),
        }))
    }

    fn replace(&self, url: &SecretString) -> Result<(), RedisSettingError> {
        let before = self.current.swap(Arc::new(Target::at(url)?));
        self.previous.store(Some(before));
        self.version.fetch_add(1, Ordering::Release);
        Ok(())
    }
}

/// Whether the server rejects the credentials.
pub(crate) fn is_of_credentials(error: &RedisError) -> bool {
    error.kind() == ErrorKind::AuthenticationFailed
        || matches!(error.code(), Some("WRONGPASS" | "NOAUTH"))
}

impl Target {
    fn at(url: &SecretString) -> Result<Self, RedisSettingError> {
        // If several crates of a build contain cryptography providers, one has to be chosen for
        // TLS.
        let _already_chosen = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let url = url.expose_secret();
        let seed = CLUSTER_SCHEMES
            .iter()
            .find_map(|(cluster, single)| url.strip_prefix(cluster).map(|rest| (rest, *single)));
        let nodes: Vec<String> = match seed {
            Some((rest, scheme)) => rest.split(',').map(|node| node_url(scheme, node)).collect(),
            None => url.split(',').map(|node| node.trim().to_owned()).collect(),
        };
        // The library's message may repeat the URL.
        match &*nodes {
            [node] if seed.is_none() => Client::open(node.as_str())
                .map(|client| Self::Single(Box::new(client)))
                .map_err(|_| RedisSettingError::Url),
            _ => ClusterClient::builder(nodes)
                .connection_timeout(CONNECTING)
                .response_timeout(CONNECTING)
                .retries(2)
                .build()
                .map(|client| Self::Cluster(Box::new(client)))
                .map_err(|_| RedisSettingError::Url),
        }
    }

    async fn connect(&self) -> RedisResult<Connection> {
        match self {
            Self::Single(client) => {
                // Replies have a timeout already, which this would only duplicate.
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(CONNECTING))
                    .set_response_timeout(None);
                let connect = || client.get_multiplexed_async_connection_with_config(&config);
                guarded(connect).await.map(Connection::Single)
            }
            Self::Cluster(client) => {
                guarded(|| client.get_async_connection()).await.map(Connection::Cluster)
            }
        }
    }
}

/// `host:port`, or a node with the same scheme as the first.
fn node_url(scheme: &str, node: &str) -> String {
    let node = node.trim();
    let plain = CLUSTER_SCHEMES.iter().find_map(|(cluster, _)| node.strip_prefix(cluster));
    format!("{scheme}{}", plain.unwrap_or(node))
}

impl Connection {
    pub(crate) async fn run(&mut self, command: &Cmd) -> RedisResult<Value> {
        let asking = async {
            match self {
                Self::Single(connection) => {
                    guarded(|| connection.send_packed_command(command)).await
                }
                Self::Cluster(connection) => {
                    guarded(|| connection.req_packed_command(command)).await
                }
            }
        };
        let answer = traced(command, asking).await;
        // At this point an error of the server is an ordinary value.
        answer.and_then(Value::extract_error)
    }
}

/// Omits the URL.
impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.targets.current.load().fmt(f)
    }
}

/// Omits the URL.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Single(_) => "Single(..)",
            Self::Cluster(_) => "Cluster(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{RedisSettingError, Servers};

    fn at(url: &str) -> Result<bool, RedisSettingError> {
        Servers::at(&url.into()).map(|servers| servers.is_cluster())
    }

    #[test]
    fn a_list_and_a_scheme_of_its_own_are_clusters() {
        for url in ["redis://h:1", "rediss://u:p@h:1/2", "valkey://h", "redis://h/0"] {
            assert_eq!(at(url), Ok(false), "{url}");
        }
        for url in [
            "redis://h:1,redis://i:2",
            "rediss://u:p@h:1, rediss://u:p@i:2",
            "redis-cluster://u:p@h:1",
            "rediss-cluster://h:1,i:2",
        ] {
            assert_eq!(at(url), Ok(true), "{url}");
        }
    }

    #[test]
    fn what_is_no_such_url_is_refused_and_not_repeated() {
        for url in
            ["", "http://u:hunter2@h", "redis://", "h:1", "redis://h:1,,", "redis-cluster://"]
        {
            let error = at(url).expect_err(url);
            assert_eq!(error, RedisSettingError::Url, "{url}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }
}
