//! The configured headers of a service's pages.

use super::csp::{Csp, Permissions, checked_csp};
use crate::respond::{own_path, public_path};

/// Scripts run by nonce; other resources of pages are named and come from the service itself.
/// Resources that are not named, such as frames, plug-ins and those of later standards, are not
/// loaded.
pub(super) const PAGE_CSP: Csp = checked_csp(
    "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; \
     connect-src 'self'; media-src 'self'; manifest-src 'self'; worker-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'",
    Some(
        "default-src 'none'; script-src 'nonce-\0' 'strict-dynamic'; style-src 'self' 'nonce-\0'; \
         img-src 'self'; font-src 'self'; connect-src 'self'; media-src 'self'; \
         manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'",
    ),
    None,
);

/// The headers of a service's pages that differ from the profile: an argument of
/// [`Builder::headers`](crate::Builder::headers). Other answers have the strictest policies, and
/// can be sent with the headers of documents as well.
///
/// ```
/// use palisade::{HeaderSet, OpenerPolicy, ReferrerPolicy, csp, permissions};
///
/// let headers = HeaderSet::new()
///     .page_csp(csp!(
///         "default-src 'self'; script-src {nonce} 'strict-dynamic'; img-src 'self' data:; \
///          object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
///     ))
///     .page_permissions(permissions!("geolocation=(self)"))
///     .page_referrer(ReferrerPolicy::SameOrigin)
///     .page_opener(OpenerPolicy::SameOriginAllowPopups);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a set of headers does nothing until a builder takes it"]
pub struct HeaderSet {
    pub(super) csp: Option<Csp>,
    pub(super) report_only: Option<Csp>,
    pub(super) permissions: Option<Permissions>,
    pub(super) referrer: ReferrerPolicy,
    pub(super) opener: OpenerPolicy,
    pub(super) embedder: EmbedderPolicy,
    pub(super) preload: bool,
    /// Whether headers that affect documents alone are sent with every answer.
    pub(super) on_all: bool,
    /// The address that browsers report to.
    pub(super) reports_to: Option<String>,
    faults: Vec<String>,
}

/// `Referrer-Policy` of pages: what the next site learns about the page that a visitor comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReferrerPolicy {
    /// Nothing.
    #[default]
    NoReferrer,
    /// The address, at this service alone.
    SameOrigin,
    /// The origin.
    StrictOrigin,
    /// The address at this service, the origin at others.
    StrictOriginWhenCrossOrigin,
}

/// `Cross-Origin-Opener-Policy` of pages: which windows share a browsing context group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OpenerPolicy {
    /// Those of this origin.
    #[default]
    SameOrigin,
    /// And those that the page opens: a provider's login window, for instance.
    SameOriginAllowPopups,
}

/// `Cross-Origin-Embedder-Policy` of pages: which content of other origins is embedded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmbedderPolicy {
    /// Content that permits it.
    #[default]
    RequireCorp,
    /// Anything, fetched without cookies.
    Credentialless,
}

impl HeaderSet {
    /// The profile's own.
    pub fn new() -> Self {
        Self::default()
    }

    /// The `Content-Security-Policy` of pages.
    pub fn page_csp(mut self, csp: Csp) -> Self {
        self.csp = Some(csp);
        self
    }

    /// A policy that browsers only report on.
    pub fn page_csp_report_only(mut self, csp: Csp) -> Self {
        self.report_only = Some(csp);
        self
    }

    /// The `Permissions-Policy` of pages.
    pub fn page_permissions(mut self, permissions: Permissions) -> Self {
        self.permissions = Some(permissions);
        self
    }

    /// The `Referrer-Policy` of pages.
    pub fn page_referrer(mut self, policy: ReferrerPolicy) -> Self {
        self.referrer = policy;
        self
    }

    /// The `Cross-Origin-Opener-Policy` of pages.
    pub fn page_opener(mut self, policy: OpenerPolicy) -> Self {
        self.opener = policy;
        self
    }

    /// The `Cross-Origin-Embedder-Policy` of pages.
    pub fn page_embedder(mut self, policy: EmbedderPolicy) -> Self {
        self.embedder = policy;
        self
    }

    /// Sends the headers that affect documents alone with every answer, instead of with pages only:
    /// `Permissions-Policy`, `Cross-Origin-Opener-Policy`, `Cross-Origin-Embedder-Policy`,
    /// `X-DNS-Prefetch-Control` and `X-Permitted-Cross-Domain-Policies`. They are about 800 bytes.
    pub fn document_headers_on_all(mut self) -> Self {
        self.on_all = true;
        self
    }

    /// Allows browser vendors to list the domain as one that is reached over TLS alone (`preload`
    /// of HSTS), with all hosts below it. Revoking it takes months.
    pub fn hsts_preload(mut self) -> Self {
        self.preload = true;
        self
    }

    /// Where browsers report what the policies of pages refused: a path of this service, which
    /// [`Reports`](crate::Reports) receives at `/reports`, or an https address elsewhere. Policies
    /// with a reporting endpoint of their own keep it.
    pub fn report_to(mut self, address: &str) -> Self {
        // It is part of a quoted string in one header, and of a list of words in another.
        let clean = address
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b';' | b','));
        let leads_somewhere = own_path(address).is_some()
            || address.strip_prefix("https://").is_some_and(|rest| {
                rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
            });
        if clean && leads_somewhere {
            self.reports_to = Some(address.to_owned());
        } else {
            self.faults.push(format!(
                "`report_to` is {address:?}: a path of this service, `/reports`, or an https address"
            ));
        }
        self
    }

    /// The same for clients that reach the service under this prefix.
    pub(crate) fn under(mut self, prefix: &str) -> Self {
        let public = self.reports_to.as_deref().and_then(|address| public_path(prefix, address));
        self.reports_to = public.or(self.reports_to);
        self
    }

    /// Whether `preload` is set.
    pub(crate) fn is_preloaded(&self) -> bool {
        self.preload
    }

    /// The errors of these settings.
    pub(crate) fn faults(&self) -> &[String] {
        &self.faults
    }

    /// Why policies weaken, if they do.
    pub(crate) fn reasons(&self) -> Vec<String> {
        let csp = self.csp.as_ref().and_then(Csp::reason);
        let permissions = self.permissions.as_ref().and_then(Permissions::reason);
        let told = |name: &str, reason: Option<&str>| {
            reason.map(|reason| format!("{name} of all pages: {reason}"))
        };
        [told("csp", csp), told("permissions", permissions)].into_iter().flatten().collect()
    }
}

impl ReferrerPolicy {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::NoReferrer => "no-referrer",
            Self::SameOrigin => "same-origin",
            Self::StrictOrigin => "strict-origin",
            Self::StrictOriginWhenCrossOrigin => "strict-origin-when-cross-origin",
        }
    }
}

impl OpenerPolicy {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::SameOrigin => "same-origin",
            Self::SameOriginAllowPopups => "same-origin-allow-popups",
        }
    }
}

impl EmbedderPolicy {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::RequireCorp => "require-corp",
            Self::Credentialless => "credentialless",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PAGE_CSP;
    use crate::Csp;

    #[test]
    fn the_profile_is_what_its_text_says() {
        let read = Csp::parse(
            "default-src 'none'; script-src {nonce} 'strict-dynamic'; style-src 'self' {nonce}; \
             img-src 'self'; font-src 'self'; connect-src 'self'; media-src 'self'; \
             manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'",
        );
        assert_eq!(read, Ok(PAGE_CSP));
    }
}
