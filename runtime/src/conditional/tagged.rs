//! A resource as JSON, with its version.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{
        Method,
        header::{ETAG, HeaderMap, LAST_MODIFIED},
    },
    web::Json,
};
use serde::Serialize;

use super::{
    Version, Versioned,
    conditions::{Outcome, Validators, judge, reads},
    date,
};
use crate::{Problem, problem::Kind};

/// 200 with a resource as JSON and its version as `ETag`; 304 without a body if the client of a
/// `GET` or `HEAD` has this version already.
///
/// ```
/// use palisade::{conditional::{Tagged, Version, Versioned}, prelude::*};
///
/// #[derive(Serialize)]
/// struct Catalogue {
///     edition: u32,
/// }
///
/// impl Versioned for Catalogue {
///     fn version(&self) -> Version {
///         self.edition.into()
///     }
/// }
///
/// #[get("/catalogue")]
/// #[public]
/// #[headers(cache = "public, no-cache")]
/// async fn catalogue() -> Tagged<Catalogue> {
///     Tagged(Catalogue { edition: 7 })
/// }
/// # fn main() {}
/// ```
///
/// A resource with a [date](Versioned::modified) has `Last-Modified` too. If `If-Match` or
/// `If-Unmodified-Since` of a request that only reads does not hold, the answer is 412; an
/// `If-Match` that cannot be parsed is 400. The 304 has the headers of the 200. As long as the
/// endpoint's `Cache-Control` is `no-store`, the default, browsers cache nothing that they could
/// revalidate: `#[headers(cache = "private, no-cache")]` lets them.
///
/// The answer to a `PUT` has no `ETag`: it would mean that the stored resource is what the client
/// sent, byte for byte (RFC 9110 section 9.3.4).
#[derive(Clone, Copy, Debug)]
pub struct Tagged<T>(pub T);

impl<T: Serialize + Versioned> Responder for Tagged<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let version = self.0.version();
        let modified = self.0.modified().and_then(date::seconds);
        unless_known(request, &version, modified, || {
            Json(self.0).respond_to(request).map_into_boxed_body()
        })
    }
}

/// The result of `make`, with its validators; 304 if the client has it, 412 if a condition of a
/// request that only reads does not hold.
pub(super) fn unless_known(
    request: &HttpRequest,
    version: &Version,
    modified: Option<u64>,
    make: impl FnOnce() -> HttpResponse,
) -> HttpResponse {
    if reads(request.method()) {
        let validators = Validators { in_any_coding: true, tag: version.opaque(), modified };
        match judge(request.headers(), validators) {
            Ok(Outcome::Proceed) => {}
            Ok(Outcome::NotModified) => {
                let mut response = HttpResponse::NotModified().finish();
                put(response.headers_mut(), version, modified);
                return response;
            }
            Ok(Outcome::Failed) => {
                return HttpResponse::from_error(Problem::new(Kind::PreconditionFailed));
            }
            Err(problem) => return HttpResponse::from_error(problem),
        }
    }
    let mut response = make();
    // A value that does not serialize is a 500 here.
    if response.status().is_success() && *request.method() != Method::PUT {
        put(response.headers_mut(), version, modified);
    }
    response
}

fn put(headers: &mut HeaderMap, version: &Version, modified: Option<u64>) {
    if let Some(tag) = version.header() {
        headers.insert(ETAG, tag);
    }
    if let Some(date) = modified.and_then(date::http_date) {
        headers.insert(LAST_MODIFIED, date);
    }
}
