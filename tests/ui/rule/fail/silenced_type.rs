use askama::Template;
use palisade::prelude::*;

#[derive(Template)]
#[template(source = "<a href=\"{{ address }}\">", ext = "html")]
#[allow_unsafe(template_context)]
struct Link {
    address: String,
}

fn main() {}
