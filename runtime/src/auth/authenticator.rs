//! A way to identify callers.

use std::{fmt, future::Future, net::IpAddr, pin::Pin};

#[cfg(feature = "mutual-tls")]
use actix_web::HttpMessage as _;
use actix_web::{
    HttpRequest,
    http::header::{HeaderMap, HeaderValue},
};

use super::{
    principal::{Principal, PrincipalBuilder},
    refusal::Refusal,
    revocation::{Revocations, Standing},
};
use crate::clock::Moment;

/// A way to identify callers: by a bearer token, an API key, a certificate, or any other
/// credentials that a service implements this for.
///
/// A service may have several ([`Builder::authenticator`](crate::Builder::authenticator)); an
/// endpoint accepts those that it names in `#[credentials(..)]`, or all of them.
///
/// 1. The authenticators that the endpoint accepts are asked, in the order in which they were
///    configured.
/// 2. None has credentials in the request: 401, with the [`challenge`](Self::challenge) of each.
/// 3. Two of them have: 400. The rights of one are never combined with those of another.
/// 4. One has: its result decides.
///
/// ```
/// use palisade::auth::{Attempt, Authenticator, Presented, Refusal};
///
/// /// Callers on the machine itself, by a header that the local agent adds.
/// #[derive(Debug)]
/// struct LocalAgent;
///
/// impl Authenticator for LocalAgent {
///     fn name(&self) -> &'static str {
///         "local_agent"
///     }
///
///     fn authenticate<'a>(&'a self, presented: Presented<'a>) -> Attempt<'a> {
///         let Some(value) = presented.headers().get("x-local-agent") else {
///             return Attempt::Now(Ok(None));
///         };
///         let from_here = presented.peer().is_some_and(|peer| peer.is_loopback());
///         Attempt::Now(match value.to_str() {
///             Ok(agent) if from_here => presented.identify(agent).issuer("local").build().map(Some),
///             _ => Err(Refusal::InvalidCredentials { why: "not from this machine" }),
///         })
///     }
/// }
/// ```
pub trait Authenticator: fmt::Debug + Send + Sync {
    /// Its name in attributes: `bearer`, `api_key`, `mutual_tls`, or the service's own.
    ///
    /// A word of small letters, digits and underscores, of at most 32 characters.
    fn name(&self) -> &'static str;

    /// Looks for its credentials in a request, and identifies their caller.
    ///
    /// - `Ok(None)`: there are none of this kind. Only this lets another authenticator decide.
    /// - `Ok(Some(..))`: they are valid, and identify this caller.
    /// - `Err(..)`: there are some, and they are invalid, or it cannot be decided.
    fn authenticate<'a>(&'a self, presented: Presented<'a>) -> Attempt<'a>;

    /// Drops the cached state of these credentials: they were valid, and turned out to be revoked.
    ///
    /// For authenticators with a cache; the default has nothing to drop.
    fn forget(&self, presented: Presented<'_>) {
        let _ = presented;
    }

    /// Whether it has read credentials from a file, which [`reload`](Self::reload) reads again.
    fn reloads(&self) -> bool {
        false
    }

    /// Reads its file again: on SIGHUP ([`Builder::on_reload`](crate::Builder::on_reload)).
    ///
    /// # Errors
    ///
    /// The error for the log; the previous state stays in use.
    fn reload(&self) -> Result<(), String> {
        Ok(())
    }

    /// Where a browser is redirected that requests a page without credentials: a path of the
    /// service. `None`, which is the default, always answers 401.
    fn login_page(&self) -> Option<&str> {
        None
    }

    /// The `WWW-Authenticate` value that names the credentials to send instead (RFC 9110 section
    /// 11.6.1). [`Refusal::NoCredentials`] needs the plain one, which names the scheme.
    ///
    /// `None`, which is the default, if no header of the client's could help: for cookies and for
    /// certificates. A 401 without any challenge then has the [`name`](Self::name) as its scheme,
    /// since each 401 needs one (RFC 9110 section 15.5.2).
    fn challenge(&self, refusal: &Refusal) -> Option<HeaderValue> {
        let _ = refusal;
        None
    }
}

