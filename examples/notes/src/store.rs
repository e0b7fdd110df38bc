//! Where users, notes and shares are kept: every statement of the service.
//!
//! Each is checked against `migrations/` when the service is compiled, for SQLite and for Postgres,
//! and takes its values bound.

use palisade::{
    migrations,
    password::PasswordHash,
    sql,
    sql::{Db, Dialect, ErrorKind, Migrations, contains},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    list::{Key, Listing, Order, Sort},
    note::{NewNote, Note},
    user::{User, UserId},
};

type Result<T> = std::result::Result<T, sql::Error>;

/// What `migrations/` makes of an empty database.
static MIGRATIONS: &Migrations = migrations!();

/// The most notes of one user, and the most readers of one note: what a client can make grow has
/// an end.
const MOST_NOTES: i64 = 10_000;
const MOST_READERS: i64 = 100;

/// Users, notes and shares.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    db: Db,
}

/// What became of a new note.
#[derive(Debug)]
pub(crate) enum Kept {
    /// It is there.
    As(Note),
    /// Its owner has too many.
    TooMany,
}

/// What became of a share.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shared {
    /// Whoever has the name may read the note, if somebody has it.
    Done,
    /// The note has too many readers.
    TooMany,
}

impl Store {
    /// Brings the database to the present schema.
    ///
    /// # Errors
    ///
    /// It is one of another program or of a later version, or cannot be changed.
    pub(crate) async fn open(db: Db) -> Result<Self> {
        db.migrate(MIGRATIONS).await?;
        Ok(Self { db })
    }

    /// Whether other instances may use the same database.
    pub(crate) fn is_shared(&self) -> bool {
        self.db.dialect() != Dialect::Sqlite
    }

