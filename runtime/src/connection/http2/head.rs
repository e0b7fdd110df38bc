//! Converts heads of requests and responses between the types of `h2` and of Actix.
//!
//! `h2` uses the types of `http` 1, Actix those of `http` 0.2. `h2` 0.3, which uses the same as
//! Actix, gets no fixes any more. The cost is a copy of each value.

use actix_http::{
    Payload, Request, Response, ServiceConfig, StatusCode, Version,
    body::BodySize,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use actix_web::{
    http::{Method, Uri},
    web::BytesMut,
};
use h2::{Reason, RecvStream};

use super::body::Incoming;

/// A request with more fields gets 431, as in HTTP/1.1 (`actix_http::h1`).
const MOST_FIELDS: usize = 96;

/// The position of the date in the line that the codec of HTTP/1.1 writes.
const DATE: std::ops::Range<usize> = 6..35;

/// A request and its properties.
pub(super) struct Arrived {
    pub(super) request: Request,
    pub(super) incoming: Option<Incoming>,
    pub(super) is_head: bool,
}

/// Why a request does not reach the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is malformed (RFC 9113, 8.1.1).
    Reset(Reason),
    Status(StatusCode),
}

/// Converts to a request of Actix.
pub(super) fn request(request: http::Request<RecvStream>) -> Result<Arrived, Refused> {
    let (parts, stream) = request.into_parts();
    let has_body = !stream.is_end_stream();
    let method = Method::from_bytes(parts.method.as_str().as_bytes()).map_err(|_| MALFORMED)?;
    let mut headers = fields(&parts.headers)?;
    let uri = target(&parts.uri, &method, &mut headers)?;
    if headers.len() > MOST_FIELDS {
        return Err(Refused::Status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    }
    let expects = has_body && expects(&headers);
    let incoming = has_body.then(|| Incoming::new(stream, expects));
    let payload: Payload = match &incoming {
        Some(incoming) => Payload::Stream { payload: Box::pin(incoming.reader()) },
        None => Payload::None,
    };
    let is_head = method == Method::HEAD;
    let mut request = Request::with_payload(payload);
    let head = request.head_mut();
    (head.method, head.uri, head.version, head.headers) = (method, uri, Version::HTTP_2, headers);
    Ok(Arrived { request, incoming, is_head })
}

const MALFORMED: Refused = Refused::Reset(Reason::PROTOCOL_ERROR);

/// The fields; those of cookies are joined to one (RFC 9113, 8.2.3).
fn fields(fields: &http::HeaderMap) -> Result<HeaderMap, Refused> {
    let mut cookies: Vec<u8> = Vec::new();
    let mut headers = HeaderMap::with_capacity(fields.keys_len().saturating_add(1));
    for (name, value) in fields {
        if name == http::header::COOKIE {
            if !cookies.is_empty() {
                cookies.extend_from_slice(b"; ");
            }
            cookies.extend_from_slice(value.as_bytes());
            continue;
        }
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).map_err(|_| MALFORMED)?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| MALFORMED)?;
        headers.append(name, value);
    }
    if !cookies.is_empty() {
        let cookies = HeaderValue::from_bytes(&cookies).map_err(|_| MALFORMED)?;
        headers.insert(header::COOKIE, cookies);
    }
    Ok(headers)
}

/// The target as in HTTP/1.1: a path, and the authority in the field `Host`. If that field has
/// another authority, the target keeps its own, and the firewall refuses the request.
fn target(uri: &http::Uri, method: &Method, headers: &mut HeaderMap) -> Result<Uri, Refused> {
    let authority = uri.authority().map(http::uri::Authority::as_str);
    if *method == Method::CONNECT {
        let parsed = authority.and_then(|authority| authority.parse().ok());
        return parsed.ok_or(MALFORMED);
    }
    let path = uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
    // RFC 9113, 8.3.1. Other paths could be parsed as an authority.
    if !path.starts_with('/') && path != "*" {
        return Err(MALFORMED);
    }
    let Some(authority) = authority else {
        // One of them has it (RFC 9113, 8.3.1).
        let uri = path.parse().ok().filter(|_| headers.contains_key(header::HOST));
        return uri.ok_or(MALFORMED);
    };
    match headers.get(header::HOST) {
        None => {
            let host = HeaderValue::from_str(authority).map_err(|_| MALFORMED)?;
            headers.insert(header::HOST, host);
        }
        Some(host) if host.as_bytes() == authority.as_bytes() => {}
        Some(_) if path == "*" => return Err(Refused::Status(StatusCode::BAD_REQUEST)),
        Some(_) => return format!("http://{authority}{path}").parse().map_err(|_| MALFORMED),
    }
    path.parse().map_err(|_| MALFORMED)
}

fn expects(headers: &HeaderMap) -> bool {
    headers
        .get(header::EXPECT)
        .is_some_and(|value| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"100-continue"))
}

