//! Where users, notes and shares are kept: every statement of the service.
//!
//! Each is checked against `migrations/` when the service is compiled, for SQLite and for Postgres,
//! and takes its values bound.

use palisade::{
    input::skeleton,
    migrations,
    password::PasswordHash,
    sql,
    sql::{Db, Dialect, ErrorKind, Migrations},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    note::{NewNote, Note},
    user::{User, UserId},
};

mod pages;
#[cfg(test)]
mod tests;

type Result<T> = std::result::Result<T, sql::Error>;

/// What `migrations/` makes of an empty database.
static MIGRATIONS: &Migrations = migrations!();

/// The most notes of one user, and the most readers of one note: what a client can make grow has
/// an end.
const MOST_NOTES: i64 = 10_000;
const MOST_READERS: i64 = 100;

/// The most bytes of one user's titles and bodies. A search reads all of them.
const MOST_BYTES: i64 = 10 << 20;

/// Users that are read at a time.
const BATCH: u32 = 500;

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
    /// Its owner has too many, or too much in them.
    TooMany,
}

/// What became of a change.
#[derive(Debug)]
pub(crate) enum Changed {
    /// The note is this now.
    To(Note),
    /// It has been changed or deleted since it was read.
    Meanwhile,
    /// Its owner would keep too much.
    TooMuch,
}

