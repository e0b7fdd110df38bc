//! Bringing a database to the schema that the statements were checked against.

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migrate, MigrationType, Migrator},
};

use super::{
    db::{Db, Pool},
    error::{Error, ErrorKind},
};

/// The migrations of a program, as they were when it was compiled.
#[derive(Debug)]
pub struct Migrations {
    /// For each database, in the order of [`Dialect::ALL`](super::Dialect::ALL); `None` for one
    /// that the program has none for.
    pub files: [Option<&'static [Migration]>; 3],
    /// Their fingerprint: statements that were checked against them carry the same one.
    pub schema: u64,
}

/// One migration.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// The number that its file begins with.
    pub version: i64,
    /// The rest of the file's name, in words.
    pub description: &'static str,
    /// What it does.
    pub sql: &'static str,
    /// Whether it runs in a transaction; a file that begins with `-- no-transaction` does not.
    pub transaction: bool,
    /// Whether the file is one of a pair that goes up and down; only the way up is here.
    pub up_down: bool,
}

/// The driver's own table, so that its command line works on the same database.
const TABLE: &str = "_sqlx_migrations";

impl Db {
    /// Applies the migrations that this database does not have yet, each in a transaction of its
    /// own where the database can do that. Several instances may start at a time: on Postgres and
    /// MySQL the others wait, on SQLite they find the file locked until it is done.
    ///
    /// The time limit of statements does not hold for them.
    ///
    /// # Errors
    ///
    /// A migration that was applied has changed since, or is not part of this program; one was
    /// begun and not finished; one fails. Nothing of the service should start then.
    pub async fn migrate(&self, migrations: &Migrations) -> Result<(), Error> {
        let migrator = migrations.migrator(self)?;
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => {
                let mut connection = pool.acquire().await?;
                migrator.run_direct(None, &mut *connection, false).await?;
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
                sqlx::raw_sql("SET SESSION sql_mode = @@sql_mode /*M!100000 , SESSION max_statement_time = 0 */")
                    .execute(&mut *connection)
                    .await?;
                migrator.run_direct(None, &mut *connection, false).await?;
            }
        }
        self.holds(migrations)
    }

    /// Sees that this database has exactly these migrations, and applies none: for services whose
    /// own account may not change the schema.
    ///
    /// # Errors
    ///
    /// One is missing, changed, unfinished, or not part of this program.
    pub async fn check_schema(&self, migrations: &Migrations) -> Result<(), Error> {
        let migrator = migrations.migrator(self)?;
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => check(&migrator, &mut *pool.acquire().await?).await?,
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => check(&migrator, &mut *pool.acquire().await?).await?,
            #[cfg(feature = "mysql")]
            Pool::MySql(pool) => check(&migrator, &mut *pool.acquire().await?).await?,
        }
        self.holds(migrations)
    }

    fn holds(&self, migrations: &Migrations) -> Result<(), Error> {
        if *self.shared.schema.get_or_init(|| migrations.schema) == migrations.schema {
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
        let files = self.files.get(dialect.index()).copied().flatten().ok_or_else(|| {
            Error::note(ErrorKind::Defect, format!("the program has no migrations for {dialect}"))
        })?;
        let migrations = files.iter().map(Migration::for_driver).collect();
        Ok(Migrator::with_migrations(migrations))
    }
}

impl Migration {
    fn for_driver(&self) -> sqlx::migrate::Migration {
        let kind = if self.up_down { MigrationType::ReversibleUp } else { MigrationType::Simple };
        sqlx::migrate::Migration::new(
            self.version,
            self.description.into(),
            kind,
            self.sql.into_sql_str(),
            !self.transaction,
        )
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
