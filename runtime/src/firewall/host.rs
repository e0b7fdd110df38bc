//! The hosts that a service answers for.
//!
//! A request's host ends up in links, in caches and in comparisons of origins, and the client
//! chooses it (CWE-644). A page whose name an attacker points to this machine (DNS rebinding) has
//! the same origin as the service for every other guard. So a service answers only for its
//! configured hosts:
//!
//! 1. `PALISADE_HOSTS` and `.host(..)`: names, `*.api.example` for one label below, addresses. With
//!    a port for that port, without for any. A network means every address in it: load balancers
//!    send health checks by address, and DNS cannot point an address elsewhere.
//! 2. The host of `PALISADE_PUBLIC_ORIGIN`, with its port or without one: proxies leave it out.
//! 3. Where neither is set: addresses, `localhost` and names below it, and names without a dot. No
//!    other party can register such a name and point it here.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ipnet::IpNet;
use palisade_policy::{is_public_suffix, is_registry};

use crate::{Origin, networks::network};

/// The host and port of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Authority<'a> {
    name: Name<'a>,
    port: Option<u16>,
}

/// A host.
#[derive(Clone, Copy, Debug)]
enum Name<'a> {
    /// Labels in any case, without the dot of the root.
    Labels(&'a str),
    Address(IpAddr),
}

/// The hosts that a service answers for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    list: Vec<Entry>,
    any: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    host: Host,
    ports: Ports,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Labels(Box<str>),
    /// One label before this.
    Below(Box<str>),
    Address(IpAddr),
    /// Each address of it.
    Network(IpNet),
}

#[derive(Clone, Copy, Debug)]
enum Ports {
    Any,
    One(u16),
    /// This port, or none.
    OneOrNone(u16),
}

/// Why a string is not a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostError {
    /// It has a scheme, a path, or user information.
    Extra,
    /// `*`
    Any,
    /// A `*` that is not the first label, or has too few labels after it.
    Wildcard,
    /// Names that anyone can register.
    PublicSuffix,
    /// It is neither a name nor an address, or has no port after its colon.
    Malformed,
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Extra => {
                "a host is a name or an address, and perhaps a port, or a network like `10.0.0.0/8`: no \
                 scheme, no path"
            },
            Self::Any => {
                "`*` is every host: list the service's own, or say why not with \
                 PALISADE_DANGEROUS_ANY_HOST or `dangerous_any_host`"
            }
            Self::Wildcard => {
                "`*` stands for the first label of a name whose rest is yours: `*.api.example`"
            }
            Self::PublicSuffix => {
                "anybody can register a name there: name the hosts of this service"
            }
            Self::Malformed => {
                "a host is an ASCII name (punycode) or an address, and perhaps a port: \
                 `api.example`, `*.api.example:8443`, `192.0.2.1`, `[2001:db8::1]`"
            }
        })
    }
}

