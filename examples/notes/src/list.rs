//! The list of notes: search, sorting, pages.

use palisade::{
    input::lines,
    prelude::*,
    sql::{Cursor, Limit, Slice, SqlName},
};
use time::{OffsetDateTime, serde::rfc3339};
use uuid::Uuid;

use crate::{
    note::Note,
    store::Store,
    user::{Scope, UserId},
};

/// Which notes the client wants, and how.
#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listing {
    /// A substring of the title or the body, in any case. Every character is literal.
    #[validate(length(max = 64), custom(function = "lines"))]
    pub(crate) search: Option<String>,
    /// By what; `created` if absent.
    #[serde(default)]
    #[input(empty = absent)]
    pub(crate) sort: Sort,
    /// Which way; the newest first or from A to Z if absent.
    #[input(empty = absent)]
    pub(crate) order: Option<Order>,
    /// How many.
    #[serde(default)]
    #[input(empty = absent)]
    pub(crate) limit: Limit<20, 100>,
    /// The `next` of the page before.
    #[input(empty = absent)]
    pub(crate) after: Option<Cursor<Key>>,
}

/// What notes are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Input, SqlName)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sort {
    /// When they were made.
    #[default]
    #[sql(name = "n.created")]
    Created,
    /// What they are called.
    #[sql(name = "n.title")]
    Title,
}

/// Which way notes are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Input, SqlName)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Order {
    /// From A to Z, the oldest first.
    Asc,
    /// From Z to A, the newest first.
    Desc,
}

/// The position at which a page begins: after the note with this key. A cursor of one sort is not
/// valid for another.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub(crate) enum Key {
    /// Of a list by time.
    Created(#[serde(with = "rfc3339")] OffsetDateTime, Uuid),
    /// Of a list by title.
    Title(String, Uuid),
}

impl Sort {
    /// The position of this note.
    pub(crate) fn key(self, note: &Note) -> Key {
        match self {
            Self::Created => Key::Created(note.created, note.id),
            Self::Title => Key::Title(note.title.clone(), note.id),
        }
    }
}

impl Listing {
    /// Which way.
    pub(crate) fn order(&self) -> Order {
        self.order.unwrap_or(match self.sort {
            Sort::Created => Order::Desc,
            Sort::Title => Order::Asc,
        })
    }
}

/// The caller's own notes and those that were shared with the caller, page by page. A page ends
/// early where its notes are long.
///
/// A search reads all notes of the caller's and the latest that were shared, so two of a caller are
/// under way at a time.
#[get("/notes")]
#[require_scope(Scope::NotesRead)]
#[rate_limit("1200/minute", by = subject)]
#[concurrency_limit(2, by = subject)]
#[validated]
pub(crate) async fn list_notes(
    who: Principal,
    store: Data<Store>,
    listing: Query<Listing>,
) -> Result<Json<Slice<Note>>> {
    let fits = match (&listing.after, listing.sort) {
        (None, _) => true,
        (Some(after), sort) => match after.key() {
            Key::Created(..) => sort == Sort::Created,
            Key::Title(..) => sort == Sort::Title,
        },
    };
    if !fits {
        return Err(Problem::bad_request("`after` is of a list that was sorted by something else"));
    }
    Ok(Json(store.notes(UserId::of(&who)?, &listing).await?))
}
