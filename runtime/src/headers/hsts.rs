//! `Strict-Transport-Security` (RFC 6797): for how long browsers reach the host over TLS alone.

use actix_web::http::header::HeaderValue;

/// Two years.
const DEFAULT_MAX_AGE: u32 = 63_072_000;

/// A year: the minimum of the preload list.
const SHORTEST_PRELOADED: u32 = 31_536_000;

/// The policy of a service that is reached over TLS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hsts {
    /// In seconds; 0 makes browsers forget the host.
    pub(crate) max_age: u32,
    /// Whether all hosts below this one are included.
    pub(crate) subdomains: bool,
    pub(crate) preload: bool,
}

impl Default for Hsts {
    fn default() -> Self {
        Self { max_age: DEFAULT_MAX_AGE, subdomains: false, preload: false }
    }
}

impl Hsts {
    /// The error of `preload` with a shorter max-age than its list requires.
    pub(crate) fn fault(&self) -> Option<String> {
        let Self { max_age, preload, .. } = self;
        (*preload && *max_age < SHORTEST_PRELOADED).then(|| {
            format!(
                "`hsts_preload` with a max-age of {max_age} seconds (PALISADE_HSTS_MAX_AGE or \
                 `.hsts_max_age(..)`): {SHORTEST_PRELOADED} at least, or no `hsts_preload`"
            )
        })
    }

    pub(super) fn value(&self) -> HeaderValue {
        let Self { max_age, subdomains, preload } = self;
        let mut text = format!("max-age={max_age}");
        if *subdomains || *preload {
            text.push_str("; includeSubDomains");
        }
        if *preload {
            text.push_str("; preload");
        }
        // Digits and words are a header value.
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("max-age=63072000"))
    }
}
