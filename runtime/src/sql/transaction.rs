//! Statements that are committed together or not at all.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    db::{Db, Pool, Shared},
    dialect::Dialect,
    error::{Error, ErrorKind},
    lease::{Driver, Lease, State, given_up, undone},
};

/// How long an abandoned transaction may take to roll back before its connection is closed instead,
/// which rolls back too.
const PATIENCE: Duration = Duration::from_secs(5);

const ROLLBACK: &str = "ROLLBACK";

/// Statements that are committed together or not at all.
///
/// ```no_run
/// # use palisade::sql::Db;
/// # async fn example(db: Db) -> palisade::Result<()> {
/// let mut transaction = db.begin().await?;
/// // sql!("UPDATE ..").execute(&mut transaction).await?;
/// // sql!("INSERT ..").execute(&mut transaction).await?;
/// transaction.commit().await?;
/// # Ok(()) }
/// ```
///
/// One that is dropped rolls back: by `?`, by a panic, by the deadline of the handler.
///
/// A transaction in which the database refused a statement is over, on every database alike: later
/// statements and [`commit`](Self::commit) return an error of the same kind, and nothing is
/// committed. (Postgres undoes everything at the first error and then accepts a `COMMIT`.) Handle
/// rows that may exist already in the statement itself: `ON CONFLICT .. DO NOTHING`, `WHERE NOT
/// EXISTS (..)`.
///
/// On SQLite it takes the write lock when it begins (`BEGIN IMMEDIATE`): a transaction that begins
/// by reading could not wait for another writer later, it would fail at once. Elsewhere it has the
/// server's default isolation.
pub struct Transaction {
    inner: Inner,
    pub(super) shared: Arc<Shared>,
}

enum Inner {
    #[cfg(feature = "sqlite")]
    Sqlite(Open<sqlx::Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(Open<sqlx::Postgres>),
    #[cfg(feature = "mysql")]
    MySql(Open<sqlx::MySql>),
}

/// A connection with a transaction on it.
struct Open<DB: Driver> {
    /// Taken when this is dropped, and only then.
    lease: Option<Lease<DB>>,
    undo: fn(Lease<DB>),
}

macro_rules! each_open {
    ($inner:expr, $open:ident => $body:expr) => {
        match $inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite($open) => $body,
            #[cfg(feature = "postgres")]
            Inner::Postgres($open) => $body,
            #[cfg(feature = "mysql")]
            Inner::MySql($open) => $body,
        }
    };
}

impl Db {
    /// Begins a transaction.
    ///
    /// # Errors
    ///
    /// No connection, or no write lock on SQLite, in time.
    pub async fn begin(&self) -> Result<Transaction, Error> {
        // `Open` is made before anything is sent: a future that is dropped while it waits for the
        // answer rolls back too.
        macro_rules! begin {
            ($pool:expr, $text:literal, $variant:ident) => {{
                let mut open = Open { lease: Some(Lease::of($pool, &self.shared).await?), undo };
                run(open.lease()?, $text, self.shared.limit()).await?;
                Inner::$variant(open)
            }};
        }
        let inner = match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => begin!(pool, "BEGIN IMMEDIATE", Sqlite),
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => begin!(pool, "BEGIN", Postgres),
            #[cfg(feature = "mysql")]
            Pool::MySql(pool) => begin!(pool, "START TRANSACTION", MySql),
        };
        Ok(Transaction { inner, shared: Arc::clone(&self.shared) })
    }
}

impl Transaction {
    /// Commits its changes.
    ///
    /// # Errors
    ///
    /// A statement failed before, so that there is nothing to commit. Or the database refuses now,
    /// or does not answer in time: then it is not known whether the changes are committed.
    pub async fn commit(mut self) -> Result<(), Error> {
        let limit = self.shared.limit();
        each_open!(&mut self.inner, open => {
            let lease = open.lease()?;
            if let State::Failed(kind) = lease.state() {
                // Where this fails the connection is closed, and nothing lasts either.
                let _undone = run(lease, ROLLBACK, limit).await;
                lease.end();
                return Err(undone(kind));
            }
            run(lease, "COMMIT", limit).await?;
            lease.end();
        });
        Ok(())
    }

