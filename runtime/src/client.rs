//! The address of the client, which limits, log and audit share.
//!
//! 1. The peer of the connection is the client, unless the peer is a trusted proxy.
//! 2. Behind a trusted proxy, the forwarding field is read from the right: each trusted hop is
//!    skipped, and the first address that is not a trusted proxy is the client. The left-most
//!    entry is whatever the client wrote, and is never believed for itself.
//! 3. One field is read, the configured one: a proxy appends to one of `X-Forwarded-For` and
//!    `Forwarded` and hands the other through as the client sent it.
//! 4. An entry that is no address ends the reading: the hop that passed it on is taken as the
//!    client, so a malformed entry can only narrow what an attacker chooses.

use std::{fmt, net::IpAddr};

use actix_web::http::header::{self, HeaderMap, HeaderName};
use ipnet::IpNet;

/// The client's address: the peer's, or the one that the trusted proxies vouch for.
///
/// An argument of this type is free: it needs no `#[validated]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddr(pub(crate) IpAddr);

impl ClientAddr {
    /// The address; an IPv4 address that came mapped into IPv6 is an IPv4 address here.
    pub fn ip(self) -> IpAddr {
        self.0
    }
}

impl fmt::Display for ClientAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The field in which the trusted proxies record whom they speak for.
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
}

/// The networks whose forwarding field is believed.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrustedProxies {
    networks: Vec<IpNet>,
    field: ForwardedField,
}

impl TrustedProxies {
    pub(crate) fn new(networks: Vec<IpNet>, field: ForwardedField) -> Self {
        Self { networks, field }
    }

    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return ClientAddr(peer);
        }
        let mut client = peer;
        let values: Vec<_> = headers.get_all(self.field.name()).collect();
        for value in values.into_iter().rev() {
            // A value that is not ASCII cannot be split where the proxy split it.
            let Ok(text) = value.to_str() else { break };
            for entry in text.rsplit(',') {
                let Some(address) = self.read(entry.trim()) else { return ClientAddr(client) };
                client = address;
                if !self.trusts(client) {
                    return ClientAddr(client);
                }
            }
        }
        ClientAddr(client)
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    fn read(&self, entry: &str) -> Option<IpAddr> {
        let address = match self.field {
            ForwardedField::XForwardedFor => entry,
            ForwardedField::Forwarded => forwarded_for(entry)?,
        };
        node(address).map(|address| address.to_canonical())
    }
}

/// The `for` parameter of one element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<&str> {
    let mut found = None;
    for pair in element.split(';') {
        let (name, value) = pair.trim().split_once('=')?;
        if name.eq_ignore_ascii_case("for") {
            // Two of them: which one did the proxy write?
            if found.is_some() {
                return None;
            }
            found = Some(value.strip_prefix('"').map_or(Some(value), |v| v.strip_suffix('"'))?);
        }
    }
    found
}

/// An address, with or without a port; IPv6 with brackets where a port follows.
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

    use super::{ForwardedField, TrustedProxies};

    const PROXY: &str = "10.0.0.1";

    fn proxies(field: ForwardedField) -> TrustedProxies {
        TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()], field)
    }

    fn client(field: ForwardedField, peer: &str, values: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(field.name(), HeaderValue::from_str(value).unwrap());
        }
        proxies(field).client(peer.parse().unwrap(), &headers).to_string()
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
        ] {
            assert_eq!(client(field, PROXY, values), expected, "{values:?}");
        }
    }

    #[test]
    fn a_malformed_entry_stops_at_the_hop_that_passed_it_on() {
        let field = ForwardedField::XForwardedFor;
        for values in
            [&["6.6.6.6, unknown"][..], &["6.6.6.6, "], &["6.6.6.6, 1.2.3.4:x"], &["6.6.6.6, [::1"]]
        {
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
        assert_eq!(proxies.client(PROXY.parse().unwrap(), &headers).to_string(), PROXY);
    }

    #[test]
    fn forwarded_elements_are_read() {
        let field = ForwardedField::Forwarded;
        for (values, expected) in [
            (&["for=198.51.100.1"][..], "198.51.100.1"),
            (&["for=6.6.6.6, For=198.51.100.1;proto=https;by=10.0.0.1"], "198.51.100.1"),
            (&["for=\"[2001:db8::1]:4711\""], "2001:db8::1"),
            (&["for=unknown"], PROXY),
            (&["for=_hidden"], PROXY),
            (&["proto=https"], PROXY),
            (&["for=1.1.1.1;for=2.2.2.2"], PROXY),
            (&["for=\"1.1.1.1"], PROXY),
        ] {
            assert_eq!(client(field, PROXY, values), expected, "{values:?}");
        }
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
