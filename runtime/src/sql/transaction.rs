//! Statements that hold together or not at all.

use std::{fmt, sync::Arc, time::Duration};

use sqlx::{Database, pool::PoolConnection};

use super::{
    db::{Db, Pool, Shared},
    dialect::Dialect,
    error::{Error, ErrorKind},
};

/// How long an abandoned transaction may take to roll back before its connection is closed
/// instead, which rolls back too.
const ROLLBACK: Duration = Duration::from_secs(5);

/// Statements that hold together or not at all.
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
/// On SQLite it takes the right to write when it begins (`BEGIN IMMEDIATE`): one that begins by
/// reading could not wait for another writer later, it would fail at once. Elsewhere it has the
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
pub(super) struct Open<DB: Database> {
    /// Taken when this is dropped, and only then.
    connection: Option<PoolConnection<DB>>,
    state: State,
    undo: fn(PoolConnection<DB>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Closed,
    /// A statement did not come back.
    Abandoned,
}

impl<DB: Database> Open<DB> {
    /// The connection, unless a statement on it did not come back.
    pub(super) fn connection(&mut self) -> Result<&mut DB::Connection, Error> {
        match (&mut self.connection, self.state) {
            (Some(connection), State::Open) => Ok(connection),
            _ => Err(Error::note(ErrorKind::TimedOut, "the transaction was given up before")),
        }
    }

    pub(super) fn abandon(&mut self) {
        self.state = State::Abandoned;
        if let Some(connection) = &mut self.connection {
            connection.close_on_drop();
        }
    }
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
    /// No connection, or no right to write on SQLite, in time.
    pub async fn begin(&self) -> Result<Transaction, Error> {
        // `Open` is made before anything is sent: a future that is dropped while it waits for the
        // answer rolls back too.
        macro_rules! begin {
            ($pool:expr, $text:literal, $variant:ident) => {{
                let connection = $pool.acquire().await?;
                let mut open = Open { connection: Some(connection), state: State::Open, undo };
                run(&mut open, $text, self.shared.limit).await?;
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
    /// Makes its changes last.
    ///
    /// # Errors
    ///
    /// The database refuses, or does not answer in time: then it is not known whether they last.
    pub async fn commit(mut self) -> Result<(), Error> {
        self.end("COMMIT").await
    }

    /// Undoes its changes, and waits until they are.
    ///
    /// # Errors
    ///
    /// The database cannot be reached: it undoes them by itself then.
    pub async fn rollback(mut self) -> Result<(), Error> {
        self.end("ROLLBACK").await
    }

    /// The database that it is in.
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

    async fn end(&mut self, text: &'static str) -> Result<(), Error> {
        let limit = self.shared.limit;
        each_open!(&mut self.inner, open => {
            run(open, text, limit).await?;
            open.state = State::Closed;
        });
        Ok(())
    }
}

macro_rules! opens {
    ($($(#[$cfg:meta])* $name:ident: $variant:ident $driver:ty;)*) => {
        impl Transaction {$(
            $(#[$cfg])*
            pub(super) fn $name(&mut self) -> Option<&mut Open<$driver>> {
                match &mut self.inner {
                    Inner::$variant(open) => Some(open),
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

/// One of the words that begin and end a transaction. A connection that fails at it, or does not
/// answer, is not used again: nobody knows whether it is in a transaction.
async fn run<DB>(open: &mut Open<DB>, text: &'static str, limit: Duration) -> Result<(), Error>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: sqlx::Executor<'c, Database = DB>,
{
    let connection = open.connection()?;
    let done = tokio::time::timeout(limit, sqlx::raw_sql(text).execute(connection)).await;
    match done {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => {
            open.abandon();
            Err(error.into())
        }
        Err(_) => {
            open.abandon();
            Err(Error::note(ErrorKind::TimedOut, format!("{text} was not answered in time")))
        }
    }
}

/// Rolls back, and gives the connection back once it has. Without a runtime to do it on, the
/// connection is closed.
fn undo<DB>(mut connection: PoolConnection<DB>)
where
    DB: Database,
    for<'c> &'c mut DB::Connection: sqlx::Executor<'c, Database = DB>,
{
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        connection.close_on_drop();
        return;
    };
    let _detached = runtime.spawn(async move {
        let rollback = sqlx::raw_sql("ROLLBACK").execute(&mut *connection);
        if !matches!(tokio::time::timeout(ROLLBACK, rollback).await, Ok(Ok(_))) {
            connection.close_on_drop();
        }
    });
}

/// Rolls back what was not ended.
impl<DB: Database> Drop for Open<DB> {
    fn drop(&mut self) {
        if self.state == State::Open
            && let Some(connection) = self.connection.take()
        {
            (self.undo)(connection);
        }
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("database", &self.dialect()).finish_non_exhaustive()
    }
}
