//! Applies the migrations that the statements were checked against.

use std::{fs, path::Path};

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migrate, MigrationType, Migrator},
};

#[cfg(feature = "sqlite")]
use super::lease::Lease;
use super::{
    db::{Db, Pool},
    dialect::Dialect,
    error::{Error, ErrorKind},
};
use crate::regular_file;

/// The migrations of a program, as they were when it was compiled: the value of `migrations!()`.
#[derive(Debug)]
pub struct Migrations {
    /// Their fingerprint: statements that were checked against them have the same one.
    pub hash: u64,
    /// The folder that they were read from; a program that was moved elsewhere does not find it.
    pub folder: Option<&'static str>,
    /// For each database, in the order of [`Dialect::ALL`](super::Dialect::ALL); empty for one
    /// without migrations.
    pub sets: [&'static [Migration]; 3],
}

/// One migration.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// The number that its file begins with.
    pub version: i64,
    /// The rest of the file's name, in words.
    pub description: &'static str,
    /// Its statements. One that begins with `-- no-transaction` runs outside of a transaction.
    pub sql: &'static str,
    /// The file's path below the folder.
    pub file: &'static str,
}

/// The driver's own table, so that its command line works on the same database.
const TABLE: &str = "_sqlx_migrations";

impl Db {
    /// Applies the migrations that this database does not have yet, each in a transaction of its
    /// own if the database supports that. Several instances may start at a time: on Postgres and
    /// MySQL the others wait, on SQLite they find the file locked until it is done.
    ///
    /// The time limit of statements does not apply to them.
    ///
    /// # Errors
    ///
    /// A migration that was applied has changed since, or is not part of this program; one was
    /// begun and not finished; one fails. The service should not start then.
    pub async fn migrate(&self, migrations: &Migrations) -> Result<(), Error> {
        let migrator = migrations.migrator(self)?;
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => {
                let mut lease: Lease<sqlx::Sqlite> = Lease::of(pool, &self.shared).await?;
                run_beside_others(&migrator, lease.connection()?).await?;
            }
            // These connections are closed after: they keep a lock where a migration failed, and
            // have no time limit.
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                connection.close_on_drop();
                sqlx::raw_sql(
                    "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0",
                )
                .execute(&mut *connection)
                .await?;
                migrator.run_direct(None, &mut *connection, false).await?;
            }
            #[cfg(feature = "mysql")]
            Pool::MySql(pool) => {
                let mut connection = pool.acquire().await?;
                connection.close_on_drop();
                // SET needs one setting that each server knows.
                let unlimited = "SET SESSION sql_mode = @@SESSION.sql_mode \
                                 /*M!100000 , SESSION max_statement_time = 0 */";
                sqlx::raw_sql(unlimited).execute(&mut *connection).await?;
                // The modes of a pool that was made elsewhere are its owner's.
                if self.shared.modes.are_set() {
                    let modes = super::modes::SET_FOR_MIGRATIONS;
                    sqlx::raw_sql(modes).execute(&mut *connection).await?;
                }
                // The driver's own lock waits for -1 seconds, which on MariaDB is not at all.
                let lock =
                    "SELECT GET_LOCK(SHA1(CONCAT('palisade', COALESCE(DATABASE(), ''))), 3600)";
                let locked: Option<i64> =
                    sqlx::query_scalar(lock).fetch_one(&mut *connection).await?;
                if locked != Some(1) {
                    let note = "another instance is still migrating";
                    return Err(Error::note(ErrorKind::Unavailable, note));
                }
                migrator.run_direct(None, &mut *connection, false).await?;
            }
        }
        self.holds(migrations)
    }

    /// Checks that this database has exactly these migrations, and applies none: for services whose
    /// own account may not change the schema.
    ///
    /// # Errors
    ///
    /// One is missing, changed, unfinished, or not part of this program.
    pub async fn check_schema(&self, migrations: &Migrations) -> Result<(), Error> {
        let migrator = migrations.migrator(self)?;
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => {
                let mut lease: Lease<sqlx::Sqlite> = Lease::of(pool, &self.shared).await?;
                check(&migrator, lease.connection()?).await?;
            }
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => check(&migrator, &mut *pool.acquire().await?).await?,
            #[cfg(feature = "mysql")]
            Pool::MySql(pool) => check(&migrator, &mut *pool.acquire().await?).await?,
        }
        self.holds(migrations)
    }

    fn holds(&self, migrations: &Migrations) -> Result<(), Error> {
        if *self.shared.schema.get_or_init(|| migrations.hash) == migrations.hash {
            return Ok(());
        }
        Err(Error::note(
            ErrorKind::Defect,
            "this database was brought to other migrations before: one Db goes with one set",
        ))
    }
}

