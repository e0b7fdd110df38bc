//! The `Content-Disposition` of a part (RFC 7578 section 4.2), read by its bytes.
//!
//! A file name is in the encoding of the page or of the machine that it comes from: it is only
//! shown, so it never decides whether a part can be read. The field's name decides, and is UTF-8.

use std::borrow::Cow;

/// The content of a part's disposition.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Disposition {
    pub(super) name: String,
    /// Decoded: see [`decoded`].
    pub(super) file_name: Option<String>,
}

impl Disposition {
    /// Parses the value of the header; the error says what is wrong.
    pub(super) fn parse(value: &[u8]) -> Result<Self, &'static str> {
        const BROKEN: &str = "a part whose disposition cannot be read";

        let end = value.iter().position(|byte| *byte == b';').unwrap_or(value.len());
        let (kind, mut rest) = value.split_at_checked(end).unwrap_or((value, &[]));
        if !kind.trim_ascii().eq_ignore_ascii_case(b"form-data") {
            return Err("a part that is not of a form");
        }
        let (mut name, mut file_name) = (None, None);
        while let Some(behind) = rest.strip_prefix(b";") {
            let behind = behind.trim_ascii();
            // A `;` at the end.
            if behind.is_empty() {
                break;
            }
            let equal = behind.iter().position(|byte| *byte == b'=').ok_or(BROKEN)?;
            let (parameter, value) = behind.split_at_checked(equal).ok_or(BROKEN)?;
            let parameter = parameter.trim_ascii_end();
            let value = value.get(1..).unwrap_or_default().trim_ascii_start();
            if !is_token(parameter) {
                return Err(BROKEN);
            }
            let (value, behind) = match value.strip_prefix(b"\"") {
                Some(quoted) => unquote(quoted).ok_or(BROKEN)?,
                None => {
                    let end = value.iter().position(|byte| *byte == b';').unwrap_or(value.len());
                    let (value, behind) = value.split_at_checked(end).ok_or(BROKEN)?;
                    let value = value.trim_ascii_end();
                    // An empty one is written with quotes, and readers differ in a quote within.
                    if value.is_empty() || value.contains(&b'"') {
                        return Err(BROKEN);
                    }
                    (Cow::Borrowed(value), behind)
                }
            };
            rest = behind;
            // `filename*` is not to be sent (RFC 7578 section 4.2), and not looked at.
            let known = if parameter.eq_ignore_ascii_case(b"name") {
                &mut name
            } else if parameter.eq_ignore_ascii_case(b"filename") {
                &mut file_name
            } else {
                continue;
            };
            if known.replace(value).is_some() {
                return Err("a part with two names");
            }
        }
        let name = name.ok_or("a part without a name")?;
        let name = String::from_utf8(name.into_owned()).map_err(|_| "a part whose name is none")?;
        Ok(Self { name, file_name: file_name.map(|name| decoded(&name)) })
    }
}

/// The value of a quoted string after its first quote, and the text after it: a `;`, or nothing.
///
/// A backslash is literal, as browsers write it, unless a quote or another backslash follows: other
/// programs escape those.
fn unquote(quoted: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let mut value = Vec::new();
    let mut bytes = quoted.iter().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                let rest = quoted.get(at.saturating_add(1)..).unwrap_or_default();
                let rest = rest.trim_ascii_start();
                let ends = rest.is_empty() || rest.starts_with(b";");
                return ends.then_some((Cow::Owned(value), rest));
            }
            b'\\' => {
                let escaped = bytes.next_if(|(_, next)| matches!(next, b'"' | b'\\'));
                value.push(escaped.map_or(b'\\', |(_, escaped)| *escaped));
            }
            other => value.push(*other),
        }
    }
    None
}

/// A decoded file name: `%22`, `%0D` and `%0A` are a quote and the two characters of line ends, and
/// any other `%` is literal (WHATWG HTML, multipart/form-data encoding algorithm). Bytes that are
/// not UTF-8 become U+FFFD.
fn decoded(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name);
    let mut decoded = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some((before, behind)) = rest.split_once('%') {
        decoded.push_str(before);
        let character = match behind.as_bytes() {
            [b'2', b'2', ..] => Some('"'),
            [b'0', b'd' | b'D', ..] => Some('\r'),
            [b'0', b'a' | b'A', ..] => Some('\n'),
            _ => None,
        };
        decoded.push(character.unwrap_or('%'));
        rest = if character.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    decoded.push_str(rest);
    decoded
}