impl Hosts {
    /// Adds a host from a setting.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), HostError> {
        if text == "*" {
            return Err(HostError::Any);
        }
        if text.contains('/')
            && let Ok(network) = network(text)
        {
            self.list.push(Entry { host: Host::Network(network), ports: Ports::Any });
            return Ok(());
        }
        if text.contains(['/', '@', '?', '#']) {
            return Err(HostError::Extra);
        }
        // Without brackets, the whole of it is the address.
        let bare = text.parse::<Ipv6Addr>().ok();
        let entry = match (bare, text.strip_prefix("*.")) {
            (Some(address), _) => Entry { host: Host::Address(address.into()), ports: Ports::Any },
            (None, Some(rest)) => {
                let authority = Authority::read(rest.as_bytes()).ok_or(HostError::Malformed)?;
                match authority.name {
                    Name::Labels(name) if is_for_everybody(name) => {
                        return Err(HostError::PublicSuffix);
                    }
                    Name::Labels(name) if name.contains('.') => Entry {
                        host: Host::Below(name.to_ascii_lowercase().into()),
                        ports: authority.port.map_or(Ports::Any, Ports::One),
                    },
                    Name::Labels(_) | Name::Address(_) => return Err(HostError::Wildcard),
                }
            }
            (None, None) if text.contains('*') => return Err(HostError::Wildcard),
            (None, None) => {
                let authority = Authority::read(text.as_bytes()).ok_or(HostError::Malformed)?;
                // A single label is a name of a private network: `app` and `dev` are suffixes too, and
                // usual names of services between containers.
                if matches!(authority.name, Name::Labels(name) if name.contains('.') && is_registry(name))
                {
                    return Err(HostError::PublicSuffix);
                }
                Entry {
                    host: authority.name.to_host(),
                    ports: authority.port.map_or(Ports::Any, Ports::One),
                }
            }
        };
        self.list.push(entry);
        Ok(())
    }

    /// Adds the host of the public origin.
    pub(crate) fn add_origin(&mut self, origin: &Origin) {
        let default = if origin.is_secure() { 443 } else { 80 };
        // An origin is stricter than an authority, so that it always is one.
        let Some(authority) = Authority::read(origin.host_and_port().as_bytes()) else { return };
        let ports = Ports::OneOrNone(authority.port.unwrap_or(default));
        self.list.push(Entry { host: authority.name.to_host(), ports });
    }

    /// Answers for every host.
    pub(crate) fn allow_any(&mut self) {
        self.any = true;
    }

    /// The names among them, `*.api.example` included, without ports; no addresses.
    #[cfg(feature = "tls")]
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        self.list.iter().filter_map(|entry| match &entry.host {
            Host::Labels(name) => Some(name.to_string()),
            Host::Below(rest) => Some(format!("*.{rest}")),
            Host::Address(_) | Host::Network(_) => None,
        })
    }

    /// The same hosts, on any port.
    #[cfg(feature = "tls")]
    pub(crate) fn on_any_port(&self) -> Self {
        let mut hosts = self.clone();
        for entry in &mut hosts.list {
            entry.ports = Ports::Any;
        }
        hosts
    }

    /// Whether every host is accepted.
    #[cfg(feature = "tls")]
    pub(crate) fn are_any(&self) -> bool {
        self.any
    }

    /// Whether each of them is localhost or an address of loopback; true for none.
    pub(crate) fn are_local(&self) -> bool {
        !self.any && self.list.iter().all(Entry::is_local)
    }

    /// Whether none is configured.
    pub(crate) fn are_unset(&self) -> bool {
        !self.any && self.list.is_empty()
    }

    /// Whether one of the hosts that are listed is this one.
    pub(super) fn list_host(&self, authority: &Authority<'_>) -> bool {
        self.list.iter().any(|entry| entry.covers(authority))
    }

    /// Whether a request may go without.
    pub(super) fn need_none(&self) -> bool {
        self.any || self.list.is_empty()
    }

    /// Whether a port for operators answers for this `Host`: for the hosts of the service, and for
    /// names that no other party can register and point here.
    pub(crate) fn admit_operator(&self, host: &str) -> bool {
        let authority = Authority::read(host.as_bytes());
        authority.is_some_and(|authority| {
            // Who answers for every host has a proxy in front that looks at them, and none in front of this port.
            authority.is_nearby() || self.list_host(&authority)
        })
    }

    /// Whether this is one of them.
    pub(super) fn answer_for(&self, authority: &Authority<'_>) -> bool {
        if self.any {
            return true;
        }
        if self.list.is_empty() {
            return authority.is_nearby();
        }
        self.list_host(authority)
    }
}

/// Whether the names below this one belong to different parties, by the list of public suffixes.
/// Names of private networks, which it does not have, belong to their owner.
fn is_for_everybody(name: &str) -> bool {
    name.contains('.') && is_public_suffix(name) && !name.eq_ignore_ascii_case("home.arpa")
}

/// Whether this name is `localhost` or one below it, which resolvers keep on this machine (RFC 6761
/// section 6.3).
fn is_below_localhost(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.eq_ignore_ascii_case("localhost")
}

impl Entry {
    fn is_local(&self) -> bool {
        match &self.host {
            Host::Labels(name) | Host::Below(name) => is_below_localhost(name),
            Host::Address(address) => address.to_canonical().is_loopback(),
            Host::Network(network) => {
                network.network().is_loopback() && network.broadcast().is_loopback()
            }
        }
    }

    fn covers(&self, authority: &Authority<'_>) -> bool {
        let is_host = match (&self.host, authority.name) {
            (Host::Labels(own), Name::Labels(name)) => own.eq_ignore_ascii_case(name),
            (Host::Below(own), Name::Labels(name)) => {
                name.split_once('.').is_some_and(|(_, rest)| own.eq_ignore_ascii_case(rest))
            }
            (Host::Address(own), Name::Address(address)) => *own == address,
            (Host::Network(own), Name::Address(address)) => own.contains(&address.to_canonical()),
            (Host::Labels(_) | Host::Below(_), Name::Address(_))
            | (Host::Address(_) | Host::Network(_), Name::Labels(_)) => false,
        };
        is_host
            && match (self.ports, authority.port) {
                (Ports::Any, _) | (Ports::OneOrNone(_), None) => true,
                (Ports::One(own) | Ports::OneOrNone(own), Some(port)) => own == port,
                (Ports::One(_), None) => false,
            }
    }
}

