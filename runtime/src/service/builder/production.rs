//! Whether a service is in production.

use std::{
    fmt,
    net::{SocketAddr, ToSocketAddrs as _},
};

use super::Builder;

/// The environment of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// A developer's own machine. Only the developer depends on the service.
    Development,
    /// Other people depend on the service.
    Production,
}

/// Why a service counts as in production.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    /// The setting says so.
    Setting,
    /// Clients reach it by this origin, which is not one of this machine.
    PublicOrigin(String),
    /// It answers for hosts other than localhost.
    Hosts,
    /// It listens at this address, which other machines can reach.
    Address(SocketAddr),
    /// It listens on a Unix socket, so a proxy is in front of it.
    UnixSocket,
    /// It listens on a socket from a supervisor.
    HandedSocket,
    /// It believes the forwarding fields of a proxy.
    TrustedProxies,
    /// It gets certificates from an authority, which has to reach it.
    #[cfg(feature = "acme")]
    Acme,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting => f.write_str("PALISADE_ENV or `.environment(..)` says so"),
            Self::PublicOrigin(origin) => write!(f, "the public origin is {origin}"),
            Self::Hosts => f.write_str("it answers for hosts other than localhost"),
            Self::Address(address) => write!(f, "it listens at {address}"),
            Self::UnixSocket => f.write_str("it listens on a Unix socket"),
            Self::HandedSocket => f.write_str("it listens on a socket of a supervisor"),
            Self::TrustedProxies => f.write_str("it trusts a proxy"),
            #[cfg(feature = "acme")]
            Self::Acme => f.write_str("it gets certificates by ACME"),
        }
    }
}

impl Builder {
    /// The environment of the service.
    ///
    /// Unless this is called, a service is in production as soon as one fact shows that others use
    /// it: it listens beyond loopback, on a Unix socket or on a socket of a supervisor; it trusts a
    /// proxy; its public origin or one of its hosts is not localhost; it gets certificates by ACME.
    /// Without any of these it is in development. A public https origin other than localhost is
    /// production in either case.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.contradicts("PALISADE_ENV", "environment", self.environment != Some(environment));
        self.environment = Some(environment);
        self
    }

    /// Whether a setting names production.
    pub(super) fn is_production_by_name(&self) -> bool {
        self.environment == Some(Environment::Production)
    }

    /// Whether a setting names development.
    pub(super) fn is_development_by_name(&self) -> bool {
        self.environment == Some(Environment::Development)
    }

    /// Why the service is in production; `None` in development. Called before the parts of the builder are
    /// taken.
    pub(super) fn production(&self) -> Option<Evidence> {
        let origin = self.public_origin.as_ref().filter(|origin| !origin.is_local());
        let origin_is_secure = origin.is_some_and(crate::Origin::is_secure);
        match self.environment {
            Some(Environment::Production) => return Some(Evidence::Setting),
            Some(Environment::Development) if !origin_is_secure => return None,
            Some(Environment::Development) | None => {}
        }
        #[cfg(feature = "acme")]
        let acme = self.has_acme().then_some(Evidence::Acme);
        #[cfg(not(feature = "acme"))]
        let acme = None;
        origin
            .map(|origin| Evidence::PublicOrigin(origin.as_str().to_owned()))
            .or_else(|| self.listening.evidence())
            .or_else(|| self.proxies.are_trusted().then_some(Evidence::TrustedProxies))
            .or_else(|| (!self.hosts.are_local()).then_some(Evidence::Hosts))
            .or(acme)
    }

    /// Whether other machines can send requests.
    pub(crate) fn is_production(&self) -> bool {
        self.production().is_some()
    }
}

/// The first of these addresses that other machines can reach. A name that cannot be resolved is refused
/// when the service listens.
pub(super) fn beyond_loopback(bind: &str) -> Option<Evidence> {
    let mut addresses = bind.to_socket_addrs().ok()?;
    addresses.find_map(beyond_loopback_at)
}

/// This address, if other machines can reach it.
pub(super) fn beyond_loopback_at(address: SocketAddr) -> Option<Evidence> {
    (!address.ip().to_canonical().is_loopback()).then_some(Evidence::Address(address))
}

