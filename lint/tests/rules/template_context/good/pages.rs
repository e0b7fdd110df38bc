use palisade::{Page, prelude::*};

#[derive(askama::Template)]
#[template(path = "right.html")]
struct Right {
    q: String,
    id: u64,
    logo: &'static str,
    nonce: Nonce,
}

async fn right() -> Page<Right> {
    Page(Right { q: String::new(), id: 1, logo: "/logo.png", nonce })
}

// trap: a template that is not a page
#[derive(askama::Template)]
#[template(source = "window.q = '{{ q }}'; <a href={{ q }}>", ext = "js", escape = "none")]
struct Generated {
    q: String,
}
