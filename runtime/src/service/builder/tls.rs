//! TLS of a service, and the plain port beside it.

use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    sync::Arc,
};

use super::Builder;
#[cfg(feature = "acme")]
use crate::tls::Acme;
use crate::{
    Origin,
    firewall::Hosts,
    service::redirect::Redirect,
    tls::{Tls, TlsFiles, TlsSources},
};

/// The settings of TLS.
#[derive(Debug, Default)]
pub(super) struct TlsSettings {
    files: Option<TlsFiles>,
    #[cfg(feature = "acme")]
    acme: Option<Acme>,
    redirect: Option<String>,
}

/// The plain port.
#[derive(Debug)]
pub(in crate::service) struct PlainPort {
    pub(in crate::service) addresses: Vec<SocketAddr>,
    pub(in crate::service) redirect: Redirect,
}

impl Builder {
    /// Speaks TLS in [`serve`](Self::serve), with these files. A service without a proxy in front
    /// needs no more; handlers, guards and headers know that its connections are https.
    ///
    /// Requests of plain HTTP to the port are answered 400.
    pub fn tls(mut self, files: TlsFiles) -> Self {
        for setting in [
            "PALISADE_TLS_CERT",
            "PALISADE_TLS_KEY",
            "PALISADE_TLS_MIN",
            "PALISADE_TLS_STRICT_NAMES",
            "PALISADE_TLS_CLIENT_CA",
            "PALISADE_TLS_CLIENT_CERT",
            "PALISADE_TLS_CLIENT_CRL",
        ] {
            self.contradicts(setting, "tls", true);
        }
        self.tls.files = Some(files);
        self
    }

    /// Speaks TLS in [`serve`](Self::serve), with certificates that it gets from an authority by
    /// itself (ACME, RFC 8555) and renews in time. Certificates of [`tls`](Self::tls) are used too,
    /// and its other settings apply.
    ///
    /// The service has to be reached on port 443 of each name.
    #[cfg(feature = "acme")]
    pub fn acme(mut self, acme: Acme) -> Self {
        for setting in [
            "PALISADE_ACME_DOMAINS",
            "PALISADE_ACME_CACHE",
            "PALISADE_ACME_CONTACT",
            "PALISADE_ACME_DIRECTORY",
            "PALISADE_ACME_ROOT",
        ] {
            self.contradicts(setting, "acme", true);
        }
        self.tls.acme = Some(acme);
        self
    }

    /// Changes the authority of the environment.
    #[cfg(feature = "acme")]
    pub(crate) fn acme_settings(mut self, change: impl FnOnce(&mut Acme)) -> Self {
        change(self.tls.acme.get_or_insert_with(Acme::default));
        self
    }

    /// Answers requests of plain HTTP at this address with a redirect (308) to https on the
    /// requested host, for the hosts of the service alone. Requires [`tls`](Self::tls).
    ///
    /// The port in the redirect is that of the [public origin](Self::public_origin), for its host; for
    /// other hosts it is 443.
    pub fn http_redirect(mut self, address: impl Into<String>) -> Self {
        let address: String = address.into();
        self.contradicts(
            "PALISADE_HTTP_REDIRECT",
            "http_redirect",
            self.tls.redirect.as_ref() != Some(&address),
        );
        self.tls.redirect = Some(address);
        self
    }

    /// Changes the files of the environment.
    pub(crate) fn tls_files(mut self, change: impl FnOnce(&mut TlsFiles)) -> Self {
        change(self.tls.files.get_or_insert_with(TlsFiles::default));
        self
    }

    /// Whether it gets certificates from an authority.
    #[cfg(feature = "acme")]
    pub(super) fn has_acme(&self) -> bool {
        self.tls.acme.is_some()
    }

    /// Whether the service speaks TLS by itself.
    pub(super) fn has_tls(&self) -> bool {
        #[cfg(feature = "acme")]
        if self.tls.acme.is_some() {
            return true;
        }
        self.tls.files.is_some()
    }

    /// Whether clients reach the service over TLS alone, as far as it is known. On a developer's
    /// own machine no HSTS is sent: a browser would request every service of `localhost` over https
    /// from then on.
    pub(super) fn is_bound_to_tls(&self, is_production: bool) -> bool {
        match &self.public_origin {
            Some(origin) => origin.is_secure(),
            None => self.has_tls() && is_production,
        }
    }

    /// The TLS of connections.
    pub(super) fn take_tls(
        &mut self,
        hosts: &Hosts,
        complaints: &mut Vec<String>,
    ) -> Option<Arc<Tls>> {
        if !self.has_tls() {
            return None;
        }
        #[cfg(feature = "http2")]
        let http2 = self.connections.http2.mode != crate::connection::Http2::Off;
        #[cfg(not(feature = "http2"))]
        let http2 = false;
        let sources = TlsSources {
            files: self.tls.files.take().unwrap_or_default(),
            #[cfg(feature = "acme")]
            acme: self.tls.acme.take(),
            #[cfg(feature = "acme")]
            owner: self.hardening.owner_of_files(),
        };
        let tls = match Tls::open(sources, http2) {
            Ok(tls) => tls,
            Err(wrong) => {
                complaints.extend(wrong);
                return None;
            }
        };
        if let Some(origin) = self.public_origin.as_ref().filter(|origin| !origin.is_secure()) {
            complaints.push(format!(
                "PALISADE_PUBLIC_ORIGIN or `.public_origin(..)` is {}, and the service speaks TLS: write \
                 https",
                origin.as_str()
            ));
        }
        for name in hosts.names().filter(|name| !tls.covers(name)) {
            tracing::warn!(
                host = name,
                "no certificate covers this host of PALISADE_HOSTS: clients that ask for it refuse the \
                 connection; add a certificate to PALISADE_TLS_CERT"
            );
        }
        Some(Arc::new(tls))
    }

    /// The plain port.
    pub(super) fn take_redirect(
        &mut self,
        hosts: &Hosts,
        complaints: &mut Vec<String>,
    ) -> Option<PlainPort> {
        let address = self.tls.redirect.take()?;
        let setting = "PALISADE_HTTP_REDIRECT or `.http_redirect(..)`";
        if !self.has_tls() {
            complaints.push(format!(
                "{setting} leads to https, and the service does not speak TLS: set PALISADE_TLS_CERT and \
                 PALISADE_TLS_KEY, or have the proxy redirect"
            ));
        }
        let origin = self.public_origin.as_ref().filter(|origin| Origin::is_secure(origin));
        if hosts.are_any() {
            complaints.push(format!(
                "{setting} would lead to whatever host a request names, because the service answers for \
                 every host: name its hosts in PALISADE_HOSTS instead of PALISADE_DANGEROUS_ANY_HOST"
            ));
        }
        let addresses: Vec<_> = match address.to_socket_addrs() {
            Ok(addresses) => addresses.collect(),
            Err(error) => {
                complaints.push(format!(
                    "{setting} is {address:?}, which is not an address and port like 0.0.0.0:80: {error}"
                ));
                Vec::new()
            }
        };
        Some(PlainPort { addresses, redirect: Redirect::new(hosts, origin) })
    }
}
