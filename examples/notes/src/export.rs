//! Everything that the caller keeps, in one answer.

use std::{fmt, mem};

use actix_web::{
    http::header::{CONTENT_DISPOSITION, ContentType},
    web::Bytes,
};
use futures_util::stream;
use palisade::prelude::*;
use uuid::Uuid;

use crate::{
    note::Note,
    store::Store,
    user::{Scope, UserId},
};

/// Notes that are in memory at a time.
const PAGE: u32 = 100;

/// All notes of the caller's own, the oldest first: one JSON array, sent as it is read.
///
/// Between two pages it holds no connection of the database, so that a client that reads slowly
/// keeps nobody else waiting. Where the database fails on the way, the connection is closed in the
/// middle of the array: what came is not taken for everything.
#[get("/notes/export")]
#[require_scope(Scope::NotesRead)]
#[rate_limit("30/minute", by = subject)]
pub(crate) async fn export_notes(who: Principal, store: Data<Store>) -> Result<HttpResponse> {
    let owner = UserId::of(&who)?;
    // The first page is read before the status is sent: a database that is away is 503.
    let first = store.notes_after(owner, None, PAGE).await?;
    tracing::info!(target: "notes::audit", user = %owner, "exported all notes");
    let export = Export { store, owner, next: Next::Page(first), separator: "[" };
    Ok(HttpResponse::Ok()
        .content_type(ContentType::json())
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"notes.json\""))
        .streaming(stream::unfold(export, Export::step)))
}

struct Export {
    store: Data<Store>,
    owner: UserId,
    next: Next,
    /// What stands before the next note.
    separator: &'static str,
}

enum Next {
    Page(Vec<Note>),
    After(Uuid),
    Nothing,
}

/// The answer ends here. What went wrong is in the log.
#[derive(Debug)]
struct CutShort;

impl fmt::Display for CutShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the export could not be finished")
    }
}

impl std::error::Error for CutShort {}

impl Export {
    async fn step(mut self) -> Option<(Result<Bytes, CutShort>, Self)> {
        let page = match mem::replace(&mut self.next, Next::Nothing) {
            Next::Page(page) => Ok(page),
            Next::After(id) => self.store.notes_after(self.owner, Some(id), PAGE).await,
            Next::Nothing => return None,
        };
        let chunk = match page {
            Ok(page) => self.chunk(&page),
            Err(error) => {
                tracing::error!(%error, "an export was cut short");
                Err(CutShort)
            }
        };
        Some((chunk, self))
    }

    fn chunk(&mut self, page: &[Note]) -> Result<Bytes, CutShort> {
        let mut text = Vec::new();
        for note in page {
            text.extend_from_slice(self.separator.as_bytes());
            self.separator = ",\n";
            serde_json::to_writer(&mut text, note).map_err(|_| CutShort)?;
        }
        match page.last() {
            Some(last) if page.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX) => {
                self.next = Next::After(last.id);
            }
            _ => {
                // Without a single note the array was not opened.
                text.extend_from_slice(if self.separator == "[" { b"[]\n" } else { b"]\n" });
            }
        }
        Ok(text.into())
    }
}
