//! The headers of one endpoint's answers, computed once.

use std::cell::OnceCell;

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::{
    Csp, Nonce, ProfileKind, ResourcePolicy,
    csp::NONCE_PLACE,
    profile::{NOT_KEPT, OF_DOCUMENTS, Profiles, RESOURCE_POLICY},
};
use crate::policy::HeaderOverrides;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_POWERED_BY: HeaderName = HeaderName::from_static("x-powered-by");
/// A policy with which nothing is loaded or run.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The headers of one endpoint's answers, by their kind.
#[derive(Debug, Default)]
pub(crate) struct Wardrobe {
    overrides: HeaderOverrides,
    /// The names of the endpoint's limits.
    limits: Option<HeaderValue>,
    vary: Option<HeaderValue>,
    /// Which pages may embed the answers, derived from which may read them.
    resource: ResourcePolicy,
    json: OnceCell<Dress>,
    html: OnceCell<Dress>,
    download: OnceCell<Dress>,
    log_out: OnceCell<Dress>,
}

/// The headers that all answers of one kind have in common.
#[derive(Debug)]
pub(crate) struct Dress {
    headers: Box<[(HeaderName, HeaderValue)]>,
    /// Of an answer with a nonce: the headers that do not name it. Such an answer is never cached.
    unnonced: Box<[(HeaderName, HeaderValue)]>,
    /// And the headers that do.
    nonced: Box<[Nonced]>,
}

/// A header that names the nonce of its answer.
#[derive(Debug)]
struct Nonced {
    name: HeaderName,
    /// The text around the places of the nonce.
    pieces: Box<[String]>,
}

impl Nonced {
    fn value(&self, nonce: &Nonce) -> Option<HeaderValue> {
        let places = self.pieces.len().saturating_sub(1).saturating_mul(nonce.as_str().len());
        let length = self.pieces.iter().map(String::len).sum::<usize>().saturating_add(places);
        let mut text = String::with_capacity(length);
        for (index, piece) in self.pieces.iter().enumerate() {
            if index > 0 {
                text.push_str(nonce.as_str());
            }
            text.push_str(piece);
        }
        HeaderValue::try_from(text).ok()
    }
}

impl Wardrobe {
    pub(crate) fn new(
        overrides: HeaderOverrides,
        limits: Option<HeaderValue>,
        vary: Option<HeaderValue>,
        resource: ResourcePolicy,
    ) -> Self {
        Self { overrides, limits, vary, resource, ..Self::default() }
    }

    /// The headers of an answer of this kind; computed for the first one.
    pub(crate) fn dress(&self, kind: ProfileKind, profiles: &Profiles) -> &Dress {
        let place = match kind {
            ProfileKind::Json => &self.json,
            ProfileKind::Html => &self.html,
            ProfileKind::Download => &self.download,
            ProfileKind::LogOut => &self.log_out,
        };
        place.get_or_init(|| self.make(kind, profiles))
    }

    /// The kind of an answer with this mark, or without one.
    pub(crate) fn kind(&self, marked: Option<ProfileKind>, response: &HeaderMap) -> ProfileKind {
        match (self.overrides.profile, marked) {
            // What is stricter than a page is so whatever the handler answers with.
            (Some(kind @ (ProfileKind::Json | ProfileKind::Download)), _) => kind,
            (_, Some(kind)) => kind,
            (Some(ProfileKind::Html), None) if is_page(response) => ProfileKind::Html,
            (_, None) => ProfileKind::Json,
        }
    }

    fn make(&self, kind: ProfileKind, profiles: &Profiles) -> Dress {
        let profile = profiles.of(kind);
        let mut headers = profile.headers.clone();
        let mut nonced = Vec::new();
        let mut set = |name: HeaderName, value: Option<HeaderValue>| {
            if let Some(value) = value {
                headers.insert(name, value);
            }
        };
        // What was checked when compiled is a header value; another text leaves the default.
        let text = |text: Option<&str>| HeaderValue::from_str(text?).ok();
        let is_page = kind == ProfileKind::Html;
        // No answer but a page loads or runs anything, so only a page's policy can be meant.
        let of_page = |csp: Option<&'static Csp>| csp.filter(|_| is_page);
        let csp = of_page(self.overrides.csp).unwrap_or(&profile.csp);
        let report_only = of_page(self.overrides.report_only).or(profile.report_only.as_ref());
        let policies = [
            (header::CONTENT_SECURITY_POLICY, Some(csp)),
            (header::CONTENT_SECURITY_POLICY_REPORT_ONLY, report_only),
        ];
        for (name, csp) in policies {
            let Some(csp) = csp else { continue };
            let enforced = name == header::CONTENT_SECURITY_POLICY;
            let finish = |policy: &str| match is_page {
                true => profiles.finish(policy, enforced),
                false => policy.to_owned(),
            };
            set(name.clone(), text(Some(&finish(&csp.bare))));
            if let Some(with) = &csp.nonced {
                let pieces = finish(with).split(NONCE_PLACE).map(str::to_owned).collect();
                nonced.push(Nonced { name, pieces });
            }
        }
        if let Some(permissions) = self.overrides.permissions.filter(|_| is_page) {
            set(HeaderName::from_static("permissions-policy"), text(Some(&permissions.text)));
        }
        set(header::CACHE_CONTROL, text(self.overrides.cache));
        // An origin that may read an answer may embed it: the wider of the two policies holds.
        let resource = self.overrides.resource.map_or(self.resource, |own| own.max(self.resource));
        set(RESOURCE_POLICY, Some(HeaderValue::from_static(resource.name())));
        set(RATE_LIMIT_POLICY, self.limits.clone());
        set(header::VARY, self.vary.clone());
        let mut unnonced = headers.clone();
        unnonced.insert(header::CACHE_CONTROL, HeaderValue::from_static(NOT_KEPT));
        for own in &nonced {
            unnonced.remove(&own.name);
        }
        Dress {
            headers: headers.into_iter().collect(),
            unnonced: unnonced.into_iter().collect(),
            nonced: nonced.into(),
        }
    }
}

