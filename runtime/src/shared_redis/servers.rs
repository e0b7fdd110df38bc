//! Which servers hold what is shared, and how to connect to them.

use std::{fmt, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, Cmd, RedisResult, Value,
    aio::{ConnectionLike as _, MultiplexedConnection},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{RedisSettingError, connection::guarded};

/// How long a connection may take to be made, names and TLS included. Requests do not wait for it
/// longer than for an answer.
pub(crate) const CONNECTING: Duration = Duration::from_secs(2);

/// Scheme of a cluster that is named by one of its nodes, and what it is with the library.
const CLUSTER_SCHEMES: [(&str, &str); 4] = [
    ("redis-cluster://", "redis://"),
    ("rediss-cluster://", "rediss://"),
    ("valkey-cluster://", "valkey://"),
    ("valkeys-cluster://", "valkeys://"),
];

/// One server, or a cluster of them.
pub(crate) enum Servers {
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
        // Where several crates of a build bring cryptography, somebody has to choose for TLS.
        let _already_chosen = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let url = url.expose_secret();
        let seed = CLUSTER_SCHEMES
            .iter()
            .find_map(|(cluster, single)| url.strip_prefix(cluster).map(|rest| (rest, *single)));
        let nodes: Vec<String> = match seed {
            Some((rest, scheme)) => rest.split(',').map(|node| node_url(scheme, node)).collect(),
            None => url.split(',').map(|node| node.trim().to_owned()).collect(),
        };
        // What the library says may repeat the URL.
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

    pub(crate) const fn is_cluster(&self) -> bool {
        matches!(self, Self::Cluster(_))
    }

    pub(crate) async fn connect(&self) -> RedisResult<Connection> {
        match self {
            Self::Single(client) => {
                // Answers have a time-out of their own, which this would only double.
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

/// `host:port`, or a node that was written with a scheme like the first.
fn node_url(scheme: &str, node: &str) -> String {
    let node = node.trim();
    let plain = CLUSTER_SCHEMES.iter().find_map(|(cluster, _)| node.strip_prefix(cluster));
    format!("{scheme}{}", plain.unwrap_or(node))
}

impl Connection {
    pub(crate) async fn run(&mut self, command: &Cmd) -> RedisResult<Value> {
        let answer = match self {
            Self::Single(connection) => guarded(|| connection.send_packed_command(command)).await,
            Self::Cluster(connection) => guarded(|| connection.req_packed_command(command)).await,
        };
        // An error of the server is a value as any other, so far.
        answer.and_then(Value::extract_error)
    }
}

/// Says nothing of the URL.
impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_cluster() { "Cluster(..)" } else { "Single(..)" })
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
