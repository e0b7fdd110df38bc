//! The target of an address in the markup, as far as its beginning decides it.

/// Attributes that hold an address which the browser follows or loads.
pub(super) const ADDRESSES: &[&str] = &[
    "action",
    "background",
    "data",
    "formaction",
    "href",
    "imagesrcset",
    "manifest",
    "ping",
    "poster",
    "src",
    "srcset",
    "xlink:href",
];

/// Images that hold no script.
const IMAGES: &[&str] = &["png", "jpeg", "gif", "webp", "avif"];

/// The part of an address before a value; `None` where the attribute holds no address there.
/// `before` is the attribute's content before the value.
pub(super) fn begun<'b>(tag: &str, attribute: &str, before: &'b str) -> Option<&'b str> {
    match attribute {
        "srcset" | "imagesrcset" => candidate(before),
        "ping" => before.rsplit(char::is_whitespace).next(),
        // `<meta http-equiv="refresh" content="0; url=..">`
        "content" if tag == "meta" => {
            let (_, address) = before.split_once("url=").or_else(|| before.split_once("URL="))?;
            Some(address.trim_start_matches(['\'', '"']))
        }
        _ => ADDRESSES.contains(&attribute).then_some(before),
    }
}

/// The last address of `a.png 1x, b.png 2x`, unless the value is in its size.
fn candidate(before: &str) -> Option<&str> {
    let (rest, last) = before.rsplit_once(char::is_whitespace).unwrap_or(("", before));
    let rest = rest.trim_end();
    if rest.is_empty() || rest.ends_with(',') {
        return Some(last);
    }
    last.rsplit_once(',').map(|(_, address)| address)
}

/// Whether the browser runs what has this beginning.
pub(super) fn runs(before: &str) -> bool {
    let before = normal(before);
    match scheme(&before) {
        Some(("javascript" | "vbscript", _)) => true,
        Some(("data", content)) => !content.strip_prefix("image/").is_some_and(|image| {
            IMAGES.iter().any(|kind| {
                image
                    .strip_prefix(kind)
                    .is_some_and(|rest| rest.starts_with([';', ',']) && rest.contains(','))
            })
        }),
        _ => false,
    }
}

/// Whether the text before a value decides where an address leads.
pub(crate) fn settles(before: &str) -> bool {
    let before = normal(before);
    if let Some((scheme, rest)) = scheme(&before) {
        return match scheme {
            "mailto" | "tel" | "sms" | "cid" | "data" => true,
            _ => host_ends(rest),
        };
    }
    match before.strip_prefix('/') {
        // `//host/`
        Some(rest) if rest.starts_with('/') => host_ends(rest),
        // A value that begins with `/` makes a host of what follows.
        Some(rest) => !rest.is_empty(),
        None => before.contains(['/', '?', '#']),
    }
}

/// Whether a host is complete: browsers skip further slashes in front of it.
fn host_ends(rest: &str) -> bool {
    rest.trim_start_matches('/').find(['/', '?', '#']).is_some_and(|at| at > 0)
}

/// `https` and what follows the colon.
fn scheme(before: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = before.split_once(':')?;
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    (scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(inside))
        .then_some((scheme, rest))
}

/// An address as browsers read it.
fn normal(before: &str) -> String {
    before
        .trim_start_matches(|c: char| c <= ' ')
        .chars()
        .filter(|c| !matches!(c, '\t' | '\n' | '\r'))
        .map(|c| if c == '\\' { '/' } else { c.to_ascii_lowercase() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{begun, runs, settles};

    #[test]
    fn an_address_is_settled_by_a_host_that_ends_or_a_path_that_has_begun() {
        for yes in [
            "/notes/",
            "/n",
            "notes/",
            "./",
            "../",
            "?q=",
            "#",
            "/?q=",
            "https://example.com/",
            "//example.com/",
            "HTTPS://example.com?",
            "mailto:",
            "tel:",
            "cid:",
            " /notes/",
        ] {
            assert!(settles(yes), "{yes}");
        }
        for no in [
            "",
            "/",
            "//",
            "\\",
            "/\\",
            "/\t",
            "https:",
            "https://",
            "https:///",
            "//example.com",
            "https://example.com",
            "javascript:",
            "notes",
            "http:/\\/",
            " / ".trim_end(),
        ] {
            assert!(!settles(no), "{no}");
        }
    }

    #[test]
    fn lists_of_addresses_are_read_one_by_one() {
        assert_eq!(begun("img", "srcset", "/a.png 1x, "), Some(""));
        assert_eq!(begun("img", "srcset", "/a.png 1x, /b/"), Some("/b/"));
        assert_eq!(begun("img", "srcset", "/a.png "), None);
        assert_eq!(begun("a", "ping", "/a "), Some(""));
        assert_eq!(begun("meta", "content", "0; url="), Some(""));
        assert_eq!(begun("meta", "content", "width="), None);
        assert_eq!(begun("a", "title", ""), None);
    }

    #[test]
    fn images_run_nothing() {
        assert!(!runs("data:image/png;base64,"));
        for text in [
            "data:",
            "data:image/",
            "data:image/svg+xml,",
            "data:text/html,",
            "JavaScript:",
            "java\nscript:",
        ] {
            assert!(runs(text), "{text}");
        }
    }
}
