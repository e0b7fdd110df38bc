//! Scopes in the syntax of tokens.

use super::Flaw;
use crate::diagnostic::Code;

/// Checks that `text` is one scope token of RFC 6749 section 3.3, and names one scope.
///
/// # Errors
///
/// What is wrong with the text.
pub fn scope(text: &str) -> Result<(), Flaw> {
    scope_token(text)?;
    // A token that carries `*` by accident of its issuer must not open what was meant as a pattern.
    if text.contains('*') {
        return Err(Flaw::new(
            Code::WildcardScope,
            format!("scope `{text}` looks like a pattern, but scopes are compared as they are"),
        )
        .help(
            "name each scope, joined by `any(..)` where one of them is enough, or declare what it \
             grants in a type that derives `Scope`",
        ));
    }
    Ok(())
}

/// Checks that `text` is one scope token of RFC 6749 section 3.3, a star included.
///
/// # Errors
///
/// What is wrong with the text.
pub fn scope_token(text: &str) -> Result<(), Flaw> {
    if text.is_empty() {
        return Err(Flaw::new(Code::EmptyScope, "an empty scope is in every token and in none")
            .help("name the scope, as in `items:write`; without one, write `#[authenticated]`"));
    }
    if text.contains(' ') {
        return Err(Flaw::new(Code::MalformedScope, format!("scope `{text}` contains a space"))
            .help("write one text per scope: `all(\"a\", \"b\")` or `any(\"a\", \"b\")`"));
    }
    if let Some(wrong) = text.chars().find(|c| !is_scope_character(*c)) {
        return Err(Flaw::new(
            Code::MalformedScope,
            format!("scope `{}` contains {wrong:?}", text.escape_debug()),
        )
        .help("a scope is printable ASCII without space, `\"` and `\\` (RFC 6749 section 3.3)"));
    }
    Ok(())
}

fn is_scope_character(c: char) -> bool {
    matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Code, scope};

    #[test]
    fn scope_tokens_are_admitted() {
        for text in
            ["items:write", "a", "https://example.test/items.read", "!#$%&'()+,-./[]^_`{|}~"]
        {
            assert_eq!(scope(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for (text, code) in [
            ("", Code::EmptyScope),
            (" ", Code::MalformedScope),
            ("a b", Code::MalformedScope),
            ("a\"b", Code::MalformedScope),
            ("a\\b", Code::MalformedScope),
            ("a\n", Code::MalformedScope),
            ("\u{e9}", Code::MalformedScope),
            ("*", Code::WildcardScope),
            ("items:*", Code::WildcardScope),
        ] {
            assert_eq!(scope(text).unwrap_err().code, code, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_admitted_is_one_token(text in "\\PC{0,12}|[ -~]{0,12}") {
            if scope(&text).is_ok() {
                prop_assert!(!text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()));
                prop_assert!(!text.contains(['"', '\\', '*']));
            }
        }
    }
}
