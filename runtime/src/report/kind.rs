//! The kinds of reports.

/// The subject of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReportKind {
    /// A violation of the content security policy, enforced or report-only.
    Csp,
    /// The use of a feature that the permissions policy denies.
    Permissions,
    /// A resource of another origin that the embedder policy blocks, enforced or report-only.
    Embedder,
    /// A window that the opener policy isolates, enforced or report-only.
    Opener,
    /// A resource with another digest than the page has for it.
    Integrity,
    /// The use of a feature that browsers will remove.
    Deprecation,
    /// The browser has prevented an action of the page.
    Intervention,
    /// The page crashed.
    Crash,
    /// A resource could not be fetched.
    Network,
    /// Another subject.
    Other,
}

impl ReportKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Csp,
        Self::Permissions,
        Self::Embedder,
        Self::Opener,
        Self::Integrity,
        Self::Deprecation,
        Self::Intervention,
        Self::Crash,
        Self::Network,
        Self::Other,
    ];

    /// The name in logs and metrics; never a string from a client.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csp => "csp",
            Self::Permissions => "permissions",
            Self::Embedder => "embedder",
            Self::Opener => "opener",
            Self::Integrity => "integrity",
            Self::Deprecation => "deprecation",
            Self::Intervention => "intervention",
            Self::Crash => "crash",
            Self::Network => "network",
            Self::Other => "other",
        }
    }

    /// From the `type` of a report.
    pub(super) fn of(text: &str) -> Self {
        match text {
            "csp-violation" | "csp-hash" => Self::Csp,
            "permissions-policy-violation" | "potential-permissions-policy-violation" => {
                Self::Permissions
            }
            "coep" => Self::Embedder,
            "coop" => Self::Opener,
            "integrity-violation" => Self::Integrity,
            "deprecation" => Self::Deprecation,
            "intervention" => Self::Intervention,
            "crash" => Self::Crash,
            "network-error" => Self::Network,
            _ => Self::Other,
        }
    }
}
