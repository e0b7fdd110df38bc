//! Checked policies.

use std::{borrow::Cow, fmt};

use palisade_policy::{Fault, csp::Policy, is_reason, permissions};

/// The placeholder of an answer's nonce: not a character of any policy.
pub(super) const NONCE_PLACE: char = '\0';

/// A checked `Content-Security-Policy`: by [`csp!`](crate::csp) when the program was compiled, or
/// by [`Csp::parse`] when it started.
///
/// `{nonce}` in it is replaced by the [`Nonce`](crate::Nonce) of each answer. An answer whose
/// handler does not use a nonce has the policy without it, which allows no source instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csp {
    /// Without a nonce.
    pub(super) bare: Cow<'static, str>,
    /// With placeholders for one, if it has any.
    pub(super) nonced: Option<Cow<'static, str>>,
    pub(super) reason: Option<Cow<'static, str>>,
}

/// A checked `Permissions-Policy`: by [`permissions!`](crate::permissions) when the program was
/// compiled, or by [`Permissions::parse`] when it started. Features that it does not name are
/// denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permissions {
    pub(super) text: Cow<'static, str>,
    pub(super) reason: Option<Cow<'static, str>>,
}

/// What is wrong with a policy: every mistake at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError(Vec<Fault>);

impl Csp {
    /// Parses a policy from settings.
    ///
    /// ```
    /// use palisade::Csp;
    ///
    /// let error = Csp::parse("default-src 'self'; script-src 'unsafe-inline'").unwrap_err();
    /// assert!(error.to_string().contains("'unsafe-inline'"));
    /// ```
    ///
    /// # Errors
    ///
    /// A directive that browsers would interpret differently or ignore, and one that weakens.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        match Policy::read(text, &[]) {
            (Some(policy), faults) if faults.is_empty() => Ok(Self::of(&policy, None)),
            (_, faults) => Err(PolicyError(faults)),
        }
    }

    /// Parses a policy that may weaken. The reason is shown at start-up.
    ///
    /// # Errors
    ///
    /// A directive that browsers would interpret differently or ignore, and a reason without
    /// content.
    pub fn dangerous_parse(text: &str, reason: &str) -> Result<Self, PolicyError> {
        if !is_reason(reason) {
            let fault = Fault::malformed(
                "the reason of `dangerous_parse` is too short to explain anything",
            );
            let fault = fault.help("write two words or more: what makes it safe here?");
            return Err(PolicyError(vec![fault]));
        }
        match Policy::read(text, &[]) {
            (Some(policy), _) => Ok(Self::of(&policy, Some(reason))),
            (None, faults) => Err(PolicyError(faults)),
        }
    }

    /// Parses a policy that browsers only report on.
    ///
    /// # Errors
    ///
    /// A directive that browsers would interpret differently or ignore.
    pub fn parse_report_only(text: &str) -> Result<Self, PolicyError> {
        match Policy::read_report_only(text, &[]) {
            (Some(policy), _) => Ok(Self::of(&policy, None)),
            (None, faults) => Err(PolicyError(faults)),
        }
    }

    fn of(policy: &Policy, reason: Option<&str>) -> Self {
        let nonced = policy
            .takes_nonce()
            .then(|| Cow::Owned(policy.pieces().join(&NONCE_PLACE.to_string())));
        Self {
            bare: Cow::Owned(policy.without_nonce()),
            nonced,
            reason: reason.map(|reason| Cow::Owned(reason.to_owned())),
        }
    }

    /// Why it weakens, if it does.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// As written, with `{nonce}` for a nonce.
    pub(crate) fn written(&self) -> String {
        match &self.nonced {
            Some(nonced) => nonced.replace(&format!("'nonce-{NONCE_PLACE}'"), "{nonce}"),
            None => self.bare.to_string(),
        }
    }
}

/// As it is sent, without a nonce.
impl fmt::Display for Csp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.bare)
    }
}

impl Permissions {
    /// Parses a policy from settings.
    ///
    /// # Errors
    ///
    /// A directive that browsers would interpret differently or ignore, and one that weakens.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        match permissions::Permissions::read(text) {
            (Some(policy), faults) if faults.is_empty() => {
                Ok(Self { text: Cow::Owned(policy.text()), reason: None })
            }
            (_, faults) => Err(PolicyError(faults)),
        }
    }

    /// Why it weakens, if it does.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The granted features; it denies all others by name.
    pub(crate) fn granted(&self) -> String {
        let granted = self.text.split(", ").filter(|feature| !feature.ends_with("=()"));
        let granted: Vec<_> = granted.collect();
        if granted.is_empty() { "none".to_owned() } else { granted.join(", ") }
    }
}

/// As it is sent.
impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PolicyError {
    /// The mistakes, in the order of the text.
    pub fn faults(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(ToString::to_string)
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyError {}

/// The value of `csp!` for a policy that it has checked.
pub const fn checked_csp(
    bare: &'static str,
    nonced: Option<&'static str>,
    reason: Option<&'static str>,
) -> Csp {
    Csp { bare: Cow::Borrowed(bare), nonced: borrowed(nonced), reason: borrowed(reason) }
}

/// The value of `permissions!` for a policy that it has checked.
pub const fn checked_permissions(text: &'static str, reason: Option<&'static str>) -> Permissions {
    Permissions { text: Cow::Borrowed(text), reason: borrowed(reason) }
}

const fn borrowed(text: Option<&'static str>) -> Option<Cow<'static, str>> {
    match text {
        Some(text) => Some(Cow::Borrowed(text)),
        None => None,
    }
}
