//! What a key function may look at.

use std::net::IpAddr;

use actix_web::HttpRequest;

use crate::{Principal, client::ClientAddr, policy::LimitKey};

/// A request, as the function of `by = function(..)` sees it.
///
/// The function is called once for each request, before the body is read. Of what it gives, two
/// requests with the same text share their units; all for which it gives `None` share one count.
///
/// What the caller writes into headers and the path makes a new key whenever the caller likes. So a
/// function whose attribute does not say what it makes its key of (`function(tenant, of = subject)`)
/// needs another limit beside it, and one that does is shown nothing else.
///
/// ```
/// use palisade::limit::KeyRequest;
///
/// /// The tenant is the part of the subject before the colon.
/// fn tenant(request: &KeyRequest<'_>) -> Option<String> {
///     let (tenant, _) = request.principal()?.subject().split_once(':')?;
///     Some(tenant.to_owned())
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct KeyRequest<'r> {
    request: &'r HttpRequest,
    address: ClientAddr,
    principal: Option<&'r Principal>,
    /// What the attribute says that the key is made of; empty where it does not.
    of: &'r [LimitKey],
}

impl<'r> KeyRequest<'r> {
    pub(crate) fn new(
        request: &'r HttpRequest,
        address: ClientAddr,
        principal: Option<&'r Principal>,
        of: &'r [LimitKey],
    ) -> Self {
        Self { request, address, principal, of }
    }

    /// The client's address, as told by a trusted proxy or the connection.
    pub fn address(&self) -> IpAddr {
        self.address.ip()
    }

    /// Who is calling; none on a public endpoint, and for a function with `of = ip`.
    pub fn principal(&self) -> Option<&'r Principal> {
        let is_shown = |part: &LimitKey| matches!(part, LimitKey::Subject | LimitKey::Client);
        self.principal.filter(|_| self.of.is_empty() || self.of.iter().any(is_shown))
    }

    /// The only value of a header. None where it is absent, repeated or not text, and for a function
    /// with `of = ..`: the caller chooses it.
    pub fn header(&self, name: &str) -> Option<&'r str> {
        if !self.of.is_empty() {
            return None;
        }
        let mut values = self.request.headers().get_all(name);
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    }

    /// A parameter of the path, as it was sent (percent-encoded); none for a function with
    /// `of = ..`, since the caller chooses it.
    pub fn path(&self, name: &str) -> Option<&'r str> {
        if !self.of.is_empty() {
            return None;
        }
        // This endpoint's own parameter is the last of its name: a scope's prefix comes first.
        let matched = self.request.match_info();
        matched.iter().filter(|(own, _)| *own == name).last().map(|(_, value)| value)
    }
}
