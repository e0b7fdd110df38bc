//! A connection for one statement or for one transaction, and what became of its statements.

use std::{future::Future, sync::Arc};

use sqlx::{Database, Pool, pool::PoolConnection};

use super::{
    db::Shared,
    error::{Error, ErrorKind},
    stopwatch::Stopwatch,
};

/// A connection out of the pool, for one statement or for one transaction.
pub(super) struct Lease<DB: Database> {
    connection: PoolConnection<DB>,
    state: State,
    /// What ends a statement where there is no server that would.
    stopwatch: Option<Arc<Stopwatch>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Open,
    /// The database refused a statement. Postgres undoes the whole transaction then, and answers a
    /// `COMMIT` as if all were well; the others undo it for some errors, and what comes after
    /// would last by itself. One rule holds for all of them: nothing comes after, nothing lasts.
    Failed(ErrorKind),
    Closed,
    /// A statement did not come back: nobody knows what the connection is at.
    Abandoned,
}

/// What a driver's connections need before their first statement.
pub(super) trait Driver: Database {
    /// Sets a stopwatch up on a connection, where the driver needs one.
    fn stopwatch(
        connection: &mut Self::Connection,
    ) -> impl Future<Output = Result<Option<Arc<Stopwatch>>, sqlx::Error>> + Send;
}

macro_rules! stopped_by_their_servers {
    ($($(#[$cfg:meta])* $driver:ty),*) => {$(
        $(#[$cfg])*
        impl Driver for $driver {
            async fn stopwatch(
                _: &mut Self::Connection,
            ) -> Result<Option<Arc<Stopwatch>>, sqlx::Error> {
                Ok(None)
            }
        }
    )*};
}

stopped_by_their_servers! {
    #[cfg(feature = "postgres")]
    sqlx::Postgres,
    #[cfg(feature = "mysql")]
    sqlx::MySql
}

#[cfg(feature = "sqlite")]
impl Driver for sqlx::Sqlite {
    async fn stopwatch(
        connection: &mut sqlx::SqliteConnection,
    ) -> Result<Option<Arc<Stopwatch>>, sqlx::Error> {
        Stopwatch::watch(connection).await.map(Some)
    }
}

impl<DB: Driver> Lease<DB> {
    /// Waits for a connection.
    pub(super) async fn of(pool: &Pool<DB>, shared: &Shared) -> Result<Self, Error> {
        let mut connection = pool.acquire().await?;
        if !shared.is_own {
            return Ok(Self { connection, state: State::Open, stopwatch: None });
        }
        let limit = pool.options().get_acquire_timeout();
        let stopwatch = tokio::time::timeout(limit, DB::stopwatch(&mut connection)).await;
        match stopwatch.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
            Ok(stopwatch) => Ok(Self { connection, state: State::Open, stopwatch }),
            Err(error) => {
                connection.close_on_drop();
                Err(error.into())
            }
        }
    }
}

impl<DB: Database> Lease<DB> {
    pub(super) fn state(&self) -> State {
        self.state
    }

    pub(super) fn settle(&mut self, state: State) {
        self.state = state;
    }

    /// The transaction is over. One that did not end as it should stays abandoned.
    pub(super) fn end(&mut self) {
        if self.state != State::Abandoned {
            self.state = State::Closed;
        }
    }

    /// The connection whatever became of it: for ending a transaction.
    pub(super) fn connection(&mut self) -> &mut DB::Connection {
        &mut self.connection
    }

    /// The connection for a statement, and what watches over that; unless nothing is to come
    /// after what was before.
    pub(super) fn start(
        &mut self,
        shared: &Shared,
    ) -> Result<(&mut DB::Connection, Running<'_>), Error> {
        match self.state {
            State::Open => {}
            State::Failed(kind) => return Err(undone(kind)),
            State::Closed | State::Abandoned => return Err(given_up()),
        }
        let Self { connection, state, stopwatch } = self;
        let running = Running {
            state,
            stopwatch: stopwatch.as_deref(),
            statement_timeout: shared.statement_timeout,
            limit: shared.limit(),
            waits: false,
        };
        Ok((connection, running))
    }
}

pub(super) fn undone(kind: ErrorKind) -> Error {
    Error::note(kind, "a statement of the transaction failed before, and nothing in it lasts")
}

pub(super) fn given_up() -> Error {
    Error::note(ErrorKind::TimedOut, "the transaction was given up before")
}

impl<DB: Database> Drop for Lease<DB> {
    fn drop(&mut self) {
        if self.state == State::Abandoned {
            self.connection.close_on_drop();
        }
    }
}

/// A statement on its way.
pub(super) struct Running<'l> {
    state: &'l mut State,
    stopwatch: Option<&'l Stopwatch>,
    statement_timeout: std::time::Duration,
    limit: std::time::Duration,
    waits: bool,
}

impl Running<'_> {
    /// Waits for one answer of the database, for as long as a statement may take.
    pub(super) async fn answer<T>(
        &mut self,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        if let Some(stopwatch) = self.stopwatch {
            stopwatch.allow(self.statement_timeout);
        }
        self.waits = true;
        let outcome = tokio::time::timeout(self.limit, answer).await;
        self.waits = false;
        match outcome {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                // What was not found, or was found and not read, is no failure of the database's.
                if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Decode) {
                    *self.state = State::Failed(error.kind());
                }
                Err(error)
            }
            Err(_) => {
                self.cut();
                *self.state = State::Abandoned;
                Err(Error::note(ErrorKind::TimedOut, "the database did not answer in time"))
            }
        }
    }

    /// Nothing more is to come.
    pub(super) fn done(self) {
        if let Some(stopwatch) = self.stopwatch {
            stopwatch.rest();
        }
    }

    fn cut(&self) {
        if let Some(stopwatch) = self.stopwatch {
            stopwatch.stop();
        }
    }
}

/// Whoever waited has gone: a client, or a handler whose deadline is over. Nobody will learn whether
/// the statement had its effect, so the transaction that it is in cannot go on.
impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.waits {
            self.cut();
            *self.state = State::Failed(ErrorKind::TimedOut);
        }
    }
}
