//! Who gets what development opens: the causes of errors, and the OpenAPI document.
//!
//! A service on loopback counts as in development unless a setting says otherwise. A proxy on the same machine
//! makes it public all the same, and a page whose name an attacker points to this machine (DNS rebinding) sends its
//! requests from here too. So a service in development judges each request (CWE-209, CWE-489). A request is a
//! developer's own if all of these hold:
//!
//! 1. It has no field that proxies add, unless a trusted proxy sends it.
//! 2. Its host is localhost, a name below it, or an address of loopback. Where a setting names development, the
//!    hosts that the service lists are good too. A request without a host is one that no connection brought: a
//!    test of the service's own.
//! 3. Its peer is this machine, and its version is not HTTP/1.0, which proxies use by default and browsers do not,
//!    unless a setting names development. A request with a host whose peer has no address came through a Unix
//!    socket, which is how proxies connect: it is not a developer's own either.
//!
//! A proxy that adds no field and passes on the host of its clients, and a forwarder of connections, leave no trace:
//! their clients may write `Host: localhost`. The page about the deploy check asks for `PALISADE_ENV=production` there.
//!
//! Every other request is answered as in production, and the log has one line about the first of them.

use std::{
    fmt,
    net::IpAddr,
    sync::atomic::{AtomicBool, Ordering},
};

use actix_web::{
    dev::RequestHead,
    http::{
        Version,
        header::{self, HeaderMap},
    },
};

use crate::{excerpt::excerpt, firewall::Firewall};

/// The fields by which proxies tell of the requests that they forward.
const OF_PROXIES: [(&str, &str); 6] = [
    ("forwarded", "Forwarded"),
    ("x-forwarded-for", "X-Forwarded-For"),
    ("x-forwarded-host", "X-Forwarded-Host"),
    ("x-forwarded-proto", "X-Forwarded-Proto"),
    ("x-real-ip", "X-Real-IP"),
    ("via", "Via"),
];

/// The longest host that is logged, in bytes.
const LONGEST_HOST: usize = 128;

/// A service in development.
#[derive(Debug)]
pub(crate) struct Development {
    /// Whether a setting says so; otherwise, it is the lack of evidence of production.
    is_named: bool,
    has_warned: AtomicBool,
}

/// What is known of a request's connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connected {
    /// `None` for a Unix socket, and for a request that no connection brought.
    pub(crate) peer: Option<IpAddr>,
    /// Whether the peer is a trusted proxy.
    pub(crate) is_of_proxy: bool,
}

/// Why a request is not a developer's own.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Evidence {
    Field(&'static str),
    Host(String),
    Peer(IpAddr),
    Socket,
    Version,
}

impl Development {
    pub(crate) fn new(is_named: bool) -> Self {
        Self { is_named, has_warned: AtomicBool::new(false) }
    }

    /// Whether a request is a developer's own. Logs the first one that is not.
    pub(crate) fn is_own(
        &self,
        head: &RequestHead,
        connected: Connected,
        firewall: &Firewall,
    ) -> bool {
        let Some(evidence) = self.evidence(head, connected, firewall) else { return true };
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            let why = match self.is_named {
                true => "a setting says that this service is in development",
                false => "no setting says that this service is in production",
            };
            tracing::warn!(
                "{why}, and a request {evidence}: such requests get no causes of errors and no OpenAPI \
                 document. If others use the service, set PALISADE_ENV=production. If the request is a \
                 developer's own, set PALISADE_ENV=development, name the proxy in PALISADE_TRUSTED_PROXIES, \
                 and the host in PALISADE_HOSTS"
            );
        }
        false
    }

    fn evidence(
        &self,
        head: &RequestHead,
        connected: Connected,
        firewall: &Firewall,
    ) -> Option<Evidence> {
        if !connected.is_of_proxy
            && let Some(field) = field_of_proxies(&head.headers)
        {
            return Some(Evidence::Field(field));
        }
        let host = firewall.is_for_this_machine(head, self.is_named);
        let is_for_a_host = host.is_some();
        let is_good_host = host.unwrap_or(connected.peer.is_none());
        if !is_good_host {
            let field = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
            let host = head.uri.authority().map_or(field, |authority| Some(authority.as_str()));
            return Some(Evidence::Host(
                excerpt(host.unwrap_or_default(), LONGEST_HOST).to_owned(),
            ));
        }
        if self.is_named {
            return None;
        }
        if head.version == Version::HTTP_10 && !connected.is_of_proxy {
            return Some(Evidence::Version);
        }
        match connected.peer.map(|peer| peer.to_canonical()) {
            Some(peer) => (!peer.is_loopback()).then_some(Evidence::Peer(peer)),
            None => is_for_a_host.then_some(Evidence::Socket),
        }
    }
}

