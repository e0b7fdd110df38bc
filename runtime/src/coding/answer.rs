//! Which responses are compressed, and how their headers change.

use actix_web::{
    HttpRequest, HttpResponse,
    body::{BodySize, BoxBody, MessageBody as _},
    http::{
        StatusCode, Version,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    web::Bytes,
};

use super::{
    accepted::Accepted,
    coded_body::{CodedBody, INLINE},
    encoder::{Effort, Encoder},
    etag,
};
use crate::{
    policy::{CODINGS, Coding as _, Compression, ContentCoding, Policy},
    request::Passage,
};

/// Below this the head is the larger part of the response, and a coding saves no packet.
pub(crate) const LEAST: usize = 1 << 10;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Header fields about the sent bytes, which would be wrong for encoded ones (RFC 9530, RFC 3230).
const OF_CONTENT: [HeaderName; 4] = [
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-md5"),
];

/// Compresses a handler's response, if its endpoint enables it and the client accepts it.
pub(crate) fn compress(
    mut response: HttpResponse,
    request: &HttpRequest,
    policy: &Policy,
    passage: &Passage,
) -> HttpResponse {
    match policy.compression {
        Compression::Never => return response,
        Compression::WithoutSecrets => {}
        Compression::ForAReason => {
            response.headers_mut().append(header::VARY, HeaderValue::from(SEC_FETCH_SITE));
        }
    }
    vary_by_coding(response.headers_mut());
    let accepted = Accepted::of(request.headers());
    let codings = CODINGS.iter().copied().filter(|coding| coding.has_library());
    if response.status() == StatusCode::NOT_MODIFIED {
        name_known(&mut response, request.headers(), accepted, codings);
        return response;
    }
    let Some(coding) = accepted.choose(codings) else { return response };
    let may_be_coded = is_whole_text(&response)
        && !policy.headers.cache.is_some_and(forbids_transformation)
        && has_end(request, &response)
        && match policy.compression {
            Compression::Never => false,
            Compression::WithoutSecrets => {
                !passage.is_for_one_caller() && !response.headers().contains_key(header::SET_COOKIE)
            }
            Compression::ForAReason => is_of_this_site(request.headers()),
        };
    if !may_be_coded {
        return response;
    }
    let (head, body) = response.into_parts();
    match coded(body, coding) {
        Ok(body) => {
            let mut response = head.set_body(body);
            describe(response.headers_mut(), coding);
            response
        }
        Err(body) => head.set_body(body),
    }
}

/// Whether a client of HTTP/1.0, which has no chunked bodies, could find the end of the encoded
/// response: a body that is encoded while it is sent has no known length.
fn has_end(request: &HttpRequest, response: &HttpResponse) -> bool {
    let is_whole = |length| usize::try_from(length).is_ok_and(|length| length <= INLINE);
    request.version() >= Version::HTTP_11
        || matches!(response.body().size(), BodySize::Sized(length) if is_whole(length))
}

/// Marks the response as dependent on `Accept-Encoding`: with and without a coding, so that no
/// cache sends an encoded one to a client that does not accept it.
fn vary_by_coding(headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from(header::ACCEPT_ENCODING));
}

/// Whether this media type is text, or other data that compresses well. It is an allowlist, so that
/// images, archives and unknown types are sent unchanged. Event streams are excluded: events are
/// small, and the encoder's window would stay in memory as long as the stream is open.
pub(crate) fn is_compressible(content_type: &HeaderValue) -> bool {
    let essence = content_type.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    let Ok(essence) = std::str::from_utf8(essence.trim_ascii()) else { return false };
    let essence = essence.to_ascii_lowercase();
    match essence.split_once('/') {
        Some(("text", subtype)) => subtype != "event-stream",
        Some(("application", subtype)) => {
            matches!(
                subtype,
                "json" | "javascript" | "x-javascript" | "xml" | "x-ndjson" | "wasm" | "graphql"
            ) || subtype.ends_with("+json")
                || subtype.ends_with("+xml")
        }
        Some(("image", subtype)) => matches!(subtype, "svg+xml" | "bmp" | "x-icon"),
        Some(("font", subtype)) => matches!(subtype, "ttf" | "otf"),
        Some(_) | None => false,
    }
}

/// Whether this is a complete response that is worth compressing and has no coding yet.
fn is_whole_text(response: &HttpResponse) -> bool {
    let (status, headers) = (response.status(), response.headers());
    let has_whole_body = status.is_success()
        && !matches!(
            status,
            StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::PARTIAL_CONTENT
        );
    let is_large = match response.body().size() {
        BodySize::None => false,
        BodySize::Sized(length) => length >= u64::try_from(LEAST).unwrap_or(u64::MAX),
        BodySize::Stream => true,
    };
    let is_as_it_is = [header::CONTENT_ENCODING, header::CONTENT_RANGE]
        .iter()
        .chain(&OF_CONTENT)
        .all(|name| !headers.contains_key(name));
    let is_kept_as_it_is = headers
        .get_all(header::CACHE_CONTROL)
        .any(|value| value.to_str().is_ok_and(forbids_transformation));
    has_whole_body
        && is_large
        && is_as_it_is
        && !is_kept_as_it_is
        && headers.get(header::CONTENT_TYPE).is_some_and(is_compressible)
}

/// RFC 9111 section 5.2.2.6.
fn forbids_transformation(cache: &str) -> bool {
    cache.split(',').any(|one| one.trim().eq_ignore_ascii_case("no-transform"))
}

