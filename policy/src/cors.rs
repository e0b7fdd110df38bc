//! The permissions of a service for other origins (CORS), according to the Fetch standard.

use std::{borrow::Borrow, fmt, str::FromStr};

use crate::{Origin, OriginError};

/// The longest time that a browser may cache the response to a preflight request, in seconds: a
/// day.
///
/// Browsers cache it for two hours or a day at most; a list that was shortened must not be used for
/// longer.
pub const LONGEST_MAX_AGE: u32 = 86_400;

/// An origin, or all origins one label below a domain: `https://app.example`,
/// `https://*.app.example:8443`.
///
/// ```
/// use palisade_policy::OriginPattern;
///
/// let pattern: OriginPattern = "https://*.app.example".parse().unwrap();
/// assert!(pattern.covers("https://eu.app.example"));
/// assert!(!pattern.covers("https://app.example"));
/// assert!(!pattern.covers("https://a.eu.app.example"));
/// assert!("https://*.co.uk".parse::<OriginPattern>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OriginPattern {
    text: Box<str>,
    /// The position of the `*`: after the scheme.
    star: Option<usize>,
}

impl OriginPattern {
    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches more than one origin.
    pub fn is_wildcard(&self) -> bool {
        self.star.is_some()
    }

    /// Whether it matches this origin, in the spelling of browsers.
    pub fn covers(&self, origin: &str) -> bool {
        let Some((scheme, below)) = self.star.and_then(|star| self.text.split_at_checked(star))
        else {
            return *self.text == *origin;
        };
        let below = below.strip_prefix('*').unwrap_or(below);
        let label = origin.strip_prefix(scheme).and_then(|rest| rest.strip_suffix(below));
        label.is_some_and(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
        })
    }
}

impl FromStr for OriginPattern {
    type Err = OriginError;

