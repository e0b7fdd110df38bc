//! The input of a key function.

use std::net::IpAddr;

use actix_web::HttpRequest;

use crate::{Principal, client::ClientAddr};

/// A request, as the function of `by = function(..)` gets it.
///
/// The function is called before the body is read, at least twice for each request: a function with
/// several results for one request would begin a count with each, so such a request is 500. Two
/// requests with the same result share their units; all with `None` share one count.
///
/// A caller can change headers and the path to get a new key for each request. So a limit by such a
/// function needs another limit besides. A limit whose attribute declares the inputs of its
/// function (`function(tenant, of = subject)`) needs none, and its function takes
/// [`KeySources`](super::KeySources).
///
/// ```
/// use palisade::limit::KeyRequest;
///
/// /// The team that the caller names, or the part of the subject before the colon.
/// fn team(request: &KeyRequest<'_>) -> Option<String> {
///     let own = || Some(request.principal()?.subject().split_once(':')?.0);
///     request.header("x-team").or_else(own).map(str::to_owned)
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

    /// The client's address, from a trusted proxy or the connection.
    pub fn address(&self) -> IpAddr {
        self.address.ip()
    }

    /// The caller; `None` on a public endpoint.
    pub fn principal(&self) -> Option<&'r Principal> {
        self.principal
    }

    /// The only value of a header; `None` if it is absent, repeated or not visible ASCII.
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
