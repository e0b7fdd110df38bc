//! Which pages of other origins may read the answers: a list, over `actix-cors`.
//!
//! 1. Without a list, no page of another origin reads anything.
//! 2. Preflights are answered before authentication and limits.
//! 3. Refusals carry the fields too, so that a page sees the real problem and not a network error.
//! 4. Credentials (cookies) are not admitted: tokens travel in `Authorization`.

use actix_cors::Cors;
use actix_web::http::header::{self, HeaderName, HeaderValue};

use crate::Origin;

/// Ten minutes: long enough to spare preflights, short enough for a list that changes.
const MAX_AGE_SECONDS: usize = 600;

/// Methods that a page of a listed origin may use.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// What `Vary` says where the origin may change the answer, also when no origin was sent.
pub(crate) const VARY: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
);

/// The answers' own fields that a page may read.
fn exposed() -> [HeaderName; 5] {
    [
        HeaderName::from_static("x-request-id"),
        HeaderName::from_static("ratelimit"),
        HeaderName::from_static("ratelimit-policy"),
        header::RETRY_AFTER,
        header::LOCATION,
    ]
}

pub(crate) fn middleware(origins: &[Origin]) -> Cors {
    let cors = Cors::default()
        .allowed_methods(METHODS)
        .allowed_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT])
        .expose_headers(exposed())
        .max_age(MAX_AGE_SECONDS);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin.as_str()))
}
