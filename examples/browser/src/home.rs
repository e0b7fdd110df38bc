//! The page of the book.

use askama::Template;
use palisade::{Nonce, Page, conditional::Embedded, prelude::*};

use crate::{
    book::Book,
    entry::{Entry, Listing},
};

/// The book: a form, a search, and entries.
#[derive(Debug, Template)]
#[template(path = "home.html")]
pub(crate) struct Home {
    nonce: Nonce,
    entries: Vec<Entry>,
    count: i64,
    search: String,
    /// Where the next page begins.
    older: Option<i64>,
}

/// Shows the book, or what a search finds in it.
#[get("/")]
#[public]
#[concurrency_limit(8, by = ip)]
#[validated]
pub(crate) async fn home(
    nonce: Nonce,
    book: Data<Book>,
    listing: Query<Listing>,
) -> Result<Page<Home>> {
    let entries = book.entries(&listing).await?;
    let older = listing.older(&entries);
    let search = listing.into_inner().search.unwrap_or_default();
    Ok(Page(Home { nonce, entries, count: book.count().await?, search, older }))
}

/// What browsers show beside the title. Without it each of them asks for a `favicon.ico`.
#[get("/icon.svg")]
#[public]
#[headers(cache = "public, max-age=86400")]
#[responds(200)]
pub(crate) async fn icon() -> Embedded {
    Embedded::new("image/svg+xml", include_bytes!("../templates/icon.svg"))
}
