//! Pages of askama templates.

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody};

use super::page;
use crate::Problem;

/// A page of an askama template: 200 with the headers of a page.
///
/// The extension of the template's file, or `ext`, decides whether it is escaped: askama escapes
/// templates with `html`, `htm`, `xml`, `svg`, `j2`, `jinja`, `jinja2`, `askama` or `rinja`, and no
/// others; `escape` and an `askama.toml` change that. `cargo palisade check` refuses a page that is
/// not escaped as HTML. The [`Nonce`](crate::Nonce) of the answer is one of its values.
///
/// ```
/// # use palisade as _;
/// use askama::Template;
/// use palisade::{Nonce, Page, prelude::*};
///
/// #[derive(Template)]
/// #[template(
///     source = "<!doctype html><p>{{ name }}</p><script nonce=\"{{ nonce }}\">greet()</script>",
///     ext = "html"
/// )]
/// struct Greeting {
///     name: String,
///     nonce: Nonce,
/// }
///
/// #[get("/greeting")]
/// #[public]
/// async fn greeting(nonce: Nonce) -> Page<Greeting> {
///     Page(Greeting { name: "<b>you</b>".to_owned(), nonce })
/// }
/// ```
///
/// A template that fails to render is a 500.
#[derive(Clone, Copy, Debug)]
pub struct Page<T>(pub T);

impl<T: askama::Template> Responder for Page<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        match self.0.render() {
            Ok(html) => page(html),
            Err(error) => HttpResponse::from_error(Problem::internal(format!(
                "the template {} failed: {error}",
                std::any::type_name::<T>()
            ))),
        }
    }
}
