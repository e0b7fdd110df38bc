//! The address of the client, for limits, log and audit.
//!
//! 1. The peer of the connection is the client, unless the peer is a trusted proxy.
//! 2. Behind a trusted proxy, the forwarding field is read from the right: each trusted hop is
//!    skipped, and the first address that is not a trusted proxy is the client. The left-most entry
//!    is chosen by the client, and is never believed by itself.
//! 3. One field is read, the configured one: a proxy appends to one of `X-Forwarded-For` and
//!    `Forwarded` and forwards the other as the client sent it.
//! 4. Empty entries are skipped. An entry that is not an address ends the reading: the hop that
//!    passed it on counts as the client, so a malformed entry can only narrow what an attacker
//!    chooses.
//! 5. If the fields do not fit the configured proxies, the log says so.

use std::{fmt, net::IpAddr, sync::Arc};

use actix_web::http::header::{self, HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::{clock::Moment, forwarded, line_rate::LineRate};

/// The client's address: the peer's, or the one from trusted proxies.
///
/// An argument of this type does not need `#[validated]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddr(pub(crate) IpAddr);

impl ClientAddr {
    /// The address; an IPv4-mapped IPv6 address becomes an IPv4 address.
    pub fn ip(self) -> IpAddr {
        self.0
    }
}

impl fmt::Display for ClientAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The field in which the trusted proxies record their clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedField {
    /// `X-Forwarded-For: client, proxy1, proxy2`.
    #[default]
    XForwardedFor,
    /// `Forwarded: for=client, for="[2001:db8::1]:4711"` (RFC 7239).
    Forwarded,
}

impl ForwardedField {
    const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

    fn name(self) -> HeaderName {
        match self {
            Self::XForwardedFor => Self::X_FORWARDED_FOR,
            Self::Forwarded => header::FORWARDED,
        }
    }

    /// Its usual spelling.
    fn shown(self) -> &'static str {
        match self {
            Self::XForwardedFor => "X-Forwarded-For",
            Self::Forwarded => "Forwarded",
        }
    }
}

/// Why the found address is probably not that of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// A peer that is not a trusted proxy sends this field.
    Undeclared(&'static str),
    /// A trusted proxy forwards a client's request without the field.
    Unwritten,
    /// The last entry in the field of a trusted proxy is not an address.
    Unreadable,
}

impl Doubt {
    /// The index of its log rate.
    fn place(self) -> usize {
        match self {
            Self::Undeclared(_) => 0,
            Self::Unwritten => 1,
            Self::Unreadable => 2,
        }
    }
}

/// The networks whose forwarding field is believed.
#[derive(Clone, Debug)]
pub(crate) struct TrustedProxies {
    networks: Vec<IpNet>,
    /// Whether peers of Unix sockets, which have no address, are trusted.
    unix: bool,
    field: ForwardedField,
    /// One line per minute for each doubt.
    lines: Arc<[LineRate; 3]>,
}

impl Default for TrustedProxies {
    /// No networks.
    fn default() -> Self {
        Self::new(Vec::new(), ForwardedField::default())
    }
}

impl TrustedProxies {
    /// Trusts the peers of Unix sockets too.
    pub(crate) fn and_unix(mut self, unix: bool) -> Self {
        self.unix = unix;
        self
    }

    /// Whether the peers of Unix sockets are trusted.
    pub(crate) fn trusts_unix(&self) -> bool {
        self.unix
    }

