//! Cookies that browsers send only to the host that set them.
//!
//! 1. The name begins with `__Host-` (RFC 6265bis): a browser accepts such a cookie over TLS or
//!    from this machine only, for the whole host and for no other, so that neither a sibling
//!    subdomain nor an attacker on the network can plant one (CWE-784).
//! 2. Scripts cannot read it (`HttpOnly`), and requests from other sites do not carry it
//!    (`SameSite`), except for links that are followed if it is [`Lax`](SameSite::Lax).
//! 3. A cookie that occurs twice in a request is not read at all: two equal names could have two
//!    values.

use std::fmt;

use actix_web::http::header::{self, HeaderMap, HeaderValue};

const PREFIX: &str = "__Host-";

/// The most bytes of one cookie, name and value together, that browsers and servers accept.
const LONGEST: usize = 4_096;

/// Which requests from other sites carry a cookie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameSite {
    /// Only navigation by links: a user who follows one is still logged in.
    #[default]
    Lax,
    /// No requests.
    Strict,
}

/// A cookie of this host: its name and its attributes.
///
/// ```
/// use palisade::{HostCookie, SameSite};
///
/// let theme = HostCookie::new("theme")?.same_site(SameSite::Strict);
/// let set = theme.set("dark")?;
/// assert_eq!(set, "__Host-theme=dark; Path=/; Secure; HttpOnly; SameSite=Strict");
/// assert!(theme.set("dark; Domain=example").is_err());
/// # Ok::<(), palisade::CookieError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostCookie {
    name: String,
    same_site: SameSite,
}

/// The cookie's value in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieRead<'a> {
    /// No such cookie.
    Absent,
    /// This value.
    Value(&'a str),
    /// More than one, or one whose value is malformed: the intended one is unknown.
    Ambiguous,
}

/// Why a cookie is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieError {
    /// The name is empty or has characters other than letters, digits, `-` and `_`.
    Name,
    /// The value has characters that no cookie has (RFC 6265 section 4.1.1): blanks, quotes, `,`,
    /// `;`, `\`, control characters, or anything that is not ASCII.
    Value,
    /// Name and value together are longer than 4,096 bytes.
    Length,
}

impl fmt::Display for CookieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "a cookie's name is of letters, digits, `-` and `_`",
            Self::Value => "a cookie's value has a character that no cookie has: encode it first",
            Self::Length => "a cookie has at most 4,096 bytes",
        })
    }
}

impl std::error::Error for CookieError {}

impl HostCookie {
    /// A cookie with this name, to which the prefix is added.
    ///
    /// # Errors
    ///
    /// The name is invalid.
    pub fn new(name: &str) -> Result<Self, CookieError> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if name.is_empty() || name.len() > 64 || !name.bytes().all(is_word) {
            return Err(CookieError::Name);
        }
        Ok(Self { name: format!("{PREFIX}{name}"), same_site: SameSite::default() })
    }

    /// The session's own cookie, whose name is valid.
    pub(crate) fn session() -> Self {
        Self { name: format!("{PREFIX}session"), same_site: SameSite::default() }
    }

    /// The cookie that form tokens are bound to.
    pub(crate) fn form() -> Self {
        Self { name: format!("{PREFIX}form"), same_site: SameSite::default() }
    }

    /// Which requests from other sites carry it. The default is [`SameSite::Lax`].
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// The complete name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The `Set-Cookie` value that sets it until the browser is closed.
    ///
    /// # Errors
    ///
    /// The value is invalid.
    pub fn set(&self, value: &str) -> Result<HeaderValue, CookieError> {
        if !value.bytes().all(is_cookie_octet) {
            return Err(CookieError::Value);
        }
        if self.name.len() + value.len() > LONGEST {
            return Err(CookieError::Length);
        }
        self.written(value, "")
    }

    /// The `Set-Cookie` value that removes it.
    ///
    /// # Errors
    ///
    /// Never: the name was checked before.
    pub fn clear(&self) -> Result<HeaderValue, CookieError> {
        self.written("", "; Max-Age=0")
    }

    fn written(&self, value: &str, end: &str) -> Result<HeaderValue, CookieError> {
        let same_site = match self.same_site {
            SameSite::Lax => "Lax",
            SameSite::Strict => "Strict",
        };
        let name = &self.name;
        let text = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite={same_site}{end}");
        HeaderValue::from_str(&text).map_err(|_| CookieError::Value)
    }

    /// Its value in the header fields of a request.
    pub fn read<'a>(&self, headers: &'a HeaderMap) -> CookieRead<'a> {
        let mut found = CookieRead::Absent;
        for line in headers.get_all(header::COOKIE) {
            for pair in line.as_bytes().split(|byte| *byte == b';') {
                let pair = pair.trim_ascii();
                let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                    Some(at) => (pair.get(..at), pair.get(at + 1..)),
                    None => (Some(pair), Some(&b""[..])),
                };
                if name.unwrap_or_default().trim_ascii() != self.name.as_bytes() {
                    continue;
                }
                let value = value.unwrap_or_default().trim_ascii();
                let text = std::str::from_utf8(value).ok();
                found = match (found, text) {
                    (CookieRead::Absent, Some(text)) if text.bytes().all(is_cookie_octet) => {
                        CookieRead::Value(text)
                    }
                    _ => return CookieRead::Ambiguous,
                };
            }
        }
        found
    }
}

