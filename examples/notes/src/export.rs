//! Everything that the caller keeps, in one answer.

use futures_util::stream::{self, TryStreamExt as _};
use palisade::{StreamedJson, prelude::*};

use crate::{
    note::Note,
    store::Store,
    user::{Scope, UserId},
};

/// Notes that are in memory at a time: 0.8 MB at most. An index has them in their order, so that
/// smaller pages cost no more than a statement each, and larger ones would only take more memory
/// for every client that reads slowly.
const PAGE: u32 = 20;

/// All notes of the caller's own, the oldest first: one JSON array, sent as it is read.
///
/// Between two pages it holds no connection of the database, so that a client that reads slowly
/// does not delay others. If the database fails on the way, the connection is closed in the middle
/// of the array, so that the partial array cannot be mistaken for the whole.
#[get("/notes/export")]
#[require_scope(Scope::NotesRead)]
#[rate_limit("30/minute", by = subject)]
#[concurrency_limit(2, by = subject)]
pub(crate) async fn export_notes(who: Principal, store: Data<Store>) -> Result<StreamedJson<Note>> {
    let owner = UserId::of(&who)?;
    let pages = stream::try_unfold(Some(None), move |next| {
        let store = store.clone();
        async move {
            let Some(after) = next else { return Ok(None) };
            let page = store.notes_after(owner, after, PAGE).await?;
            let is_full = page.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
            let next = page.last().filter(|_| is_full).map(|last| Some(last.id));
            Ok::<_, palisade::sql::Error>(Some((
                stream::iter(page.into_iter().map(Ok::<Note, palisade::sql::Error>)),
                next,
            )))
        }
    });
    let export = StreamedJson::array(pages.try_flatten()).attachment("notes.json").begin().await?;
    tracing::info!(target: "notes::audit", user = %owner, "exported all notes");
    Ok(export)
}
