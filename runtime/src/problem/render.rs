//! The problem document as bytes.

use actix_web::http::{
    StatusCode,
    header::{self, HeaderMap, HeaderValue},
};
use serde::Serialize;

use super::{Kind, Problem};
use crate::input::FieldError;

/// RFC 9457 section 3.
pub(crate) const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

#[derive(Serialize)]
struct Document<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(rename = "violated-policies", skip_serializing_if = "<[_]>::is_empty")]
    violated: &'a [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    cause: &'a [String],
}

/// What a document says of one occurrence, beside the problem itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Occurrence<'a> {
    /// The id under which the log has the request: for a failure of the service, about which the
    /// client receives nothing else.
    pub(crate) request_id: Option<&'a str>,
    /// The error and its sources, outermost first; empty where clients are not to see them.
    pub(crate) causes: &'a [String],
}

impl Document<'_> {
    fn bytes(&self) -> Vec<u8> {
        // Strings, numbers and lists of them always serialize; an empty body would still disclose
        // nothing.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl Problem {
    /// The document. A 5xx has no detail: it would disclose internals.
    pub(super) fn render(&self) -> Vec<u8> {
        self.render_occurrence(Occurrence::default())
    }

    /// The document of one occurrence.
    pub(crate) fn render_occurrence(&self, occurrence: Occurrence<'_>) -> Vec<u8> {
        let status = self.status();
        Document {
            r#type: &self.0.kind.uri(),
            title: self.0.kind.title(),
            status: status.as_u16(),
            detail: self.detail().filter(|_| !status.is_server_error()),
            errors: &self.0.fields,
            violated: &self.0.violated,
            request_id: occurrence.request_id,
            cause: occurrence.causes,
        }
        .bytes()
    }
}

/// The document for a status that some other code chose.
pub(crate) fn render_status(status: StatusCode, occurrence: Occurrence<'_>) -> Vec<u8> {
    match Kind::of_status(status) {
        Some(kind) => Problem::new(kind).render_occurrence(occurrence),
        None => Document {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: None,
            errors: &[],
            violated: &[],
            request_id: occurrence.request_id,
            cause: occurrence.causes,
        }
        .bytes(),
    }
}

/// Whether these headers announce a problem document.
pub(crate) fn is_problem(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value == CONTENT_TYPE)
}
