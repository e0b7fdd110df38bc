//! Answers that browsers show as pages.
//!
//! A page is made by a template, which escapes its values: [`Page`] takes an
//! [askama](https://docs.rs/askama) template, [`MarkupPage`] the markup of
//! [maud](https://docs.rs/maud). They are sent with the headers of a page, in which scripts run by
//! [`Nonce`](crate::Nonce) alone.
//!
//! The headers of a page are for the body that the template made. If a responder or a middleware
//! replaces the body (`set_body`, `map_body`), the answer is sent as an API's. That applies to
//! middleware inside of palisade, so wrap palisade last: `.wrap(Logger::default()).wrap(palisade)`.
//! Middleware that is wrapped after it gets the answer when its headers are set.
//!
//! A handler that returns a page (also in a `Result`, an `Option`, an `Either`, or with a status) drops
//! query fields that its types do not declare: links carry parameters of others (`utm_source`, `fbclid`).
//! A handler of an API refuses them.
//!
//! A string that a handler itself labels `text/html` is sent as an API's answer: a browser runs
//! nothing in it, and forms in it cannot be submitted. [`dangerous_html`] is the way around, with a
//! reason.

mod answer;
#[cfg(feature = "askama")]
mod askama;
mod dangerous;
#[cfg(feature = "maud")]
mod maud;

use actix_web::{HttpResponse, http::header::ContentType};

#[doc(hidden)]
pub use answer::{AnswerProbe, AnswersPage, NoPage};
#[cfg(feature = "askama")]
pub use askama::Page;
pub use dangerous::{DangerousHtml, dangerous_html};
#[cfg(feature = "maud")]
pub use maud::MarkupPage;

use crate::headers::{ProfileKind, Wears};

/// The one way to make a page.
pub(crate) fn page(html: String) -> HttpResponse {
    let mut head = HttpResponse::Ok();
    head.content_type(ContentType::html());
    Wears::answer(&mut head, html.into(), ProfileKind::Html, None)
}