impl Migrations {
    fn migrator(&self, db: &Db) -> Result<Migrator, Error> {
        let dialect = db.dialect();
        let set = self.sets.get(dialect.index()).copied().unwrap_or_default();
        if set.is_empty() {
            let note = format!("the program has no migrations for {dialect}");
            return Err(Error::note(ErrorKind::Defect, note));
        }
        if let Some(folder) = self.folder
            && let Some(file) = changed(Path::new(folder), dialect, set)
        {
            return Err(Error::note(
                ErrorKind::Defect,
                format!(
                    "migration {file} is not what it was when this program was compiled: build it \
                     again. Added files are seen by themselves with `palisade_sql::watch()` in \
                     the build.rs"
                ),
            ));
        }
        Ok(Migrator::with_migrations(set.iter().map(Migration::for_driver).collect()))
    }
}

impl Migration {
    fn for_driver(&self) -> sqlx::migrate::Migration {
        let up_down = self.file.ends_with(".up.sql");
        let kind = if up_down { MigrationType::ReversibleUp } else { MigrationType::Simple };
        sqlx::migrate::Migration::new(
            self.version,
            self.description.into(),
            kind,
            self.sql.into_sql_str(),
            self.sql.starts_with("-- no-transaction"),
        )
    }
}

/// The first file that was added, changed or removed since. Statements were checked against the
/// earlier files, so they could be wrong without an error.
fn changed(folder: &Path, dialect: Dialect, set: &[Migration]) -> Option<String> {
    let own = folder.join(dialect.folder());
    let own = if own.is_dir() { own } else { folder.to_owned() };
    // A program that was moved elsewhere uses its embedded migrations.
    let entries = fs::read_dir(&own).ok()?;
    let there = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let there = there.filter(|name| name.ends_with(".sql") && !name.ends_with(".down.sql"));
    let is_known = |name: &String| {
        set.iter().any(|migration| Path::new(migration.file).file_name() == Some(name.as_ref()))
    };
    let added = there.filter(|name| own.join(name).is_file()).find(|name| !is_known(name));
    let edited = |migration: &&Migration| {
        let most = u64::try_from(migration.sql.len()).unwrap_or(u64::MAX);
        let text = regular_file::read(&folder.join(migration.file), most);
        !text.is_ok_and(|text| *text == migration.sql.as_bytes())
    };
    added.or_else(|| set.iter().find(edited).map(|migration| migration.file.to_owned()))
}

/// SQLite has no lock that outlives a transaction: two that start together may both try the same
/// migration, and one of them fails. It checks again if that was the reason.
#[cfg(feature = "sqlite")]
async fn run_beside_others<C: Migrate>(
    migrator: &Migrator,
    connection: &mut C,
) -> Result<(), Error> {
    let mut tries = 0;
    loop {
        let before = connection.list_applied_migrations(TABLE).await.map_or(0, |list| list.len());
        let Err(error) = migrator.run_direct(None, connection, false).await else { return Ok(()) };
        let error = Error::from(error);
        let after = connection.list_applied_migrations(TABLE).await.map_or(0, |list| list.len());
        tries += 1;
        if tries == 20 || !(error.is_transient() || after > before) {
            return Err(error);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

async fn check<C: Migrate>(migrator: &Migrator, connection: &mut C) -> Result<(), Error> {
    let refuse = |note: String| Error::note(ErrorKind::Defect, note);
    let unread = |error| match Error::from(error) {
        error if error.is_transient() => error,
        _ => refuse(format!("the database has no readable table {TABLE}: migrate it first")),
    };
    if let Some(version) = connection.dirty_version(TABLE).await.map_err(unread)? {
        return Err(sqlx::migrate::MigrateError::Dirty(version).into());
    }
    let applied = connection.list_applied_migrations(TABLE).await.map_err(unread)?;
    for migration in migrator.iter() {
        let Some(found) = applied.iter().find(|found| found.version == migration.version) else {
            return Err(refuse(format!(
                "the database does not have migration {} yet: migrate it first",
                migration.version
            )));
        };
        if found.checksum != migration.checksum {
            return Err(sqlx::migrate::MigrateError::VersionMismatch(migration.version).into());
        }
    }
    let known = |version| migrator.iter().any(|migration| migration.version == version);
    match applied.iter().find(|found| !known(found.version)) {
        Some(found) => Err(sqlx::migrate::MigrateError::VersionMissing(found.version).into()),
        None => Ok(()),
    }
}
