//! One prepared policy.

use std::fmt;

use actix_web::http::header::{
    self, ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE, HeaderMap, HeaderName, HeaderValue,
};
use palisade_policy::{LONGEST_MAX_AGE, OriginError, OriginPattern, request_field, response_field};

use crate::{
    headers::ResourcePolicy,
    policy::{CorsOrigins, CorsPolicy},
};

/// Ten minutes: long enough to spare preflights, short enough for a list that changes.
const DEFAULT_MAX_AGE: u32 = 600;

/// Fields that pages of a listed origin may send without being asked for by name. The others that
/// the Fetch standard calls safe need no leave. Conditions are evaluated or refused everywhere.
const SENT: [&str; 8] = [
    "accept",
    "authorization",
    "content-type",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
];

/// The answers' own fields that they may read.
const READ: [&str; 7] = [
    "x-request-id",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "location",
    "etag",
    "content-range",
];

/// Fields that only this module writes.
const OWN: [HeaderName; 6] = [
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
];

/// What an answer varies by under a list.
const VARY: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
);

/// Why a policy is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CorsError {
    Origin(String, OriginError),
    /// Every origin, with credentials.
    AnyWithCredentials,
    /// Every origin, and a list.
    AnyAndList,
    MaxAge(u32),
    Sent(String),
    Read(String),
}

impl fmt::Display for CorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Origin(origin, error) => write!(
                f,
                "the CORS origin {origin:?} (`PALISADE_CORS_ORIGINS` or `cors_origin`): {error}"
            ),
            Self::AnyWithCredentials => f.write_str(
                "CORS for every origin with credentials: any page could act as its visitor; list \
                 the origins",
            ),
            Self::AnyAndList => {
                f.write_str("CORS for every origin and for a list: keep one of them")
            }
            Self::MaxAge(seconds) => write!(
                f,
                "the answer to a preflight request is kept for {seconds} seconds: a day \
                 ({LONGEST_MAX_AGE}) at most, so that a shorter list takes effect"
            ),
            Self::Sent(name) => write!(f, "{name:?} is no header field that a page can send"),
            Self::Read(name) => write!(f, "{name:?} is no header field that a page can read"),
        }
    }
}

/// Who may read the answers, with what the fields say about it.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    origins: Vec<OriginPattern>,
    any: bool,
    credentials: bool,
    sent: Vec<String>,
    allow_headers: HeaderValue,
    expose: HeaderValue,
    max_age: HeaderValue,
}

impl Default for Rules {
    /// No other origin.
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            any: false,
            credentials: false,
            sent: Vec::new(),
            allow_headers: HeaderValue::from_static(""),
            expose: HeaderValue::from_static(""),
            max_age: HeaderValue::from_static("0"),
        }
    }
}

impl Rules {
    /// Reads a policy; the error has everything that is wrong with it.
    pub(crate) fn read(policy: &CorsPolicy) -> Result<Self, Vec<CorsError>> {
        let (any, listed) = match policy.origins {
            CorsOrigins::Any => (true, &[][..]),
            CorsOrigins::Listed(listed) => (false, listed),
        };
        let mut errors = Vec::new();
        let mut origins = Vec::new();
        for text in listed {
            match text.parse() {
                Ok(origin) => origins.push(origin),
                Err(error) => errors.push(CorsError::Origin((*text).to_owned(), error)),
            }
        }
        let mut fields = |names: &[&str], read: fn(&str) -> Option<String>, sent: bool| {
            let mut good = Vec::new();
            for name in names {
                match read(name) {
                    Some(name) => good.push(name),
                    None if sent => errors.push(CorsError::Sent((*name).to_owned())),
                    None => errors.push(CorsError::Read((*name).to_owned())),
                }
            }
            good
        };
        let sent = fields(policy.headers, request_field, true);
        let read = fields(policy.expose, response_field, false);
        let max_age = policy.max_age.unwrap_or(DEFAULT_MAX_AGE);
        match Self::new(origins, any, policy.credentials, sent, read, max_age) {
            Ok(rules) if errors.is_empty() => Ok(rules),
            Ok(_) => Err(errors),
            Err(error) => {
                errors.push(error);
                Err(errors)
            }
        }
    }