    /// Adds a user; false where the name is taken.
    pub(crate) async fn add_user(
        &self,
        id: UserId,
        name: &str,
        key: &str,
        hash: &PasswordHash,
    ) -> Result<bool> {
        let added = sql!(
            "INSERT INTO users (id, name, name_key, password_hash, joined)
             VALUES ({id}, {name}, {key}, {hash.as_str()}, {now()})"
        );
        match added.execute(&self.db).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::Unique => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The user of this name.
    pub(crate) async fn user_named(&self, key: &str) -> Result<Option<User>> {
        sql!("SELECT id, password_hash FROM users WHERE name_key = {key}" as User)
            .fetch_optional(&self.db)
            .await
    }

    /// Puts a newer hash of the same password in the place of the old one.
    pub(crate) async fn set_password_hash(&self, id: UserId, hash: &PasswordHash) -> Result<()> {
        sql!("UPDATE users SET password_hash = {hash.as_str()} WHERE id = {id}")
            .execute(&self.db)
            .await?;
        Ok(())
    }

    /// A note, whoever asks: who may have it is decided by its policies.
    pub(crate) async fn note(&self, id: Uuid) -> Result<Option<Note>> {
        sql!(
            "SELECT n.id, n.owner, u.name AS owner_name, n.title, n.body, n.created, n.changed,
                    n.version
             FROM notes n JOIN users u ON u.id = n.owner
             WHERE n.id = {id}" as Note
        )
        .fetch_optional(&self.db)
        .await
    }

    /// Whether a note was shared with this user.
    pub(crate) async fn is_shared_with(&self, note: Uuid, reader: UserId) -> Result<bool> {
        let count =
            sql!("SELECT COUNT(*) FROM shares WHERE note = {note} AND reader = {reader}" as i64);
        Ok(count.fetch_one(&self.db).await? > 0)
    }

    /// Keeps a note.
    ///
    /// Counting and adding are one transaction: on SQLite exactly, since there is one writer at a
    /// time; on Postgres requests at the same time may go over by as many as they are.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is no such user any more, and those of the database.
    pub(crate) async fn add_note(&self, owner: UserId, new: NewNote) -> Result<Kept> {
        let mut transaction = self.db.begin().await?;
        let (owner_name, count) = sql!(
            "SELECT u.name, (SELECT COUNT(*) FROM notes n WHERE n.owner = u.id)
             FROM users u WHERE u.id = {owner}" as (String, i64)
        )
        .fetch_one(&mut transaction)
        .await?;
        if count >= MOST_NOTES {
            return Ok(Kept::TooMany);
        }
        let NewNote { title, body } = new;
        let (id, created) = (Uuid::now_v7(), now());
        let changed = created;
        let note = Note { id, owner, owner_name, title, body, created, changed, version: 1 };
        sql!(
            "INSERT INTO notes (id, owner, title, body, folded, created, changed, version)
             VALUES ({note.id}, {note.owner}, {note.title}, {note.body}, {folded(&note)},
                     {note.created}, {note.changed}, {note.version})"
        )
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        Ok(Kept::As(note))
    }

    /// Puts this note in the place of the one that it was made of; `None` where that one has been
    /// changed or deleted since.
    pub(crate) async fn change_note(&self, mut note: Note) -> Result<Option<Note>> {
        let before = note.version;
        note.version = before.saturating_add(1);
        note.changed = now();
        let changed = sql!(
            "UPDATE notes
             SET title = {note.title}, body = {note.body}, folded = {folded(&note)},
                 changed = {note.changed}, version = {note.version}
             WHERE id = {note.id} AND version = {before}"
        );
        let rows = changed.execute(&self.db).await?;
        Ok((rows > 0).then_some(note))
    }

    /// Deletes a note; its shares go with it.
    pub(crate) async fn delete_note(&self, id: Uuid) -> Result<()> {
        sql!("DELETE FROM notes WHERE id = {id}").execute(&self.db).await?;
        Ok(())
    }

    /// Lets the user of this name read a note, if there is one and it is not the owner.
    pub(crate) async fn share_note(&self, note: &Note, key: &str) -> Result<Shared> {
        let mut transaction = self.db.begin().await?;
        let readers = sql!("SELECT COUNT(*) FROM shares WHERE note = {note.id}" as i64);
        if readers.fetch_one(&mut transaction).await? >= MOST_READERS {
            return Ok(Shared::TooMany);
        }
        let shared = sql!(
            "INSERT INTO shares (note, reader, since)
             SELECT {note.id}, u.id, {now()} FROM users u
             WHERE u.name_key = {key} AND u.id <> {note.owner}
               AND NOT EXISTS (SELECT 1 FROM shares s WHERE s.note = {note.id} AND s.reader = u.id)"
        );
        match shared.execute(&mut transaction).await {
            Ok(_) => {}
            // The same share at the same time: one of the two is enough.
            Err(error) if error.kind() == ErrorKind::Unique => return Ok(Shared::Done),
            Err(error) => return Err(error),
        }
        transaction.commit().await?;
        Ok(Shared::Done)
    }

    /// A page of the notes that this user may read.
    ///
    /// Whose they are is a condition of the statement. The cursor is the client's, and says only
    /// where among them the page begins.
    pub(crate) async fn notes(&self, me: UserId, listing: &Listing) -> Result<Vec<Note>> {
        let term = listing.search.as_deref().filter(|term| !term.is_empty()).map(fold);
        let order = listing.order();
        let (mut older, mut newer, mut below, mut above) = (None, None, None, None);
        match (listing.after.as_ref().map(sql::Cursor::key), order) {
            (None, _) => {}
            (Some(Key::Created(created, id)), Order::Desc) => older = Some((created, id)),
            (Some(Key::Created(created, id)), Order::Asc) => newer = Some((created, id)),
            (Some(Key::Title(title, id)), Order::Desc) => below = Some((title, id)),
            (Some(Key::Title(title, id)), Order::Asc) => above = Some((title, id)),
        }
        sql!(
            "SELECT n.id, n.owner, u.name AS owner_name, n.title, n.body, n.created, n.changed,
                    n.version
             FROM notes n JOIN users u ON u.id = n.owner
             WHERE (n.owner = {me}
                    OR EXISTS (SELECT 1 FROM shares s WHERE s.note = n.id AND s.reader = {me}))
             {?let Some(term) = &term: AND n.folded LIKE {contains(term)}}
             {?let Some((at, id)) = older:
                 AND (n.created < {at} OR (n.created = {at} AND n.id < {id}))}
             {?let Some((at, id)) = newer:
                 AND (n.created > {at} OR (n.created = {at} AND n.id > {id}))}
             {?let Some((at, id)) = below:
                 AND (n.title < {at} OR (n.title = {at} AND n.id < {id}))}
             {?let Some((at, id)) = above:
                 AND (n.title > {at} OR (n.title = {at} AND n.id > {id}))}
             ORDER BY {listing.sort: Sort} {order: Order}, n.id {order: Order}
             LIMIT {listing.limit}" as Note
        )
        .fetch_all(&self.db)
        .await
    }

    /// Notes of this owner in the order in which they were made, behind the one with this id.
    pub(crate) async fn notes_after(
        &self,
        owner: UserId,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<Note>> {
        sql!(
            "SELECT n.id, n.owner, u.name AS owner_name, n.title, n.body, n.created, n.changed,
                    n.version
             FROM notes n JOIN users u ON u.id = n.owner
             WHERE n.owner = {owner} {?let Some(id) = after: AND n.id > {id}}
             ORDER BY n.id LIMIT {most}" as Note
        )
        .fetch_all(&self.db)
        .await
    }
}

/// Now, to the microsecond: what every database keeps, so that an answer says what is kept.
fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(now.nanosecond() / 1_000 * 1_000).unwrap_or(now)
}

/// What a search looks through.
fn folded(note: &Note) -> String {
    fold(&format!("{}\n{}", note.title, note.body))
}

/// Lower case by Unicode, for what is kept and for what is looked for. Letter by letter: the small
/// form of a whole word may differ from that of its part (`ς`), and a part is what is looked for.
fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}
