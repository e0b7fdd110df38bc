//! Where entries are kept: every statement of the service.
//!
//! Each is checked against `migrations/` when the service is compiled, and takes its values bound.

use palisade::{
    migrations,
    password::PasswordHash,
    sql,
    sql::{Db, Migrations},
};
use time::OffsetDateTime;

use crate::entry::{Entry, Listing, NewEntry};

type Result<T> = std::result::Result<T, sql::Error>;

/// What `migrations/` makes of an empty database.
static MIGRATIONS: &Migrations = migrations!();

/// What visitors can make grow has an end.
const MOST_ENTRIES: i64 = 10_000;

/// The guest book.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    db: Db,
}

impl Book {
    /// Brings the database to the present schema.
    ///
    /// # Errors
    ///
    /// It is one of another program or of a later version, or cannot be changed.
    pub(crate) async fn open(db: Db) -> Result<Self> {
        db.migrate(MIGRATIONS).await?;
        Ok(Self { db })
    }

    /// Keeps an entry; false where the book is full. Counting and adding are one transaction, and
    /// SQLite has one writer at a time.
    pub(crate) async fn add(&self, entry: &NewEntry) -> Result<bool> {
        let mut transaction = self.db.begin().await?;
        let count = sql!("SELECT COUNT(*) FROM entries" as i64).fetch_one(&mut transaction).await?;
        if count >= MOST_ENTRIES {
            return Ok(false);
        }
        sql!(
            "INSERT INTO entries (text, folded, written)
             VALUES ({entry.text}, {fold(&entry.text)}, {now()})"
        )
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// A page of entries, the newest first.
    ///
    /// `instr` costs little more than reading the text once; `LIKE` costs text times pattern.
    pub(crate) async fn entries(&self, listing: &Listing) -> Result<Vec<Entry>> {
        let term = listing.search.as_deref().filter(|term| !term.is_empty()).map(fold);
        let before = listing.before.unwrap_or(i64::MAX);
        sql!(
            "SELECT id, text, written FROM entries
             WHERE id < {before} {?let Some(term) = &term: AND instr(folded, {term}) > 0}
             ORDER BY id DESC LIMIT {listing.limit}" as Entry
        )
        .fetch_all(&self.db)
        .await
    }

    /// How many entries there are.
    pub(crate) async fn count(&self) -> Result<i64> {
        sql!("SELECT COUNT(*) FROM entries" as i64).fetch_one(&self.db).await
    }

    /// Deletes an entry; false where there is none of this id.
    pub(crate) async fn delete(&self, id: i64) -> Result<bool> {
        let deleted = sql!("DELETE FROM entries WHERE id = {id}").execute(&self.db).await?;
        Ok(deleted > 0)
    }

    /// The text of the hash of the administrator's password, as it was at the last start.
    pub(crate) async fn password(&self) -> Result<Option<String>> {
        sql!("SELECT hash FROM password WHERE one = 1" as String).fetch_optional(&self.db).await
    }

    /// Keeps the hash of the administrator's password.
    pub(crate) async fn keep_password(&self, hash: &PasswordHash) -> Result<()> {
        let hash = hash.as_str();
        let mut transaction = self.db.begin().await?;
        let again = sql!("UPDATE password SET hash = {hash} WHERE one = 1");
        if again.execute(&mut transaction).await? == 0 {
            sql!("INSERT INTO password (one, hash) VALUES (1, {hash})")
                .execute(&mut transaction)
                .await?;
        }
        transaction.commit().await
    }
}

/// Now, to the second.
fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap_or(now)
}

/// Lower case by Unicode, for what is kept and for what is looked for. Letter by letter: the small
/// form of a whole word may differ from that of its part (`ς`), and a part is what is looked for.
fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}
