use maud::html;
use palisade::{MarkupPage, prelude::*};

const ADDRESS: fn() -> String = String::new;

#[get("/link")]
#[public]
#[allow_unsafe(template_context, reason = "the address is one that the operator has entered")]
async fn link() -> MarkupPage {
    let address = ADDRESS();
    MarkupPage(html! { a href=(address) { "Go" } })
}

fn main() {}