    /// A policy of these parts, each of which was parsed.
    pub(crate) fn new(
        origins: Vec<OriginPattern>,
        any: bool,
        credentials: bool,
        sent: Vec<String>,
        read: Vec<String>,
        max_age: u32,
    ) -> Result<Self, CorsError> {
        if any && credentials {
            return Err(CorsError::AnyWithCredentials);
        }
        if any && !origins.is_empty() {
            return Err(CorsError::AnyAndList);
        }
        if max_age > LONGEST_MAX_AGE {
            return Err(CorsError::MaxAge(max_age));
        }
        let sent = joined(&SENT, sent);
        let read = joined(&READ, read);
        let field = |names: &[String], error: fn(String) -> CorsError| {
            let text = names.join(", ");
            HeaderValue::from_str(&text).map_err(|_| error(text))
        };
        Ok(Self {
            allow_headers: field(&sent, CorsError::Sent)?,
            expose: field(&read, CorsError::Read)?,
            max_age: max_age.into(),
            origins,
            any,
            credentials,
            sent,
        })
    }

    /// Whether no other origin may read anything.
    pub(crate) fn are_closed(&self) -> bool {
        !self.any && self.origins.is_empty()
    }

    /// Whether the origin is on the list, so that its pages may send unsafe requests too. With
    /// `any`, every origin may read, and none is trusted for unsafe requests.
    pub(crate) fn trust(&self, origin: &str) -> bool {
        self.origins.iter().any(|listed| listed.covers(origin))
    }

    /// The fields that answers vary by.
    pub(crate) fn vary(&self) -> Option<HeaderValue> {
        (!self.origins.is_empty()).then_some(VARY)
    }

    /// Which pages may embed the answers, derived from which may read them.
    pub(crate) fn resource(&self) -> ResourcePolicy {
        match self.any {
            true => ResourcePolicy::CrossOrigin,
            // This field cannot name a list of origins, and a page that embeds without reading
            // sends no origin.
            false => ResourcePolicy::SameOrigin,
        }
    }

    /// Whether a page may send this field.
    pub(super) fn admit_field(&self, name: &str) -> bool {
        // Those are safe for every origin, but a browser asks for them if their values are unusual.
        matches!(name, "accept-language" | "content-language")
            || self.sent.iter().any(|sent| sent == name)
    }

    /// Writes which pages may read the answer, and removes a handler's own fields about it.
    pub(crate) fn put_on(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
        // Most handlers write a content type and nothing else.
        if headers.len_keys() > usize::from(headers.contains_key(header::CONTENT_TYPE)) {
            OWN.iter().for_each(|name| drop(headers.remove(name)));
        }
        if self.put_origin(headers, origin) {
            headers.append(ACCESS_CONTROL_EXPOSE_HEADERS, self.expose.clone());
        }
    }

