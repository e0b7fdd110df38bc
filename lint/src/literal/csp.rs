//! `Content-Security-Policy` values.

use super::Flaw;
use crate::diagnostic::{Code, did_you_mean};

/// Directives of Content Security Policy Level 3.
const DIRECTIVES: &[&str] = &[
    "base-uri",
    "child-src",
    "connect-src",
    "default-src",
    "font-src",
    "form-action",
    "frame-ancestors",
    "frame-src",
    "img-src",
    "manifest-src",
    "media-src",
    "object-src",
    "report-to",
    "report-uri",
    "require-trusted-types-for",
    "sandbox",
    "script-src",
    "script-src-attr",
    "script-src-elem",
    "style-src",
    "style-src-attr",
    "style-src-elem",
    "trusted-types",
    "upgrade-insecure-requests",
    "worker-src",
];

/// Checks a `Content-Security-Policy` value: known directives, none twice.
///
/// A browser ignores a directive that it does not know, and the second of two equal ones: both
/// mistakes would loosen the page without a sign.
///
/// # Errors
///
/// What is wrong with the text.
pub fn content_security_policy(text: &str) -> Result<(), Flaw> {
    let flaw = |message: String| Flaw::new(Code::HeaderValue, message);
    if let Some(wrong) = text.chars().find(|c| !matches!(c, ' '..='~') || *c == ',') {
        return Err(flaw(format!("`csp` contains {wrong:?}"))
            .help("write printable ASCII, with `;` between directives"));
    }
    let mut seen = Vec::new();
    for directive in text.split(';').map(str::trim).filter(|directive| !directive.is_empty()) {
        let name = directive.split(' ').next().unwrap_or_default();
        if !DIRECTIVES.contains(&name) {
            let flaw = flaw(format!("unknown directive `{name}` of `csp`"));
            return Err(match did_you_mean(name, DIRECTIVES.iter().copied()) {
                Some(near) => flaw.help(format!("did you mean `{near}`?")),
                None => flaw.help("browsers ignore what they do not know"),
            });
        }
        if seen.contains(&name) {
            return Err(flaw(format!("`{name}` of `csp` stands twice"))
                .help("browsers ignore the second one"));
        }
        seen.push(name);
    }
    if seen.is_empty() {
        return Err(flaw("`csp` is empty, which allows everything".to_owned())
            .help("leave it out to keep the service's policy"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::content_security_policy;

    #[test]
    fn directives_are_known() {
        assert!(content_security_policy("default-src 'self'; img-src 'self' data:;").is_ok());
        for text in [
            "",
            ";",
            "default-scr 'self'",
            "img-src a; img-src b",
            "img-src a, b",
            "img-src \r\nx: y",
            "img-src \u{e9}",
        ] {
            assert!(content_security_policy(text).is_err(), "{text:?}");
        }
    }
}