impl<'a> Authority<'a> {
    /// Parses `host` or `host:port`; `None` for anything else.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        if let Some(bracketed) = text.strip_prefix('[') {
            let (address, rest) = bracketed.split_once(']')?;
            let address: Ipv6Addr = address.parse().ok()?;
            let port = match rest.strip_prefix(':') {
                Some(digits) => Some(port(digits)?),
                None if rest.is_empty() => None,
                None => return None,
            };
            return Some(Self { name: Name::Address(address.into()), port });
        }
        let (name, port) = match text.split_once(':') {
            Some((name, digits)) => (name, Some(port(digits)?)),
            None => (text, None),
        };
        Some(Self { name: Name::read(name)?, port })
    }

    /// The host in the form of a URL, in lower case and without its port.
    #[cfg(feature = "tls")]
    pub(super) fn host(&self) -> String {
        match self.name {
            Name::Labels(name) => name.to_ascii_lowercase(),
            Name::Address(IpAddr::V4(address)) => address.to_string(),
            Name::Address(IpAddr::V6(address)) => format!("[{address}]"),
        }
    }

    /// Whether this names a machine, or one of its network, in a way that no registrar sells.
    fn is_nearby(&self) -> bool {
        match self.name {
            Name::Address(_) => true,
            Name::Labels(name) => !name.contains('.') || is_below_localhost(name),
        }
    }

    /// Whether this names the machine itself.
    pub(super) fn is_local(&self) -> bool {
        match self.name {
            Name::Address(address) => address.to_canonical().is_loopback(),
            Name::Labels(name) => is_below_localhost(name),
        }
    }
}

/// The same host, and the same port written the same way.
impl PartialEq for Authority<'_> {
    fn eq(&self, other: &Self) -> bool {
        let is_host = match (self.name, other.name) {
            (Name::Labels(own), Name::Labels(name)) => own.eq_ignore_ascii_case(name),
            (Name::Address(own), Name::Address(address)) => own == address,
            (Name::Labels(_), Name::Address(_)) | (Name::Address(_), Name::Labels(_)) => false,
        };
        is_host && self.port == other.port
    }
}

impl<'a> Name<'a> {
    fn read(text: &'a str) -> Option<Self> {
        // The dot of the root does not change the meaning.
        let text = text.strip_suffix('.').unwrap_or(text);
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if text.len() > 253 || !text.split('.').all(is_label) {
            return None;
        }
        let last = text.rsplit('.').next().unwrap_or(text);
        let is_number = last.bytes().all(|b| b.is_ascii_digit())
            || last.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("0x"));
        if is_number {
            // `127.1`, `0x7f000001` and `010.0.0.1` are addresses to some and names to others.
            return text.parse::<Ipv4Addr>().ok().map(|address| Self::Address(address.into()));
        }
        Some(Self::Labels(text))
    }

    fn to_host(self) -> Host {
        match self {
            Self::Labels(name) => Host::Labels(name.to_ascii_lowercase().into()),
            Self::Address(address) => Host::Address(address),
        }
    }
}

/// A port: from 1 to 65535, without signs and leading zeros.
fn port(digits: &str) -> Option<u16> {
    let port: u16 = digits.parse().ok()?;
    let is_plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    is_plain.then_some(port)
}

#[cfg(test)]
mod tests {
    use super::{Authority, HostError, Hosts};

    fn hosts(list: &[&str]) -> Hosts {
        let mut hosts = Hosts::default();
        for host in list {
            hosts.add(host).unwrap_or_else(|error| panic!("{host}: {error}"));
        }
        hosts
    }