/// RFC 6265 section 4.1.1.
fn is_cookie_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use super::{CookieError, CookieRead, HostCookie};

    fn read(lines: &[&[u8]]) -> CookieRead<'static> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        let headers: &'static HeaderMap = Box::leak(Box::new(headers));
        HostCookie::new("id").unwrap().read(headers)
    }

    #[test]
    fn one_cookie_of_the_name_is_read() {
        assert_eq!(read(&[]), CookieRead::Absent);
        assert_eq!(read(&[b"a=1; __Host-id=x_-1; b=2"]), CookieRead::Value("x_-1"));
        assert_eq!(read(&[b"a=1", b"__Host-id=x"]), CookieRead::Value("x"));
        for other in ["id=x", "__host-id=x", "__Host-id2=x", "a=__Host-id=x", "x__Host-id=x"] {
            assert_eq!(read(&[other.as_bytes()]), CookieRead::Absent, "{other}");
        }
    }

    #[test]
    fn two_of_them_are_none() {
        for lines in [
            &[&b"__Host-id=a; __Host-id=b"[..]][..],
            &[b"__Host-id=a", b"__Host-id=a"],
            &[b"__Host-id=a; __Host-id"],
            &[b"__Host-id=\"a\""],
            &[b"__Host-id=\xff"],
        ] {
            assert_eq!(read(lines), CookieRead::Ambiguous, "{lines:?}");
        }
    }

    #[test]
    fn names_and_values_cannot_add_attributes() {
        assert_eq!(HostCookie::new("a=b"), Err(CookieError::Name));
        assert_eq!(HostCookie::new(""), Err(CookieError::Name));
        let cookie = HostCookie::new("a").unwrap();
        for bad in ["a;b", "a b", "a,b", "a\"b", "a\\b", "a\r\nb", "ä", "a\0"] {
            assert_eq!(cookie.set(bad), Err(CookieError::Value), "{bad:?}");
        }
        assert_eq!(cookie.set(&"x".repeat(5_000)), Err(CookieError::Length));
        let cleared = cookie.clear().unwrap();
        assert_eq!(cleared, "__Host-a=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    }

    proptest! {
        #[test]
        fn what_was_set_is_read(value in "[!#-+\\--:<-\\[\\]-~]{0,60}") {
            let cookie = HostCookie::new("id").unwrap();
            let set = cookie.set(&value).unwrap();
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            prop_assert_eq!(read(&[pair.as_bytes()]), CookieRead::Value(&value));
        }

        #[test]
        fn nothing_makes_it_panic(line in prop::collection::vec(0x20_u8..=0xff, 0..80)) {
            if let Ok(value) = HeaderValue::from_bytes(&line) {
                let mut headers = HeaderMap::new();
                headers.append(COOKIE, value);
                let _ = HostCookie::new("id").unwrap().read(&headers);
            }
        }
    }
}
