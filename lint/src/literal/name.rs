//! Names for header fields.

use super::Flaw;
use crate::diagnostic::Code;

/// Checks the name of a limit: it is a key in the `RateLimit` fields and in logs.
///
/// # Errors
///
/// What is wrong with the text.
pub fn limit_name(text: &str) -> Result<(), Flaw> {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    if text.is_empty() || text.len() > 32 || !text.bytes().all(fits) {
        return Err(Flaw::new(
            Code::LimitName,
            format!("`{}` cannot name a limit", text.escape_debug()),
        )
        .help("use 1 to 32 of `a-z`, `0-9`, `_` and `-`"));
    }
    Ok(())
}

/// Checks the name of a header that a limit counts by, and returns it in lower case.
///
/// # Errors
///
/// What is wrong with the text.
pub fn header_name(text: &str) -> Result<String, Flaw> {
    // RFC 9110 section 5.6.2.
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.is_empty() || text.len() > 64 || !text.bytes().all(token) {
        return Err(Flaw::new(
            Code::LimitHeaderName,
            format!("`{}` is not the name of a header", text.escape_debug()),
        )
        .help("write a name such as `x-api-key`"));
    }
    let name = text.to_ascii_lowercase();
    if matches!(name.as_str(), "authorization" | "cookie" | "proxy-authorization") {
        // The raw value changes with every new token of the same caller.
        return Err(Flaw::new(
            Code::LimitHeaderName,
            format!("`{name}` holds a credential that a caller can renew to reset the count"),
        )
        .help("count by the identity: `by = subject`"));
    }
    if matches!(name.as_str(), "x-forwarded-for" | "forwarded" | "x-real-ip") {
        return Err(Flaw::new(
            Code::LimitHeaderName,
            format!("`{name}` is whatever the caller writes into it"),
        )
        .help("count by the address that trusted proxies vouch for: `by = ip`"));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::{header_name, limit_name};

    #[test]
    fn limit_names_are_plain() {
        assert!(limit_name("per-user_2").is_ok());
        let long = "a".repeat(33);
        for text in ["", "Per-User", "a b", "a\"", "\u{e9}", long.as_str()] {
            assert!(limit_name(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn header_names_are_tokens_that_count_something() {
        assert_eq!(header_name("X-Api-Key").as_deref(), Ok("x-api-key"));
        for text in ["", "a b", "x:y", "a\n", "\u{e9}", "Authorization", "X-Forwarded-For"] {
            assert!(header_name(text).is_err(), "{text:?}");
        }
    }
}
