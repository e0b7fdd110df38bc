//! Pages of unescaped strings.

use std::panic::Location;

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody};
use palisade_policy::is_reason;

use super::page;
use crate::Problem;

/// A page of unescaped markup: made by [`dangerous_html`].
#[derive(Clone, Debug)]
pub struct DangerousHtml {
    html: String,
    reason: &'static str,
    place: &'static Location<'static>,
}

/// A page of a string as it is. Input of a caller that is in it unescaped becomes markup (CWE-79);
/// scripts still run by nonce only.
///
/// The log has the reason and the location of the call. A reason without content is a 500.
///
/// ```
/// use palisade::{page::{DangerousHtml, dangerous_html}, prelude::*};
///
/// #[get("/imprint")]
/// #[public]
/// async fn imprint() -> DangerousHtml {
///     dangerous_html("<!doctype html><p>Example Ltd</p>", "a text of ours without any input")
/// }
/// ```
#[track_caller]
pub fn dangerous_html(html: impl Into<String>, reason: &'static str) -> DangerousHtml {
    DangerousHtml { html: html.into(), reason, place: Location::caller() }
}

impl Responder for DangerousHtml {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let Self { html, reason, place } = self;
        if !is_reason(reason) {
            return HttpResponse::from_error(Problem::internal(format!(
                "`dangerous_html` at {place} needs a reason that a reviewer can judge"
            )));
        }
        tracing::debug!(%place, reason, "a page that no template escaped");
        page(html)
    }
}