/// Whether the answer declares itself a page.
fn is_page(response: &HeaderMap) -> bool {
    has_type(response, &["text/html"])
}

/// Whether the answer declares itself a script (the names of WHATWG MIME Sniffing that are in use).
pub(crate) fn is_script(response: &HeaderMap) -> bool {
    has_type(response, &["text/javascript", "application/javascript", "application/x-javascript"])
}

fn has_type(response: &HeaderMap, types: &[&str]) -> bool {
    response.get(header::CONTENT_TYPE).is_some_and(|value| {
        let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
        types.iter().any(|one| essence.trim_ascii().eq_ignore_ascii_case(one.as_bytes()))
    })
}

impl Dress {
    /// Adds the headers to a response, with the request's id and what is left of its limits.
    pub(crate) fn put_on(
        &self,
        response: &mut HeaderMap,
        request_id: &[u8],
        left: Option<HeaderValue>,
        nonce: Option<&Nonce>,
    ) {
        // Most handlers write a content type and nothing else. Appending to a table that has room
        // costs half of inserting, and less than cloning a finished one.
        let has_type = usize::from(response.contains_key(header::CONTENT_TYPE));
        if response.len_keys() > has_type {
            self.clear_way(response);
        }
        response.reserve(self.headers.len() + 2);
        let fixed = if nonce.is_some() { &self.unnonced } else { &self.headers };
        for (name, value) in fixed {
            response.append(name.clone(), value.clone());
        }
        if let Ok(id) = HeaderValue::from_bytes(request_id) {
            response.append(X_REQUEST_ID, id);
        }
        if let Some(left) = left {
            response.append(RATE_LIMIT, left);
        }
        if let Some(nonce) = nonce {
            self.sign(response, nonce);
        }
    }

    /// Adds the nonce of this answer to its policies. Such an answer is never cached: an attacker
    /// who injects markup would know a nonce that is used twice.
    fn sign(&self, response: &mut HeaderMap, nonce: &Nonce) {
        for own in &self.nonced {
            match own.value(nonce) {
                Some(value) => response.append(own.name.clone(), value),
                // A nonce is a word, so this does not come to pass; and an answer without a policy
                // must not either.
                None => response.append(own.name.clone(), NOTHING),
            }
        }
    }

    /// Removes headers of the profile that the handler or another middleware wrote.
    fn clear_way(&self, response: &mut HeaderMap) {
        for name in [header::SERVER, X_POWERED_BY, X_REQUEST_ID, RATE_LIMIT] {
            response.remove(name);
        }
        for name in &OF_DOCUMENTS {
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
        headers::{HeaderSet, Hsts, ProfileKind, Profiles, ResourcePolicy},
        policy::HeaderOverrides,
    };

    fn dressed(over_tls: bool, overrides: Option<HeaderOverrides>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("allowall"));
        headers.insert(header::SERVER, HeaderValue::from_static("secret/1.2"));
        headers.append(header::SET_COOKIE, HeaderValue::from_static("a=1"));
        headers.append(header::SET_COOKIE, HeaderValue::from_static("b=2"));
        let wardrobe =
            Wardrobe::new(overrides.unwrap_or_default(), None, None, ResourcePolicy::default());
        let profiles = Profiles::new(over_tls.then(Hsts::default), &HeaderSet::default());
        wardrobe.dress(ProfileKind::Json, &profiles).put_on(&mut headers, b"abc", None, None);
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
        let cache = HeaderOverrides { cache: Some("public, max-age=60"), ..HeaderOverrides::NONE };
        let headers = dressed(false, Some(cache));
        assert_eq!(headers.get(header::CACHE_CONTROL).unwrap(), "public, max-age=60");
        assert_eq!(headers.get_all(header::CACHE_CONTROL).count(), 1);
    }
}
