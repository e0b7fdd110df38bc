//! Fields of a body: `email`, `account.name`; of a form: `file`, `photos[]`.

use super::Flaw;
use crate::diagnostic::Code;

/// A deeper path is not a usable key, and the path is emitted as code.
const MAX_DEPTH: usize = 8;

/// Checks the path of a field, and returns its names from the outside in.
///
/// The names are those of the Rust fields, not of the wire: the compiler finds them by the type.
///
/// # Errors
///
/// What is wrong with the text.
pub fn body_field(text: &str) -> Result<Vec<&str>, Flaw> {
    let malformed = || {
        Flaw::new(
            Code::LimitBodyField,
            format!("`{}` is not the path of a body field", text.escape_debug()),
        )
        .help("write the names of the fields in Rust: `body(\"email\")`, `body(\"account.name\")`")
    };
    let names: Vec<_> = text.split('.').collect();
    if names.len() > MAX_DEPTH || !names.iter().all(|name| is_field(name)) {
        return Err(malformed());
    }
    Ok(names)
}

/// A longer name is refused, and each part of a form repeats it.
const MAX_NAME: usize = 64;

/// Checks the name of a form's field, as it is sent.
///
/// Browsers escape quotes and line breaks, each in its own way: a name without them is the same in
/// all of them.
///
/// # Errors
///
/// What is wrong with the text.
pub fn form_field(text: &str) -> Result<(), Flaw> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.[]".contains(&byte);
    if text.is_empty() || text.len() > MAX_NAME || !text.bytes().all(fits) {
        return Err(Flaw::new(
            Code::UploadField,
            format!("`{}` cannot name a field of a form", text.escape_debug()),
        )
        .help("use 1 to 64 of letters, digits, `_`, `-`, `.`, `[` and `]`"));
    }
    Ok(())
}

/// Whether a field can have the name, be it as `r#name`.
fn is_field(name: &str) -> bool {
    // The lexer would take white space and comments out, and the text would mean two things.
    name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !matches!(name, "_" | "self" | "Self" | "super" | "crate")
        && syn::parse_str::<syn::Ident>(&format!("r#{name}")).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{body_field, form_field};

    #[test]
    fn fields_are_names_between_dots() {
        assert_eq!(body_field("email"), Ok(vec!["email"]));
        assert_eq!(body_field("account.name"), Ok(vec!["account", "name"]));
        assert_eq!(body_field("type"), Ok(vec!["type"]));
        assert_eq!(body_field("größe"), Ok(vec!["größe"]));
    }

    #[test]
    fn what_is_no_field_is_refused() {
        for text in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "a b",
            "a-b",
            "/email",
            "0",
            "a.0",
            "self",
            "_",
            "r#type",
            "a()",
            "a;b",
            "a.b.c.d.e.f.g.h.i",
            "a//b",
            "a/*",
            "x!",
        ] {
            assert!(body_field(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn names_in_a_form_need_no_escaping() {
        for text in ["file", "photo_1", "photos[]", "a.b-c"] {
            assert_eq!(form_field(text), Ok(()), "{text}");
        }
        let long = "a".repeat(65);
        for text in ["", "a b", "a\"b", "a\r\nb", "größe", "a;b", long.as_str()] {
            assert!(form_field(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_on_any_text(text in ".{0,32}") {
            let _ = body_field(&text);
        }
    }
}
