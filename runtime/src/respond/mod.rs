//! Responses with the status that fits the operation.

mod redirect;
mod streamed;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    http::{
        Method,
        header::{self, HeaderValue},
    },
    web::Json,
};
pub use redirect::SafeRedirect;
use serde::Serialize;
pub use streamed::StreamedJson;

use crate::conditional::{Version, Versioned};

/// 201 with the new resource as JSON and optionally its address.
///
/// ```
/// use palisade::Created;
/// # #[derive(serde::Serialize)] struct Item { id: u64 }
/// let plain = Created(Item { id: 7 });
/// let located = Created(Item { id: 7 }).at("/items/7");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Created<T>(pub T);

/// 201 with the new resource as JSON and its address; from [`Created::at`].
#[derive(Clone, Debug)]
pub struct CreatedAt<T> {
    resource: T,
    location: String,
    version: Option<Version>,
}

impl<T> Created<T> {
    /// Adds the address of the new resource as `Location`: a path that starts with one `/`.
    ///
    /// Any other form is omitted from the response and logged: an address that a caller controls
    /// must not send others to another host (CWE-601).
    pub fn at(self, path: impl Into<String>) -> CreatedAt<T> {
        CreatedAt { resource: self.0, location: path.into(), version: None }
    }
}

impl<T: Versioned> CreatedAt<T> {
    /// Adds the version of the new resource as `ETag`, so that the next change can name it in
    /// `If-Match` (RFC 9110 section 15.3.2). Not for responses to `PUT`, as with
    /// [`Tagged`](crate::conditional::Tagged).
    pub fn tagged(mut self) -> Self {
        self.version = Some(self.resource.version());
        self
    }
}

impl<T: Serialize> Responder for Created<T> {
    type Body = actix_web::body::EitherBody<String>;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<Self::Body> {
        let mut response = Json(self.0).respond_to(request);
        // A value that does not serialize is already a 500 here, and stays one.
        if response.status().is_success() {
            *response.status_mut() = actix_web::http::StatusCode::CREATED;
        }
        response
    }
}

impl<T: Serialize> Responder for CreatedAt<T> {
    type Body = actix_web::body::EitherBody<String>;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<Self::Body> {
        let location = own_path(&self.location);
        let mut response = Created(self.resource).respond_to(request);
        let tag = self.version.filter(|_| *request.method() != Method::PUT);
        if let Some(tag) = tag.and_then(|version| version.header())
            && response.status().is_success()
        {
            response.headers_mut().insert(header::ETAG, tag);
        }
        match location {
            Some(location) if response.status().is_success() => {
                response.headers_mut().insert(header::LOCATION, location);
            }
            Some(_) => {}
            None => tracing::error!("a Location that is not a path of this service was left out"),
        }
        response
    }
}

/// 204 without a body.
#[derive(Clone, Copy, Debug)]
pub struct NoContent;

impl Responder for NoContent {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse<Self::Body> {
        HttpResponse::NoContent().finish()
    }
}

/// 302 to another path of this service.
///
/// The target must be a path of this service: it starts with one `/`, is printable ASCII, and has
/// no backslash (browsers read `/\` as `//`). For anything else the response is 500, and it is
/// logged (CWE-601).
#[derive(Clone, Debug)]
pub struct Found(String);

impl Found {
    /// A redirect to this path.
    pub fn at(path: impl Into<String>) -> Self {
        Self(path.into())
    }
}

impl Responder for Found {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse<Self::Body> {
        match own_path(&self.0) {
            Some(location) => {
                HttpResponse::Found().insert_header((header::LOCATION, location)).finish()
            }
            None => HttpResponse::from_error(crate::Problem::internal(
                "a redirect to something that is not a path of this service",
            )),
        }
    }
}

/// The value, if it can only be a path of this service.
pub(crate) fn own_path(path: &str) -> Option<HeaderValue> {
    let mut bytes = path.bytes();
    let starts_here = bytes.next() == Some(b'/') && bytes.next() != Some(b'/');
    let clean = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if starts_here && clean { HeaderValue::from_str(path).ok() } else { None }
}

/// A path of this service as clients use it, with the prefix that a proxy removes; `None` for an
/// address of another host, and for a path that has the prefix already.
pub(crate) fn public_path(prefix: &str, path: &str) -> Option<String> {
    let has_it = path
        .strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
    (!has_it && own_path(path).is_some()).then(|| format!("{prefix}{path}"))
}

#[cfg(test)]
mod tests {
    use super::{own_path, public_path};

    #[test]
    fn a_path_of_this_service_gets_the_prefix_once() {
        for (path, public) in
            [("/", "/api/"), ("/notes?a=1#b", "/api/notes?a=1#b"), ("/apis", "/api/apis")]
        {
            assert_eq!(public_path("/api", path).as_deref(), Some(public));
        }
        for path in ["/api", "/api/notes", "/api?a", "//evil.example", "https://id.example/a", "a"]
        {
            assert_eq!(public_path("/api", path), None, "{path}");
        }
    }

    #[test]
    fn only_paths_of_this_service_are_taken() {
        for good in ["/", "/items/7", "/items?after=3#top", "/a//b"] {
            assert!(own_path(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "items",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
            "/ä",
            "/a b",
        ] {
            assert!(own_path(bad).is_none(), "{bad}");
        }
    }
}