/// Whether a response with this status has neither a body nor a length (RFC 9110, 8.6 and 15).
pub(super) fn is_bodiless(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// The head of a response.
///
/// # Errors
///
/// A field cannot be sent.
pub(super) fn answer(
    response: &Response<()>,
    size: BodySize,
    config: &ServiceConfig,
) -> Result<http::Response<()>, http::Error> {
    let status = response.status();
    let mut answer = http::Response::new(());
    *answer.status_mut() = http::StatusCode::from_u16(status.as_u16())?;
    *answer.version_mut() = http::Version::HTTP_2;
    let fields = answer.headers_mut();
    // As in the codec of HTTP/1.1: the length is that of the body; for a 304 and for a stream, it
    // is the handler's.
    let takes_length = status == StatusCode::NOT_MODIFIED
        || (size == BodySize::Stream && !response.head().chunked());
    for (name, value) in response.headers() {
        let is_length = name == header::CONTENT_LENGTH;
        if is_of_connection(name) || (is_length && !takes_length) {
            continue;
        }
        let own = http::HeaderName::from_bytes(name.as_str().as_bytes())?;
        let mut value = http::HeaderValue::from_bytes(value.as_bytes())?;
        // Its bytes could be guessed from the sizes of later responses (RFC 7541, 7.1).
        value.set_sensitive(name == header::SET_COOKIE);
        fields.append(own, value);
    }
    match size {
        BodySize::Sized(length) if !is_bodiless(status) => {
            fields.insert(http::header::CONTENT_LENGTH, length.into());
        }
        BodySize::Sized(_) | BodySize::None | BodySize::Stream => {}
    }
    if !fields.contains_key(http::header::DATE) {
        let mut line = BytesMut::with_capacity(64);
        config.write_date_header(&mut line, false);
        let date = line.get(DATE).unwrap_or_default();
        fields.insert(http::header::DATE, http::HeaderValue::from_bytes(date)?);
    }
    Ok(answer)
}

/// Whether a field applies to the connection, for which HTTP/2 has frames (RFC 9113, 8.2.2).
fn is_of_connection(name: &HeaderName) -> bool {
    [header::CONNECTION, header::TRANSFER_ENCODING, header::UPGRADE, header::TE].contains(name)
        || matches!(name.as_str(), "keep-alive" | "proxy-connection")
}

#[cfg(test)]
mod tests {
    use actix_http::{
        Response, ServiceConfig, StatusCode,
        body::BodySize,
        header::{HeaderMap, HeaderName, HeaderValue},
    };
    use actix_web::http::Method;

    use super::{MALFORMED, Refused, answer, fields, target};

    fn map(fields: &[(&'static str, &'static str)]) -> http::HeaderMap {
        let mut map = http::HeaderMap::new();
        for (name, value) in fields {
            map.append(*name, http::HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn crumbs_of_cookies_are_one_field_and_others_stay_apart() {
        let map = map(&[("cookie", "a=1"), ("accept", "x"), ("cookie", "b=2"), ("accept", "y")]);
        let headers = fields(&map).unwrap();
        assert_eq!(headers.get("cookie").unwrap(), "a=1; b=2");
        assert_eq!(headers.get_all("cookie").count(), 1);
        assert_eq!(headers.get_all("accept").count(), 2);
    }

    #[test]
    fn targets_are_those_of_http_1() {
        let text = |uri: &str, method: Method, host: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(host) = host {
                let host = HeaderValue::from_static(host);
                headers.insert(HeaderName::from_static("host"), host);
            }
            let uri = target(&uri.parse().unwrap(), &method, &mut headers)?;
            let host = headers.get("host").map(|host| host.to_str().unwrap().to_owned());
            Ok::<_, Refused>((uri.to_string(), host))
        };
        let as_host = |path: &str, host: &str| Ok((path.to_owned(), Some(host.to_owned())));
        assert_eq!(text("https://a/b?c", Method::GET, None), as_host("/b?c", "a"));
        assert_eq!(text("http://a/b", Method::GET, Some("a")), as_host("/b", "a"));
        assert_eq!(text("/b", Method::GET, Some("a")), as_host("/b", "a"));
        assert_eq!(text("/b", Method::GET, None), Err(MALFORMED));
        assert_eq!(text("http://a/b", Method::GET, Some("b")), as_host("http://a/b", "b"));
        assert_eq!(text("*", Method::OPTIONS, Some("a")), as_host("*", "a"));
        assert_eq!(text("a:1", Method::CONNECT, None), Ok(("a:1".to_owned(), None)));
        assert_eq!(text("a:1", Method::GET, None), Err(MALFORMED));
    }

    #[test]
    fn fields_of_the_connection_are_not_sent_and_cookies_not_remembered() {
        let mut response = Response::with_body(StatusCode::OK, ());
        for name in
            ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te"]
        {
            let name = HeaderName::from_static(name);
            response.headers_mut().insert(name, HeaderValue::from_static("x"));
        }
        for (name, value) in [("set-cookie", "a=1"), ("x-own", "1"), ("content-length", "7")] {
            let value = HeaderValue::from_static(value);
            response.headers_mut().append(HeaderName::from_static(name), value);
        }
        // The date service is a task of its own.
        let sized = |size| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            tokio::task::LocalSet::new().block_on(&runtime.unwrap(), async {
                answer(&response, size, &ServiceConfig::default())
            })
        };
        let head = sized(BodySize::Sized(3)).unwrap();
        let mut names: Vec<_> = head.headers().keys().map(http::HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-length", "date", "set-cookie", "x-own"]);
        assert_eq!(head.headers()["content-length"], "3");
        assert!(head.headers()["set-cookie"].is_sensitive());
        assert!(!head.headers()["x-own"].is_sensitive());
        assert!(head.headers()["date"].to_str().unwrap().ends_with(" GMT"));
        let streamed = sized(BodySize::Stream).unwrap();
        assert!(!streamed.headers().contains_key("content-length"));
    }
}
