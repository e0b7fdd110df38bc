//! The request firewall: refuses malformed and ambiguous requests.
//!
//! A proxy, a router and a handler each parse a request in their own way. If two readings are
//! possible, an attacker chooses the one that a guard does not see (CWE-20, CWE-436):
//! `/a/..;/admin`, `/%2e%2e/admin`, `//host/path`. So the firewall examines the bytes of the
//! request before they are decoded or routed, and refuses what has more than one reading:
//!
//! 1. The target's form: a path, `http://host/path`, or `*` for OPTIONS. `CONNECT`, user
//!    information and other schemes are refused.
//! 2. The path ([`target`]): encodings of a separator, a dot, a percent sign or a control
//!    character, empty and dot segments, malformed escapes, and text that is not UTF-8 are refused.
//!    The same applies to the names of the query; its values are data, and may be any.
//! 3. The fields ([`field`]): control characters, and a second `Host`, `Content-Length` or
//!    `Authorization`; a body after a WebSocket handshake.
//! 4. The host ([`host`]): one, well-formed, the same in the target and in the field: 400; and one
//!    that this service answers for: 421 (RFC 9110 section 15.5.20).
//!
//! The client gets 400 or 421 and no detail; the log has the reason. The end of the request is
//! certain here, so its connection stays open. A request whose end is uncertain (two lengths, a
//! folded field) is refused by the server's parser, which closes the connection.
//!
//! The list is that of Spring's `StrictHttpFirewall`. Input that the server's own parser cannot
//! parse does not reach it: the parser answers 400 with an empty body. It also removes a fragment
//! (`#..`).

mod field;
mod host;
mod target;

use std::fmt;

use actix_web::{
    dev::RequestHead,
    http::{
        Method, Uri, Version,
        header::{self, HeaderMap},
    },
};

use self::host::Authority;
pub(crate) use host::Hosts;

use crate::{Problem, excerpt::excerpt, problem::Kind};

/// The most characters of a host in the log.
const LONGEST_HOST: usize = 128;

/// The checks of requests before routing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Firewall {
    hosts: Hosts,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is malformed, or ambiguous.
    Malformed(&'static str),
    /// It is for a host that this service does not answer for.
    Misdirected,
}

impl Firewall {
    pub(crate) fn new(hosts: Hosts) -> Self {
        Self { hosts }
    }

    /// Refuses a request that is malformed, ambiguous, or meant for another host.
    pub(crate) fn check(&self, head: &RequestHead) -> Result<(), Refusal> {
        self.check_parts(&head.method, &head.uri, head.version, &head.headers)
    }

    /// Checks a request, and returns its host, without the port; `None` if it names none and needs
    /// none.
    #[cfg(feature = "tls")]
    pub(crate) fn host(&self, head: &RequestHead) -> Result<Option<String>, Refusal> {
        self.check(head)?;
        let stated = form(&head.method, &head.uri)?;
        Ok(authority(stated, &head.headers)?.map(|authority| authority.host()))
    }

    /// Whether the host of a request names this machine (localhost, a name below it, an address of loopback)
    /// or, if `takes_listed`, is one that the service lists; `None` without a host.
    pub(crate) fn is_for_this_machine(
        &self,
        head: &RequestHead,
        takes_listed: bool,
    ) -> Option<bool> {
        if head.headers.get_all(header::HOST).count() > 1 {
            return Some(false);
        }
        let stated = form(&head.method, &head.uri);
        match stated.and_then(|stated| authority(stated, &head.headers)) {
            Ok(Some(authority)) => {
                Some(authority.is_local() || (takes_listed && self.hosts.list_host(&authority)))
            }
            Ok(None) => None,
            Err(_) => Some(false),
        }
    }