    fn answers(hosts: &Hosts, text: &str) -> bool {
        let authority = Authority::read(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
        hosts.answer_for(&authority)
    }

    #[test]
    fn a_network_stands_for_its_addresses_and_for_no_name() {
        let list = hosts(&["api.example", "10.0.0.0/8", "fd00::/8"]);
        for (host, expected) in [
            ("10.1.2.3", true),
            ("10.1.2.3:8080", true),
            ("[fd00::1]:8080", true),
            ("[::ffff:10.1.2.3]", true),
            ("11.1.2.3", false),
            ("[2001:db8::1]", false),
            ("10.example", false),
            ("10.1.2.3.example", false),
        ] {
            assert_eq!(answers(&list, host), expected, "{host}");
        }
        for bad in
            ["0.0.0.0/0", "10.0.0.0/33", "::ffff:10.0.0.0/104", "api.example/8", "10.0.0.0/8:80"]
        {
            assert_eq!(Hosts::default().add(bad), Err(HostError::Extra), "{bad}");
        }
    }

    #[test]
    fn a_listed_host_is_answered_for_however_it_is_written() {
        let list = hosts(&[
            "api.example",
            "*.shop.example",
            "Fixed.example:8443",
            "192.0.2.1",
            "[2001:db8::1]:80",
            "2001:db8::2",
        ]);
        for (host, expected) in [
            ("api.example", true),
            ("API.Example.", true),
            ("api.example:81", true),
            ("api.example.evil.example", false),
            ("evil.api.example", false),
            ("xapi.example", false),
            ("a.shop.example", true),
            ("shop.example", false),
            ("a.b.shop.example", false),
            ("fixed.example", false),
            ("fixed.example:8443", true),
            ("fixed.example:443", false),
            ("192.0.2.1:9", true),
            ("192.0.2.2", false),
            ("[2001:db8:0::1]:80", true),
            ("[2001:db8::1]", false),
            ("[2001:db8::2]:5", true),
            ("localhost", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(answers(&list, host), expected, "{host}");
        }
    }

    #[test]
    fn the_public_origin_is_a_host_with_its_port_or_without() {
        let mut list = Hosts::default();
        list.add_origin(&"https://api.example".parse().unwrap());
        list.add_origin(&"https://[2001:db8::1]:8443".parse().unwrap());
        for (host, expected) in [
            ("api.example", true),
            ("api.example:443", true),
            ("api.example:80", false),
            ("[2001:db8::1]:8443", true),
            ("[2001:db8::1]", true),
            ("[2001:db8::1]:443", false),
        ] {
            assert_eq!(answers(&list, host), expected, "{host}");
        }
    }

    #[test]
    fn without_a_list_no_name_that_somebody_can_register_is_answered_for() {
        let none = Hosts::default();
        for (host, expected) in [
            ("localhost:8080", true),
            ("app.LOCALHOST", true),
            ("items", true),
            ("items:8080", true),
            ("127.0.0.1:8080", true),
            ("[::1]:8080", true),
            ("198.51.100.7", true),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("evil.example.:8080", false),
        ] {
            assert_eq!(answers(&none, host), expected, "{host}");
        }
        assert!(none.need_none() && none.are_unset());
        assert!(!hosts(&["a.example"]).need_none());
    }

    #[test]
    fn what_is_no_host_is_none() {
        for bad in [
            "",
            ".",
            "a..b",
            ".a",
            "-a.example",
            "a-.example",
            "a b",
            "a.example:",
            "a.example:0",
            "a.example:080",
            "a.example:+1",
            "a.example:65536",
            "a.example:1:2",
            "user@a.example",
            "a.example/",
            "a.example,b.example",
            "[::1",
            "[::1]x",
            "[::1%25lo]",
            "[127.0.0.1]",
            "::1",
            "127.1",
            "0x7f.0.0.1",
            "0x7f000001",
            "2130706433",
            "127.0.0.01",
            "b\u{fc}cher.example",
            "a.example%00",
            "a_b.example\t",
        ] {
            assert!(Authority::read(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(Authority::read(b"a\xff").is_none());
    }

    #[test]
    fn settings_that_name_no_host_are_refused() {
        for (bad, why) in [
            ("*", HostError::Any),
            ("https://api.example", HostError::Extra),
            ("api.example/x", HostError::Extra),
            ("*.example", HostError::Wildcard),
            ("*.192.0.2.1", HostError::Wildcard),
            ("a.*.example", HostError::Wildcard),
            ("api*.example", HostError::Wildcard),
            ("", HostError::Malformed),
            ("b\u{fc}cher.example", HostError::Malformed),
            ("api.example:http", HostError::Malformed),
            ("co.uk", HostError::PublicSuffix),
            ("CO.uk:8443", HostError::PublicSuffix),
            ("*.app", HostError::Wildcard),
            ("*.co.uk", HostError::PublicSuffix),
            ("*.GitHub.io", HostError::PublicSuffix),
            ("*.github.io:8443", HostError::PublicSuffix),
        ] {
            assert_eq!(Hosts::default().add(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn private_names_and_names_below_a_suffix_are_a_services_own() {
        hosts(&[
            "localhost",
            "items",
            "items:8080",
            "app",
            "dev:8080",
            "github.io",
            "shop.co.uk",
            "*.shop.co.uk",
            "*.shop.github.io",
            "*.home.arpa",
            "*.default.svc.cluster.local",
            "*.intranet.corp",
        ]);
    }
}
