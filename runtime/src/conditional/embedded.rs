//! A file that is part of the program, with its version.

use actix_web::{
    HttpRequest, HttpResponse, Responder, body::BoxBody, http::header::CONTENT_TYPE, web::Bytes,
};

use super::{Version, tagged::unless_known};

/// 200 with a file that is part of the program (`include_bytes!`) and the digest of its bytes as
/// `ETag`; 304 without a body if the client of a `GET` or `HEAD` has it already.
///
/// ```
/// use palisade::{conditional::Embedded, prelude::*};
///
/// #[get("/icon.svg")]
/// #[public]
/// #[headers(cache = "public, max-age=86400")]
/// async fn icon() -> Embedded {
///     Embedded::new("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>")
/// }
/// # fn main() {}
/// ```
///
/// It is sent with the headers of an API's answer: a browser shows no page that is served like
/// this. Serve the files of a folder with [`StaticFiles`](crate::Builder).
#[derive(Clone, Copy, Debug)]
pub struct Embedded {
    media_type: &'static str,
    bytes: &'static [u8],
}

impl Embedded {
    /// These bytes, of this media type.
    pub const fn new(media_type: &'static str, bytes: &'static [u8]) -> Self {
        Self { media_type, bytes }
    }
}

impl Responder for Embedded {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let Self { media_type, bytes } = self;
        unless_known(request, &Version::bytes(bytes), None, || {
            let mut response = HttpResponse::Ok();
            response.insert_header((CONTENT_TYPE, media_type));
            response.body(Bytes::from_static(bytes))
        })
    }
}
