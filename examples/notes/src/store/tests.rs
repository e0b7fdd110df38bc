//! The statements, on each database.

use palisade_tests::postgres::PostgresServer;

use super::{
    pages::{MOST_SHARED, Place, behind, own, page, shared},
    *,
};
use crate::list::{Listing, Order, Sort};

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
                ["SCAN n", "Seq Scan on notes", "SCAN notes"].iter().any(|all| step.contains(all))
            };
            assert!(!steps.iter().any(reads_all), "{query}: {steps:#?}");
            assert!(!steps.is_empty());
        }
        assert_eq!(store.notes(me, &listing).await.unwrap().items.is_empty(), query == "search=a");
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
            deleting.delete_note(&note, false).await
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
