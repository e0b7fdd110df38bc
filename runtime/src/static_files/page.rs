//! The policy of an HTML file, which permits its inline scripts and styles by their digests.

use std::collections::BTreeSet;

use html5gum::{StartTag, Token, Tokenizer};

use super::{
    digest,
    file_kind::FileType,
    tree::{Scripting, TreeEmitter},
};
use crate::{
    Csp,
    headers::{ProfileKind, checked_csp},
};

/// Pages load only what is named here, from the service itself.
pub(super) const BASE: Csp = checked_csp(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
     connect-src 'self'; media-src 'self'; manifest-src 'self'; worker-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'",
    None,
    None,
);

/// Nothing runs or loads, and the origin is opaque.
const SANDBOX: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; \
                       frame-ancestors 'none'; sandbox";

/// The inline code of a page.
#[derive(Debug, Default, PartialEq, Eq)]
struct Inline {
    /// Digests of its scripts.
    scripts: BTreeSet<String>,
    /// Digests of its styles.
    styles: BTreeSet<String>,
    /// Attributes with code, which no digest permits.
    attributes: BTreeSet<String>,
}

/// A script or a style that is being read.
struct Open {
    is_script: bool,
    /// Its own text, from which the digest is made; the text of elements in it does not count.
    content: Vec<u8>,
    /// How many elements are open in it; always none in HTML.
    depth: usize,
}

impl Open {
    /// `None` for other elements, for a script with a source address, and for an empty element of
    /// SVG.
    fn new(tag: &StartTag<()>, is_foreign: bool) -> Option<Self> {
        let is_script = match tag.name.as_slice() {
            b"script" => true,
            b"style" => false,
            _ => return None,
        };
        let sources: &[&[u8]] = if is_foreign { &[b"href", b"xlink:href"] } else { &[b"src"] };
        let has_source = tag.attributes.keys().any(|name| sources.contains(&name.as_slice()));
        if is_script && has_source || is_foreign && tag.self_closing {
            return None;
        }
        Some(Self { is_script, content: Vec::new(), depth: 0 })
    }
}

/// The policy of a file, if it differs from its profile's.
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
    /// Parses a page as a browser does, as far as the texts of its scripts and styles: once as a
    /// browser that runs scripts, and once as one that does not, which parses the elements in
    /// `noscript`.
    fn read(text: &str) -> Self {
        let mut inline = Self::default();
        inline.read_with(text, Scripting::On);
        inline.read_with(text, Scripting::Off);
        inline
    }

    fn read_with(&mut self, text: &str, scripting: Scripting) {
        let emitter = TreeEmitter::new(scripting);
        let is_foreign = emitter.is_foreign();
        let mut open: Option<Open> = None;
        for token in Tokenizer::new_with_emitter(text, emitter).flatten() {
            match token {
                Token::StartTag(tag) => {
                    self.add_attributes(&tag);
                    match &mut open {
                        Some(open) => open.depth += usize::from(!tag.self_closing),
                        None => open = Open::new(&tag, is_foreign.get()),
                    }
                }
                Token::String(text) => {
                    if let Some(open) = open.as_mut().filter(|open| open.depth == 0) {
                        open.content.extend_from_slice(&text.value);
                    }
                }
                Token::EndTag(_) => match &mut open {
                    Some(open) if open.depth > 0 => open.depth -= 1,
                    Some(_) | None => self.add(open.take()),
                },
                Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
            }
        }
    }

    fn add_attributes(&mut self, tag: &StartTag<()>) {
        for name in tag.attributes.keys() {
            if name.starts_with(b"on") || name.as_slice() == b"style" {
                self.attributes.insert(String::from_utf8_lossy(name).into_owned());
            }
        }
    }

    fn add(&mut self, element: Option<Open>) {
        let Some(Open { is_script, content, .. }) = element else { return };
        let digests = if is_script { &mut self.scripts } else { &mut self.styles };
        digests.insert(digest::sha256(&content));
    }

    /// The policy with these digests. A missing directive gets the sources of `default-src`, and
    /// the digests.
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
    fn inline_code_in_foreign_content_is_found_as_browsers_find_it() {
        for (page, style) in [
            (
                "<svg viewBox='0 0 9 9'><style><![CDATA[rect{fill:red}]]></style><rect/></svg>",
                "rect{fill:red}",
            ),
            ("<svg><style>svg &gt; rect{fill:red}</style></svg>", "svg > rect{fill:red}"),
            ("<svg><style>a<![CDATA[ > b]]>{}<!-- c --></style></svg>", "a > b{}"),
            ("<math><style>a &gt; b{}</style></math>", "a > b{}"),
            ("<svg><style>a{}<g>no</g></style></svg>", "a{}"),
            // An element that ends itself has no text, and what follows is read on.
            ("<svg><style/></svg><style>a &gt; b{}</style>", "a &gt; b{}"),
            ("<svg/><style>a &gt; b{}</style>", "a &gt; b{}"),
            // HTML again.
            ("<svg><foreignObject><style>a &gt; b{}</style></foreignObject></svg>", "a &gt; b{}"),
            ("<svg><foreignObject><p></svg></p></foreignObject><style>&gt;{}</style></svg>", ">{}"),
            ("<svg><div></div><style>a &gt; b{}</style></svg>", "a &gt; b{}"),
            ("<svg><g></svg><style>a &gt; b{}</style>", "a &gt; b{}"),
            ("<noscript><style>p{color:red}</style></noscript>", "p{color:red}"),
        ] {
            let found = Inline::read(page);
            let expected =
                Inline { styles: [sha256(style.as_bytes())].into(), ..Inline::default() };
            assert_eq!(found, expected, "{page}");
        }
        let scripts = "<svg><script>a &amp;&amp; b</script><script href='/x.js'/>\
                       <script><![CDATA[c < d]]></script></svg><script>e &amp; f</script>";
        let texts = ["a && b", "c < d", "e &amp; f"];
        let digests = texts.iter().map(|text| sha256(text.as_bytes())).collect();
        assert_eq!(Inline::read(scripts), Inline { scripts: digests, ..Inline::default() });
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