    /// Undoes its changes, and waits until they are undone.
    ///
    /// # Errors
    ///
    /// The database cannot be reached: it undoes them by itself then.
    pub async fn rollback(mut self) -> Result<(), Error> {
        let limit = self.shared.limit();
        each_open!(&mut self.inner, open => {
            let lease = open.lease()?;
            run(lease, ROLLBACK, limit).await?;
            lease.end();
        });
        Ok(())
    }

    /// The database of the transaction.
    pub fn dialect(&self) -> Dialect {
        match &self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Inner::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "mysql")]
            Inner::MySql(_) => Dialect::MySql,
        }
    }
}

macro_rules! opens {
    ($($(#[$cfg:meta])* $name:ident: $variant:ident $driver:ty;)*) => {
        impl Transaction {$(
            $(#[$cfg])*
            pub(super) fn $name(&mut self) -> Option<&mut Lease<$driver>> {
                match &mut self.inner {
                    Inner::$variant(open) => open.lease.as_mut(),
                    #[cfg(any(
                        all(feature = "sqlite", feature = "postgres"),
                        all(feature = "sqlite", feature = "mysql"),
                        all(feature = "postgres", feature = "mysql"),
                    ))]
                    _ => None,
                }
            }
        )*}
    };
}

opens! {
    #[cfg(feature = "sqlite")]
    sqlite: Sqlite sqlx::Sqlite;
    #[cfg(feature = "postgres")]
    postgres: Postgres sqlx::Postgres;
    #[cfg(feature = "mysql")]
    mysql: MySql sqlx::MySql;
}

impl<DB: Driver> Open<DB> {
    fn lease(&mut self) -> Result<&mut Lease<DB>, Error> {
        self.lease.as_mut().ok_or_else(given_up)
    }
}

/// One of the words that begin and end a transaction. A connection on which it fails, or that does
/// not answer, is not used again: it may be in a transaction.
async fn run<DB>(lease: &mut Lease<DB>, text: &'static str, limit: Duration) -> Result<(), Error>
where
    DB: Driver,
    for<'c> &'c mut DB::Connection: sqlx::Executor<'c, Database = DB>,
{
    if matches!(lease.state(), State::Closed | State::Abandoned) {
        return Err(given_up());
    }
    let connection = lease.connection()?;
    let done = tokio::time::timeout(limit, sqlx::raw_sql(text).execute(connection)).await;
    let error = match done {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(error)) if text == ROLLBACK && is_undone(&error) => return Ok(()),
        Ok(Err(error)) => error.into(),
        Err(_) => Error::note(ErrorKind::TimedOut, format!("{text} was not answered in time")),
    };
    lease.settle(State::Abandoned);
    Err(error)
}

/// Whether there is no transaction any more: SQLite ends it by itself after some errors.
fn is_undone(error: &sqlx::Error) -> bool {
    #[cfg(feature = "sqlite")]
    if let sqlx::Error::Database(error) = error
        && let Some(error) = error.try_downcast_ref::<sqlx::sqlite::SqliteError>()
    {
        use sqlx::error::DatabaseError as _;
        // SQLITE_ERROR, which a `ROLLBACK` returns in no other case.
        return error.code().is_some_and(|code| code == "1");
    }
    let _unused = error;
    false
}

/// Rolls back, and returns the connection after that. Without a runtime to do it on, the connection
/// is closed.
fn undo<DB>(mut lease: Lease<DB>)
where
    DB: Driver,
    for<'c> &'c mut DB::Connection: sqlx::Executor<'c, Database = DB>,
{
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        lease.settle(State::Abandoned);
        return;
    };
    let _detached = runtime.spawn(async move {
        // What does not work out abandons the connection.
        let _undone = run(&mut lease, ROLLBACK, PATIENCE).await;
        lease.end();
    });
}

/// Rolls back a transaction that was not ended.
impl<DB: Driver> Drop for Open<DB> {
    fn drop(&mut self) {
        if let Some(lease) = self.lease.take()
            && matches!(lease.state(), State::Open | State::Failed(_))
        {
            (self.undo)(lease);
        }
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("database", &self.dialect()).finish_non_exhaustive()
    }
}
