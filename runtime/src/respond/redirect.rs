//! Redirects to targets that may come from a caller.

use std::borrow::Cow;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};

use super::own_path;
use crate::{Origin, Problem, app::Passage};

/// 303 to a path of this service, or to an origin that the service lists
/// ([`Builder::redirect_origin`](crate::Builder::redirect_origin)).
///
/// For targets from a request (`?next=/account`). Any other target is refused with 400, or replaced
/// by the path of [`or`](Self::or): `//evil.example`, `/\evil.example`, other schemes, user names
/// before a host, control characters, and everything that browsers would rewrite into one of these
/// (CWE-601).
///
/// ```
/// use palisade::{SafeRedirect, prelude::*};
///
/// #[derive(Deserialize, Validate, Input)]
/// #[serde(deny_unknown_fields)]
/// struct Target {
///     #[validate(length(max = 200))]
///     next: String,
/// }
///
/// #[get("/continue")]
/// #[public]
/// #[validated]
/// async fn go_on(target: Query<Target>) -> SafeRedirect {
///     SafeRedirect::to(target.into_inner().next).or("/")
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a redirect does nothing until it is returned"]
pub struct SafeRedirect {
    target: String,
    instead: Option<Cow<'static, str>>,
    status: StatusCode,
}

impl SafeRedirect {
    /// A redirect to this path or address. The next request is a GET (303).
    pub fn to(target: impl Into<String>) -> Self {
        Self { target: target.into(), instead: None, status: StatusCode::SEE_OTHER }
    }

    /// The path of the service that replaces a refused target.
    pub fn or(mut self, path: impl Into<Cow<'static, str>>) -> Self {
        self.instead = Some(path.into());
        self
    }

    /// The next request has the same method and body (307).
    pub fn same_method(mut self) -> Self {
        self.status = StatusCode::TEMPORARY_REDIRECT;
        self
    }

    /// Permanent, with the same method and body (308).
    pub fn permanent(mut self) -> Self {
        self.status = StatusCode::PERMANENT_REDIRECT;
        self
    }
}

impl Responder for SafeRedirect {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let passage = Passage::of(request);
        let listed = passage.as_ref().map_or(&[][..], |passage| &passage.worker.shield.redirects);
        let chosen =
            location(&self.target, listed).or_else(|| self.instead.as_deref().and_then(own_path));
        match chosen {
            Some(location) => HttpResponse::build(self.status)
                .insert_header((header::LOCATION, location))
                .finish(),
            None => HttpResponse::from_error(
                Problem::bad_request("the address to go on to is not one of this service")
                    .caused_by_note(format!("a redirect to {:?} was refused", self.target)),
            ),
        }
    }
}

/// The target, if it is a path of this service or has a listed origin.
fn location(target: &str, listed: &[Origin]) -> Option<HeaderValue> {
    if let Some(path) = own_path(target) {
        return Some(path);
    }
    if !target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return None;
    }
    // After the whole origin only what ends an authority: `https://a.example@evil.example` and
    // `https://a.example.evil.example` begin with it too.
    let stands_at = |origin: &Origin| {
        target
            .strip_prefix(origin.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
    };
    if listed.iter().any(stands_at) { HeaderValue::from_str(target).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::location;
    use crate::Origin;

    fn listed() -> Vec<Origin> {
        ["https://id.example", "http://localhost:3000"]
            .map(|text| Origin::trusted(text).unwrap())
            .into()
    }

    #[test]
    fn own_paths_and_listed_origins_are_taken() {
        for good in [
            "/",
            "/a?next=//b",
            "https://id.example",
            "https://id.example/",
            "https://id.example?a",
            "https://id.example/login#b",
            "http://localhost:3000/x",
        ] {
            assert!(location(good, &listed()).is_some(), "{good}");
        }
    }

    #[test]
    fn nothing_else_is() {
        for bad in [
            "",
            "a",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\u{1}/a",
            " /a",
            "/a ",
            "javascript:alert(1)",
            "data:text/html,x",
            "https:evil.example",
            "https:/evil.example",
            "https://evil.example",
            "https://id.example@evil.example",
            "https://id.example.evil.example",
            "https://id.example:8443",
            "https://id.example\\@evil.example",
            "http://id.example",
            "HTTPS://id.example",
            "https://id.example:443@evil.example",
            "https://ID.example",
            "http://localhost:30001",
            "/\u{e4}",
            "/a\r\nset-cookie: b=c",
        ] {
            assert!(location(bad, &listed()).is_none(), "{bad:?}");
        }
    }

    proptest! {
        /// With every accepted target, a browser stays on a permitted origin.
        #[test]
        fn what_is_taken_leads_nowhere_else(target in "[/\\\\:@.a-z\t\n?#-]{0,24}") {
            if location(&target, &listed()).is_some() {
                prop_assert!(target.starts_with('/'));
                prop_assert!(!target.starts_with("//") && !target.contains(['\\', '\t', '\n']));
            }
        }
    }
}