    pub(crate) fn new(networks: Vec<IpNet>, field: ForwardedField) -> Self {
        Self { networks, unix: false, field, lines: Arc::new([(); 3].map(|()| LineRate::each(60))) }
    }

    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> (ClientAddr, Option<Doubt>) {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return (ClientAddr(peer), undeclared(headers));
        }
        self.forwarded(peer, headers)
    }

    /// The client of a trusted proxy with this address.
    pub(crate) fn forwarded(
        &self,
        peer: IpAddr,
        headers: &HeaderMap,
    ) -> (ClientAddr, Option<Doubt>) {
        let mut client = peer;
        let values: Vec<_> = headers.get_all(self.field.name()).collect();
        let mut entries = 0_usize;
        for value in values.into_iter().rev() {
            // A value that is not ASCII cannot be split where the proxy joined it.
            let Ok(text) = value.to_str() else {
                return (ClientAddr(client), (entries == 0).then_some(Doubt::Unreadable));
            };
            let elements = match self.field {
                ForwardedField::XForwardedFor => forwarded::plain(text),
                ForwardedField::Forwarded => forwarded::quoted(text),
            };
            for element in elements {
                let Some(address) = element.ok().and_then(|element| self.read(element)) else {
                    // Not for an element of the nearest proxy. For other elements it is unknown.
                    let hidden = element.is_ok_and(|element| self.is_hidden(element));
                    let doubt = (entries == 0 && !hidden).then_some(Doubt::Unreadable);
                    return (ClientAddr(client), doubt);
                };
                entries = entries.saturating_add(1);
                client = address;
                if !self.trusts(client) {
                    return (ClientAddr(client), None);
                }
            }
        }
        let unwritten = entries == 0 && is_of_a_client(headers);
        (ClientAddr(client), unwritten.then_some(Doubt::Unwritten))
    }

    /// Logs, once per minute, that the address of a request is probably not its client's.
    pub(crate) fn tell(&self, doubt: Doubt, peer: IpAddr, now: Moment) {
        let field = self.field.shown();
        let Some(lines) = self.lines.get(doubt.place()) else { return };
        let Some(suppressed) = lines.take(now) else { return };
        let peer = peer_name(peer);
        match doubt {
            Doubt::Undeclared(field) => tracing::warn!(
                suppressed,
                "requests from {peer} bring {field}, and it is no trusted proxy: if it is a proxy, all its \
                 clients count as one; name it in PALISADE_TRUSTED_PROXIES"
            ),
            Doubt::Unwritten => tracing::warn!(
                suppressed,
                "the trusted proxy {peer} sends requests without {field}: all their clients count as one, \
                 and a client that sends the field itself chooses its address; have the proxy write it"
            ),
            Doubt::Unreadable => tracing::warn!(
                suppressed,
                "the trusted proxy {peer} sends requests whose last entry of {field} is no address: it \
                 hands on what clients write; have it write the field itself"
            ),
        }
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    fn read(&self, entry: &str) -> Option<IpAddr> {
        let address = match self.field {
            ForwardedField::XForwardedFor => node(entry),
            ForwardedField::Forwarded => node(&forwarded::parameter_for(entry)?),
        };
        address.map(|address| address.to_canonical())
    }

    /// Whether an element hides its address as RFC 7239 section 6 permits.
    fn is_hidden(&self, element: &str) -> bool {
        self.field == ForwardedField::Forwarded
            && forwarded::parameter_for(element)
                .is_some_and(|node| node.starts_with('_') || node.starts_with("unknown"))
    }
}

/// A peer's name in the log; one of a Unix socket has no address.
pub(crate) fn peer_name(peer: IpAddr) -> String {
    match peer.to_canonical() {
        peer if peer.is_unspecified() => "a Unix socket (`unix:`)".to_owned(),
        peer => peer.to_string(),
    }
}

/// The field of a peer that is not a trusted proxy.
fn undeclared(headers: &HeaderMap) -> Option<Doubt> {
    let fields = [ForwardedField::XForwardedFor, ForwardedField::Forwarded];
    let field = fields.into_iter().find(|field| headers.contains_key(field.name()));
    field.map(|field| Doubt::Undeclared(field.shown()))
}

/// Whether a request has fields of a forwarded client request: the health checks of a proxy have
/// none of them.
fn is_of_a_client(headers: &HeaderMap) -> bool {
    let fields = [
        "x-forwarded-for",
        "forwarded",
        "x-forwarded-proto",
        "x-real-ip",
        "via",
        "sec-fetch-site",
        "origin",
        "cookie",
        "authorization",
    ];
    fields.into_iter().any(|name| headers.contains_key(name))
}

