//! Where users, notes and shares are kept: every statement of the service.
//!
//! Each is checked against `migrations/` when the service is compiled, for SQLite and for Postgres,
//! and takes its values bound.

use palisade::{
    input::skeleton,
    migrations,
    password::PasswordHash,
    sql,
    sql::{Db, Dialect, ErrorKind, Migrations, Slice},
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

/// The most bytes of one user's titles and bodies. A search reads all of them.
const MOST_BYTES: i64 = 10 << 20;

/// The most notes that were shared with one user and are listed and searched: the latest shares. A
/// note is at most 40,800 bytes (10,200 characters of four bytes), so a search reads at most
/// 40.8 MB of others' notes.
///
/// Others share as many notes with a user as they like, so reading has the bound. A bound on
/// sharing would tell whether a name has an account, and whether its lists are full.
const MOST_SHARED: i64 = 1_000;

/// The most bytes of a page, as JSON: it is in memory until the client has read it.
const PAGE_BYTES: usize = 256 << 10;
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
    /// Whoever has the name may read the note, if somebody has it.
    Done,
    /// The note was shared with too many names.
    TooMany,
}

/// Where in a list a page begins, and what is looked for.
///
/// Each database searches by its own function. `LIKE` costs text times pattern, so that one search
/// of 200 characters took seconds.
#[derive(Debug)]
struct Place<'l> {
    order: Order,
    in_sqlite: Option<String>,
    in_postgres: Option<String>,
    older: Option<(OffsetDateTime, Uuid)>,
    newer: Option<(OffsetDateTime, Uuid)>,
    below: Option<(&'l str, Uuid)>,
    above: Option<(&'l str, Uuid)>,
}

impl<'l> Place<'l> {
    fn new(store: &Store, listing: &'l Listing) -> Self {
        let term = listing.search.as_deref().filter(|term| !term.is_empty()).map(fold);
        let (in_sqlite, in_postgres) = if store.is_shared() { (None, term) } else { (term, None) };
        let order = listing.order();
        let (mut older, mut newer, mut below, mut above) = (None, None, None, None);
        match (listing.after.as_ref().map(sql::Cursor::key), order) {
            (None, _) => {}
            (Some(Key::Created(created, id)), Order::Desc) => older = Some((*created, *id)),
            (Some(Key::Created(created, id)), Order::Asc) => newer = Some((*created, *id)),
            (Some(Key::Title(title, id)), Order::Desc) => below = Some((title.as_str(), *id)),
            (Some(Key::Title(title, id)), Order::Asc) => above = Some((title.as_str(), *id)),
        }
        Self { order, in_sqlite, in_postgres, older, newer, below, above }
    }
}

/// The ids of the caller's own notes.
macro_rules! own {
    ($me:expr, $listing:expr, $place:expr, $query:ident => $run:expr) => {{
        let (me, listing, place) = ($me, $listing, &$place);
        let $query = sql!(
            "SELECT n.id FROM notes n
             WHERE n.owner = {me}
             {?let Some(term) = &place.in_sqlite: AND instr(n.folded, {term}) > 0}
             {?let Some(term) = &place.in_postgres: AND strpos(n.folded, {term}) > 0}
             {?let Some((at, id)) = &place.older:
                 AND (n.created < {at} OR (n.created = {at} AND n.id < {id}))}
             {?let Some((at, id)) = &place.newer:
                 AND (n.created > {at} OR (n.created = {at} AND n.id > {id}))}
             {?let Some((at, id)) = &place.below:
                 AND (n.title < {at} OR (n.title = {at} AND n.id < {id}))}
             {?let Some((at, id)) = &place.above:
                 AND (n.title > {at} OR (n.title = {at} AND n.id > {id}))}
             ORDER BY {listing.sort: Sort} {place.order: Order}, n.id {place.order: Order}
             LIMIT {listing.limit}" as Uuid
        );
        $run
    }};
}

/// The ids of notes that were shared with the caller, among the latest shares.
macro_rules! shared {
    ($me:expr, $listing:expr, $place:expr, $query:ident => $run:expr) => {{
        let (me, listing, place) = ($me, $listing, &$place);
        let $query = sql!(
            "SELECT n.id FROM notes n
             WHERE n.id IN (SELECT s.note FROM shares s WHERE s.reader = {me}
                            ORDER BY s.since DESC, s.note DESC LIMIT {MOST_SHARED})
             {?let Some(term) = &place.in_sqlite: AND instr(n.folded, {term}) > 0}
             {?let Some(term) = &place.in_postgres: AND strpos(n.folded, {term}) > 0}
             {?let Some((at, id)) = &place.older:
                 AND (n.created < {at} OR (n.created = {at} AND n.id < {id}))}
             {?let Some((at, id)) = &place.newer:
                 AND (n.created > {at} OR (n.created = {at} AND n.id > {id}))}
             {?let Some((at, id)) = &place.below:
                 AND (n.title < {at} OR (n.title = {at} AND n.id < {id}))}
             {?let Some((at, id)) = &place.above:
                 AND (n.title > {at} OR (n.title = {at} AND n.id > {id}))}
             ORDER BY {listing.sort: Sort} {place.order: Order}, n.id {place.order: Order}
             LIMIT {listing.limit}" as Uuid
        );
        $run
    }};
}

/// Notes of this owner in the order of their ids, behind the one with this id.
macro_rules! behind {
    ($owner:expr, $after:expr, $most:expr, $query:ident => $run:expr) => {{
        let (owner, after, most): (UserId, Option<Uuid>, u32) = ($owner, $after, $most);
        let $query = sql!(
            "SELECT n.id, n.owner, u.name_key AS owner_name, n.title, n.body, n.created, n.changed,
                    n.version
             FROM notes n JOIN users u ON u.id = n.owner
             WHERE n.owner = {owner} {?let Some(id) = after: AND n.id > {id}}
             ORDER BY n.id LIMIT {most}" as Note
        );
        $run
    }};
}

/// These notes, in their order.
macro_rules! page {
    ($found:expr, $listing:expr, $place:expr, $query:ident => $run:expr) => {{
        let (found, listing, place) = (&$found, $listing, &$place);
        let $query = sql!(
            "SELECT n.id, n.owner, u.name_key AS owner_name, n.title, n.body, n.created, n.changed,
                    n.version
             FROM notes n JOIN users u ON u.id = n.owner
             WHERE n.id IN ({found..})
             ORDER BY {listing.sort: Sort} {place.order: Order}, n.id {place.order: Order}
             LIMIT {listing.limit}" as Note
        );
        $run
    }};
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
    /// Each statement stands alone, so that it may be interrupted, and another instance may do the
    /// same. A name that looks like one that came first stays as it is, with a line in the log.
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

    /// Puts this note in the place of the one that it was made of.
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

    /// Deletes a note; its shares go with it.
    pub(crate) async fn delete_note(&self, note: &Note) -> Result<()> {
        let mut transaction = self.db.begin().await?;
        // In the order in which notes are added, so that no two wait for each other. The size is
        // read behind this lock, by a statement of its own: Postgres gives a statement that has
        // waited the row that it waited for as it is now, and all others as they were before.
        sql!("UPDATE users SET note_count = note_count - 1 WHERE id = {note.owner}")
            .execute(&mut transaction)
            .await?;
        let was = sql!(
            "SELECT octet_length(title) + octet_length(body) FROM notes WHERE id = {note.id}"
                as i64
        );
        let Some(was) = was.fetch_optional(&mut transaction).await? else {
            // Another request has deleted it, and counted: this one takes its count back.
            return Ok(());
        };
        sql!("UPDATE users SET note_bytes = note_bytes - {was} WHERE id = {note.owner}")
            .execute(&mut transaction)
            .await?;
        sql!("DELETE FROM notes WHERE id = {note.id}").execute(&mut transaction).await?;
        transaction.commit().await
    }

    /// Lets the user of this name read a note, if there is one and it is not the owner.
    ///
    /// The statements, the rows that they leave and the answer are the same for every name, and
    /// names count whether or not somebody has them: nothing here tells who has an account. A share
    /// that is repeated becomes the latest.
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

    /// A page of the notes that this user may read.
    ///
    /// Whose they are is a condition of the statements. The cursor is the client's, and says only
    /// where among them the page begins.
    ///
    /// The caller's own notes and those that were shared are looked for apart, each by an index: a
    /// statement that asks for either reads every note of everybody. The third one puts both in
    /// the database's own order, and is read until the page is full.
    pub(crate) async fn notes(
        &self,
        me: UserId,
        listing: &Listing,
    ) -> palisade::Result<Slice<Note>> {
        let place = Place::new(self, listing);
        let mut found: Vec<Uuid> = own!(me, listing, place, own => own.fetch_all(&self.db).await?);
        found.extend(shared!(me, listing, place, shared => shared.fetch_all(&self.db).await?));
        let key = |note: &Note| listing.sort.key(note);
        page!(found, listing, place, page => {
            Slice::read(page.stream(&self.db), listing.limit, PAGE_BYTES, key).await
        })
    }

    /// Notes of this owner in the order in which they were made, behind the one with this id.
    pub(crate) async fn notes_after(
        &self,
        owner: UserId,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<Note>> {
        behind!(owner, after, most, query => query.fetch_all(&self.db).await)
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

#[cfg(test)]
mod tests {
    use palisade_tests::postgres::PostgresServer;

    use super::*;
    use crate::list::Listing;

    const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA\
                        $ZYpNjbNZRZJiGiPtKjz0Xu/vlYQl6AKwAVGOIFo+qUE";

    /// Notes of others, so that a plan that reads all of them is not the cheapest.
    const OTHERS: i64 = 5_000;

    fn listing(query: &str) -> Listing {
        let listing = actix_web::web::Query::<Listing>::from_query(query).unwrap();
        listing.into_inner()
    }

    async fn user(store: &Store, name: &str) -> UserId {
        let id = UserId::new();
        let hash = PasswordHash::parse(HASH).unwrap();
        assert!(store.add_user(id, name, name, &hash).await.unwrap());
        id
    }

    async fn filled(db: Db) -> (Store, UserId) {
        let store = Store::open(db).await.unwrap();
        let (me, other) = (user(&store, "me").await, user(&store, "other").await);
        let mut transaction = store.db.begin().await.unwrap();
        for number in 0..OTHERS {
            let owner = if number % 100 == 0 { me } else { other };
            let title = format!("note {number}");
            sql!(
                "INSERT INTO notes (id, owner, title, body, folded, created, changed, version)
                 VALUES ({Uuid::now_v7()}, {owner}, {title}, '', '', {now()},
                         {now()}, 1)"
            )
            .execute(&mut transaction)
            .await
            .unwrap();
        }
        transaction.commit().await.unwrap();
        sql!("ANALYZE", dangerous_ddl = "the planner of a test database needs figures")
            .execute(&store.db)
            .await
            .unwrap();
        (store, me)
    }

    /// No plan may read a whole table: `SCAN n` on SQLite, `Seq Scan on notes` on Postgres.
    async fn goes_by_an_index(db: Db) {
        let (store, me) = filled(db).await;
        for query in ["", "search=a", "sort=title", "sort=title&order=desc", "limit=100"] {
            let listing = listing(query);
            let place = Place::new(&store, &listing);
            let found = vec![Uuid::now_v7(), Uuid::now_v7()];
            for steps in [
                own!(me, &listing, place, query => query.explain(&store.db).await.unwrap()),
                shared!(me, &listing, place, query => query.explain(&store.db).await.unwrap()),
                page!(found, &listing, place, query => query.explain(&store.db).await.unwrap()),
            ] {
                let reads_all = |step: &String| {
                    ["SCAN n", "Seq Scan on notes", "SCAN notes"]
                        .iter()
                        .any(|all| step.contains(all))
                };
                assert!(!steps.iter().any(reads_all), "{query}: {steps:#?}");
                assert!(!steps.is_empty());
            }
            assert_eq!(
                store.notes(me, &listing).await.unwrap().items.is_empty(),
                query == "search=a"
            );
        }
        for after in [None, Some(Uuid::nil())] {
            let steps = behind!(me, after, 20, query => query.explain(&store.db).await.unwrap());
            let sorts = |step: &String| step.contains("TEMP B-TREE") || step.contains("Sort");
            assert!(!steps.iter().any(sorts), "{after:?}: {steps:#?}");
            // By the ids of all notes there is nothing to sort, and those of others are read.
            assert!(steps.iter().any(|step| step.contains("notes_by_id")), "{after:?}: {steps:#?}");
        }
    }

    /// Rounds of a change and a deletion at the same time.
    const ROUNDS: usize = 160;

    /// What an account keeps is right, whichever of the two comes first.
    async fn counts_what_is_left(db: Db) {
        let store = Store::open(db).await.unwrap();
        let me = user(&store, "me").await;
        for round in 0..ROUNDS {
            let new = NewNote { title: "title".to_owned(), body: "before".to_owned() };
            let Kept::As(note) = store.add_note(me, new).await.unwrap() else {
                panic!("round {round}: the account is full")
            };
            let mut longer = note.clone();
            longer.body = "a body that is longer".to_owned();
            let changing = store.clone();
            let change =
                actix_web::rt::spawn(async move { changing.change_note(longer).await.map(drop) });
            let deleting = store.clone();
            let deletion = actix_web::rt::spawn(async move {
                // Later by some statements, so that it meets each step of the change.
                for _ in 0..round % 8 {
                    deleting.note(note.id).await?;
                }
                deleting.delete_note(&note).await
            });
            change.await.unwrap().unwrap();
            deletion.await.unwrap().unwrap();
            assert_eq!(kept(&store, me).await, (0, 0), "round {round}");
        }
    }

    /// The number and the bytes that are counted for a user.
    async fn kept(store: &Store, id: UserId) -> (i64, i64) {
        let counts = sql!("SELECT note_count, note_bytes FROM users WHERE id = {id}" as (i64, i64));
        counts.fetch_one(&store.db).await.unwrap()
    }

    #[actix_web::test]
    async fn a_change_and_a_deletion_leave_the_counts_right_on_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        counts_what_is_left(Db::open_file(folder.path().join("notes.sqlite")).await.unwrap()).await;
    }

    #[actix_web::test]
    async fn a_change_and_a_deletion_leave_the_counts_right_on_postgres() {
        let Some(server) = PostgresServer::launch() else { return };
        counts_what_is_left(Db::connect(server.url()).await.unwrap()).await;
    }

    /// The latest shares are listed and searched; a share that is repeated is one of them again.
    async fn lists_the_latest_shares(db: Db) {
        let store = Store::open(db).await.unwrap();
        let (owner, reader) = (user(&store, "owner").await, user(&store, "reader").await);
        let new = NewNote { title: "first of all".to_owned(), body: String::new() };
        let Kept::As(first) = store.add_note(owner, new).await.unwrap() else { panic!("too many") };
        store.share_note(&first, "reader").await.unwrap();
        let sees = async || {
            let found = store.notes(reader, &listing("search=first of all")).await.unwrap();
            found.items.iter().any(|note| note.id == first.id)
        };
        assert!(sees().await);
        let mut transaction = store.db.begin().await.unwrap();
        for _ in 0..MOST_SHARED {
            let id = Uuid::now_v7();
            sql!(
                "INSERT INTO notes (id, owner, title, body, folded, created, changed, version)
                 VALUES ({id}, {owner}, 'later', '', 'later', {now()}, {now()}, 1)"
            )
            .execute(&mut transaction)
            .await
            .unwrap();
            sql!(
                "INSERT INTO shares (note, name_key, reader, since)
                 VALUES ({id}, 'reader', {reader}, {now()})"
            )
            .execute(&mut transaction)
            .await
            .unwrap();
        }
        transaction.commit().await.unwrap();
        assert!(!sees().await);
        assert_eq!(store.notes(reader, &listing("limit=100")).await.unwrap().items.len(), 100);
        assert!(store.is_shared_with(first.id, reader).await.unwrap(), "by its id it is read");
        store.share_note(&first, "reader").await.unwrap();
        assert!(sees().await);
    }

    #[actix_web::test]
    async fn the_latest_shares_are_listed_on_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes.sqlite");
        lists_the_latest_shares(Db::open_file(file).await.unwrap()).await;
    }

    #[actix_web::test]
    async fn the_latest_shares_are_listed_on_postgres() {
        let Some(server) = PostgresServer::launch() else { return };
        lists_the_latest_shares(Db::connect(server.url()).await.unwrap()).await;
    }

    #[actix_web::test]
    async fn lists_go_by_an_index_on_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        goes_by_an_index(Db::open_file(folder.path().join("notes.sqlite")).await.unwrap()).await;
    }

    #[actix_web::test]
    async fn lists_go_by_an_index_on_postgres() {
        let Some(server) = PostgresServer::launch() else { return };
        goes_by_an_index(Db::connect(server.url()).await.unwrap()).await;
    }

    #[test]
    fn users_from_before_the_skeletons_get_theirs_and_twins_stay() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes.sqlite");
        actix_web::rt::System::new().block_on(async {
            let hash = PasswordHash::parse(HASH).unwrap();
            let store = Store::open(Db::open_file(&file).await.unwrap()).await.unwrap();
            let add = async |store: &Store, name: &str| {
                store.add_user(UserId::new(), name, name, &hash).await.unwrap()
            };
            // More than are read at a time.
            for number in 0..BATCH + 20 {
                assert!(add(&store, &format!("user-{number}x")).await, "{number}");
            }
            assert!(add(&store, "alice").await);
            sql!("UPDATE users SET skeleton = NULL WHERE skeleton IS NOT NULL")
                .execute(&store.db)
                .await
                .unwrap();
            assert!(add(&store, "a1ice").await, "as before there were skeletons");
            sql!("UPDATE users SET skeleton = NULL WHERE skeleton IS NOT NULL")
                .execute(&store.db)
                .await
                .unwrap();

            let empty = async |store: &Store| {
                let count = sql!("SELECT COUNT(*) FROM users WHERE skeleton IS NULL" as i64);
                count.fetch_one(&store.db).await.unwrap()
            };
            for _ in 0..2 {
                let store = Store::open(Db::open_file(&file).await.unwrap()).await.unwrap();
                assert_eq!(empty(&store).await, 1, "one of the twins");
                assert!(store.user_named("alice").await.unwrap().is_some());
                assert!(store.user_named("a1ice").await.unwrap().is_some());
                assert!(!add(&store, "aiice").await);
            }
        });
    }
}