/// RFC 9110 section 5.6.2.
fn is_token(text: &[u8]) -> bool {
    let is_character =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !text.is_empty() && text.iter().all(is_character)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Disposition;

    fn names(value: &[u8]) -> Option<(String, Option<String>)> {
        Disposition::parse(value).ok().map(|read| (read.name, read.file_name))
    }

    #[test]
    fn names_are_read_as_their_senders_wrote_them() {
        for (value, file_name) in [
            (&b"form-data; name=\"f\""[..], None),
            (b"form-data; name=f; filename=a.png", Some("a.png")),
            (b"Form-Data;name=\"f\" ; FileName = \"a b.png\" ;", Some("a b.png")),
            (b"form-data; name=\"f\"; filename=\"\"", Some("")),
            // Browsers, undici, curl.
            (b"form-data; name=\"f\"; filename=\"a%22b 100%.png\"", Some("a\"b 100%.png")),
            (b"form-data; name=\"f\"; filename=\"a%0D%0ab%2\"", Some("a\r\nb%2")),
            (b"form-data; name=\"f\"; filename=\"a%2522\"", Some("a%2522")),
            // Older versions of curl, and libraries of other languages.
            (b"form-data; name=\"f\"; filename=\"a\\\"b\\\\c.png\"", Some("a\"b\\c.png")),
            (
                b"form-data; name=\"f\"; filename=\"C:\\pictures\\a.png\"",
                Some("C:\\pictures\\a.png"),
            ),
            // A page in windows-1252, and one in UTF-8.
            (b"form-data; name=\"f\"; filename=\"na\xefve.png\"", Some("na\u{fffd}ve.png")),
            (b"form-data; name=\"f\"; filename=\"na\xc3\xafve; x.png\"", Some("na\u{ef}ve; x.png")),
            (b"form-data; name=\"f\"; filename=na\xefve.png", Some("na\u{fffd}ve.png")),
            // Not looked at, whatever it holds.
            (b"form-data; name=\"f\"; filename=\"a\"; filename*=utf-8''%ff", Some("a")),
            (b"form-data; name=\"f\"; size=3; filename=\"a\"", Some("a")),
        ] {
            let expected = Some(("f".to_owned(), file_name.map(str::to_owned)));
            assert_eq!(names(value), expected, "{}", value.escape_ascii());
        }
    }

    #[test]
    fn what_two_readers_may_read_differently_is_refused() {
        for value in [
            &b""[..],
            b"attachment; name=\"f\"",
            b"form-data",
            b"form-data; filename=\"a\"",
            b"form-data; name",
            b"form-data; name=",
            b"form-data; x=a\"; name=f; y=\"b; name=g; z=\"",
            b"form-data; name=f\"",
            b"form-data; name=\"f",
            b"form-data; name=\"f\\\"",
            b"form-data; name=\"f\"x; filename=\"a\"",
            b"form-data; name=\"f\"; name=\"g\"",
            b"form-data; name=\"f\"; filename=\"a\"; filename=b",
            b"form-data; name=\"f\xff\"",
            b"form-data; na me=\"f\"",
        ] {
            assert_eq!(names(value), None, "{}", value.escape_ascii());
        }
    }

    proptest! {
        /// As browsers write a name.
        #[test]
        fn what_a_browser_writes_is_what_was_meant(name in "[^%\\\\\0]{0,40}") {
            let sent = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
            let value = format!("form-data; name=\"f\"; filename=\"{sent}\"");
            prop_assert_eq!(names(value.as_bytes()), Some(("f".to_owned(), Some(name))));
        }

        #[test]
        fn no_bytes_make_it_panic(value in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = Disposition::parse(&[b"form-data; name=f; ", value.as_slice()].concat());
            let _ = Disposition::parse(&value);
        }
    }
}
