//! The headers of each profile.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::ProfileKind;

/// `Cache-Control` of what nobody may keep.
pub(crate) const NOT_KEPT: &str = "no-store, max-age=0";

const NONE_CSP: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Without the nonce of an answer no script runs at all.
const PAGE_CSP: &str = "default-src 'self'; script-src 'none'; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'";

/// A file that is opened in a frame or tab all the same has an origin of its own.
const DOWNLOAD_CSP: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

/// Each feature that a page could ask for, denied; sorted.
const PERMISSIONS: &str = "accelerometer=(), ambient-light-sensor=(), autoplay=(), battery=(), \
     bluetooth=(), camera=(), clipboard-read=(), clipboard-write=(), display-capture=(), \
     encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), \
     idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), \
     picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), \
     speaker-selection=(), storage-access=(), sync-xhr=(), usb=(), web-share=(), \
     xr-spatial-tracking=()";

/// The profiles of a service.
#[derive(Clone, Debug)]
pub(crate) struct Profiles {
    json: HeaderMap,
    html: HeaderMap,
    download: HeaderMap,
    log_out: HeaderMap,
}

impl Profiles {
    /// The profiles of a service that is reached over TLS, or is not.
    pub(crate) fn new(over_tls: bool) -> Self {
        let json = strictest(over_tls);
        let with = |name: HeaderName, value: &'static str| {
            let mut headers = json.clone();
            headers.insert(name, HeaderValue::from_static(value));
            headers
        };
        let html = with(header::CONTENT_SECURITY_POLICY, PAGE_CSP);
        let download = with(header::CONTENT_SECURITY_POLICY, DOWNLOAD_CSP);
        let log_out =
            with(HeaderName::from_static("clear-site-data"), "\"cache\", \"cookies\", \"storage\"");
        Self { json, html, download, log_out }
    }

    pub(super) fn of(&self, kind: ProfileKind) -> &HeaderMap {
        match kind {
            ProfileKind::Json => &self.json,
            ProfileKind::Html => &self.html,
            ProfileKind::Download => &self.download,
            ProfileKind::LogOut => &self.log_out,
        }
    }
}

fn strictest(over_tls: bool) -> HeaderMap {
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
    headers
}
