//! Response headers that an endpoint declares.

use super::{Csp, Permissions, ProfileKind, ResourcePolicy};

/// Response headers that differ from the service's profile on this endpoint.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeaderOverrides {
    /// The profile of responses that palisade did not make itself.
    pub profile: Option<ProfileKind>,
    /// The `Cache-Control` value that replaces `no-store`.
    pub cache: Option<&'static str>,
    /// The `Content-Security-Policy` of the endpoint's pages.
    pub csp: Option<&'static Csp>,
    /// The policy that browsers report violations of but do not enforce.
    pub report_only: Option<&'static Csp>,
    /// The `Permissions-Policy` of its pages.
    pub permissions: Option<&'static Permissions>,
    /// The sites whose pages may embed the responses.
    pub resource: Option<ResourcePolicy>,
}

impl HeaderOverrides {
    /// The unchanged profile of the service.
    pub const NONE: Self = Self {
        profile: None,
        cache: None,
        csp: None,
        report_only: None,
        permissions: None,
        resource: None,
    };
}
