//! What a key function may look at.

use std::net::IpAddr;

use actix_web::HttpRequest;

use crate::{Principal, client::ClientAddr};

/// A request, as the function of `by = function(..)` sees it.
///
/// The function is called once for each request, before the body is read. Of what it gives, two
/// requests with the same text share their units; all for which it gives `None` share one count.
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
}

impl<'r> KeyRequest<'r> {
    pub(crate) fn new(
        request: &'r HttpRequest,
        address: ClientAddr,
        principal: Option<&'r Principal>,
    ) -> Self {
        Self { request, address, principal }
    }

    /// The client's address, as told by a trusted proxy or the connection.
    pub fn address(&self) -> IpAddr {
        self.address.ip()
    }

    /// Who is calling; none on a public endpoint.
    pub const fn principal(&self) -> Option<&'r Principal> {
        self.principal
    }

    /// The only value of a header. None where it is absent, stands several times or is no text:
    /// the caller chooses it, so a key of it needs a limit by address beside it.
    pub fn header(&self, name: &str) -> Option<&'r str> {
        let mut values = self.request.headers().get_all(name);
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    }

    /// A parameter of the path, as it was sent (percent-encoded).
    pub fn path(&self, name: &str) -> Option<&'r str> {
        // This endpoint's own parameter is the last of its name: a scope's prefix comes first.
        let matched = self.request.match_info();
        matched.iter().filter(|(own, _)| *own == name).last().map(|(_, value)| value)
    }
}
