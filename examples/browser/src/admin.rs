//! What the administrator does: look, and delete.

use askama::Template;
use palisade::{Nonce, Page, prelude::*};

use crate::{
    book::Book,
    entry::{Entry, Listing},
    login::Scope,
};

/// The entries, each with a button that deletes it.
#[derive(Debug, Template)]
#[template(path = "admin.html")]
pub(crate) struct AdminPage {
    nonce: Nonce,
    entries: Vec<Entry>,
    count: i64,
    search: String,
    /// Where the next page begins.
    older: Option<i64>,
}

/// Shows the entries. Browsers without a session are sent to the login page.
#[get("/admin")]
#[require_scope(Scope::EntriesDelete)]
#[concurrency_limit(4, by = subject)]
#[credentials(session)]
#[cross_origin(none)]
#[validated]
pub(crate) async fn admin(
    nonce: Nonce,
    book: Data<Book>,
    listing: Query<Listing>,
) -> Result<Page<AdminPage>> {
    let entries = book.entries(&listing).await?;
    let older = listing.older(&entries);
    let search = listing.into_inner().search.unwrap_or_default();
    Ok(Page(AdminPage { nonce, entries, count: book.count().await?, search, older }))
}

/// The entry that the path names.
#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryId {
    id: i64,
}

/// Deletes an entry. A form knows no `DELETE`, and works without a script.
#[post("/admin/entries/{id}/delete")]
#[require_scope(Scope::EntriesDelete)]
#[credentials(session)]
#[cross_origin(none)]
#[validated]
pub(crate) async fn delete_entry(book: Data<Book>, entry: Path<EntryId>) -> Result<SafeRedirect> {
    if !book.delete(entry.id).await? {
        return Err(Problem::not_found());
    }
    tracing::info!(target: "browser::audit", entry = entry.id, "an entry was deleted");
    Ok(SafeRedirect::to("/admin"))
}
