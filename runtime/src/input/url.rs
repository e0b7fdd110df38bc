//! Addresses of pages.

/// Whether the string, which a URL parser accepts, is an address with one of these schemes that is
/// safe in a link or in a header: the scheme and `://` spelled out, a host after it, and no
/// characters that parsers drop, trim or convert (CWE-20, CWE-601).
///
/// Schemes without `//`, such as `mailto`, are taken as they are where they are named.
pub(super) fn is_url(text: &str, schemes: &[&str]) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_clean = |c: char| {
        // The parser of browsers takes `\` for `/`, and drops tabs and line ends.
        !c.is_control() && !c.is_whitespace() && !matches!(c, '\\' | '<' | '>' | '"' | '`')
    };
    schemes.iter().any(|named| scheme.eq_ignore_ascii_case(named))
        && rest.chars().all(is_clean)
        && (!has_host(scheme) || host(rest).is_some_and(|host| !host.is_empty()))
}

/// Whether addresses of this scheme have a host: all but those that are known to have none.
fn has_host(scheme: &str) -> bool {
    const WITHOUT: [&str; 6] = ["mailto", "tel", "sms", "urn", "data", "geo"];
    !WITHOUT.iter().any(|one| scheme.eq_ignore_ascii_case(one))
}

/// What follows `//` up to the path, without credentials in front.
fn host(rest: &str) -> Option<&str> {
    let authority = rest.strip_prefix("//")?;
    let end = authority.find(['/', '?', '#']).unwrap_or(authority.len());
    let (authority, _) = authority.split_at_checked(end)?;
    Some(authority.rsplit_once('@').map_or(authority, |(_, host)| host))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use validator::ValidateUrl as _;

    use super::is_url;

    /// What the derive passes on where a field names no schemes.
    const WEB: &[&str] = &["http", "https"];

    fn passes(text: &str) -> bool {
        is_url(text, WEB) && text.validate_url()
    }

    #[test]
    fn links_are_taken() {
        for good in [
            "https://example.org",
            "http://example.org/",
            "HTTPS://Example.org/Path",
            "https://example.org:8443/a/b?c=d&e=f#g",
            "https://user:secret@example.org/",
            "https://münchen.de/straße?q=ä#ö",
            "https://xn--mnchen-3ya.de/",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080/a",
            "http://localhost/",
            "https://example.org/a%20b/(c)/d'e,f;g=h!i*j~k/{l}|m^",
            "https://example.org?x=javascript:1",
            "https://example.org/a//b/../c",
            "https://example.org/x:y@z",
        ] {
            assert!(passes(good), "{good}");
        }
        assert!(
            is_url("ftp://example.org/", &["ftp"]) && is_url("mailto:a@example.org", &["mailto"])
        );
    }

    #[test]
    fn everything_else_is_refused() {
        for bad in [
            "",
            "example.org",
            "//example.org",
            "javascript:x",
            "JavaScript:x",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "ftp://example.org/",
            "blob:https://example.org/1",
            "mailto:a@example.org",
            "https:example.org",
            "https:/example.org",
            "https:///example.org",
            "https://",
            "https://user@/",
            "https:\\\\example.org",
            "https://example.org\\@other.example",
            " https://example.org",
            "https://example.org ",
            "https://example.org/\r\nX-Other: 1",
            "ht\ntps://example.org",
            "https://exam\tple.org",
            "https://example.org/\0",
            "https://example.org/\u{85}",
            "https://example.org/\u{3000}",
            "https://example.org/\u{2028}",
            "https://example.org/\"onload",
            "https://example.org/<b>",
        ] {
            assert!(!passes(bad), "{bad:?}");
        }
        for taken in ["javascript:x", "data:text/html,x", " https://example.org"] {
            assert!(taken.validate_url(), "the rule alone takes it: {taken}");
        }
    }

    /// Texts that are nearly addresses.
    fn near() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("http".to_owned()),
            Just("https:".to_owned()),
            Just("javascript:".to_owned()),
            Just("//".to_owned()),
            Just("example.org".to_owned()),
            Just("@".to_owned()),
            "[\\s\\\\:/?#@\"<>`.a-z]{0,3}",
            any::<String>(),
        ];
        let start = prop_oneof![
            3 => Just("https://example.org"),
            1 => Just("HTTP://"),
            1 => Just(""),
        ];
        let pieces = prop::collection::vec(piece, 0..4);
        (start, pieces).prop_map(|(start, pieces)| format!("{start}{}", pieces.concat()))
    }

    proptest! {
        #[test]
        fn what_is_taken_stands_in_a_link_as_it_is(text in near()) {
            if !passes(&text) {
                return Ok(());
            }
            let lower = text.to_ascii_lowercase();
            prop_assert!(lower.starts_with("http://") || lower.starts_with("https://"));
            let strange = |c: char| c.is_control() || c.is_whitespace() || "\\<>\"`".contains(c);
            prop_assert!(!text.contains(strange));
            let (_, rest) = text.split_once("://").unwrap();
            prop_assert!(!rest.starts_with(['/', '?', '#']));
        }

        #[test]
        fn an_address_around_a_path_is_taken(path in "(/[a-zA-Z0-9._~%-]{0,8}){0,4}") {
            let path = path.replace('%', "%20");
            let text = format!("https://example.org{path}");
            prop_assert!(passes(&text), "{}", text);
        }
    }
}
