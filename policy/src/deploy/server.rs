//! Properties of a connection to a database or a store, from its URL.

use std::{fmt, net::IpAddr};

use crate::secret::{UrlPassword, Weakness, weakness_beside};

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// TLS with a verified certificate.
    Verified,
    /// TLS with an unverified peer, or perhaps no TLS.
    Unverified,
    /// No TLS.
    Off,
}

/// The server in a URL. It contains neither the URL nor its password.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// The setting, or the purpose of the server.
    pub setting: String,
    /// The host; empty for a Unix socket.
    pub host: String,
    /// The protection of the connection.
    pub tls: Tls,
    /// Whether the URL has a password.
    pub has_password: bool,
    /// The weakness of the password, if there is one.
    pub weakness: Option<Weakness>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("setting", &self.setting)
            .field("host", &self.host)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Parses a URL of Postgres, MySQL or Redis; `None` for another scheme.
    ///
    /// Connections to Postgres and MySQL use verified TLS unless the URL disables it (`sslmode`,
    /// `ssl-mode`), or the host is this machine. For Redis the scheme decides. Of several servers
    /// of a cluster the first one that is not this machine counts.
    pub fn of(setting: impl Into<String>, url: &str) -> Option<Self> {
        let setting = setting.into();
        let (scheme, rest) = url.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        // A password may hold an `@` and a comma that are not encoded.
        let authority = rest.split('/').next().unwrap_or_default();
        let (has_password, weakness) = match UrlPassword::of(url) {
            UrlPassword::Given { user, password } => (true, weakness_beside(&user, &password)),
            UrlPassword::NotAUrl | UrlPassword::Absent => (false, None),
        };
        let listed = if rest.contains("://") {
            rest
        } else {
            authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts)
        };
        let hosts: Vec<_> = listed.split(',').map(host_of).collect();
        let host = hosts.iter().find(|host| !is_here(host)).or(hosts.last());
        let host = host.cloned().unwrap_or_default();
        let by_query = |names: [&str; 2], host_names: &[&str]| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let mode = pairs.clone().find(|(name, _)| names.contains(name)).map(|(_, mode)| mode);
            let socket = pairs.find(|(name, _)| host_names.contains(name)).map(|(_, path)| path);
            (mode.map(|mode| mode.to_ascii_lowercase().replace('_', "-")), socket.is_some())
        };
        let (tls, by_socket) = match scheme.as_str() {
            "postgres" | "postgresql" | "mysql" | "mariadb" => {
                let (mode, by_socket) = by_query(["sslmode", "ssl-mode"], &["host", "socket"]);
                let tls = match mode.as_deref() {
                    None | Some("verify-full" | "verify-ca" | "verify-identity") => Tls::Verified,
                    Some("require" | "required") => Tls::Unverified,
                    Some(_) => Tls::Off,
                };
                (tls, by_socket)
            }
            "rediss" | "valkeys" | "rediss-cluster" | "valkeys-cluster" => {
                let is_insecure = url.ends_with("#insecure");
                (if is_insecure { Tls::Unverified } else { Tls::Verified }, false)
            }
            "redis" | "valkey" | "redis-cluster" | "valkey-cluster" => (Tls::Off, false),
            _ => return None,
        };
        Some(Self {
            setting,
            host: if by_socket { String::new() } else { host },
            tls,
            has_password,
            weakness,
        })
    }

    /// Whether it is this machine, where no other party can read the traffic.
    pub fn is_here(&self) -> bool {
        is_here(&self.host)
    }
}

fn host_of(text: &str) -> String {
    // Each server of a cluster may be a URL of its own.
    let text = text.rsplit_once("://").map_or(text, |(_, rest)| rest);
    let text = text.split('/').next().unwrap_or_default();
    let text = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
    if let Some(v6) = text.strip_prefix('[') {
        return v6.split(']').next().unwrap_or_default().to_owned();
    }
    text.split(':').next().unwrap_or_default().to_ascii_lowercase()
}

