//! Networks with special treatment: of proxies, blocked, unlimited.

use ipnet::IpNet;

use super::Builder;
use crate::{
    client::{ForwardedField, TrustedProxies},
    networks::{Networks, network},
};

/// The bound of public addresses that trusted proxies may have together: a /8 of IPv4 and a /16 of
/// IPv6. The networks of the largest content delivery networks are a small part of either.
const WIDE_V4: u128 = 1 << 24;
const WIDE_V6: u128 = 1 << 112;

/// Whose forwarding fields are believed, and which field.
#[derive(Debug, Default)]
pub(super) struct ProxySettings {
    networks: Vec<IpNet>,
    unix: bool,
    field: ForwardedField,
}

impl ProxySettings {
    /// Whether there is any trusted proxy.
    pub(super) fn are_trusted(&self) -> bool {
        self.unix || !self.networks.is_empty()
    }

    pub(super) fn into_trusted(self) -> TrustedProxies {
        TrustedProxies::new(self.networks, self.field).and_unix(self.unix)
    }

    pub(super) fn trusts_any(&self) -> bool {
        self.unix || !self.networks.is_empty()
    }
}

impl Builder {
    /// Believes the forwarding field of proxies in this network (`10.0.0.0/8`) or at this address.
    ///
    /// `unix:` means every peer of a Unix socket ([`bind`](Self::bind), or `bind_uds` of an
    /// `HttpServer` of your own): the mode of the socket's file decides who may connect.
    ///
    /// Private networks may have any size. Public ones together must have less addresses than a /8
    /// of IPv4 and a /16 of IPv6: a client with an address among them chooses the address that
    /// limits and the log see ([`dangerous_wide_proxies`](Self::dangerous_wide_proxies)).
    pub fn trusted_proxy(mut self, text: &str) -> Self {
        if text == "unix:" {
            self.proxies.unix = true;
            return self;
        }
        match network(text) {
            Ok(network) => self.proxies.networks.push(network),
            Err(wrong) => self.complaints.push(format!("the trusted proxy {wrong}")),
        }
        self
    }

    /// Believes proxies in public networks of any size, except the network of all addresses.
    ///
    /// The log at start-up and the inventory of the running service show the reason.
    pub fn dangerous_wide_proxies(mut self, reason: &str) -> Self {
        self.deploy.wide_proxies = Some(reason.to_owned());
        self.weaken("dangerous_wide_proxies", reason);
        self
    }

    /// The field that the trusted proxies write; `X-Forwarded-For` unless this is called.
    pub fn forwarded_field(mut self, field: ForwardedField) -> Self {
        self.contradicts(
            "PALISADE_FORWARDED_FIELD",
            "forwarded_field",
            self.proxies.field != field,
        );
        self.proxies.field = field;
        self
    }

    /// Refuses every request of clients in this network (`192.0.2.0/24`) or at this address: 403,
    /// before any other check.
    pub fn blocked_network(mut self, text: &str) -> Self {
        match network(text) {
            Ok(network) => self.blocked_networks.push(network),
            Err(wrong) => self.complaints.push(format!("the blocked network {wrong}")),
        }
        self
    }

    /// Exempts clients in this network or at this address from all limits, the service's own and
    /// the endpoints': for health checks and load tests of one's own.
    ///
    /// The log at start-up and the inventory of the running service show the reason. A network that
    /// is blocked too stays so.
    pub fn dangerous_unlimited_network(mut self, text: &str, reason: &str) -> Self {
        self.require_reason("dangerous_unlimited_network", reason);
        match network(text) {
            Ok(network) => {
                self.weakened.push(format!("dangerous_unlimited_network {network}: {reason}"));
                self.unlimited_networks.push(network);
            }
            Err(wrong) => self.complaints.push(format!("the unlimited network {wrong}")),
        }
        self
    }

    /// Whether clients can be among the trusted proxies.
    pub(super) fn too_wide_proxies(&self) -> bool {
        let (v4, v6) = Networks::new(&self.proxies.networks).public_addresses();
        v4 >= WIDE_V4 || v6 >= WIDE_V6
    }
}

#[cfg(test)]
mod tests {
    use crate::Palisade;

    fn complaints(networks: &[&str]) -> Vec<String> {
        let builder = networks.iter().fold(Palisade::builder(), |b, net| b.trusted_proxy(net));
        builder.build().err().map_or_else(Vec::new, |failure| failure.complaints().to_vec())
    }

    #[test]
    fn public_networks_are_judged_together() {
        for wide in [
            &["0.0.0.0/1", "128.0.0.0/1"][..],
            &["::/1", "8000::/1", "0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/2"],
            &["8.0.0.0/8"],
            &["8.0.0.0/9", "20.0.0.0/9"],
            &["2000::/16"],
            &["2600::/17", "2a00::/17"],
            // Around what is private.
            &["160.0.0.0/3"],
        ] {
            let told = complaints(wide);
            let one = matches!(told.as_slice(), [one] if one.contains("the trusted proxies"));
            assert!(one, "{wide:?}: {told:?}");
            let builder = wide.iter().fold(Palisade::builder(), |b, net| b.trusted_proxy(net));
            let builder = builder.dangerous_wide_proxies("a lab without a way out");
            assert!(builder.build().is_ok(), "{wide:?}");
        }
    }

    #[test]
    fn private_networks_may_have_any_size() {
        for fine in [
            &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8"][..],
            &["fc00::/7", "fe80::/10", "::1", "169.254.0.0/16"],
            // The same public network, written twice and in parts.
            &["8.0.0.0/9", "8.0.0.0/9", "8.0.0.0/10", "8.64.0.0/10"],
            &["2600::/17", "2600::/18"],
            &["173.245.48.0/20", "104.16.0.0/13", "2606:4700::/32"],
        ] {
            assert_eq!(complaints(fine), Vec::<String>::new(), "{fine:?}");
        }
    }

    #[test]
    fn a_reason_for_wide_proxies_says_something() {
        let builder = Palisade::builder().trusted_proxy("8.0.0.0/8");
        let failure = builder.dangerous_wide_proxies("..........").build().unwrap_err();
        assert!(failure.to_string().contains("dangerous_wide_proxies"), "{failure}");
    }
}