/// An address, with or without a port; IPv6 in brackets if a port follows.
fn node(text: &str) -> Option<IpAddr> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let port_is_number = port.is_empty()
            || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
        let address = address.parse().ok().map(IpAddr::V6);
        return if port_is_number { address } else { None };
    }
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let (address, port) = text.split_once(':')?;
    if port.parse::<u16>().is_err() {
        return None;
    }
    address.parse().ok().map(IpAddr::V4)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::{Doubt, ForwardedField, TrustedProxies};

    const PROXY: &str = "10.0.0.1";

    fn proxies(field: ForwardedField) -> TrustedProxies {
        TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()], field)
    }

    fn client(field: ForwardedField, peer: &str, values: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(field.name(), HeaderValue::from_str(value).unwrap());
        }
        proxies(field).client(peer.parse().unwrap(), &headers).0.to_string()
    }

    #[test]
    fn a_peer_that_is_no_proxy_cannot_choose_its_address() {
        let field = ForwardedField::XForwardedFor;
        assert_eq!(client(field, "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(client(field, "203.0.113.9", &[]), "203.0.113.9");
        assert_eq!(client(field, "::ffff:203.0.113.9", &[]), "203.0.113.9");
    }

    #[test]
    fn the_right_most_untrusted_entry_is_the_client() {
        let field = ForwardedField::XForwardedFor;
        for (values, expected) in [
            (&["198.51.100.1"][..], "198.51.100.1"),
            (&["6.6.6.6, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            (&["6.6.6.6", "198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            (&["198.51.100.1:4711"], "198.51.100.1"),
            (&["[2001:db8::1]:4711"], "2001:db8::1"),
            (&["2001:db8::1"], "2001:db8::1"),
            (&["::ffff:198.51.100.1"], "198.51.100.1"),
            (&["::ffff:10.0.0.7"], "10.0.0.7"),
            (&["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            (&["203.0.113.7, ,10.0.0.2"], "203.0.113.7"),
            (&["6.6.6.6, 203.0.113.7,"], "203.0.113.7"),
            (&["203.0.113.7", " , "], "203.0.113.7"),
            (&[","], PROXY),
        ] {
            assert_eq!(client(field, PROXY, values), expected, "{values:?}");
        }
    }

    #[test]
    fn a_malformed_entry_stops_at_the_hop_that_passed_it_on() {
        let field = ForwardedField::XForwardedFor;
        for values in [
            &["6.6.6.6, unknown"][..],
            &["6.6.6.6, \"\""],
            &["6.6.6.6, 1.2.3.4:x"],
            &["6.6.6.6, [::1"],
        ] {
            assert_eq!(client(field, PROXY, values), PROXY, "{values:?}");
        }
        assert_eq!(client(field, PROXY, &["6.6.6.6, junk, 10.0.0.2"]), "10.0.0.2");
    }

    #[test]
    fn the_field_that_is_not_configured_is_not_read() {
        let mut headers = HeaderMap::new();
        headers
            .append(HeaderName::from_static("forwarded"), HeaderValue::from_static("for=6.6.6.6"));
        let proxies = proxies(ForwardedField::XForwardedFor);
        assert_eq!(proxies.client(PROXY.parse().unwrap(), &headers).0.to_string(), PROXY);
    }

    #[test]
    fn forwarded_elements_are_read() {
        let field = ForwardedField::Forwarded;
        for (values, expected) in [
            (&["for=198.51.100.1"][..], "198.51.100.1"),
            (&["for=6.6.6.6, For=198.51.100.1;proto=https;by=10.0.0.1"], "198.51.100.1"),
            (&["for=\"[2001:db8::1]:4711\""], "2001:db8::1"),
            (&["for=203.0.113.7;"], "203.0.113.7"),
            (&["for=203.0.113.7;host=\"a,b\""], "203.0.113.7"),
            (&["for=203.0.113.7, ,for=10.0.0.2"], "203.0.113.7"),
            (&["for=\"6.6.6.6, for=203.0.113.7"], "203.0.113.7"),
            (&["for=unknown"], PROXY),
            (&["for=_hidden"], PROXY),
            (&["proto=https"], PROXY),
            (&["for=1.1.1.1;for=2.2.2.2"], PROXY),
            (&["for=\"1.1.1.1"], PROXY),
        ] {
            assert_eq!(client(field, PROXY, values), expected, "{values:?}");
        }
    }

    #[test]
    fn fields_that_do_not_fit_the_proxies_are_told() {
        let doubt = |peer: &str, fields: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in fields {
                headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            let field = ForwardedField::XForwardedFor;
            proxies(field).client(peer.parse().unwrap(), &headers).1
        };
        const XFF: &str = "x-forwarded-for";
        let client = "203.0.113.9";
        assert_eq!(doubt(client, &[]), None);
        assert_eq!(doubt(client, &[(XFF, "1.1.1.1")]), Some(Doubt::Undeclared("X-Forwarded-For")));
        let forwarded = [("forwarded", "for=1.1.1.1")];
        assert_eq!(doubt(client, &forwarded), Some(Doubt::Undeclared("Forwarded")));
        assert_eq!(doubt(PROXY, &[(XFF, "1.1.1.1")]), None);
        assert_eq!(doubt(PROXY, &[(XFF, "10.0.0.2")]), None);
        // A health check by the proxy itself.
        assert_eq!(doubt(PROXY, &[("user-agent", "ELB-HealthChecker/2.0")]), None);
        assert_eq!(doubt(PROXY, &[("cookie", "a=b")]), Some(Doubt::Unwritten));
        assert_eq!(doubt(PROXY, &forwarded), Some(Doubt::Unwritten));
        assert_eq!(doubt(PROXY, &[(XFF, "1.1.1.1, junk")]), Some(Doubt::Unreadable));
        assert_eq!(doubt(PROXY, &[(XFF, "junk, 10.0.0.2")]), None);
        assert_eq!(doubt(PROXY, &[(XFF, "")]), Some(Doubt::Unwritten));
    }

    proptest! {
        #[test]
        fn only_the_tail_that_a_proxy_wrote_decides(left in "[ -~]{0,60}") {
            let field = ForwardedField::XForwardedFor;
            let value = format!("{left}, 198.51.100.1, 10.0.0.2");
            prop_assert_eq!(client(field, PROXY, &[&value]), "198.51.100.1");
        }
    }
}