    /// Parses an origin that a service may trust. It refuses origins that no browser sends, domains
    /// under which any party can register a name, and plain http to other machines.
    fn from_str(text: &str) -> Result<Self, OriginError> {
        if !text.contains('*') {
            let origin = Origin::trusted(text)?;
            return Ok(Self { text: origin.as_str().into(), star: None });
        }
        let Some((scheme, below)) = text.split_once("://*.") else {
            return Err(OriginError::Wildcard);
        };
        // A label in its place makes it an origin like any other.
        let sample: Origin = format!("{scheme}://a.{below}").parse()?;
        if !sample.is_secure() {
            return Err(OriginError::Insecure);
        }
        let host = below.split(':').next().unwrap_or(below);
        if host.bytes().last().is_none_or(|last| last.is_ascii_digit()) {
            return Err(OriginError::Host);
        }
        if is_public_suffix(host) {
            return Err(OriginError::PublicSuffix);
        }
        Ok(Self { text: text.into(), star: Some(scheme.len() + "://".len()) })
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether anyone can register a name under this one: `com`, `co.uk`, `github.io`. A name that is
/// not in the list at <https://publicsuffix.org> is one if it is a single label.
///
/// ```
/// assert!(palisade_policy::is_public_suffix("co.uk"));
/// assert!(!palisade_policy::is_public_suffix("app.example"));
/// ```
pub fn is_public_suffix(domain: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    psl::suffix(domain.as_bytes()).is_none_or(|suffix| suffix.as_bytes() == domain.as_bytes())
}

/// Whether a registry sells the names under this one, so that it cannot belong to one service:
/// `com`, `co.uk`, but not `github.io`, `localhost` or `home.arpa`.
///
/// ```
/// assert!(palisade_policy::is_registry("co.uk"));
/// assert!(!palisade_policy::is_registry("github.io"));
/// assert!(!palisade_policy::is_registry("localhost"));
/// ```
pub fn is_registry(domain: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    psl::suffix(domain.as_bytes()).is_some_and(|suffix| {
        suffix.typ() == Some(psl::Type::Icann)
            && suffix.as_bytes() == domain.as_bytes()
            && !is_home_network(&domain)
    })
}

/// RFC 8375: names of a home's own network, which no registry sells.
fn is_home_network(domain: &str) -> bool {
    domain == "home.arpa"
}

/// The header field with this name in lower case; `None` if a page cannot send it, or if permitting
/// it has no effect.
///
/// Browsers set the forbidden ones (Fetch section 2.2.2) themselves, and `*` is not a wildcard for
/// requests with credentials.
///
/// ```
/// assert_eq!(palisade_policy::request_field("X-Api-Key").as_deref(), Some("x-api-key"));
/// assert_eq!(palisade_policy::request_field("Cookie"), None);
/// assert_eq!(palisade_policy::request_field("*"), None);
/// ```
pub fn request_field(name: &str) -> Option<String> {
    const FORBIDDEN: [&str; 21] = [
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    ];
    let name = field(name)?;
    let is_forbidden =
        FORBIDDEN.contains(&&*name) || name.starts_with("proxy-") || name.starts_with("sec-");
    (!is_forbidden).then_some(name)
}

/// The header field with this name in lower case; `None` if a page cannot read it.
///
/// ```
/// assert_eq!(palisade_policy::response_field("ETag").as_deref(), Some("etag"));
/// assert_eq!(palisade_policy::response_field("Set-Cookie"), None);
/// ```
pub fn response_field(name: &str) -> Option<String> {
    field(name).filter(|name| name != "set-cookie" && name != "set-cookie2")
}

/// A policy in one line, as the inventory shows it; `origins` is `None` for every origin.
///
/// ```
/// use palisade_policy::cors_summary;
///
/// assert_eq!(cors_summary(Some(&["https://app.example"]), true), "https://app.example, with credentials");
/// assert_eq!(cors_summary(Some::<&[&str]>(&[]), false), "none");
/// assert_eq!(cors_summary(None::<&[&str]>, false), "any origin");
/// ```
pub fn cors_summary(origins: Option<&[impl Borrow<str>]>, credentials: bool) -> String {
    let mut summary = match origins {
        None => "any origin".to_owned(),
        Some([]) => "none".to_owned(),
        Some(origins) => origins.join(", "),
    };
    if credentials {
        summary.push_str(", with credentials");
    }
    summary
}

fn field(name: &str) -> Option<String> {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'+-.^_`|~".contains(&b);
    (!name.is_empty() && name.len() <= 128 && name.bytes().all(is_token))
        .then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Origin, OriginError, OriginPattern, is_public_suffix, request_field};

    fn pattern(text: &str) -> OriginPattern {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn what_anybody_can_be_is_refused() {
        use OriginError::{Extra, Host, Insecure, Null, Port, PublicSuffix, Scheme, Wildcard};
        for (bad, why) in [
            ("*", Wildcard),
            ("https://*", Wildcard),
            ("https://*:8443", Wildcard),
            ("https://app.*", Wildcard),
            ("https://a*.app.example", Wildcard),
            ("https://eu.*.app.example", Wildcard),
            ("https://*.*.app.example", Wildcard),
            ("*://app.example", Wildcard),
            ("*.app.example", Wildcard),
            ("https://*.com", PublicSuffix),
            ("https://*.example", PublicSuffix),
            ("https://*.co.uk", PublicSuffix),
            ("https://*.github.io", PublicSuffix),
            ("https://*.localhost", PublicSuffix),
            ("https://*.192.0.2.1", Host),
            ("https://*.App.example", Host),
            ("https://*.b\u{fc}cher.example", Host),
            ("https://*.app.example/", Extra),
            ("https://*.user@app.example", Extra),
            ("https://*.app.example:443", Port),
            ("http://*.app.example", Insecure),
            ("http://app.example", Insecure),
            ("null", Null),
            ("app.example", Scheme),
            ("ftp://*.app.example", Scheme),
            ("HTTPS://app.example", Scheme),
            ("https://app.example/", Extra),
            ("https://app.example:443", Port),
            ("https://App.example", Host),
            ("", Scheme),
        ] {
            assert_eq!(bad.parse::<OriginPattern>(), Err(why), "{bad}");
        }
    }

    #[test]
    fn a_star_is_one_label() {
        let below = pattern("https://*.app.example:8443");
        for (origin, expected) in [
            ("https://eu.app.example:8443", true),
            ("https://x-1.app.example:8443", true),
            ("https://app.example:8443", false),
            ("https://.app.example:8443", false),
            ("https://a.b.app.example:8443", false),
            ("https://eu.app.example", false),
            ("http://eu.app.example:8443", false),
            ("https://evil.example/.app.example:8443", false),
            ("https://evil@x.app.example:8443", false),
            ("https://EU.app.example:8443", false),
            ("https://eu.app.example:8443.evil.example", false),
            ("https://*.app.example:8443", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(below.covers(origin), expected, "{origin}");
        }
        let exact = pattern("https://app.example");
        assert!(exact.covers("https://app.example") && !exact.covers("https://eu.app.example"));
        assert!(pattern("http://localhost:3000").covers("http://localhost:3000"));
    }

    #[test]
    fn suffixes_are_those_of_the_list() {
        for suffix in ["com", "co.uk", "CO.UK", "github.io", "s3.amazonaws.com", "nowhere", ""] {
            assert!(is_public_suffix(suffix), "{suffix}");
        }
        for domain in ["example.com", "a.co.uk", "me.github.io", "b.example"] {
            assert!(!is_public_suffix(domain), "{domain}");
        }
    }

    #[test]
    fn fields_that_pages_cannot_send_are_not_admitted() {
        for bad in ["", "*", "a b", "a:", "\u{e9}", "Host", "sec-fetch-site", "Proxy-X", "Origin"] {
            assert_eq!(request_field(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_a_star_covers_is_an_origin_below_it(
            origin in "(https?://)?[a-zA-Z0-9*@/:._-]{0,12}\\.app\\.example(:443|:1|/)?"
        ) {
            if pattern("https://*.app.example").covers(&origin) {
                let read: Origin = origin.parse().unwrap();
                prop_assert!(read.is_secure());
                prop_assert_eq!(origin.matches('.').count(), 2);
            }
        }

        #[test]
        fn what_is_read_covers_no_other_suffix(text in "https://(\\*\\.)?[a-z.*:0-9/-]{1,20}") {
            if let Ok(pattern) = text.parse::<OriginPattern>() {
                prop_assert_eq!(pattern.as_str(), &text);
                prop_assert!(!pattern.covers("https://evil.test") || text == "https://evil.test");
            }
        }
    }
}
