//! The ids that a trusted proxy gave a request. The audit event has them in addition to this
//! service's own, so that the logs of both can be matched.
//!
//! The service keeps its own id: two requests with one id would be indistinguishable in its log.
//! Fields from other peers are chosen by the client and are ignored.

use actix_web::http::header::{HeaderMap, HeaderName};

use crate::traceparent::Traceparent;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The longest accepted id; those of proxies and of clouds have 16 to 64 characters.
const LONGEST: usize = 128;

/// The ids of one request.
#[derive(Debug, Default)]
pub(super) struct ProxyIds {
    /// `X-Request-Id`.
    pub(super) request: Option<Box<str>>,
    /// `traceparent` of W3C Trace Context.
    pub(super) trace: Option<Box<str>>,
}

impl ProxyIds {
    /// The ids in the fields of a trusted proxy; a malformed or repeated id is omitted.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let single = |name: &HeaderName| {
            let mut values = headers.get_all(name);
            match (values.next(), values.next()) {
                (Some(value), None) => value.to_str().ok(),
                (Some(_), Some(_)) | (None, _) => None,
            }
        };
        Self {
            request: single(&X_REQUEST_ID).filter(|id| is_id(id)).map(Box::from),
            trace: single(&TRACEPARENT)
                .filter(|trace| Traceparent::parse(trace).is_some())
                .map(Box::from),
        }
    }
}

fn is_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:=/+@".contains(&byte);
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn ids_have_a_form() {
        for id in
            ["4f1e2b", "Root=1-67891233-abcdef012345678912345678", "a:b/c+d=@", &"a".repeat(128)]
        {
            assert!(is_id(id), "{id}");
        }
        for id in ["", "a b", "a\"b", "a\\nb", "a;b", &"a".repeat(129)] {
            assert!(!is_id(id), "{id}");
        }
    }
}
