//! The kinds of reports.

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReportKind {
    /// A content policy refused something, or would have.
    Csp,
    /// A feature was used that the permissions policy denies.
    Permissions,
    /// Something of another origin was not embedded, or would not have been.
    Embedder,
    /// Windows were kept apart, or would have been.
    Opener,
    /// Something did not have the digest that the page names.
    Integrity,
    /// The page uses what will be taken out of browsers.
    Deprecation,
    /// The browser kept the page from doing something.
    Intervention,
    /// The page ended.
    Crash,
    /// Something could not be fetched.
    Network,
    /// Anything else.
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

    /// The name in logs and metrics: never a string from a client.
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

    /// By the `type` of a report.
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