fn field_of_proxies(headers: &HeaderMap) -> Option<&'static str> {
    OF_PROXIES.into_iter().find(|(name, _)| headers.contains_key(*name)).map(|(_, shown)| shown)
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => write!(f, "has the field {field} of a proxy"),
            Self::Host(host) => write!(f, "is for the host {host:?}"),
            Self::Peer(peer) => write!(f, "comes from {peer}"),
            Self::Socket => f.write_str("comes through a Unix socket"),
            Self::Version => f.write_str("has the version HTTP/1.0 of a proxy"),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::{Connected, Development, Evidence, Version};
    use crate::firewall::{Firewall, Hosts};

    fn evidence(is_named: bool, hosts: &[&str], request: TestRequest, peer: &str) -> String {
        let mut listed = Hosts::default();
        for host in hosts {
            listed.add(host).unwrap();
        }
        let connected = Connected {
            peer: peer.trim_end_matches('*').parse().ok(),
            is_of_proxy: peer.ends_with('*'),
        };
        let request = request.to_request();
        let found =
            Development::new(is_named).evidence(request.head(), connected, &Firewall::new(listed));
        found.as_ref().map(Evidence::to_string).unwrap_or_default()
    }

    fn for_host(host: &str) -> TestRequest {
        TestRequest::default().insert_header(("host", host))
    }

    #[test]
    fn requests_of_this_machine_are_a_developers_own() {
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "a.b.localhost",
            "127.0.0.1:80",
            "127.9.9.9",
            "[::1]:8080",
        ] {
            for peer in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
                assert_eq!(evidence(false, &[], for_host(host), peer), "", "{host} {peer}");
            }
            let through_socket = evidence(false, &[], for_host(host), "");
            assert_eq!(through_socket, "comes through a Unix socket", "{host}");
            assert_eq!(evidence(true, &[], for_host(host), ""), "", "{host}");
        }
        let inside = TestRequest::default();
        assert_eq!(evidence(false, &[], inside, ""), "");
        let http2 = TestRequest::with_uri("http://localhost:8080/").version(Version::HTTP_2);
        assert_eq!(evidence(false, &[], http2, "127.0.0.1"), "");
    }

    #[test]
    fn what_others_may_have_sent_is_not() {
        for host in [
            "api.example",
            "localhost.evil.example",
            "items",
            "198.51.100.7",
            "0.0.0.0:8080",
            "[::]",
            "[::ffff:10.0.0.1]",
            "",
            "a b",
        ] {
            let told = evidence(false, &[], for_host(host), "127.0.0.1");
            assert_eq!(told, format!("is for the host {host:?}"));
        }
        for name in [
            "Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Forwarded-Proto",
            "X-Real-IP",
            "Via",
        ] {
            let request = for_host("localhost").insert_header((name, "x"));
            let told = evidence(false, &[], request, "127.0.0.1");
            assert_eq!(told, format!("has the field {name} of a proxy"));
        }
        let two = for_host("localhost").append_header(("host", "evil.example"));
        assert!(evidence(false, &[], two, "127.0.0.1").starts_with("is for the host"));
        let http2 = TestRequest::with_uri("http://api.example/").version(Version::HTTP_2);
        assert_eq!(evidence(false, &[], http2, "127.0.0.1"), "is for the host \"api.example\"");
        let differs =
            TestRequest::with_uri("http://localhost/").insert_header(("host", "b.example"));
        assert!(!evidence(false, &[], differs, "127.0.0.1").is_empty());
        let without = TestRequest::default().version(Version::HTTP_10);
        assert_eq!(evidence(false, &[], without, "127.0.0.1"), "is for the host \"\"");
        let old = || for_host("127.0.0.1:8080").version(Version::HTTP_10);
        let told = "has the version HTTP/1.0 of a proxy";
        assert_eq!(evidence(false, &[], old(), "127.0.0.1"), told);
        assert_eq!(evidence(false, &[], old(), "127.0.0.1*"), "");
        assert_eq!(evidence(true, &[], old(), "127.0.0.1"), "");
        assert_eq!(
            evidence(false, &[], for_host("localhost"), "192.0.2.7"),
            "comes from 192.0.2.7"
        );
    }

    #[test]
    fn named_development_trusts_what_it_names_and_nothing_else() {
        let hosts = &["dev.example", "192.168.1.5"];
        for host in ["dev.example", "192.168.1.5:8080", "localhost"] {
            for peer in ["127.0.0.1", "192.168.1.9"] {
                assert_eq!(evidence(true, hosts, for_host(host), peer), "", "{host} {peer}");
            }
        }
        let forwarded = || for_host("dev.example").insert_header(("x-forwarded-for", "192.0.2.1"));
        assert_eq!(evidence(true, hosts, forwarded(), "127.0.0.1*"), "");
        assert!(!evidence(true, hosts, forwarded(), "127.0.0.1").is_empty());
        assert!(!evidence(true, hosts, for_host("evil.example"), "127.0.0.1*").is_empty());
        // Without the name, hosts that are listed are evidence of production.
        assert!(!evidence(false, hosts, for_host("dev.example"), "127.0.0.1").is_empty());
    }
}
