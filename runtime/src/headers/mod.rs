//! Security headers on every response of the app.
//!
//! 1. A JSON API's answer is never a page: the policy lets a browser run, frame and load nothing
//!    from it, and no cache keeps it.
//! 2. The profile wins over what a handler or another middleware wrote: a header is weakened on
//!    the endpoint, with `#[headers(..)]`, where the inventory shows it.
//! 3. HSTS is sent only by a service that is reached over TLS; on plain http browsers ignore it
//!    (RFC 6797 section 7.2).
//! 4. Headers that tell of the software behind (`Server`, `X-Powered-By`) are removed.
//!
//! The values are those of the OWASP Secure Headers project; the policy has no finding in
//! Google's `csp_evaluator`.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::policy::HeaderOverrides;

/// `Cache-Control` of what nobody may keep.
pub(crate) const NOT_KEPT: &str = "no-store, max-age=0";

const NONE_CSP: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Each feature that a page could ask for, denied; sorted.
const PERMISSIONS: &str = "accelerometer=(), ambient-light-sensor=(), autoplay=(), battery=(), \
     bluetooth=(), camera=(), clipboard-read=(), clipboard-write=(), display-capture=(), \
     encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), \
     idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), \
     picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), \
     speaker-selection=(), storage-access=(), sync-xhr=(), usb=(), web-share=(), \
     xr-spatial-tracking=()";

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_POWERED_BY: HeaderName = HeaderName::from_static("x-powered-by");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The headers of a profile.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    headers: HeaderMap,
}

/// Everything that the answers of one endpoint have in common, worked out once.
#[derive(Clone, Debug)]
pub(crate) struct Dress {
    headers: Box<[(HeaderName, HeaderValue)]>,
}

impl Profile {
    /// The profile of an API that answers with JSON.
    pub(crate) fn json(over_tls: bool) -> Self {
        let fixed: [(HeaderName, &'static str); 11] = [
            (header::CONTENT_SECURITY_POLICY, NONE_CSP),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::X_FRAME_OPTIONS, "deny"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::CACHE_CONTROL, NOT_KEPT),
            (header::X_DNS_PREFETCH_CONTROL, "off"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
            (HeaderName::from_static("permissions-policy"), PERMISSIONS),
            (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
        ];
        let mut headers = HeaderMap::new();
        for (name, value) in fixed {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if over_tls {
            headers.insert(
                header::STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=63072000; includeSubDomains"),
            );
        }
        Self { headers }
    }

    /// The common headers of an endpoint with these overrides and limits.
    pub(crate) fn dress(
        &self,
        overrides: Option<&HeaderOverrides>,
        limits: Option<HeaderValue>,
        vary: Option<HeaderValue>,
    ) -> Dress {
        let mut headers = self.headers.clone();
        let mut set = |name: HeaderName, value: Option<HeaderValue>| {
            if let Some(value) = value {
                headers.insert(name, value);
            }
        };
        // Both were checked when compiled; a text that is no header value leaves the default.
        let text = |text: Option<&'static str>| HeaderValue::from_str(text?).ok();
        set(header::CACHE_CONTROL, text(overrides.and_then(|overrides| overrides.cache)));
        set(header::CONTENT_SECURITY_POLICY, text(overrides.and_then(|overrides| overrides.csp)));
        set(RATE_LIMIT_POLICY, limits);
        set(header::VARY, vary);
        Dress { headers: headers.into_iter().collect() }
    }
}

impl Dress {
    /// Puts the headers on a response, with the request's id and what is left of its limits.
    pub(crate) fn put_on(
        &self,
        response: &mut HeaderMap,
        request_id: &[u8],
        left: Option<HeaderValue>,
    ) {
        // Most handlers write a content type and nothing else. Appending to a table that has room
        // costs half of inserting, and less than cloning a finished one.
        let has_type = usize::from(response.contains_key(header::CONTENT_TYPE));
        if response.len_keys() > has_type {
            self.clear_way(response);
        }
        response.reserve(self.headers.len() + 2);
        for (name, value) in &self.headers {
            response.append(name.clone(), value.clone());
        }
        if let Ok(id) = HeaderValue::from_bytes(request_id) {
            response.append(X_REQUEST_ID, id);
        }
        if let Some(left) = left {
            response.append(RATE_LIMIT, left);
        }
    }

    /// Takes out what the handler or another middleware wrote in the profile's place.
    fn clear_way(&self, response: &mut HeaderMap) {
        for name in [header::SERVER, X_POWERED_BY, X_REQUEST_ID, RATE_LIMIT] {
            response.remove(name);
        }
        for (name, value) in &self.headers {
            // What an answer varies by adds up.
            if *name != header::VARY || response.get(name) == Some(value) {
                response.remove(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{self, HeaderMap, HeaderValue};

    use super::{Profile, X_REQUEST_ID};
    use crate::policy::HeaderOverrides;

    fn dressed(over_tls: bool, overrides: Option<HeaderOverrides>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("allowall"));
        headers.insert(header::SERVER, HeaderValue::from_static("secret/1.2"));
        headers.append(header::SET_COOKIE, HeaderValue::from_static("a=1"));
        headers.append(header::SET_COOKIE, HeaderValue::from_static("b=2"));
        let dress = Profile::json(over_tls).dress(overrides.as_ref(), None, None);
        dress.put_on(&mut headers, b"abc", None);
        headers
    }

    #[test]
    fn the_profile_wins_and_the_rest_stays() {
        let headers = dressed(false, None);
        assert_eq!(headers.get_all(header::X_FRAME_OPTIONS).count(), 1);
        assert_eq!(headers.get(header::X_FRAME_OPTIONS).unwrap(), "deny");
        assert_eq!(headers.get(header::CONTENT_TYPE).unwrap(), "application/json");
        assert_eq!(headers.get_all(header::SET_COOKIE).count(), 2);
        assert_eq!(headers.get(X_REQUEST_ID).unwrap(), "abc");
        assert!(!headers.contains_key(header::SERVER));
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        assert!(dressed(true, None).contains_key(header::STRICT_TRANSPORT_SECURITY));
    }

    #[test]
    fn an_endpoint_overrides_what_it_names() {
        let cache = HeaderOverrides { cache: Some("public, max-age=60"), csp: None };
        let headers = dressed(false, Some(cache));
        assert_eq!(headers.get(header::CACHE_CONTROL).unwrap(), "public, max-age=60");
        assert_eq!(headers.get_all(header::CACHE_CONTROL).count(), 1);
    }
}
