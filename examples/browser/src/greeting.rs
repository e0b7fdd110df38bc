//! A page that shows what the address says.

use askama::Template;
use palisade::{Nonce, Page, prelude::*};

/// A greeting.
#[derive(Debug, Template)]
#[template(path = "greeting.html")]
pub(crate) struct Greeting {
    nonce: Nonce,
    name: String,
}

/// Who is to be greeted.
#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub(crate) struct Visitor {
    #[validate(length(min = 1, max = 100))]
    name: Option<String>,
}

/// Greets the name in the address. The template escapes it.
#[get("/greet")]
#[public]
#[validated]
pub(crate) async fn greet(nonce: Nonce, visitor: Query<Visitor>) -> Page<Greeting> {
    let name = visitor.into_inner().name.unwrap_or_else(|| "stranger".to_owned());
    Page(Greeting { nonce, name })
}
