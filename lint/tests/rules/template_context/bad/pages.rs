use palisade::{Page, prelude::*};

#[derive(askama::Template)]
#[template(path = "link.html")]
struct Link {
    q: String,
}

async fn link() -> Page<Link> {
    Page(Link { q: String::new() })
}

#[derive(askama::Template)]
#[template(source = "<a href={{ q }}>", ext = "html")]
struct Inline { //~ template_context
    q: String,
}

async fn inline() -> Page<Inline> {
    Page(Inline { q: String::new() })
}
