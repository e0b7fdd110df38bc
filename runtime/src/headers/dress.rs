//! The headers of one endpoint's answers, worked out once.

use std::cell::OnceCell;

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::{ProfileKind, profile::Profiles};
use crate::policy::HeaderOverrides;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_POWERED_BY: HeaderName = HeaderName::from_static("x-powered-by");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What the answers of one endpoint leave with, by what they are.
#[derive(Debug, Default)]
pub(crate) struct Wardrobe {
    overrides: HeaderOverrides,
    /// What the endpoint's limits are called.
    limits: Option<HeaderValue>,
    vary: Option<HeaderValue>,
    json: OnceCell<Dress>,
    html: OnceCell<Dress>,
    download: OnceCell<Dress>,
    log_out: OnceCell<Dress>,
}

/// The headers that all answers of one kind have in common.
#[derive(Debug)]
pub(crate) struct Dress {
    headers: Box<[(HeaderName, HeaderValue)]>,
}

impl Wardrobe {
    pub(crate) fn new(
        overrides: HeaderOverrides,
        limits: Option<HeaderValue>,
        vary: Option<HeaderValue>,
    ) -> Self {
        Self { overrides, limits, vary, ..Self::default() }
    }

    /// The headers of an answer of this kind; worked out when the first one leaves.
    pub(crate) fn dress(&self, kind: ProfileKind, profiles: &Profiles) -> &Dress {
        let place = match kind {
            ProfileKind::Json => &self.json,
            ProfileKind::Html => &self.html,
            ProfileKind::Download => &self.download,
            ProfileKind::LogOut => &self.log_out,
        };
        place.get_or_init(|| self.make(profiles.of(kind)))
    }

    fn make(&self, profile: &HeaderMap) -> Dress {
        let mut headers = profile.clone();
        let mut set = |name: HeaderName, value: Option<HeaderValue>| {
            if let Some(value) = value {
                headers.insert(name, value);
            }
        };
        // Both were checked when compiled; a text that is no header value leaves the default.
        let text = |text: Option<&'static str>| HeaderValue::from_str(text?).ok();
        set(header::CACHE_CONTROL, text(self.overrides.cache));
        set(header::CONTENT_SECURITY_POLICY, text(self.overrides.csp));
        set(RATE_LIMIT_POLICY, self.limits.clone());
        set(header::VARY, self.vary.clone());
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

    use super::{Wardrobe, X_REQUEST_ID};
    use crate::{
        headers::{ProfileKind, Profiles},
        policy::HeaderOverrides,
    };

    fn dressed(over_tls: bool, overrides: Option<HeaderOverrides>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("allowall"));
        headers.insert(header::SERVER, HeaderValue::from_static("secret/1.2"));
        headers.append(header::SET_COOKIE, HeaderValue::from_static("a=1"));
        headers.append(header::SET_COOKIE, HeaderValue::from_static("b=2"));
        let wardrobe = Wardrobe::new(overrides.unwrap_or_default(), None, None);
        let profiles = Profiles::new(over_tls);
        wardrobe.dress(ProfileKind::Json, &profiles).put_on(&mut headers, b"abc", None);
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
