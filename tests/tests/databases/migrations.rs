//! Migrations: applied once, never changed after.

use palisade::sql::{Error, Migration, Migrations};

use crate::lab::{Lab, query};

const FIRST: Migration = Migration {
    version: 1,
    description: "first",
    sql: "CREATE TABLE migrated (id BIGINT PRIMARY KEY)",
    file: "0001_first.sql",
};
const SECOND: Migration = Migration {
    version: 2,
    description: "second",
    sql: "ALTER TABLE migrated ADD COLUMN name VARCHAR(40)",
    file: "0002_second.up.sql",
};
const BROKEN: Migration = Migration { sql: "ALTER TABLE nothing ADD COLUMN x INTEGER", ..SECOND };
const EDITED: Migration = Migration { sql: "CREATE TABLE migrated (id INTEGER)", ..FIRST };

macro_rules! set {
    ($($migration:expr),+) => {{
        static SET: &[Migration] = &[$($migration),+];
        static MIGRATIONS: Migrations = Migrations { hash: 1, folder: None, sets: [SET, SET, SET] };
        &MIGRATIONS
    }};
}

/// Each program that starts has a handle of its own.
async fn migrate(lab: &Lab, migrations: &Migrations) -> Result<(), Error> {
    palisade::sql::Db::clone(&lab.db).migrate(migrations).await
}

pub(crate) async fn migrations_are_applied_once(lab: &Lab) {
    let unmigrated = lab.db.check_schema(set![FIRST]).await.unwrap_err();
    assert!(unmigrated.to_string().contains("migrate it first"), "{unmigrated}");
    migrate(lab, set![FIRST]).await.unwrap();
    query!((): "INSERT INTO migrated (id) VALUES (1)").execute(&lab.db).await.unwrap();
    let behind = lab.db.check_schema(set![FIRST, SECOND]).await.unwrap_err();
    assert!(behind.to_string().contains("migration 2"), "{behind}");
    // Several instances that start together.
    let two = set![FIRST, SECOND];
    let together = futures_util::future::join_all((0..3).map(|_| migrate(lab, two))).await;
    assert!(together.iter().all(Result::is_ok), "{together:?}");
    let names = query!(i64: "SELECT count(*) FROM migrated WHERE name IS NULL");
    assert_eq!(names.fetch_one(&lab.db).await.unwrap(), 1);
    lab.db.check_schema(two).await.unwrap();
    let older = migrate(lab, set![FIRST]).await.unwrap_err();
    assert!(older.to_string().contains("at least as new"), "{older}");
    let none = Migrations { hash: 1, folder: None, sets: [&[], &[], &[]] };
    assert!(lab.db.migrate(&none).await.unwrap_err().to_string().contains("no migrations for"));
}

pub(crate) async fn a_changed_migration_is_refused(lab: &Lab) {
    migrate(lab, set![FIRST]).await.unwrap();
    for refused in [migrate(lab, set![EDITED]).await, lab.db.check_schema(set![EDITED]).await] {
        let refused = refused.unwrap_err();
        assert!(refused.to_string().contains("migration 1 was changed"), "{refused}");
    }
    // Development: the folder has moved on since the program was built.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("0001_first.sql"), FIRST.sql).unwrap();
    let path: &'static str = folder.path().to_str().unwrap().to_owned().leak();
    static SET: &[Migration] = &[FIRST];
    let fresh = Migrations { hash: 1, folder: Some(path), sets: [SET, SET, SET] };
    lab.db.migrate(&fresh).await.unwrap();
    std::fs::write(folder.path().join("0002_added.sql"), "SELECT 1").unwrap();
    let stale = lab.db.migrate(&fresh).await.unwrap_err();
    assert!(stale.to_string().contains("0002_added.sql"), "{stale}");
    std::fs::remove_file(folder.path().join("0002_added.sql")).unwrap();
    std::fs::write(folder.path().join("0001_first.sql"), "SELECT 1").unwrap();
    assert!(lab.db.migrate(&fresh).await.unwrap_err().to_string().contains("0001_first.sql"));
}

pub(crate) async fn a_migration_that_fails_holds_nobody_up(lab: &Lab) {
    migrate(lab, set![FIRST]).await.unwrap();
    let broken = migrate(lab, set![FIRST, BROKEN]).await.unwrap_err();
    assert!(broken.to_string().contains("migration 2"), "{broken}");
    if lab.dialect() == palisade::sql::Dialect::MySql {
        // It cannot roll a schema back: the row that says so stays until an operator removes it.
        let dirty = migrate(lab, set![FIRST, SECOND]).await.unwrap_err();
        assert!(dirty.to_string().contains("begun and not finished"), "{dirty}");
    } else {
        migrate(lab, set![FIRST, SECOND]).await.unwrap();
    }
}
