//! How long an answer is fresh (RFC 9111), within the service's bounds.

use std::time::Duration;

use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap};

/// If the provider sends no `max-age`.
const UNSAID: Duration = Duration::from_secs(300);

/// The bounds: a provider with a `max-age` of a year cannot keep a withdrawn key valid, and one
/// with `no-store` is not asked for each token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Freshness {
    pub(super) shortest: Duration,
    pub(super) longest: Duration,
}

impl Freshness {
    /// How long an answer with these headers is fresh.
    pub(super) fn of(&self, headers: &HeaderMap) -> Duration {
        said(headers).unwrap_or(UNSAID).clamp(self.shortest, self.longest)
    }
}

/// The freshness in the answer; of several directives, the shortest.
fn said(headers: &HeaderMap) -> Option<Duration> {
    let mut shortest: Option<u64> = None;
    for value in headers.get_all(CACHE_CONTROL) {
        // A value that cannot be read is stale (RFC 9111 section 4.2.1).
        for directive in value.to_str().unwrap_or("no-cache").split(',') {
            let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
            let seconds = match name.trim().to_ascii_lowercase().as_str() {
                "no-store" | "no-cache" => 0,
                "max-age" => argument.trim().trim_matches('"').parse().unwrap_or(0),
                _ => continue,
            };
            shortest = Some(shortest.map_or(seconds, |shortest| shortest.min(seconds)));
        }
    }
    // What a cache on the way has held already.
    let age = headers.get(AGE).and_then(|age| age.to_str().ok()?.trim().parse().ok()).unwrap_or(0);
    shortest.map(|seconds| Duration::from_secs(seconds.saturating_sub(age)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap, HeaderValue};

    use super::Freshness;

    #[test]
    fn what_the_provider_says_holds_within_bounds() {
        let bounds =
            Freshness { shortest: Duration::from_secs(30), longest: Duration::from_secs(900) };
        for (cache_control, age, seconds) in [
            (None, None, 300),
            (Some("max-age=60"), None, 60),
            (Some("public, max-age=600, must-revalidate"), None, 600),
            (Some("Max-Age=\"60\""), None, 60),
            (Some("max-age=60, max-age=900"), None, 60),
            (Some("max-age=600"), Some("540"), 60),
            (Some("max-age=600"), Some("x"), 600),
            (Some("max-age=600"), Some("700"), 30),
            (Some("max-age=31536000"), None, 900),
            (Some("max-age=99999999999999999999999"), None, 30),
            (Some("max-age=-1"), None, 30),
            (Some("max-age=0"), None, 30),
            (Some("no-store"), None, 30),
            (Some("no-cache, max-age=600"), None, 30),
            (Some("\u{e9}"), None, 30),
            (Some("private"), None, 300),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = cache_control {
                headers.insert(CACHE_CONTROL, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            if let Some(value) = age {
                headers.insert(AGE, HeaderValue::from_static(value));
            }
            let fresh = bounds.of(&headers);
            assert_eq!(fresh.as_secs(), seconds, "{cache_control:?} {age:?}");
        }
    }
}
