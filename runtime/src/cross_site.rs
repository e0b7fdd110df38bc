//! Requests that a browser sends on behalf of another site are refused (CWE-352).
//!
//! 1. GET, HEAD and OPTIONS pass: they must not change anything.
//! 2. `Sec-Fetch-Site` says `same-origin` or `none`: it passes. The page cannot forge this field.
//! 3. Any other value, `same-site` included, is refused unless `Origin` is on the trusted list: a
//!    sibling subdomain may belong to somebody else.
//! 4. Without `Sec-Fetch-Site`, a request without `Origin` is no browser's and passes.
//! 5. Otherwise `Origin` must be the origin that the request went to, or be on the trusted list.
//!
//! The reference is `http.CrossOriginProtection` of Go 1.25; this differs where it is stricter:
//! the scheme is compared too, `Origin` is parsed strictly, and a repeated field is refused.

use actix_web::http::{
    Method,
    header::{self, HeaderMap, HeaderName},
};

use crate::{Origin, Problem, problem::Kind};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What the check knows of the service.
#[derive(Clone, Debug, Default)]
pub(crate) struct SameSite {
    /// Origins of pages that may send unsafe requests: those of the CORS list.
    pub(crate) trusted: Vec<Origin>,
    /// The origin under which clients reach this service, where it is configured.
    pub(crate) own: Option<Origin>,
}

impl SameSite {
    /// Refuses the request if it comes from another site.
    ///
    /// `secure` is whether this very connection is TLS; without a configured origin, a service
    /// behind a TLS proxy is taken to be plain http, which refuses more and admits nothing.
    pub(crate) fn check(
        &self,
        method: &Method,
        headers: &HeaderMap,
        secure: bool,
    ) -> Result<(), Problem> {
        if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return Ok(());
        }
        let site = single(headers, &SEC_FETCH_SITE)?;
        let origin = single(headers, &header::ORIGIN)?;
        match (site, origin) {
            (Some("same-origin" | "none"), _) | (None, None) => Ok(()),
            (Some(_), origin) if self.trusts(origin) => Ok(()),
            (None, Some(origin)) if self.trusts(Some(origin)) => Ok(()),
            (None, Some(origin)) if self.is_own(origin, headers, secure)? => Ok(()),
            _ => Err(Problem::new(Kind::CrossSite)),
        }
    }

    fn trusts(&self, origin: Option<&str>) -> bool {
        origin.is_some_and(|origin| self.trusted.iter().any(|trusted| trusted.as_str() == origin))
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

/// The value of a field that may stand once; two of them, or one that is not text, are refused.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Problem::new(Kind::CrossSite)),
        (Some(_), Some(_)) => Err(Problem::new(Kind::CrossSite)),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::{
        Method,
        header::{HeaderMap, HeaderName, HeaderValue},
    };

    use super::SameSite;

    fn passes(method: Method, fields: &[(&'static str, &str)]) -> bool {
        let same_site =
            SameSite { trusted: vec!["https://app.example".parse().unwrap()], own: None };
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("host"), HeaderValue::from_static("api.example:81"));
        for (name, value) in fields {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        same_site.check(&method, &headers, false).is_ok()
    }

    #[test]
    fn safe_methods_and_programs_pass() {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            assert!(passes(method, &[("sec-fetch-site", "cross-site")]));
        }
        assert!(passes(Method::POST, &[]));
    }

    #[test]
    fn fetch_metadata_decides_where_it_is_sent() {
        for (site, expected) in [
            ("same-origin", true),
            ("none", true),
            ("same-site", false),
            ("cross-site", false),
            ("", false),
        ] {
            assert_eq!(passes(Method::POST, &[("sec-fetch-site", site)]), expected, "{site}");
        }
        assert!(!passes(
            Method::POST,
            &[("sec-fetch-site", "cross-site"), ("origin", "http://api.example:81")]
        ));
        assert!(passes(
            Method::DELETE,
            &[("sec-fetch-site", "cross-site"), ("origin", "https://app.example")]
        ));
    }

    #[test]
    fn without_it_the_origin_must_be_the_target() {
        for (origin, expected) in [
            ("http://api.example:81", true),
            ("https://app.example", true),
            ("https://api.example:81", false),
            ("http://api.example", false),
            ("http://evil@api.example:81", false),
            ("http://api.example:81.evil.example", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(passes(Method::PUT, &[("origin", origin)]), expected, "{origin}");
        }
    }

    #[test]
    fn repeated_fields_are_refused() {
        assert!(!passes(
            Method::POST,
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")]
        ));
        assert!(!passes(
            Method::POST,
            &[("origin", "http://api.example:81"), ("origin", "https://evil.example")]
        ));
    }

    #[test]
    fn a_configured_origin_is_the_only_one() {
        let same_site =
            SameSite { trusted: Vec::new(), own: Some("https://api.example".parse().unwrap()) };
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("host"), HeaderValue::from_static("evil.example"));
        for (origin, expected) in [
            ("https://api.example", true),
            ("http://evil.example", false),
            ("http://api.example", false),
        ] {
            headers.insert(HeaderName::from_static("origin"), HeaderValue::from_static(origin));
            assert_eq!(
                same_site.check(&Method::POST, &headers, false).is_ok(),
                expected,
                "{origin}"
            );
        }
    }
}
