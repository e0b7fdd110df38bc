//! The headers of each profile.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use palisade_web::permissions::DENIED;

use super::{
    ProfileKind,
    csp::{Csp, checked_csp},
    set::{HeaderSet, PAGE_CSP},
};

/// `Cache-Control` of what nobody may keep.
pub(crate) const NOT_KEPT: &str = "no-store, max-age=0";

/// Where reports go: the one endpoint that policies name.
const REPORTS: &str = "default";

const NONE_CSP: Csp = checked_csp(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    None,
    None,
);

/// A file that is opened in a frame or tab all the same has an origin of its own.
const DOWNLOAD_CSP: Csp = checked_csp(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    None,
    None,
);

/// The profiles of a service.
#[derive(Clone, Debug)]
pub(crate) struct Profiles {
    json: Profile,
    html: Profile,
    download: Profile,
    log_out: Profile,
    reports_to: Option<String>,
    over_tls: bool,
}

/// What the answers of one kind leave with.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    /// Without the content policies.
    pub(super) headers: HeaderMap,
    pub(super) csp: Csp,
    pub(super) report_only: Option<Csp>,
}

impl Profiles {
    /// The profiles of a service that is reached over TLS, or is not.
    pub(crate) fn new(over_tls: bool, set: &HeaderSet) -> Self {
        let headers = strictest(over_tls, set.preload);
        let json = Profile { headers, csp: NONE_CSP, report_only: None };
        let download = Profile { csp: DOWNLOAD_CSP, ..json.clone() };
        let mut log_out = json.clone();
        log_out.headers.insert(
            HeaderName::from_static("clear-site-data"),
            HeaderValue::from_static("\"cache\", \"cookies\", \"storage\""),
        );
        let html = page(&json, set);
        Self { json, html, download, log_out, reports_to: set.reports_to.clone(), over_tls }
    }

    pub(super) fn of(&self, kind: ProfileKind) -> &Profile {
        match kind {
            ProfileKind::Json => &self.json,
            ProfileKind::Html => &self.html,
            ProfileKind::Download => &self.download,
            ProfileKind::LogOut => &self.log_out,
        }
    }

    /// What the policy of a page has beside what was written: where to report to, and over TLS that
    /// nothing is fetched without.
    pub(crate) fn finish(&self, policy: &str, enforced: bool) -> String {
        let mut text = policy.to_owned();
        let says = |name: &str| {
            policy.split("; ").any(|one| one.split(' ').next().is_some_and(|word| word == name))
        };
        if enforced && self.over_tls && !says("upgrade-insecure-requests") {
            text.push_str("; upgrade-insecure-requests");
        }
        if let Some(address) = &self.reports_to
            && !says("report-to")
            && !says("report-uri")
        {
            // Browsers that know `report-to` ignore `report-uri`; the others know it alone.
            text.push_str("; report-uri ");
            text.push_str(address);
            text.push_str("; report-to ");
            text.push_str(REPORTS);
        }
        text
    }
}

fn page(json: &Profile, set: &HeaderSet) -> Profile {
    let mut headers = json.headers.clone();
    let fixed: [(HeaderName, &'static str); 3] = [
        (header::REFERRER_POLICY, set.referrer.text()),
        (HeaderName::from_static("cross-origin-opener-policy"), set.opener.text()),
        (HeaderName::from_static("cross-origin-embedder-policy"), set.embedder.text()),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let mut set_text = |name: &'static str, text: Option<String>| {
        // Texts of a checked policy are header values; another would leave the strictest.
        if let Some(value) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set_text("permissions-policy", set.permissions.as_ref().map(ToString::to_string));
    let endpoint = set.reports_to.as_ref().map(|address| format!("{REPORTS}=\"{address}\""));
    set_text("reporting-endpoints", endpoint);
    let csp = set.csp.clone().unwrap_or(PAGE_CSP);
    Profile { headers, csp, report_only: set.report_only.clone() }
}

/// Each feature that a page could ask for, denied.
fn no_permissions() -> HeaderValue {
    let all: Vec<_> = DENIED.iter().map(|name| format!("{name}=()")).collect();
    HeaderValue::try_from(all.join(", ")).unwrap_or(HeaderValue::from_static("camera=()"))
}

fn strictest(over_tls: bool, preload: bool) -> HeaderMap {
    let fixed: [(HeaderName, &'static str); 9] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "deny"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, NOT_KEPT),
        (header::X_DNS_PREFETCH_CONTROL, "off"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
    ];
    let mut headers = HeaderMap::new();
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(HeaderName::from_static("permissions-policy"), no_permissions());
    if over_tls {
        let value = match preload {
            true => "max-age=63072000; includeSubDomains; preload",
            false => "max-age=63072000; includeSubDomains",
        };
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(value));
    }
    headers
}
