//! The plain port of a service with TLS: each request is redirected to https.
//!
//! 1. Every method is answered 308 (RFC 9110 section 15.4.9), which keeps the method and the body; a
//!    301 would turn a POST into a GET. What a client sends here it has sent in the clear already.
//! 2. The target is the host that the request names, where the service answers for it, and nothing else:
//!    a malformed request is 400, one for another host 421. So it leads nowhere else (CWE-601).
//! 3. The port is that of the public origin for its host, and none for others: what the service listens on
//!    may be mapped to another port.
//! 4. `/.well-known/acme-challenge/` is 404: an authority that looks there (RFC 8555 section 8.3) follows
//!    a redirect, and would believe whatever answers behind it.
//! 5. Connections have the bounds of the service, and count with its others.
//! 6. A client of a blocked network is refused, as on the port of the service.

use std::sync::Arc;

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Data,
};

use crate::{
    Origin, Problem,
    client::ClientAddr,
    firewall::{Firewall, Hosts},
    peer_kind::PeerKind,
    problem::Kind,
    request::Shield,
};

const CHALLENGES: &str = "/.well-known/acme-challenge/";

/// The targets of redirects.
#[derive(Debug)]
pub(super) struct Redirect {
    firewall: Firewall,
    /// The host and port of the public origin.
    origin: Option<String>,
}

impl Redirect {
    pub(super) fn new(hosts: &Hosts, origin: Option<&Origin>) -> Self {
        let origin = origin.filter(|origin| origin.is_secure());
        Self {
            firewall: Firewall::new(hosts.on_any_port()),
            origin: origin.map(|origin| origin.host_and_port().to_ascii_lowercase()),
        }
    }

    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, Problem> {
        let head = request.head();
        let host = self.firewall.host(head).map_err(|refusal| refusal.into_problem(head))?;
        if head.uri.path().starts_with(CHALLENGES) {
            return Err(Problem::new(Kind::NotFound));
        }
        let place = self.place(host).ok_or_else(|| Problem::new(Kind::BadRequest))?;
        let path = match head.uri.path_and_query().map(actix_http::uri::PathAndQuery::as_str) {
            Some(target) if target.starts_with('/') => target,
            // `*`, for OPTIONS.
            Some(_) | None => "/",
        };
        let location = format!("https://{place}{path}");
        Ok(HttpResponse::build(StatusCode::PERMANENT_REDIRECT)
            .insert_header((header::LOCATION, location))
            .finish())
    }

    /// The host and port for requests to this host; without one, those of the public origin.
    fn place(&self, host: Option<String>) -> Option<String> {
        match (host, &self.origin) {
            (Some(host), Some(origin)) => {
                let port = origin.strip_prefix(&host).filter(|port| port.starts_with(':'));
                Some(format!("{host}{}", port.unwrap_or_default()))
            }
            (Some(host), None) => Some(host),
            (None, origin) => origin.clone(),
        }
    }
}

/// The redirect, and those guards of the service that apply to its port too.
#[derive(Debug)]
pub(super) struct GuardedRedirect {
    redirect: Redirect,
    shield: Arc<Shield>,
}

impl GuardedRedirect {
    pub(super) fn new(redirect: Redirect, shield: Arc<Shield>) -> Self {
        Self { redirect, shield }
    }

    fn refuse_blocked_network(&self, request: &HttpRequest) -> Result<(), Problem> {
        // The connection was reset: it would match no blocked network.
        let Some(peer) = request.peer_addr() else {
            let note = "its connection was reset, and does not tell the client's address";
            return Err(Problem::new(Kind::BadRequest).because("peer-unknown", note));
        };
        // A proxy that does not name its client in the PROXY protocol has not read the header
        // fields either.
        let is_unnamed = request.extensions().get::<PeerKind>() == Some(&PeerKind::Unnamed);
        let client = if is_unnamed {
            ClientAddr(peer.ip().to_canonical())
        } else {
            self.shield.proxies.client(peer.ip(), request.headers()).0
        };
        if !self.shield.blocked.contain(client.ip()) {
            return Ok(());
        }
        self.shield.limiter.note_barred();
        Err(Problem::forbidden().because("network-blocked", "the client's network is blocked"))
    }
}

/// The response of the plain port.
pub(super) async fn redirect(request: HttpRequest, guarded: Data<GuardedRedirect>) -> HttpResponse {
    let answer = guarded.refuse_blocked_network(&request);
    let answer = answer.and_then(|()| guarded.redirect.answer(&request));
    answer.unwrap_or_else(HttpResponse::from_error)
}

#[cfg(test)]
mod tests {
    use super::{Hosts, Redirect};

    #[test]
    fn the_port_is_that_of_the_public_origin_for_its_own_host() {
        let origin = "https://api.example:8443".parse().unwrap();
        let with = Redirect::new(&Hosts::default(), Some(&origin));
        let without = Redirect::new(&Hosts::default(), None);
        let plain =
            Redirect::new(&Hosts::default(), Some(&"http://api.example:81".parse().unwrap()));
        for (redirect, host, expected) in [
            (&with, Some("api.example"), Some("api.example:8443")),
            (&with, Some("api.example.net"), Some("api.example.net")),
            (&with, Some("api"), Some("api")),
            (&with, None, Some("api.example:8443")),
            (&without, Some("[::1]"), Some("[::1]")),
            (&without, None, None),
            (&plain, Some("api.example"), Some("api.example")),
        ] {
            let place = redirect.place(host.map(str::to_owned));
            assert_eq!(place.as_deref(), expected, "{host:?}");
        }
    }
}
