//! Refuses requests that a browser sends on behalf of another site (CWE-352).
//!
//! 1. GET, HEAD and OPTIONS pass: they must not change anything. A request for another protocol
//!    (`Upgrade: websocket`) is not one of them: browsers open such connections cross-site with
//!    cookies and without a preflight (CWE-1385).
//! 2. `Sec-Fetch-Site` says `same-origin` or `none`: it passes. The page cannot forge this field.
//! 3. Any other value, `same-site` included, is refused unless `Origin` is on the CORS list of the
//!    endpoint: a sibling subdomain may belong to another party. A policy for every origin
//!    (`#[cross_origin(any)]`) trusts none.
//! 4. Without `Sec-Fetch-Site`, a request without `Origin` does not come from a browser and passes.
//! 5. Otherwise `Origin` must be the origin that the request went to, or be on that list.
//!
//! With `#[cross_site(token)]`, an endpoint requires a [token](crate::form_token) in the fourth
//! case, and if there is only `Origin: null`. In all other cases the decision is the same.
//!
//! The reference is `http.CrossOriginProtection` of Go 1.25; this is stricter in some points: the
//! scheme is compared too, `Origin` is parsed strictly, a repeated field and an empty
//! `Sec-Fetch-Site` are refused, and requests for another protocol are checked.

use actix_web::http::{
    Method, Uri,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};

use crate::{Origin, Problem, cors::Rules, limit::Class, problem::Kind};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a request's fields reveal about its origin, unless it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// From the same origin, or from a trusted one; or the endpoint accepts any origin.
    Fine,
    /// Unknown: not from a browser, or from an old one.
    Nothing,
    /// Only `Origin: null`: a page that hides its origin.
    Hidden,
}

/// The service's settings for the check.
#[derive(Clone, Debug, Default)]
pub(crate) struct SameSite {
    /// The origin of this service for its clients, if it is configured.
    pub(crate) own: Option<Origin>,
}

impl SameSite {
    /// Refuses the request if it comes from another site, or hides its origin.
    pub(crate) fn check(
        &self,
        method: &Method,
        headers: &HeaderMap,
        secure: bool,
        cors: &Rules,
    ) -> Result<(), Problem> {
        match self.judge(method, headers, secure, cors)? {
            Said::Fine | Said::Nothing => Ok(()),
            Said::Hidden => Err(refused("the browser hides the origin (`Origin: null`)")),
        }
    }

    /// Refuses the request if it comes from another site.
    ///
    /// `secure` is whether this connection uses TLS; without a configured origin, a service behind
    /// a TLS proxy is treated as plain http, which refuses more requests and admits no further
    /// ones.
    pub(crate) fn judge(
        &self,
        method: &Method,
        headers: &HeaderMap,
        secure: bool,
        cors: &Rules,
    ) -> Result<Said, Problem> {
        if is_safe(method) && !headers.contains_key(header::UPGRADE) {
            return Ok(Said::Fine);
        }
        let site = single(headers, &SEC_FETCH_SITE)?;
        let origin = single(headers, &header::ORIGIN)?;
        match (site, origin) {
            (Some("same-origin" | "none"), _) => Ok(Said::Fine),
            (Some(_), Some(origin)) if cors.trust(origin) => Ok(Said::Fine),
            (None, Some(origin)) if cors.trust(origin) => Ok(Said::Fine),
            (None, Some(origin)) if self.is_own(origin, headers, secure)? => Ok(Said::Fine),
            (None, None) => Ok(Said::Nothing),
            (None, Some("null")) => Ok(Said::Hidden),
            (Some(_), _) => {
                Err(refused("`Sec-Fetch-Site` is another site, and its origin is not listed"))
            }
            (None, Some(_)) => Err(refused(
                "`Origin` is neither this service's (PALISADE_PUBLIC_ORIGIN) nor listed",
            )),
        }
    }

    /// The class under which limits count a request: whether another site has caused it.
    ///
    /// Browsers mark requests over https and to the machine's own addresses; over plain http they
    /// only send `Origin`, and not even that for images and links. `rules` is called if the request
    /// has an origin.
    pub(crate) fn class<'r>(
        &self,
        headers: &HeaderMap,
        secure: bool,
        rules: impl FnOnce() -> &'r Rules,
    ) -> Class {
        let (Ok(site), Ok(origin)) =
            (single(headers, &SEC_FETCH_SITE), single(headers, &header::ORIGIN))
        else {
            // No browser sends these fields twice.
            return Class::OtherSite;
        };
        match (site, origin) {
            (Some("same-origin" | "none"), _) | (None, None) => Class::Own,
            (None, Some(origin)) if matches!(self.is_own(origin, headers, secure), Ok(true)) => {
                Class::Own
            }
            (_, Some(origin)) if rules().trust(origin) => Class::Own,
            (Some(_), _) | (None, Some(_)) => Class::OtherSite,
        }
    }

    /// The origin of the service that received a request, for values that are valid at no other
    /// service: the configured origin, otherwise the host and port in the request. Behind a proxy
    /// that rewrites `Host` only the first is the same at all instances.
    pub(crate) fn place(&self, uri: &Uri, headers: &HeaderMap) -> String {
        if let Some(own) = &self.own {
            return own.to_string();
        }
        // The firewall has refused a request with two different ones.
        let stated = uri.authority().map(|authority| authority.as_str().as_bytes());
        let named = stated.or_else(|| headers.get(header::HOST).map(HeaderValue::as_bytes));
        String::from_utf8_lossy(named.unwrap_or_default()).to_ascii_lowercase()
    }

    fn is_own(&self, origin: &str, headers: &HeaderMap, secure: bool) -> Result<bool, Problem> {
        let Ok(origin) = origin.parse::<Origin>() else { return Ok(false) };
        if let Some(own) = &self.own {
            return Ok(origin == *own);
        }
        let host = single(headers, &header::HOST)?;
        Ok(origin.is_secure() == secure && host == Some(origin.host_and_port()))
    }
}

/// Whether a method is safe (RFC 9110 section 9.2.1).
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

const ODD_FIELD: &str = "`Sec-Fetch-Site`, `Origin` or `Host` comes twice, or is no text";

fn refused(words: &'static str) -> Problem {
    Problem::new(Kind::CrossSite).because("cross-site", words)
}

/// The value of a field that may occur once; a repeated one, or one that is not text, is refused.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| refused(ODD_FIELD)),
        (Some(_), Some(_)) => Err(refused(ODD_FIELD)),
    }
}

#[cfg(test)]
mod tests;
