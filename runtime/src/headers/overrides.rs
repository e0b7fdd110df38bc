//! Response headers that an endpoint declares.

use super::{Csp, Permissions, ProfileKind, ResourcePolicy};

/// Response headers that differ from the service's profile on this endpoint.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeaderOverrides {
    /// The profile of what palisade did not make itself.
    pub profile: Option<ProfileKind>,
    /// The `Cache-Control` value that replaces `no-store`.
    pub cache: Option<&'static str>,
    /// The `Content-Security-Policy` of the endpoint's pages.
    pub csp: Option<&'static Csp>,
    /// The policy of which the browsers that show its pages only report.
    pub report_only: Option<&'static Csp>,
    /// The `Permissions-Policy` of its pages.
    pub permissions: Option<&'static Permissions>,
    /// Which sites' pages may embed the answers.
    pub resource: Option<ResourcePolicy>,
}

impl HeaderOverrides {
    /// The service's profile as it is.
    pub const NONE: Self = Self {
        profile: None,
        cache: None,
        csp: None,
        report_only: None,
        permissions: None,
        resource: None,
    };
}
