use maud::html;
use palisade::{MarkupPage, prelude::*};

#[get("/link")]
#[authenticated]
#[validated]
async fn link(to: Query<Link>) -> MarkupPage {
    MarkupPage(html! { a href=(to.address.as_str()) { "Go" } })
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Link {
    address: Text<64>,
}

fn main() {}