#[cfg(test)]
mod tests {
    use super::Evidence;
    use crate::{Builder, Environment, Palisade};

    fn local() -> Builder {
        Palisade::builder().bind("127.0.0.1:0")
    }

    #[test]
    fn one_piece_of_evidence_makes_a_service_one_of_production() {
        let origin = |text: &str| Some(Evidence::PublicOrigin(text.to_owned()));
        let address = |text: &str| Some(Evidence::Address(text.parse().unwrap()));
        for (builder, expected) in [
            (local(), None),
            (Palisade::builder(), None),
            (local().bind("[::1]:0"), None),
            (local().bind("localhost:0"), None),
            (local().bind("[::ffff:127.0.0.1]:0"), None),
            (local().public_origin("http://localhost:8080"), None),
            (local().public_origin("https://127.0.0.1:8443"), None),
            (local().public_origin("https://notes.localhost"), None),
            (local().host("localhost").host("127.0.0.1").host("[::1]"), None),
            (local().host("*.notes.localhost").host("127.0.0.0/8"), None),
            (local().public_origin("https://api.example"), origin("https://api.example")),
            (local().host("localhost").host("api.example"), Some(Evidence::Hosts)),
            (local().host("app"), Some(Evidence::Hosts)),
            (local().host("10.0.0.7"), Some(Evidence::Hosts)),
            (local().host("126.0.0.0/7"), Some(Evidence::Hosts)),
            (local().host("*.api.example"), Some(Evidence::Hosts)),
            (local().dangerous_any_host("a proxy checks it"), Some(Evidence::Hosts)),
            (local().bind("0.0.0.0:80"), address("0.0.0.0:80")),
            (local().bind("[::]:80"), address("[::]:80")),
            (local().bind("192.0.2.1:80"), address("192.0.2.1:80")),
            (local().trusted_proxy("127.0.0.1"), Some(Evidence::TrustedProxies)),
            (local().trusted_proxy("unix:"), Some(Evidence::TrustedProxies)),
            (local().bind("unix:/run/notes/http.sock"), Some(Evidence::UnixSocket)),
            (local().bind("systemd"), Some(Evidence::HandedSocket)),
            (local().bind("fd://notes.socket"), Some(Evidence::HandedSocket)),
        ] {
            assert_eq!(builder.production(), expected, "{expected:?}");
        }
    }

    #[test]
    fn sockets_that_are_bound_already_count_by_their_addresses() {
        let at = |address: &str| std::net::TcpListener::bind(address).unwrap();
        assert_eq!(local().listener(at("127.0.0.1:0")).production(), None);
        let inner = at("127.0.0.1:0");
        assert_eq!(Palisade::builder().bind("0.0.0.0:80").listener(inner).production(), None);
        #[cfg(unix)]
        {
            let name = format!("palisade-production-{}.sock", std::process::id());
            let path = std::env::temp_dir().join(name);
            let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
            std::fs::remove_file(path).unwrap();
            let builder = local().unix_listener(listener);
            assert_eq!(builder.production(), Some(Evidence::UnixSocket));
        }
    }

    #[cfg(feature = "acme")]
    #[test]
    fn an_authority_has_to_reach_the_service() {
        let builder = local().acme(crate::Acme::new(["localhost"], "/var/lib/notes/acme"));
        assert_eq!(builder.production(), Some(Evidence::Acme));
    }

    #[test]
    fn the_setting_decides_before_the_evidence() {
        let development = |builder: Builder| builder.environment(Environment::Development);
        for builder in [
            local().bind("0.0.0.0:80"),
            local().bind("unix:/run/notes/http.sock"),
            local().bind("systemd"),
            local().trusted_proxy("10.0.0.0/8"),
            local().host("api.example"),
        ] {
            assert_eq!(development(builder).production(), None);
        }
        let secure = development(local().public_origin("https://api.example"));
        assert!(secure.is_production(), "clients come over https from elsewhere");
        let named = local().environment(Environment::Production);
        assert_eq!(named.production(), Some(Evidence::Setting));
    }
}
