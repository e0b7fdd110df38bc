//! The boundary between the parts of a `multipart/form-data` body.

use actix_web::http::header::{self, HeaderMap, HeaderValue};

use super::Cleared;
use crate::{Problem, media_type::MediaType, problem::Kind};

/// RFC 2046 section 5.1.1.
const LONGEST: usize = 70;

/// The boundary from a request: exactly one, with the characters of RFC 2046.
#[derive(Debug)]
pub(crate) struct Boundary(String);

impl Boundary {
    /// The boundary in a `Content-Type` whose media type was checked.
    ///
    /// Two boundaries, an invalid one and a missing one are refused with 400: two parsers may not
    /// agree on where a part ends.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        value.and_then(Self::parse).ok_or_else(|| {
            Problem::new(Kind::MalformedBody)
                .because("boundary", "no boundary in `Content-Type`, or one that is malformed")
                .with_detail("Content-Type needs one boundary of 1 to 70 characters")
        })
    }

    fn parse(content_type: &str) -> Option<Self> {
        let media_type = MediaType::parse(content_type)?;
        let mut values = media_type.values("boundary");
        // `boundary*` and `boundary*0` are the same parameter in the forms of RFC 2231.
        let (Some((found, false)), None) = (values.next(), values.next()) else { return None };
        let fits = (1..=LONGEST).contains(&found.len())
            && found
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte))
            && !found.ends_with(' ');
        fits.then(|| Self(found.to_owned()))
    }

    #[cfg_attr(not(feature = "uploads"), expect(dead_code, reason = "uploads alone read parts"))]
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// A `Content-Type` with this boundary, in the one form that all parsers read alike.
    ///
    /// Not with `form-data`: the parser of the parts would refuse those whose disposition it cannot
    /// read, for instance because a file name is not UTF-8.
    #[cfg_attr(
        not(any(feature = "uploads", test)),
        expect(dead_code, reason = "uploads alone read parts")
    )]
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let text = format!("multipart/mixed; boundary=\"{}\"", self.0);
        // It has valid characters only, so it is a header value.
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(header::CONTENT_TYPE, value);
        }
        headers
    }
}

impl Cleared {
    /// The boundary between the parts of the body.
    #[cfg_attr(not(feature = "uploads"), expect(dead_code, reason = "uploads alone read parts"))]
    pub(crate) fn boundary(&self) -> Result<Boundary, Problem> {
        Boundary::of(self.request().headers())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Boundary;

    fn parse(text: &str) -> Option<String> {
        Boundary::parse(text).map(|boundary| boundary.0)
    }

    #[test]
    fn one_boundary_of_the_admitted_characters_is_taken() {
        for (good, boundary) in [
            ("multipart/form-data; boundary=x", "x"),
            ("multipart/form-data; Boundary=\"a b\"", "a b"),
            (
                "multipart/form-data; charset=utf-8; boundary=----WebKitFormBoundary7",
                "----WebKitFormBoundary7",
            ),
        ] {
            assert_eq!(parse(good).as_deref(), Some(boundary), "{good}");
        }
        for bad in [
            "multipart/form-data",
            "multipart/form-data; boundary",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"\"",
            "multipart/form-data; boundary=\"x",
            "multipart/form-data; boundary=x; boundary=x",
            "multipart/form-data; boundary=x; boundary=y",
            "multipart/form-data; boundary*=utf-8''x",
            "multipart/form-data; boundary*0=x",
            "multipart/form-data; boundary=x; boundary*=utf-8''x",
            "multipart/form-data; boundary=a\\b",
            "multipart/form-data; boundary=\"a;b\"",
            "multipart/form-data; boundary=\"a \"",
            &format!("multipart/form-data; boundary={}", "x".repeat(71)),
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_said_the_same_again(text in "[ -~]{0,80}") {
            let once = Boundary::parse(&format!("multipart/form-data; boundary={text}"));
            if let Some(boundary) = once {
                let headers = boundary.headers();
                let again = Boundary::of(&headers);
                prop_assert_eq!(again.map(|again| again.0).ok(), Some(boundary.0));
            }
        }
    }
}
