//! The fields of a request.

use actix_web::http::header::{self, HeaderMap, HeaderName};

use super::{Refusal, target::ends_line};

/// Fields whose repetition would mean that two readers may see different requests.
const SINGLE: [HeaderName; 3] = [header::HOST, header::CONTENT_LENGTH, header::AUTHORIZATION];

/// Refuses control characters in names and values, and repeated fields.
pub(super) fn check(headers: &HeaderMap) -> Result<(), Refusal> {
    for (name, value) in headers {
        // Names are tokens (RFC 9110 section 5.1) by their type, which has no control characters.
        debug_assert!(name.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
        if !is_clean(value.as_bytes()) {
            return Err(Refusal::Malformed("a field has a control character"));
        }
    }
    for name in &SINGLE {
        if headers.get_all(name).nth(1).is_some() {
            return Err(Refusal::Malformed(
                "a header field that may occur once occurs more than once",
            ));
        }
    }
    Ok(())
}

fn is_clean(value: &[u8]) -> bool {
    // Without a branch for each byte, so that many are looked at with one instruction.
    let (mut control, mut wide) = (false, false);
    for &byte in value {
        control |= (byte < b' ') & (byte != b'\t') | (byte == 0x7f);
        wide |= byte >= 0x80;
    }
    !control && (!wide || is_clean_text(value))
}

/// Bytes beyond ASCII: decoded as UTF-8 if they are valid, else as Latin-1, which older clients
/// send. Either may have further control characters.
fn is_clean_text(value: &[u8]) -> bool {
    match std::str::from_utf8(value) {
        Ok(text) => !text.chars().any(|c| c.is_control() && c != '\t' || ends_line(c)),
        Err(_) => !value.iter().any(|byte| matches!(byte, 0x80..=0x9f)),
    }
}

#[cfg(test)]
mod tests {
    use super::is_clean;

    #[test]
    fn values_have_no_control_characters() {
        for clean in
            [&b""[..], b"a\tb", "caf\u{e9} \u{20ac}".as_bytes(), b"caf\xe9", b"a; b=\"%0d\""]
        {
            assert!(is_clean(clean), "{}", clean.escape_ascii());
        }
        for byte in (0..0x20).filter(|byte| *byte != b'\t').chain([0x7f, 0x80, 0x9f]) {
            assert!(!is_clean(&[b'a', byte, b'b']), "{byte:#x}");
        }
        for dirty in ["a\u{85}b", "a\u{2028}", "\u{2029}"] {
            assert!(!is_clean(dirty.as_bytes()), "{dirty:?}");
        }
    }
}
