use askama::Template;
use palisade::prelude::*;

#[derive(Template)]
#[template(source = "<a href=\"{{ address }}\">", ext = "html")]
#[allow_unsafe(template_context, reason = "an operator has entered the address")]
struct Link {
    address: String,
}

fn main() {}