    fn check_parts(
        &self,
        method: &Method,
        uri: &Uri,
        version: Version,
        headers: &HeaderMap,
    ) -> Result<(), Refusal> {
        let stated = form(method, uri)?;
        if uri.path() != "*" {
            target::path(uri.path().as_bytes())?;
        }
        if let Some(query) = uri.query() {
            target::query(query.as_bytes())?;
        }
        field::check(headers)?;
        no_body_before_sockets(method, headers)?;
        let authority = authority(stated, headers)?;
        match authority {
            Some(authority) if self.hosts.answer_for(&authority) => Ok(()),
            Some(_) => Err(Refusal::Misdirected),
            // Before HTTP/1.1, the field was not required, and no browser speaks those versions.
            // Since then the server's parser requires it; a request without a socket, in a test,
            // has none.
            None if self.hosts.need_none() => Ok(()),
            None if version == Version::HTTP_11 => Err(Refusal::Malformed("no host")),
            None => Err(Refusal::Misdirected),
        }
    }
}

/// The authority in the target itself; `None` if it is a path or `*`.
fn form<'a>(method: &Method, uri: &'a Uri) -> Result<Option<&'a str>, Refusal> {
    if *method == Method::CONNECT {
        return Err(Refusal::Malformed("this service is not a tunnel"));
    }
    match (uri.scheme_str(), uri.authority()) {
        (None, None) if uri.path() == "*" && *method != Method::OPTIONS => {
            Err(Refusal::Malformed("the target `*` is for OPTIONS"))
        }
        (None, None) => Ok(None),
        (Some(scheme), Some(authority))
            if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") =>
        {
            Ok(Some(authority.as_str()))
        }
        // `host:port` is the form of CONNECT; other schemes are not spoken here.
        _ => Err(Refusal::Malformed("the target has none of the forms that are served")),
    }
}

/// Refuses a WebSocket handshake that is not a plain GET (RFC 6455 section 4.1). Actix's dispatcher
/// reads all bytes after one as its body, whatever length it states, while a proxy believes the
/// length: the next request on the connection would be a body to one of them and a request to the
/// other.
fn no_body_before_sockets(method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    let mut upgrades = headers.get_all(header::UPGRADE).peekable();
    if upgrades.peek().is_none() {
        return Ok(());
    }
    let is_socket = upgrades.any(|upgrade| {
        let mut protocols = upgrade.as_bytes().split(|byte| *byte == b',');
        protocols.any(|one| one.trim_ascii().eq_ignore_ascii_case(b"websocket"))
    });
    let has_body = headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0");
    if is_socket && (*method != Method::GET || has_body) {
        return Err(Refusal::Malformed("a WebSocket handshake that is not a GET without a body"));
    }
    Ok(())
}

/// The one host that the request is for.
fn authority<'a>(
    stated: Option<&'a str>,
    headers: &'a HeaderMap,
) -> Result<Option<Authority<'a>>, Refusal> {
    let read = |bytes: &'a [u8]| {
        Authority::read(bytes).ok_or(Refusal::Malformed("the host is missing or malformed"))
    };
    let field = headers.get(header::HOST).map(|host| read(host.as_bytes())).transpose()?;
    let stated = stated.map(|stated| read(stated.as_bytes())).transpose()?;
    match (stated, field) {
        (Some(stated), Some(field)) if stated != field => {
            Err(Refusal::Malformed("the target names one host, the field `Host` another"))
        }
        (stated, field) => Ok(stated.or(field)),
    }
}

impl Refusal {
    /// The problem for the client, with the reason for the log.
    pub(crate) fn into_problem(self, head: &RequestHead) -> Problem {
        match self {
            Self::Malformed(why) => {
                Problem::new(Kind::BadRequest).because("malformed-request", why)
            }
            Self::Misdirected => {
                let field = head.headers.get(header::HOST).map(|host| host.to_str());
                let host = match (head.uri.authority(), field) {
                    (Some(stated), _) => excerpt(stated.as_str(), LONGEST_HOST),
                    (None, Some(Ok(host))) => excerpt(host, LONGEST_HOST),
                    (None, Some(Err(_)) | None) => "",
                };
                let words = format!(
                    "the host `{host}` is not listed: add it to PALISADE_HOSTS or `.host(..)` if it is \
                     this service's"
                );
                Problem::new(Kind::Misdirected).because("host-not-listed", words)
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(why) => f.write_str(why),
            Self::Misdirected => f.write_str("the host is not served here"),
        }
    }
}

#[cfg(test)]
mod tests;
