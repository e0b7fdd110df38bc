//! The directives and their values.

use crate::Fault;

/// The kind of a directive's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// Sources of resources.
    Sources(Role),
    /// Targets of navigation, permitted framing pages, or base addresses.
    Places,
    /// Flags of a sandbox.
    Flags,
    /// No value.
    Nothing,
    /// Names of trusted-types policies.
    TypePolicies,
    /// `'script'`.
    Sinks,
    /// The name of a reporting endpoint.
    Endpoint,
    /// URLs.
    Addresses,
}

/// The use of the sources, which decides whether one weakens the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Every resource without a directive of its own, including scripts.
    Default,
    /// Code, or content with code.
    Script,
    /// Styles.
    Style,
    /// Plugins and documents of other kinds.
    Object,
    /// Images, videos, sounds, fonts.
    Passive,
    /// All other resources and connections.
    Active,
}

impl Role {
    /// Whether a nonce or a hash has an effect there.
    pub(super) fn takes_inline(self) -> bool {
        matches!(self, Self::Default | Self::Script | Self::Style)
    }

    pub(super) fn runs_code(self) -> bool {
        matches!(self, Self::Default | Self::Script)
    }
}

const DIRECTIVES: &[(&str, Takes)] = &[
    ("base-uri", Takes::Places),
    ("child-src", Takes::Sources(Role::Active)),
    ("connect-src", Takes::Sources(Role::Active)),
    ("default-src", Takes::Sources(Role::Default)),
    ("fenced-frame-src", Takes::Sources(Role::Active)),
    ("font-src", Takes::Sources(Role::Passive)),
    ("form-action", Takes::Places),
    ("frame-ancestors", Takes::Places),
    ("frame-src", Takes::Sources(Role::Active)),
    ("img-src", Takes::Sources(Role::Passive)),
    ("manifest-src", Takes::Sources(Role::Active)),
    ("media-src", Takes::Sources(Role::Passive)),
    ("object-src", Takes::Sources(Role::Object)),
    ("report-to", Takes::Endpoint),
    ("report-uri", Takes::Addresses),
    ("require-trusted-types-for", Takes::Sinks),
    ("sandbox", Takes::Flags),
    ("script-src", Takes::Sources(Role::Script)),
    ("script-src-attr", Takes::Sources(Role::Script)),
    ("script-src-elem", Takes::Sources(Role::Script)),
    ("style-src", Takes::Sources(Role::Style)),
    ("style-src-attr", Takes::Sources(Role::Style)),
    ("style-src-elem", Takes::Sources(Role::Style)),
    ("trusted-types", Takes::TypePolicies),
    ("upgrade-insecure-requests", Takes::Nothing),
    ("worker-src", Takes::Sources(Role::Script)),
];

/// Directives that browsers no longer support.
const DROPPED: &[&str] = &[
    "block-all-mixed-content",
    "disown-opener",
    "navigate-to",
    "plugin-types",
    "prefetch-src",
    "referrer",
    "reflected-xss",
    "require-sri-for",
];

/// The flags of `sandbox` (HTML, section 7.6.5).
pub(super) const FLAGS: &[&str] = &[
    "allow-downloads",
    "allow-forms",
    "allow-modals",
    "allow-orientation-lock",
    "allow-pointer-lock",
    "allow-popups",
    "allow-popups-to-escape-sandbox",
    "allow-presentation",
    "allow-same-origin",
    "allow-scripts",
    "allow-storage-access-by-user-activation",
    "allow-top-navigation",
    "allow-top-navigation-by-user-activation",
    "allow-top-navigation-to-custom-protocols",
];

/// Finds a directive by its name.
pub(super) fn find(name: &str) -> Result<(&'static str, Takes), Fault> {
    if let Some((name, takes)) = DIRECTIVES.iter().find(|(known, _)| *known == name) {
        return Ok((name, *takes));
    }
    if DROPPED.contains(&name) {
        return Err(Fault::malformed(format!("browsers have dropped `{name}`"))
            .help("leave it out: it does nothing"));
    }
    if name.starts_with(['\'', '{', '*']) || name.contains([':', '.', '/']) {
        return Err(Fault::malformed(format!("`{name}` is not the name of a directive"))
            .help("a `;` ends a directive: write sources with spaces between"));
    }
    let names = DIRECTIVES.iter().map(|(known, _)| *known);
    Err(Fault::malformed(format!("unknown directive `{name}`")).near(
        name,
        names,
        "browsers ignore what they do not know",
    ))
}

/// Whether this is the name of a directive.
pub(super) fn is_directive(word: &str) -> bool {
    DIRECTIVES.iter().any(|(known, _)| *known == word)
}