/// Whether the name is valid for an authenticator.
pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 32
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The result of an authenticator, at once or after a wait.
pub enum Attempt<'a> {
    /// The result is available at once, without an allocation.
    Now(Result<Option<Principal>, Refusal>),
    /// It has to wait: for keys, or for a store.
    Later(Pin<Box<dyn Future<Output = Result<Option<Principal>, Refusal>> + 'a>>),
}

impl Attempt<'_> {
    /// The final result.
    pub(super) async fn outcome(self) -> Result<Option<Principal>, Refusal> {
        match self {
            Self::Now(outcome) => outcome,
            Self::Later(waiting) => waiting.await,
        }
    }
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(outcome) => f.debug_tuple("Now").field(outcome).finish(),
            Self::Later(_) => f.write_str("Later(..)"),
        }
    }
}

/// The credentials of a request: its headers and its connection.
///
/// Path, query and body are left out: credentials in them would be logged, or be read before the
/// caller is known.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    request: &'a HttpRequest,
    is_of_proxy: bool,
    now_unix: u64,
    revocations: Option<(&'a Revocations, Moment)>,
}

impl<'a> Presented<'a> {
    pub(crate) fn new(request: &'a HttpRequest, is_of_proxy: bool, now_unix: u64) -> Self {
        Self { request, is_of_proxy, now_unix, revocations: None }
    }

    /// With the revocations that the guards check, for authenticators that prolong what they find.
    pub(crate) fn with_revocations(
        mut self,
        revocations: Option<&'a Revocations>,
        now: Moment,
    ) -> Self {
        self.revocations = revocations.map(|revocations| (revocations, now));
        self
    }

    /// The standing of these credentials; good if the service has no revocations.
    pub(crate) fn standing(&self, who: &Principal) -> Standing {
        self.revocations.map_or(Standing::Good, |(list, now)| list.standing(who, now))
    }

    /// The headers. A header may occur several times: take care to read the only one.
    pub fn headers(&self) -> &'a HeaderMap {
        self.request.headers()
    }

    /// The time of the request, in seconds since 1970-01-01 UTC, which all guards use.
    pub fn now_unix(&self) -> u64 {
        self.now_unix
    }

    /// The peer of the connection: the client, or a proxy. That of a Unix socket has no address.
    pub fn peer(&self) -> Option<IpAddr> {
        self.request.peer_addr().map(|peer| peer.ip().to_canonical())
    }

    /// Whether the peer of the connection is a trusted proxy: only then may headers that proxies
    /// write be believed.
    pub fn is_from_trusted_proxy(&self) -> bool {
        self.is_of_proxy
    }

    /// The value that the server noted when the connection was made: its certificate, for instance
    /// (`HttpServer::on_connect`).
    pub fn connection<T: 'static>(&self) -> Option<&'a T> {
        self.request.conn_data()
    }

    /// The certificate that the connection's client has presented and the service has verified:
    /// under `Builder::tls`, or noted by
    /// [`note_client_certificate`](super::note_client_certificate). If the peer is a proxy, it is
    /// that of the proxy.
    #[cfg(feature = "mutual-tls")]
    pub fn client_certificate(&self) -> Option<super::ClientCertificate> {
        self.noted_certificate()?.certificate().cloned()
    }

    /// The same, with the error that kept it from being read.
    #[cfg(feature = "mutual-tls")]
    pub(super) fn noted_certificate(&self) -> Option<super::mutual_tls::NotedCertificate> {
        // A server of the service's own has noted it for the connection. Actix allows no other
        // server to do that, so palisade's server notes it for each request.
        let of_connection = self.connection::<super::mutual_tls::NotedCertificate>().cloned();
        of_connection.or_else(|| self.request.extensions().get().cloned())
    }

    /// Begins to identify the caller whose credentials were found valid.
    ///
    /// This is the only way to a [`Principal`] besides a verified token, and it needs a value that
    /// only the pipeline makes: no handler can make one.
    pub fn identify(&self, subject: impl Into<String>) -> PrincipalBuilder {
        PrincipalBuilder::new(subject.into(), self.now_unix)
    }
}

/// Headers are credentials: none of them is printed.
impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented").field("peer", &self.peer()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_are_single_words() {
        for good in ["bearer", "api_key", "mutual_tls", "v2"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "Bearer", "api-key", "_x", "2v", "a b", &"a".repeat(33)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
