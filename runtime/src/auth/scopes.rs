//! The form of scopes (RFC 6749 section 3.3).

/// More than any service grants to one client; a longer list only slows every check down.
pub(super) const MAX_SCOPES: usize = 256;

/// Whether `text` is one scope token.
pub(super) fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

/// Whether `text` is a list of scope tokens, one space between each two. The empty string is the
/// empty list: issuers write it for a token without scopes.
pub(super) fn is_scope_list(text: &str) -> bool {
    text.is_empty() || (text.split(' ').all(is_scope) && text.split(' ').nth(MAX_SCOPES).is_none())
}

#[cfg(test)]
mod tests {
    use super::{MAX_SCOPES, is_scope_list};

    #[test]
    fn lists_are_read_by_the_grammar() {
        for good in ["", "a", "items:read items:write", "!#[]~ https://x/y"] {
            assert!(is_scope_list(good), "{good}");
        }
        for bad in [" ", " a", "a ", "a  b", "a\tb", "a\nb", "\"a\"", "a\\b", "é", "a\u{7f}", "a\0"]
        {
            assert!(!is_scope_list(bad), "{bad:?}");
        }
    }

    #[test]
    fn the_number_of_scopes_is_capped() {
        assert!(is_scope_list(&vec!["a"; MAX_SCOPES].join(" ")));
        assert!(!is_scope_list(&vec!["a"; MAX_SCOPES + 1].join(" ")));
    }
}
