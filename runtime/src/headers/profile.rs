//! The headers of each profile.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use palisade_policy::permissions::DENIED;

use super::{
    ProfileKind,
    csp::{Csp, checked_csp},
    hsts::Hsts,
    set::{HeaderSet, PAGE_CSP},
};

/// `Cache-Control` of responses that no cache may store.
pub(crate) const NOT_KEPT: &str = "no-store, max-age=0";

pub(super) const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
pub(crate) const EMBEDDER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-embedder-policy");
pub(super) const RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const CROSS_DOMAIN_POLICIES: HeaderName =
    HeaderName::from_static("x-permitted-cross-domain-policies");

/// Headers that affect documents alone.
pub(super) const OF_DOCUMENTS: [HeaderName; 5] = [
    PERMISSIONS_POLICY,
    OPENER_POLICY,
    EMBEDDER_POLICY,
    CROSS_DOMAIN_POLICIES,
    header::X_DNS_PREFETCH_CONTROL,
];

/// The name of the reporting endpoint in policies.
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
    embedder: HeaderValue,
    over_tls: bool,
}

/// The headers of the answers of one kind.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    /// Without the content policies.
    pub(super) headers: HeaderMap,
    pub(super) csp: Csp,
    pub(super) report_only: Option<Csp>,
}

impl Profiles {
    /// The profiles of a service that is reached over TLS with this policy, or without TLS.
    pub(crate) fn new(hsts: Option<Hsts>, set: &HeaderSet) -> Self {
        let mut headers = strictest(hsts);
        let html = page(&headers, set);
        if set.on_all {
            add_document_headers(&mut headers);
        }
        let json = Profile { headers, csp: NONE_CSP, report_only: None };
        let download = Profile { csp: DOWNLOAD_CSP, ..json.clone() };
        let mut log_out = json.clone();
        log_out.headers.insert(
            HeaderName::from_static("clear-site-data"),
            // Not "cookies": browsers take away those of the whole registrable domain, which are
            // other services' as well. Its own the service takes away by name.
            HeaderValue::from_static("\"cache\", \"storage\""),
        );
        Self {
            json,
            html,
            download,
            log_out,
            reports_to: set.reports_to.clone(),
            embedder: HeaderValue::from_static(set.embedder.text()),
            over_tls: hsts.is_some(),
        }
    }

    /// The embedder policy of a script: a page with such a policy starts no worker from a script
    /// without it.
    pub(crate) fn embedder(&self) -> HeaderValue {
        self.embedder.clone()
    }

    pub(super) fn of(&self, kind: ProfileKind) -> &Profile {
        match kind {
            ProfileKind::Json => &self.json,
            ProfileKind::Html => &self.html,
            ProfileKind::Download => &self.download,
            ProfileKind::LogOut => &self.log_out,
        }
    }

    /// The additions to the policy of a page: the reporting endpoint, and over TLS that all
    /// requests are upgraded.
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

fn page(strictest: &HeaderMap, set: &HeaderSet) -> Profile {
    let mut headers = strictest.clone();
    add_document_headers(&mut headers);
    let fixed: [(HeaderName, &'static str); 3] = [
        (header::REFERRER_POLICY, set.referrer.text()),
        (OPENER_POLICY, set.opener.text()),
        (EMBEDDER_POLICY, set.embedder.text()),
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

/// Each feature of browsers, denied.
fn no_permissions() -> HeaderValue {
    let all: Vec<_> = DENIED.iter().map(|name| format!("{name}=()")).collect();
    HeaderValue::try_from(all.join(", ")).unwrap_or(HeaderValue::from_static("camera=()"))
}

/// Headers that affect documents alone, at their strictest.
fn add_document_headers(headers: &mut HeaderMap) {
    for (name, value) in [
        (OPENER_POLICY, "same-origin"),
        (EMBEDDER_POLICY, "require-corp"),
        (CROSS_DOMAIN_POLICIES, "none"),
        (header::X_DNS_PREFETCH_CONTROL, "off"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(PERMISSIONS_POLICY, no_permissions());
}

fn strictest(hsts: Option<Hsts>) -> HeaderMap {
    let fixed: [(HeaderName, &'static str); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "deny"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, NOT_KEPT),
        (RESOURCE_POLICY, "same-origin"),
    ];
    let mut headers = HeaderMap::new();
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(hsts) = hsts {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts.value());
    }
    headers
}
