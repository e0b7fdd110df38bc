//! The credentials of a request (RFC 6750 section 2.1, RFC 9110 section 11.6.2).

use std::{fmt, str};

use actix_web::http::header::{AUTHORIZATION, HeaderMap};

/// The bearer token of a request: from the one `Authorization` header, never from the query (it
/// would be in every log on the way) nor from a form.
///
/// `Ok(None)` means that there are no bearer credentials: no header, or one of another scheme.
///
/// ```
/// use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
/// use palisade::auth::bearer;
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(bearer(&headers), Ok(None));
/// headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer a.b.c"));
/// assert_eq!(bearer(&headers), Ok(Some("a.b.c")));
/// ```
///
/// # Errors
///
/// A second `Authorization` header; an empty one; a malformed token.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, CredentialsRefusal> {
    let mut values = headers.get_all(AUTHORIZATION);
    let Some(value) = values.next() else { return Ok(None) };
    // A proxy and we could each take another of two.
    if values.next().is_some() {
        return Err(CredentialsRefusal::SeveralHeaders);
    }
    let value = value.as_bytes();
    if value.is_empty() {
        return Err(CredentialsRefusal::Empty);
    }
    let scheme_end = value.iter().position(|byte| !is_token_byte(*byte)).unwrap_or(value.len());
    let Some((scheme, rest)) = value.split_at_checked(scheme_end) else {
        return Err(CredentialsRefusal::Form);
    };
    if !scheme.eq_ignore_ascii_case(b"Bearer") {
        return Ok(None);
    }
    let [b' ', token @ ..] = rest else { return Err(CredentialsRefusal::Form) };
    if token.is_empty() {
        return Err(CredentialsRefusal::Empty);
    }
    if !is_token68(token) {
        return Err(CredentialsRefusal::Form);
    }
    str::from_utf8(token).map(Some).map_err(|_| CredentialsRefusal::Form)
}

/// Why the credentials of a request cannot be read. The answer is 400 `invalid_request`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialsRefusal {
    /// More than one `Authorization` header.
    SeveralHeaders,
    /// The header, or the token in it, is empty.
    Empty,
    /// Not `Bearer`, one space, and one token of RFC 9110's `token68` characters.
    Form,
    /// Credentials of two kinds, which could identify two callers.
    SeveralKinds,
}

impl fmt::Display for CredentialsRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SeveralHeaders => "more than one Authorization header",
            Self::Empty => "empty credentials",
            Self::Form => "not one token after the scheme",
            Self::SeveralKinds => "credentials of more than one kind",
        })
    }
}

impl std::error::Error for CredentialsRefusal {}

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

/// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`
fn is_token68(token: &[u8]) -> bool {
    let padding = token.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = token.get(..token.len().saturating_sub(padding)).unwrap_or_default();
    // No early exit: without one the compiler compares many bytes at a time.
    !body.is_empty()
        && body.iter().fold(true, |all, byte| {
            let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
            // `-`, `.`, `/` and the digits are consecutive.
            let digit = byte.wrapping_sub(b'-') < 13;
            all & (letter | digit | (*byte == b'_') | (*byte == b'~') | (*byte == b'+'))
        })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use super::{CredentialsRefusal, bearer, is_token68};

    fn read(values: &[&[u8]]) -> Result<Option<String>, CredentialsRefusal> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        bearer(&headers).map(|token| token.map(str::to_owned))
    }

    #[test]
    fn one_bearer_token_is_read() {
        for good in ["Bearer a.b-c_d~e+f/1==", "bearer a.b-c_d~e+f/1==", "BEARER a.b-c_d~e+f/1=="] {
            assert_eq!(read(&[good.as_bytes()]), Ok(Some("a.b-c_d~e+f/1==".into())), "{good}");
        }
    }

    #[test]
    fn other_schemes_are_no_credentials() {
        assert_eq!(read(&[]), Ok(None));
        for other in ["Basic dTpw", "Bearerx abc", "Digest", "DPoP a.b.c", "xBearer abc"] {
            assert_eq!(read(&[other.as_bytes()]), Ok(None), "{other}");
        }
        assert_eq!(read(&[b"Basic \xff"]), Ok(None));
    }

    #[test]
    fn a_second_header_is_refused_whatever_it_says() {
        for second in [&b"Bearer abc"[..], b"Bearer def", b"Basic dTpw", b""] {
            assert_eq!(read(&[b"Bearer abc", second]), Err(CredentialsRefusal::SeveralHeaders));
            assert_eq!(read(&[second, b"Bearer abc"]), Err(CredentialsRefusal::SeveralHeaders));
        }
    }

    #[test]
    fn odd_forms_are_malformed() {
        for empty in ["", "Bearer "] {
            assert_eq!(read(&[empty.as_bytes()]), Err(CredentialsRefusal::Empty), "{empty}");
        }
        for odd in [
            &b"Bearer"[..],
            b"Bearer  abc",
            b"Bearer\tabc",
            b"Bearer abc ",
            b"Bearer abc def",
            b"Bearer abc,def",
            b"Bearer abc, Bearer def",
            b"Bearer \"abc\"",
            b"Bearer ab=c",
            b"Bearer =",
            b"Bearer a:b",
            b"Bearer a@b",
            b"Bearer a\xc3\xa9",
            b"Bearer=abc",
            b"Bearer,abc",
        ] {
            assert_eq!(read(&[odd]), Err(CredentialsRefusal::Form), "{}", odd.escape_ascii());
        }
    }

    #[test]
    fn the_alphabet_is_exactly_token68() {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
        for byte in 0..=u8::MAX {
            assert_eq!(is_token68(&[byte]), alphabet.as_bytes().contains(&byte), "{byte:#x}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(value in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                let mut headers = HeaderMap::new();
                headers.insert(AUTHORIZATION, value);
                if let Ok(Some(token)) = bearer(&headers) {
                    prop_assert!(token.is_ascii() && !token.contains(' '));
                }
            }
        }
    }
}
