//! Browser policies: `Content-Security-Policy` and `Permissions-Policy`.

use palisade_policy::{Fault, csp, permissions};

use super::Flaw;
use crate::diagnostic::Code;

/// A policy that was checked, as it goes into the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CspText {
    /// For an answer without a nonce.
    pub bare: String,
    /// With a NUL at the position of each nonce, if the policy has nonces.
    pub nonced: Option<String>,
    /// Whether it protects less than it should.
    pub weakens: bool,
}

/// A `Permissions-Policy` that was checked, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionsText {
    /// The text.
    pub text: String,
    /// Whether it protects less than it should.
    pub weakens: bool,
}

/// Checks a `Content-Security-Policy`. `given` are the names that are allowed in braces besides
/// `{nonce}`, with the quoted sources that replace them; `excused` permits weakenings.
///
/// # Errors
///
/// Everything that is wrong with the text.
pub fn csp(text: &str, given: &[(&str, &str)], excused: bool) -> Result<CspText, Vec<Flaw>> {
    let (policy, faults) = csp::Policy::read(text, given);
    let weakens = weakens(&faults);
    match policy {
        Some(policy) if excused || !weakens => Ok(CspText::of(&policy, weakens)),
        _ => Err(flaws(faults)),
    }
}

/// Checks a `Content-Security-Policy-Report-Only`.
///
/// # Errors
///
/// Everything that is wrong with the text.
pub fn csp_report_only(text: &str, given: &[(&str, &str)]) -> Result<CspText, Vec<Flaw>> {
    let (policy, faults) = csp::Policy::read_report_only(text, given);
    policy.map(|policy| CspText::of(&policy, false)).ok_or_else(|| flaws(faults))
}

/// Checks a `Permissions-Policy`; `excused` lets through what weakens.
///
/// # Errors
///
/// Everything that is wrong with the text.
pub fn permissions(text: &str, excused: bool) -> Result<PermissionsText, Vec<Flaw>> {
    let (policy, faults) = permissions::Permissions::read(text);
    let weakens = weakens(&faults);
    match policy {
        Some(policy) if excused || !weakens => Ok(PermissionsText { text: policy.text(), weakens }),
        _ => Err(flaws(faults)),
    }
}

impl CspText {
    fn of(policy: &csp::Policy, weakens: bool) -> Self {
        let nonced = policy.takes_nonce().then(|| policy.pieces().join("\0"));
        Self { bare: policy.without_nonce(), nonced, weakens }
    }
}

fn weakens(faults: &[Fault]) -> bool {
    faults.iter().any(Fault::is_weakening)
}

fn flaws(faults: Vec<Fault>) -> Vec<Flaw> {
    let flaw = |fault: Fault| {
        if fault.is_weakening() {
            let mut help = fault.help.unwrap_or_default();
            help.push_str("; where it has to be, give a `reason = \"..\"`");
            Flaw::new(Code::WeakPolicy, fault.message).help(help)
        } else {
            let flaw = Flaw::new(Code::MalformedPolicy, fault.message);
            match fault.help {
                Some(help) => flaw.help(help),
                None => flaw,
            }
        }
    };
    faults.into_iter().map(flaw).collect()
}

#[cfg(test)]
mod tests {
    use super::{csp, csp_report_only, permissions};
    use crate::diagnostic::Code;

    const REST: &str = "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    #[test]
    fn a_reason_excuses_what_weakens_and_nothing_else() {
        let weak = format!("default-src *{REST}");
        assert_eq!(csp(&weak, &[], false).unwrap_err()[0].code, Code::WeakPolicy);
        assert!(csp(&weak, &[], true).unwrap().weakens);
        let malformed = format!("default-src slef{REST}; img-src 'slef'");
        assert_eq!(csp(&malformed, &[], true).unwrap_err()[0].code, Code::MalformedPolicy);
        assert!(!csp(&format!("default-src 'self'{REST}"), &[], true).unwrap().weakens);
        assert!(csp_report_only("script-src 'unsafe-inline'", &[]).is_ok());
        assert!(permissions("camera=*", true).unwrap().weakens);
        assert!(permissions("camera=*", false).is_err());
        assert!(permissions("camera=all", true).is_err());
    }

    #[test]
    fn a_nonce_has_its_place() {
        let text = csp(&format!("default-src 'none'; script-src {{nonce}}{REST}"), &[], false);
        let text = text.unwrap();
        assert_eq!(text.bare, format!("default-src 'none'; script-src 'none'{REST}"));
        assert_eq!(text.nonced, Some(format!("default-src 'none'; script-src 'nonce-\0'{REST}")));
    }
}