fn is_here(host: &str) -> bool {
    host.is_empty()
        || host.starts_with('/')
        || host.starts_with("%2f")
        || host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a host belongs to a private network by its name or its address: a single label, as
/// containers have, a name below `internal`, `local`, `svc` or `lan`, an address of RFC 1918, RFC
/// 4193, RFC 6598 or RFC 3927.
pub fn is_private_host(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => {
            let [first, second, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || (first == 100 && second & 0xC0 == 64)
        }
        Ok(IpAddr::V6(v6)) => {
            v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()
        }
        Err(_) => {
            let private = ["internal", "local", "svc", "lan", "home.arpa", "localhost"];
            !host.contains('.')
                || private
                    .iter()
                    .any(|own| host.strip_suffix(own).is_some_and(|rest| rest.ends_with('.')))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Server, Tls, is_private_host};
    use crate::secret::Weakness;

    fn of(url: &str) -> Server {
        Server::of("DATABASE_URL", url).unwrap_or_else(|| panic!("{url}"))
    }

    #[test]
    fn the_way_to_a_database_is_read_off_its_url() {
        for (url, host, tls) in [
            ("postgres://u:p@db.example.com:5432/notes", "db.example.com", Tls::Verified),
            ("postgres://u:p@db.example.com/n?sslmode=disable", "db.example.com", Tls::Off),
            ("postgresql://db.example.com/n?a=b&sslmode=prefer", "db.example.com", Tls::Off),
            ("postgres://db.example.com/n?sslmode=require", "db.example.com", Tls::Unverified),
            ("postgres://db.example.com/n?sslmode=verify-full", "db.example.com", Tls::Verified),
            ("mysql://db.example.com/n?ssl-mode=VERIFY_IDENTITY", "db.example.com", Tls::Verified),
            ("mysql://db.example.com/n?ssl-mode=DISABLED", "db.example.com", Tls::Off),
            ("redis://:p@cache:6379/0", "cache", Tls::Off),
            ("rediss://cache.example.com", "cache.example.com", Tls::Verified),
            ("redis-cluster://127.0.0.1:1,redis://10.0.0.2:2", "10.0.0.2", Tls::Off),
            ("redis://[2001:db8::1]:6379", "2001:db8::1", Tls::Off),
        ] {
            let server = of(url);
            assert_eq!((server.host.as_str(), server.tls), (host, tls), "{url}");
            assert!(!server.is_here(), "{url}");
        }
    }

    #[test]
    fn this_machine_is_told_by_its_names_and_sockets() {
        for url in [
            "postgres://u:p@localhost/n",
            "postgres://u:p@127.0.0.1:1/n?sslmode=disable",
            "postgres:///n?host=/run/postgresql",
            "redis://[::1]:6379",
            "postgres://%2Frun%2Fpostgresql/n",
        ] {
            assert!(of(url).is_here(), "{url}");
        }
        assert!(Server::of("x", "sqlite://a.sqlite").is_none());
        assert!(Server::of("x", "not a url").is_none());
    }

    #[test]
    fn a_password_is_judged_and_not_kept() {
        let server = of("postgres://u:change%2Dme@db.example.com/n");
        assert!(server.has_password && server.weakness == Some(Weakness::Words));
        assert!(!format!("{server:?}").contains("change"));
        let strong = of("postgres://u:mB4kT8uZr2xVq7@Lp@db.example.com/n");
        assert!(
            strong.has_password && strong.weakness.is_none() && strong.host == "db.example.com"
        );
        assert!(!of("postgres://db.example.com/n").has_password);
        let comma = of("postgres://u:a,b@localhost/n?sslmode=disable");
        assert!(comma.is_here(), "{comma:?}");
    }

    #[test]
    fn private_hosts_are_told_from_public_ones() {
        for host in ["db", "db.prod.svc.cluster.local", "x.internal", "10.1.2.3", "fd00::1"] {
            assert!(is_private_host(host), "{host}");
        }
        for host in ["db.example.com", "internal.example.com", "8.8.8.8", "2600::1"] {
            assert!(!is_private_host(host), "{host}");
        }
    }
}