/// What became of a share.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shared {
    /// If an account has the name, it may read the note.
    Done,
    /// The note was shared with too many names.
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
        let store = Self { db };
        store.fill_skeletons().await?;
        Ok(store)
    }

    /// Gives users from before migration 2 the skeleton of their name.
    ///
    /// Each statement is independent, so that the work may be interrupted, and another instance may
    /// do the same. A name that looks like an earlier one stays as it is, with a line in the log.
    async fn fill_skeletons(&self) -> Result<()> {
        let mut after: Option<UserId> = None;
        loop {
            let found = sql!(
                "SELECT id, name_key FROM users
                 WHERE skeleton IS NULL {?let Some(id) = after: AND id > {id}}
                 ORDER BY id LIMIT {BATCH}" as (UserId, String)
            );
            let found = found.fetch_all(&self.db).await?;
            let Some((last, _)) = found.last() else { return Ok(()) };
            after = Some(*last);
            for (id, key) in &found {
                let look = skeleton(key);
                let filled = sql!(
                    "UPDATE users SET skeleton = {look}
                     WHERE id = {id} AND NOT EXISTS (SELECT 1 FROM users o WHERE o.skeleton = {look})"
                );
                let is_filled = match filled.execute(&self.db).await {
                    Ok(rows) => rows > 0,
                    // Another instance was quicker, for another user.
                    Err(error) if error.kind() == ErrorKind::Unique => false,
                    Err(error) => return Err(error),
                };
                if !is_filled {
                    tracing::warn!(target: "notes::audit", user = %id, "the name looks like that of another user");
                }
            }
        }
    }

    /// Whether other instances may use the same database.
    pub(crate) fn is_shared(&self) -> bool {
        self.db.dialect() != Dialect::Sqlite
    }

    /// Adds a user; false where the name is taken, or one that looks like it.
    pub(crate) async fn add_user(
        &self,
        id: UserId,
        name: &str,
        key: &str,
        hash: &PasswordHash,
    ) -> Result<bool> {
        let added = sql!(
            "INSERT INTO users (id, name, name_key, skeleton, password_hash, joined)
             VALUES ({id}, {name}, {key}, {skeleton(key)}, {hash.as_str()}, {now()})"
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

    /// Replaces the hash by a newer hash of the same password.
    pub(crate) async fn set_password_hash(&self, id: UserId, hash: &PasswordHash) -> Result<()> {
        sql!("UPDATE users SET password_hash = {hash.as_str()} WHERE id = {id}")
            .execute(&self.db)
            .await?;
        Ok(())
    }

    /// A note, for any caller: its policies decide who may have it.
    pub(crate) async fn note(&self, id: Uuid) -> Result<Option<Note>> {
        sql!(
            "SELECT n.id, n.owner, u.name_key AS owner_name, n.title, n.body, n.created, n.changed,
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
    /// The account's row is changed first: it counts, and of two requests at the same time the
    /// second waits for it, so that the counts are exact on every database.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is no such user any more, and those of the database.
    pub(crate) async fn add_note(&self, owner: UserId, new: NewNote) -> Result<Kept> {
        let NewNote { title, body } = new;
        let bytes = size(&title, &body);
        let mut transaction = self.db.begin().await?;
        let owner_name = sql!("SELECT name_key FROM users WHERE id = {owner}" as String)
            .fetch_one(&mut transaction)
            .await?;
        let counted = sql!(
            "UPDATE users SET note_count = note_count + 1, note_bytes = note_bytes + {bytes}
             WHERE id = {owner} AND note_count < {MOST_NOTES}
               AND note_bytes + {bytes} <= {MOST_BYTES}"
        );
        if counted.execute(&mut transaction).await? == 0 {
            return Ok(Kept::TooMany);
        }
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

    /// Replaces the note that this one was made of.
    ///
    /// The size is read before the account's row is locked: it is that of one version, and the
    /// last statement changes nothing where the note has another version by then.
    pub(crate) async fn change_note(&self, mut note: Note) -> Result<Changed> {
        let before = note.version;
        note.version = before.saturating_add(1);
        note.changed = now();
        let bytes = size(&note.title, &note.body);
        let mut transaction = self.db.begin().await?;
        let was = sql!(
            "SELECT octet_length(title) + octet_length(body) FROM notes
             WHERE id = {note.id} AND version = {before}" as i64
        );
        let Some(was) = was.fetch_optional(&mut transaction).await? else {
            return Ok(Changed::Meanwhile);
        };
        let more = bytes.saturating_sub(was);
        let counted = sql!(
            "UPDATE users SET note_bytes = note_bytes + {more}
             WHERE id = {note.owner} {?more > 0: AND note_bytes + {more} <= {MOST_BYTES}}"
        );
        if counted.execute(&mut transaction).await? == 0 {
            return Ok(Changed::TooMuch);
        }
        let changed = sql!(
            "UPDATE notes
             SET title = {note.title}, body = {note.body}, folded = {folded(&note)},
                 changed = {note.changed}, version = {note.version}
             WHERE id = {note.id} AND version = {before}"
        );
        if changed.execute(&mut transaction).await? == 0 {
            return Ok(Changed::Meanwhile);
        }
        transaction.commit().await?;
        Ok(Changed::To(note))
    }

    /// Deletes a note, or this version of it alone; its shares go with it. False where it is not there.
    pub(crate) async fn delete_note(&self, note: &Note, only_this: bool) -> Result<bool> {
        let mut transaction = self.db.begin().await?;
        // In the order in which notes are added, so that no two wait for each other. The size is
        // read behind this lock, by a statement of its own: Postgres gives a statement that has
        // waited the row that it waited for as it is now, and all others as they were before.
        sql!("UPDATE users SET note_count = note_count - 1 WHERE id = {note.owner}")
            .execute(&mut transaction)
            .await?;
        let was = sql!(
            "SELECT octet_length(title) + octet_length(body) FROM notes
             WHERE id = {note.id} {?only_this: AND version = {note.version}}" as i64
        );
        let Some(was) = was.fetch_optional(&mut transaction).await? else {
            // Another request has deleted it, and counted, or has changed it: this one takes its count
            // back.
            return Ok(false);
        };
        sql!("UPDATE users SET note_bytes = note_bytes - {was} WHERE id = {note.owner}")
            .execute(&mut transaction)
            .await?;
        sql!("DELETE FROM notes WHERE id = {note.id}").execute(&mut transaction).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Lets the user of this name read a note, if there is one and it is not the owner.
    ///
    /// The statements, the rows that they leave and the answer are the same for every name, and
    /// names count whether or not an account has them: nothing here reveals who has an account. A
    /// share that is repeated becomes the latest.
    pub(crate) async fn share_note(&self, note: &Note, key: &str) -> Result<Shared> {
        let mut transaction = self.db.begin().await?;
        let others =
            sql!("SELECT COUNT(*) FROM shares WHERE note = {note.id} AND name_key <> {key}" as i64);
        if others.fetch_one(&mut transaction).await? >= MOST_READERS {
            return Ok(Shared::TooMany);
        }
        // Which of the two happens depends on what the owner has asked for, and on no account.
        let again = sql!(
            "UPDATE shares
             SET reader = (SELECT u.id FROM users u
                           WHERE u.name_key = {key} AND u.id <> {note.owner}),
                 since = {now()}
             WHERE note = {note.id} AND name_key = {key}"
        );
        if again.execute(&mut transaction).await? == 0 {
            let first = sql!(
                "INSERT INTO shares (note, name_key, reader, since)
                 VALUES ({note.id}, {key},
                         (SELECT u.id FROM users u
                          WHERE u.name_key = {key} AND u.id <> {note.owner}),
                         {now()})"
            );
            match first.execute(&mut transaction).await {
                Ok(_) => {}
                // The same share at the same time: one of the two is enough.
                Err(error) if error.kind() == ErrorKind::Unique => return Ok(Shared::Done),
                Err(error) => return Err(error),
            }
        }
        transaction.commit().await?;
        Ok(Shared::Done)
    }
}

/// Now, to the microsecond: what every database keeps, so that an answer says what is kept.
fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(now.nanosecond() / 1_000 * 1_000).unwrap_or(now)
}

/// The bytes that a note counts for its owner.
fn size(title: &str, body: &str) -> i64 {
    i64::try_from(title.len().saturating_add(body.len())).unwrap_or(i64::MAX)
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
