//! The hosts that a service answers for.

use super::Builder;
use crate::firewall::Hosts;

impl Builder {
    /// Answers requests for this host: `api.example`, `*.api.example` for one label below it,
    /// `192.0.2.1`, `[2001:db8::1]`; with a port for that port alone, without for any; `10.0.0.0/8` for
    /// the addresses of that network. Requests for other hosts are answered 421.
    ///
    /// A name with a dot that is a public suffix (`co.uk`) and all names below one (`*.co.uk`,
    /// `*.github.io`) are refused: anyone can register a name there. A single label (`app`) is a
    /// name of a private network.
    ///
    /// The host of the public origin is one of them. Where neither is set, the service answers for
    /// addresses, for `localhost` and names below it, and for names without a dot: no other party
    /// could register such a name and point it to the service.
    pub fn host(mut self, host: &str) -> Self {
        if let Err(error) = self.hosts.add(host) {
            self.complaints.push(format!("the host {host:?}: {error}"));
        }
        self
    }

    /// Answers requests for every host: for a service that makes no links from the host, behind a
    /// proxy that checks it. The log at start-up and the inventory of the running service show the
    /// reason.
    pub fn dangerous_any_host(mut self, reason: &str) -> Self {
        self.weaken("dangerous_any_host", reason);
        self.deploy.any_host = Some(reason.to_owned());
        self.hosts.allow_any();
        self
    }

    /// All hosts that were named.
    pub(super) fn take_hosts(&mut self) -> Hosts {
        let mut hosts = std::mem::take(&mut self.hosts);
        if let Some(origin) = &self.public_origin {
            hosts.add_origin(origin);
        }
        hosts
    }
}
