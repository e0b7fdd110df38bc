//! The policy of a finished page: what is inline in it is known by its digest.

use std::collections::BTreeSet;

use html5gum::{DefaultEmitter, HtmlString, Token, Tokenizer};

use super::{digest, file_kind::FileType};
use crate::{
    Csp,
    headers::{ProfileKind, checked_csp},
};

/// Everything is of the service itself.
pub(super) const BASE: Csp = checked_csp(
    "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'",
    None,
    None,
);

/// Nothing runs or loads, and the origin is nobody's.
const SANDBOX: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; \
                       frame-ancestors 'none'; sandbox";

/// What is inline in a page.
#[derive(Debug, Default, PartialEq, Eq)]
struct Inline {
    /// Digests of its scripts.
    scripts: BTreeSet<String>,
    /// Digests of its styles.
    styles: BTreeSet<String>,
    /// Attributes that hold code, which no digest lets run.
    attributes: BTreeSet<String>,
}

/// The policy of a file, where it is not its profile's.
pub(super) fn policy(kind: FileType, name: &str, text: &str, base: &Csp) -> Option<String> {
    if kind.is_sandboxed {
        return Some(SANDBOX.to_owned());
    }
    if kind.profile != ProfileKind::Html {
        return None;
    }
    let inline = Inline::read(text);
    if !inline.attributes.is_empty() {
        tracing::warn!(
            page = name,
            attributes = ?inline.attributes,
            "code in attributes does not run: no digest stands for it in a policy"
        );
    }
    Some(inline.added_to(&base.to_string()))
}

impl Inline {
    /// Reads a page as a browser does, down to the texts of its scripts and styles.
    fn read(text: &str) -> Self {
        let mut inline = Self::default();
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        // The text of the element that is open, if it is one of these.
        let mut open: Option<(bool, Vec<u8>)> = None;
        for token in Tokenizer::new_with_emitter(text, emitter).flatten() {
            match token {
                Token::StartTag(tag) => {
                    for name in tag.attributes.keys() {
                        let holds_code = name.starts_with(b"on") || name.as_slice() == b"style";
                        if holds_code {
                            inline.attributes.insert(String::from_utf8_lossy(name).into_owned());
                        }
                    }
                    let has_source = tag.attributes.contains_key(&HtmlString(b"src".to_vec()));
                    open = match tag.name.as_slice() {
                        b"script" if !has_source => Some((true, Vec::new())),
                        b"style" => Some((false, Vec::new())),
                        _ => None,
                    };
                }
                Token::String(text) => {
                    if let Some((_, content)) = &mut open {
                        content.extend_from_slice(&text.value);
                    }
                }
                Token::EndTag(_) => {
                    if let Some((is_script, content)) = open.take() {
                        let digests =
                            if is_script { &mut inline.scripts } else { &mut inline.styles };
                        digests.insert(digest::sha256(&content));
                    }
                }
                Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
            }
        }
        inline
    }

    /// The policy with these digests. A directive that is not there is that of `default-src`, with the
    /// digests.
    fn added_to(&self, policy: &str) -> String {
        let mut directives: Vec<String> = policy.split("; ").map(str::to_owned).collect();
        for (name, digests) in [("script-src", &self.scripts), ("style-src", &self.styles)] {
            if digests.is_empty() {
                continue;
            }
            let value = |directives: &[String], name: &str| {
                let mut found = directives.iter();
                found.find_map(|one| one.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned))
            };
            let sources = value(&directives, name).or_else(|| value(&directives, "default-src"));
            // What loads nothing by its origin loads these all the same.
            let mut sources = sources.filter(|sources| sources != "'none'").unwrap_or_default();
            for digest in digests {
                if !sources.is_empty() {
                    sources.push(' ');
                }
                sources.push_str(&format!("'{digest}'"));
            }
            directives.retain(|one| one.split(' ').next() != Some(name));
            directives.push(format!("{name} {sources}"));
        }
        directives.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::{BASE, Inline, digest::sha256};
    use crate::Csp;

    #[test]
    fn inline_code_is_found_as_browsers_find_it() {
        let page = "<!doctype html><title><script>no</script></title>\
                    <!-- <script>no</script> -->\
                    <script>alert('Hello, world.');</script>\
                    <SCRIPT type=module>if (a < b && c) { d(\"</p>\") }</SCRIPT>\
                    <script src=\"/app.js\">never run</script>\
                    <style>a > b { color: red }</style>\
                    <textarea><script>no</script></textarea>\
                    <script>one\r\ntwo</script>\
                    <p onclick=\"x()\" style=\"color: red\">a</p><script></script>";
        let found = Inline::read(page);
        let digests = |texts: &[&str]| texts.iter().map(|text| sha256(text.as_bytes())).collect();
        let expected = Inline {
            scripts: digests(&[
                "alert('Hello, world.');",
                "if (a < b && c) { d(\"</p>\") }",
                "one\ntwo",
                "",
            ]),
            styles: digests(&["a > b { color: red }"]),
            attributes: ["onclick", "style"].map(str::to_owned).into(),
        };
        assert_eq!(found, expected);
        // The example of Content Security Policy Level 3, section 8.3.
        assert!(found.scripts.contains("sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="));
    }

    #[test]
    fn digests_are_added_where_they_belong() {
        let inline = Inline::read("<script>a</script><style>b</style>");
        let [script, style] = ["a", "b"].map(|text| sha256(text.as_bytes()));
        let own = inline.added_to(&BASE.to_string());
        assert!(own.contains(&format!("script-src 'self' '{script}'")), "{own}");
        assert!(own.contains(&format!("style-src 'self' '{style}'")), "{own}");
        assert!(Csp::parse(&own).is_ok(), "{own}");
        let narrow = inline.added_to("default-src 'none'; script-src 'none'");
        let expected = format!("default-src 'none'; script-src '{script}'; style-src '{style}'");
        assert_eq!(narrow, expected);
        let bare = Inline::default().added_to(&BASE.to_string());
        assert_eq!(bare, BASE.to_string());
        assert!(Csp::parse(&bare).is_ok());
    }
}
