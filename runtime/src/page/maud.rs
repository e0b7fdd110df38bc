//! Pages of maud's markup.

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody};

use super::page;

/// A page of maud's `html!`: 200 with the headers of a page.
///
/// ```
/// use maud::{DOCTYPE, html};
/// use palisade::{MarkupPage, Nonce, prelude::*};
///
/// #[get("/greeting")]
/// #[public]
/// async fn greeting(nonce: Nonce) -> MarkupPage {
///     MarkupPage(html! {
///         (DOCTYPE)
///         p { "hello, " ("<b>you</b>") }
///         script nonce=(nonce) { "greet()" }
///     })
/// }
/// ```
///
/// The content of `PreEscaped` is not escaped: it is the equivalent of `safe` in other templates.
#[derive(Clone, Debug)]
pub struct MarkupPage(pub maud::Markup);

impl Responder for MarkupPage {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        page(self.0.into_string())
    }
}
