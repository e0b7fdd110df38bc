//! A note: what it is, who may do what to it, and the endpoints of a single one.

use std::time::Duration;

use palisade::{
    ToSchema,
    input::{line, lines},
    object::{Delete, Permits, Policy, Read, Resource, Write, any_of, when},
    prelude::*,
    sql::Row,
};
use time::{OffsetDateTime, serde::rfc3339};
use uuid::Uuid;

use crate::{
    store::{Changed, Kept, Store},
    user::{Scope, UserId},
};

/// A note as it is kept.
#[derive(Clone, Debug, Row, Serialize, ToSchema)]
pub(crate) struct Note {
    /// Its id. Ids are in the order in which notes were made.
    pub(crate) id: Uuid,
    /// Whose it is; clients know people by their names.
    #[serde(skip)]
    pub(crate) owner: UserId,
    /// The owner's name.
    #[serde(rename = "owner")]
    #[schema(max_length = 64)]
    pub(crate) owner_name: String,
    /// What it is called.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// What it says.
    #[schema(max_length = 10_000)]
    pub(crate) body: String,
    /// When it was made.
    #[serde(with = "rfc3339")]
    pub(crate) created: OffsetDateTime,
    /// When it was last changed.
    #[serde(with = "rfc3339")]
    pub(crate) changed: OffsetDateTime,
    /// How often it was changed.
    #[serde(skip)]
    pub(crate) version: i64,
}

impl Resource for Note {
    type Id = Uuid;
    type State = Data<Store>;

    /// A note of another user costs one statement more than a missing one.
    const REFUSE_AFTER: Duration = Duration::from_millis(20);

    async fn load(id: Uuid, store: Data<Store>) -> Result<Option<Self>> {
        Ok(store.note(id).await?)
    }
}

impl Versioned for Note {
    fn version(&self) -> Version {
        self.version.into()
    }
}

fn is_owner(note: &Note, who: &Principal) -> Result<bool> {
    Ok(UserId::of(who)? == note.owner)
}

async fn is_reader(note: &Note, who: &Principal, store: &Store) -> Result<bool> {
    Ok(store.is_shared_with(note.id, UserId::of(who)?).await?)
}

/// A user whom the note is shared with may read it, and nothing else.
impl Permits<Read> for Note {
    fn policy() -> impl Policy<Self> {
        any_of((when(is_owner), when(is_reader)))
    }
}

impl Permits<Write> for Note {
    fn policy() -> impl Policy<Self> {
        when(is_owner)
    }
}

impl Permits<Delete> for Note {
    fn policy() -> impl Policy<Self> {
        when(is_owner)
    }
}

/// A note as the client sends it.
#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNote {
    /// One line.
    #[validate(length(min = 1, max = 200), custom(function = "line"))]
    pub(crate) title: String,
    /// Any lines.
    #[validate(length(max = 10_000), custom(function = "lines"))]
    pub(crate) body: String,
}

/// What is to be different; what is absent stays.
#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    #[validate(length(min = 1, max = 200), custom(function = "line"))]
    title: Option<String>,
    #[validate(length(max = 10_000), custom(function = "lines"))]
    body: Option<String>,
}

/// Keeps a note for the caller.
#[post("/notes")]
#[require_scope(Scope::NotesWrite)]
#[rate_limit("300/minute", by = subject)]
#[rate_limit("20 MiB/day", by = subject, name = "bytes")]
#[rate_limit("100 MiB/day", by = ip, name = "bytes-of-an-address")]
#[body_limit("128 KiB")]
#[validated]
#[responds(409)]
pub(crate) async fn create_note(
    who: Principal,
    store: Data<Store>,
    note: Json<NewNote>,
) -> Result<palisade::CreatedAt<Note>> {
    let note = note.into_inner();
    match store.add_note(UserId::of(&who)?, note).await? {
        Kept::As(note) => {
            let place = format!("/notes/{}", note.id);
            Ok(Created(note).at(place).tagged())
        }
        Kept::TooMany => Err(Problem::conflict("you keep too much: delete some notes first")),
    }
}

/// One note: the caller's own, or one that was shared with the caller. 304 for a client that has it in
/// this version.
#[get("/notes/{id}")]
#[require_scope(Scope::NotesRead)]
#[rate_limit("1200/minute", by = subject)]
pub(crate) async fn read_note(note: Owned<Note, Read>) -> Tagged<Note> {
    Tagged(note.into_inner())
}

/// Changes a note of the caller's; with `If-Match`, in the version that the client has read.
///
/// Of two concurrent changes, the second is refused: it was based on a version that no longer
/// exists.
#[patch("/notes/{id}")]
#[require_scope(Scope::NotesWrite)]
#[rate_limit("300/minute", by = subject)]
#[rate_limit("20 MiB/day", by = subject, name = "bytes")]
#[rate_limit("100 MiB/day", by = ip, name = "bytes-of-an-address")]
#[body_limit("128 KiB")]
#[conditional]
#[validated]
#[responds(409)]
pub(crate) async fn change_note(
    note: Current<Note, Write>,
    store: Data<Store>,
    change: Json<Change>,
) -> Result<Tagged<Note>> {
    let Change { title, body } = change.into_inner();
    let (mut note, held) = note.into_parts();
    note.title = title.unwrap_or(note.title);
    note.body = body.unwrap_or(note.body);
    match store.change_note(note).await? {
        Changed::To(note) => Ok(Tagged(note)),
        Changed::Meanwhile => Err(held.lost()),
        Changed::TooMuch => Err(Problem::conflict("you keep too much: delete some notes first")),
    }
}

/// Deletes a note of the caller's, with its shares; with `If-Match`, in the version that the client has
/// read.
#[delete("/notes/{id}")]
#[require_scope(Scope::NotesWrite)]
#[rate_limit("300/minute", by = subject)]
#[conditional]
pub(crate) async fn delete_note(
    note: Current<Note, Delete>,
    store: Data<Store>,
) -> Result<NoContent> {
    let (note, held) = note.into_parts();
    let is_deleted = store.delete_note(&note, held.names_version()).await?;
    // A note that another request has deleted is gone all the same.
    if !is_deleted && held.names_version() {
        return Err(held.lost());
    }
    Ok(NoContent)
}