/// Whether the request cannot come from a page of another site: an attacker who measures sizes
/// makes the victim's browser send requests from such a page. A request with a cookie and without
/// the field comes from a browser that does not send it.
fn is_of_this_site(headers: &HeaderMap) -> bool {
    let mut sites = headers.get_all(SEC_FETCH_SITE).peekable();
    if sites.peek().is_none() {
        return !headers.contains_key(header::COOKIE);
    }
    sites.all(|site| matches!(site.as_bytes(), b"same-origin" | b"none"))
}

/// A body in this coding; the same body if nothing would be saved.
fn coded(body: BoxBody, coding: ContentCoding) -> Result<BoxBody, BoxBody> {
    let body = match body.try_into_bytes() {
        Ok(content) if content.len() <= INLINE => {
            return match Encoder::whole(coding, Effort::Answer, &content) {
                Ok(coded) if coded.len() < content.len() => Ok(BoxBody::new(Bytes::from(coded))),
                Ok(_) | Err(_) => Err(BoxBody::new(content)),
            };
        }
        Ok(content) => BoxBody::new(content),
        // A body with more than its bytes, such as the mark of a page.
        Err(body) => body,
    };
    match Encoder::new(coding, Effort::Answer) {
        Ok(encoder) => Ok(BoxBody::new(CodedBody::new(body, encoder))),
        Err(_) => Err(body),
    }
}

/// The headers of a response in this coding.
fn describe(headers: &mut HeaderMap, coding: ContentCoding) {
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    // It is the length before encoding.
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::ACCEPT_RANGES);
    let tag = headers.get(header::ETAG).map(|tag| etag::coded(tag, coding));
    if let Some(tag) = tag {
        headers.insert(header::ETAG, tag);
    }
}

/// For a 304: sends the tag of the representation that the client has (RFC 9110 section 15.4.5),
/// which may have a coding.
fn name_known(
    response: &mut HttpResponse,
    request: &HeaderMap,
    accepted: Accepted,
    codings: impl Iterator<Item = ContentCoding> + Clone,
) {
    let Some(tag) = response.headers().get(header::ETAG) else { return };
    if etag::lists(request, &header::IF_NONE_MATCH, tag) {
        return;
    }
    // A cache may have several representations: the one for this client comes first.
    let preferred = accepted.choose(codings.clone());
    let known = preferred
        .into_iter()
        .chain(codings.filter(|coding| accepted.takes(*coding)))
        .map(|coding| etag::coded(tag, coding))
        .find(|tag| etag::lists(request, &header::IF_NONE_MATCH, tag));
    if let Some(known) = known {
        response.headers_mut().insert(header::ETAG, known);
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{
        HttpResponse,
        http::{
            StatusCode,
            header::{self, HeaderMap, HeaderName, HeaderValue},
        },
    };

    use super::{LEAST, SEC_FETCH_SITE, is_compressible, is_of_this_site, is_whole_text};

    #[test]
    fn text_is_compressed_and_what_is_packed_is_not() {
        for kind in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/vnd.api+json",
            "application/x-ndjson",
            "text/html; charset=utf-8",
            "text/csv",
            "image/svg+xml",
            "application/wasm",
            "application/atom+xml",
        ] {
            assert!(is_compressible(&HeaderValue::from_static(kind)), "{kind}");
        }
        for kind in [
            "",
            "json",
            "text",
            "text/event-stream",
            "image/png",
            "image/jpeg",
            "application/zip",
            "application/gzip",
            "application/octet-stream",
            "application/pdf",
            "font/woff2",
            "video/mp4",
            "multipart/form-data; boundary=application/json",
        ] {
            assert!(!is_compressible(&HeaderValue::from_static(kind)), "{kind}");
        }
    }

    #[test]
    fn whole_answers_are_compressed_alone() {
        let answer = |status: u16, fields: &[(HeaderName, &'static str)]| {
            let mut head = HttpResponse::build(StatusCode::from_u16(status).unwrap());
            head.insert_header((header::CONTENT_TYPE, "application/json"));
            for (name, value) in fields {
                head.insert_header((name.clone(), *value));
            }
            head.body("1".repeat(LEAST))
        };
        for status in [200, 201, 202] {
            assert!(is_whole_text(&answer(status, &[])), "{status}");
        }
        for status in [204, 205, 206, 301, 400, 404, 500] {
            assert!(!is_whole_text(&answer(status, &[])), "{status}");
        }
        for field in [
            (header::CONTENT_ENCODING, "br"),
            (header::CONTENT_RANGE, "bytes 0-1/2"),
            (header::CACHE_CONTROL, "public, No-Transform"),
            (HeaderName::from_static("content-digest"), "sha-256=:AA==:"),
            (header::CONTENT_TYPE, "image/png"),
        ] {
            let name = format!("{field:?}");
            assert!(!is_whole_text(&answer(200, &[field])), "{name}");
        }
        let small = HttpResponse::Ok().content_type("text/plain").body("1".repeat(LEAST - 1));
        assert!(!is_whole_text(&small));
    }

    #[test]
    fn requests_of_other_sites_are_known_by_what_browsers_say() {
        let of = |sites: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for site in sites {
                headers.append(SEC_FETCH_SITE, HeaderValue::from_static(site));
            }
            is_of_this_site(&headers)
        };
        assert!(of(&[]) && of(&["same-origin"]) && of(&["none"]));
        assert!(!of(&["cross-site"]) && !of(&["same-site"]) && !of(&[""]) && !of(&["x"]));
        assert!(!of(&["same-origin", "cross-site"]));
        // A browser that does not send the field.
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b"));
        assert!(!is_of_this_site(&headers));
        headers.append(SEC_FETCH_SITE, HeaderValue::from_static("same-origin"));
        assert!(is_of_this_site(&headers));
    }
}
