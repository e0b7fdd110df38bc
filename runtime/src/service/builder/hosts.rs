//! The hosts that a service answers for.

use std::net::SocketAddr;

use super::Builder;
use crate::firewall::Hosts;

impl Builder {
    /// Answers requests for this host: `api.example`, `*.api.example` for one label below it,
    /// `192.0.2.1`, `[2001:db8::1]`; with a port for that port alone, without for any; `10.0.0.0/8` for
    /// the addresses of that network, by which load balancers ask for health. Requests for other hosts are answered 421. A name with a dot that is a public suffix (`co.uk`) and all
    /// names below one (`*.co.uk`, `*.github.io`) are refused: anybody can register a name there. A
    /// single label (`app`) is a name of a private network.
    ///
    /// The host of the public origin is one of them. Where neither is set, the service answers for
    /// addresses, for `localhost` and names below it, and for names without a dot: no name that
    /// somebody else could register and point to it.
    pub fn host(mut self, host: &str) -> Self {
        if let Err(error) = self.hosts.add(host) {
            self.complaints.push(format!("the host {host:?}: {error}"));
        }
        self
    }

    /// Answers requests for every host: for a service that makes no links from it, behind a proxy
    /// that checks it. The reason shows in the log at start-up and in the inventory of the running
    /// service.
    pub fn dangerous_any_host(mut self, reason: &str) -> Self {
        self.weaken("dangerous_any_host", reason);
        self.hosts.allow_any();
        self
    }

    /// All hosts that were named.
    pub(super) fn take_hosts(
        &mut self,
        addresses: &[SocketAddr],
        complaints: &mut Vec<String>,
    ) -> Hosts {
        let mut hosts = std::mem::take(&mut self.hosts);
        if let Some(origin) = &self.public_origin {
            hosts.add_origin(origin);
        }
        if hosts.are_unset() && self.is_production_by_name() {
            complaints.push(
                "PALISADE_ENV or `.environment(..)` says production, and PALISADE_HOSTS is not set: \
                 name the hosts that the service answers for, or set PALISADE_PUBLIC_ORIGIN"
                    .to_owned(),
            );
        } else if hosts.are_unset() && self.is_production(addresses) {
            tracing::warn!(
                "others can reach this service, and PALISADE_HOSTS is not set: requests for names \
                 with a dot are answered 421"
            );
        }
        hosts
    }
}