    /// Writes that pages of this origin may send the request that they announced.
    pub(super) fn put_preflight(
        &self,
        headers: &mut HeaderMap,
        origin: &HeaderValue,
        method: &HeaderValue,
    ) {
        if self.put_origin(headers, Some(origin)) {
            headers.append(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
            headers.append(ACCESS_CONTROL_ALLOW_HEADERS, self.allow_headers.clone());
            headers.append(ACCESS_CONTROL_MAX_AGE, self.max_age.clone());
        }
    }

    /// Whether pages of this origin read the answers.
    pub(super) fn admit(&self, origin: &HeaderValue) -> bool {
        self.any || origin.to_str().is_ok_and(|origin| self.trust(origin))
    }

    fn put_origin(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) -> bool {
        if self.any {
            // The same for every origin, so that no cache mixes answers up.
            headers.append(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            return true;
        }
        let Some(origin) = origin.filter(|origin| self.admit(origin)) else { return false };
        headers.append(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        if self.credentials {
            headers.append(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        true
    }
}

/// The fields of every policy, and those that a policy adds.
fn joined(all: &[&str], own: Vec<String>) -> Vec<String> {
    let own = own.into_iter().filter(|name| !all.contains(&name.as_str()));
    all.iter().map(|name| (*name).to_owned()).chain(own).collect()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
    use palisade_policy::OriginError;

    use super::{CorsError, Rules};
    use crate::policy::{CorsOrigins, CorsPolicy};

    const LISTED: CorsPolicy = CorsPolicy {
        origins: CorsOrigins::Listed(&["https://app.example", "https://*.eu.example"]),
        credentials: false,
        headers: &[],
        expose: &[],
        max_age: None,
        reason: None,
    };

    fn rules(policy: CorsPolicy) -> Rules {
        Rules::read(&policy).unwrap_or_else(|errors| panic!("{errors:?}"))
    }

    fn fields(rules: &Rules, origin: Option<&'static str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        // The values of a handler are always replaced.
        headers.insert(
            HeaderName::from_static("access-control-allow-origin"),
            HeaderValue::from_static("https://evil.example"),
        );
        headers.insert(
            HeaderName::from_static("access-control-allow-credentials"),
            HeaderValue::from_static("true"),
        );
        rules.put_on(&mut headers, origin.map(HeaderValue::from_static).as_ref());
        headers
    }

    fn allowed(headers: &HeaderMap) -> Option<&str> {
        assert!(headers.get_all("access-control-allow-origin").count() <= 1);
        headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap())
    }

    #[test]
    fn the_fields_are_for_listed_origins() {
        let listed = rules(LISTED);
        for (origin, expected) in [
            (Some("https://app.example"), true),
            (Some("https://fr.eu.example"), true),
            (Some("https://eu.example"), false),
            (Some("https://evil.example"), false),
            (Some("null"), false),
            (Some(""), false),
            (None, false),
        ] {
            let headers = fields(&listed, origin);
            assert_eq!(allowed(&headers), origin.filter(|_| expected), "{origin:?}");
            assert_eq!(headers.contains_key("access-control-expose-headers"), expected);
            assert!(!headers.contains_key("access-control-allow-credentials"));
        }
        assert!(listed.vary().is_some() && listed.trust("https://app.example"));
        let nobody = fields(&Rules::default(), Some("https://app.example"));
        assert!(nobody.is_empty(), "{nobody:?}");
    }

    #[test]
    fn every_origin_reads_and_none_is_trusted() {
        let any = rules(CorsPolicy { origins: CorsOrigins::Any, ..LISTED });
        for origin in [Some("https://evil.example"), Some("null"), None] {
            assert_eq!(allowed(&fields(&any, origin)), Some("*"));
        }
        assert!(!any.trust("https://evil.example") && !any.trust("null"));
        assert!(any.vary().is_none() && !any.are_closed());
    }

    #[test]
    fn credentials_are_for_listed_origins() {
        let with = rules(CorsPolicy { credentials: true, ..LISTED });
        let headers = fields(&with, Some("https://app.example"));
        assert_eq!(headers.get("access-control-allow-credentials").unwrap(), "true");
        let headers = fields(&with, Some("https://evil.example"));
        assert!(!headers.contains_key("access-control-allow-credentials"));
    }

    #[test]
    fn policies_that_cannot_hold_are_refused() {
        let errors = |policy: CorsPolicy| Rules::read(&policy).map(drop).unwrap_err();
        let any = CorsOrigins::Any;
        assert_eq!(
            errors(CorsPolicy { origins: any, credentials: true, ..LISTED }),
            [CorsError::AnyWithCredentials]
        );
        assert_eq!(
            errors(CorsPolicy { max_age: Some(86_401), ..LISTED }),
            [CorsError::MaxAge(86_401)]
        );
        assert!(Rules::read(&CorsPolicy { max_age: Some(86_400), ..LISTED }).is_ok());
        assert_eq!(
            errors(CorsPolicy {
                origins: CorsOrigins::Listed(&["*", "https://app.example/"]),
                headers: &["cookie"],
                expose: &["set-cookie"],
                ..LISTED
            }),
            [
                CorsError::Origin("*".to_owned(), OriginError::Wildcard),
                CorsError::Origin("https://app.example/".to_owned(), OriginError::Extra),
                CorsError::Sent("cookie".to_owned()),
                CorsError::Read("set-cookie".to_owned()),
            ]
        );
    }
}
