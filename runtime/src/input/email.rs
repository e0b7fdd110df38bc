//! Email addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

/// RFC 5321 section 4.5.3.1.3, without the angle brackets.
const MOST: usize = 254;

/// The characters that are allowed before the `@` besides letters and digits (the HTML standard,
/// "valid e-mail address").
const LOCAL: &[u8] = b".!#$%&'*+/=?^_`{|}~-";

/// Whether the text is one address that mail servers accept and that is safe in a header: no
/// control characters, blanks or line ends, one `@`, a domain name (IDNA, RFC 5891) or an address
/// in brackets (CWE-93).
///
/// The part before the `@` has the characters of HTML's grammar; quoted strings are refused.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    text.len() <= MOST && is_local(local) && is_domain(domain)
}

fn is_local(local: &str) -> bool {
    // An encoded word (RFC 2047) in a header is read as what it encodes, another address perhaps.
    let is_encoded = local.split_once("=?").is_some_and(|(_, rest)| rest.contains("?="));
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || LOCAL.contains(&byte);
    !local.is_empty() && local.bytes().all(fits) && !is_encoded
}

fn is_domain(domain: &str) -> bool {
    if let Some(literal) = domain.strip_prefix('[') {
        return literal.strip_suffix(']').is_some_and(|address| {
            address.parse::<Ipv4Addr>().is_ok() || address.parse::<Ipv6Addr>().is_ok()
        });
    }
    // Names are checked as they go out. What the mapping of IDNA would change (full-width letters,
    // other dots, what is ignored) has more than one spelling.
    let Ok(ascii) = idna::domain_to_ascii(domain) else { return false };
    let (back, valid) = idna::domain_to_unicode(&ascii);
    let lower = domain.to_lowercase();
    valid.is_ok()
        && (lower == ascii || lower == back || is_mixed(&lower, &ascii, &back))
        && ascii.split('.').all(is_label)
}

/// Whether each label has one of its two canonical forms.
fn is_mixed(domain: &str, ascii: &str, unicode: &str) -> bool {
    let [own, ascii, unicode] = [domain, ascii, unicode].map(|name| name.split('.'));
    own.clone().count() == ascii.clone().count()
        && own.zip(ascii).zip(unicode).all(|((own, ascii), unicode)| own == ascii || own == unicode)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use validator::ValidateEmail as _;

    use super::is_email;

    /// The combined result of the rule and the condition.
    fn passes(text: &str) -> bool {
        is_email(text) && text.validate_email()
    }

    #[test]
    fn addresses_that_people_have_are_taken() {
        for good in [
            "ada@example.org",
            "a@b.co",
            "Ada.Lovelace@Example.ORG",
            "ada+lists@example.org",
            "ada+a+b=c@example.org",
            "ada_lovelace@example.org",
            "ada-lovelace@sub.sub.example.org",
            "1815@example.org",
            "o'brien@example.ie",
            "user/department@example.org",
            "customer/department=shipping@example.com",
            "$A12345@example.com",
            "!def!xyz%abc@example.com",
            "_somename@example.com",
            "-dash@example.org",
            "x~y`z^w@example.org",
            "a{b}c|d@example.org",
            "what?really=yes@example.org",
            "tag#1&2*3@example.org",
            "a.b.c.d.e.f@example.org",
            "info@example.technology",
            "info@example.travelersinsurance",
            "info@example.museum",
            "me@x.ai",
            "hostmaster@localhost",
            "root@mail",
            "mail@xn--mnchen-3ya.de",
            "mail@münchen.de",
            "mail@MÜNCHEN.de",
            "mail@straße.de",
            "post@例え.jp",
            "post@xn--r8jz45g.jp",
            "post@почта.рф",
            "test@उदाहरण.परीक्षा",
            "post@mail.münchen.xn--p1ai",
            "a@1und1.de",
            "a@3com.com",
            "a@123.com",
            "bounce-42=user@example.org",
            "a@[127.0.0.1]",
            "a@[2001:db8::1]",
            "0123456789012345678901234567890123456789012345678901234567890123@example.org",
            "a@a-very-long-domain-name-with-many-words-in-it.example.co.uk",
        ] {
            assert!(passes(good), "{good}");
        }
    }

    #[test]
    fn more_than_an_address_is_refused() {
        let long = format!("a@{}.example.org", "label.".repeat(41).trim_end_matches('.'));
        for bad in [
            "",
            "a",
            "@",
            "a@",
            "@example.org",
            "a@example.org\n",
            "a@example.org\r\nX-Other: 1",
            "a\n@example.org",
            "a@x\r\nX-Other: 1 [127.0.0.1]",
            "a@x [127.0.0.1]",
            "a@x[127.0.0.1]",
            "a@[127.0.0.1]\0",
            "a@[127.0.0.1",
            "a@[300.0.0.1]",
            "a@b@example.org",
            "a@b\u{ff20}example.org",
            "a b@example.org",
            "a@example.org, b@example.org",
            "a@example.org;b@example.org",
            "a@exa mple.org",
            "a@exa\u{a0}mple.org",
            "a@exa\u{3000}mple.org",
            "a@exa\u{202e}mple.org",
            "a@exa\u{200b}mple.org",
            "a@exa\u{ad}mple.org",
            "a@\u{ff45}xample.org",
            "a@example\u{3002}org",
            "a@example\u{2028}.org",
            "a@example.org\u{85}",
            "a@example..org",
            "a@.example.org",
            "a@-example.org",
            "a@example-.org",
            "a@example.org<b>",
            ">@example.org",
            "a<b@example.org",
            "a,b@example.org",
            "\"a\"@example.org",
            "=?utf-8?q?a=40b?=@example.org",
            "\u{430}da@example.org",
            long.as_str(),
        ] {
            assert!(!passes(bad), "{bad:?}");
            // The condition holds by itself where the rule takes more.
            assert!(!is_email(bad) || !bad.validate_email(), "{bad:?}");
        }
        assert!("a@x\r\nX-Other: 1 [127.0.0.1]".validate_email(), "the rule alone takes it");
    }

    proptest! {
        #[test]
        fn nothing_that_passes_breaks_a_header(text in "[a@.\\[\\]<>:1\\r\\n\\t \\x00\u{85}\u{2028}é-]{1,24}") {
            if is_email(&text) {
                prop_assert!(!text.chars().any(|c| c.is_control() || c.is_whitespace()));
                prop_assert_eq!(text.matches('@').count(), 1);
                prop_assert!(!text.contains(['<', '>', ',', ';']));
            }
        }
    }
}
