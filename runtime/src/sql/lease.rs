//! A connection for one statement or for one transaction, and what became of its statements.

use std::future::Future;

use sqlx::Database;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use sqlx::pool::PoolConnection;

#[cfg(feature = "sqlite")]
use super::sqlite_pool::{SqliteLease, SqlitePool};
use super::{
    db::Shared,
    error::{Error, ErrorKind},
    share::Share,
    stopwatch::Stopwatch,
};
use crate::caller::Caller;

/// A connection out of the pool, for one statement or for one transaction.
pub(super) struct Lease<DB: Driver> {
    leased: DB::Leased,
    state: State,
    /// Behind the connection: it is given back first. `None` outside of requests.
    _share: Option<Share>,
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

/// Where a driver's connections come from.
pub(super) trait Driver: Database {
    /// All of them.
    type Pool: Sync;
    /// One in use.
    type Leased: Leased<Self>;

    /// Waits for one.
    fn lease(pool: &Self::Pool) -> impl Future<Output = Result<Self::Leased, sqlx::Error>> + Send;
}

/// A connection in use, which goes back when it is dropped.
pub(super) trait Leased<DB: Database>: Send {
    /// The connection, unless it is gone; and what ends a statement where there is no server that
    /// would.
    fn parts(&mut self) -> Option<(&mut DB::Connection, Option<&Stopwatch>)>;

    /// It does not go back.
    fn close(&mut self);
}

macro_rules! stopped_by_their_servers {
    ($($(#[$cfg:meta])* $driver:ty),*) => {$(
        $(#[$cfg])*
        impl Driver for $driver {
            type Pool = sqlx::Pool<Self>;
            type Leased = PoolConnection<Self>;

            async fn lease(pool: &Self::Pool) -> Result<Self::Leased, sqlx::Error> {
                pool.acquire().await
            }
        }

        $(#[$cfg])*
        impl Leased<$driver> for PoolConnection<$driver> {
            fn parts(
                &mut self,
            ) -> Option<(&mut <$driver as Database>::Connection, Option<&Stopwatch>)> {
                Some((self, None))
            }

            fn close(&mut self) {
                self.close_on_drop();
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
    type Pool = SqlitePool;
    type Leased = SqliteLease;

    async fn lease(pool: &SqlitePool) -> Result<SqliteLease, sqlx::Error> {
        pool.acquire().await
    }
}

impl<DB: Driver> Lease<DB> {
    /// Waits for a connection, and before it for the caller's share of the pool.
    pub(super) async fn of(pool: &DB::Pool, shared: &Shared) -> Result<Self, Error> {
        let caller = Caller::current();
        let (leased, share) = shared.shares.take(caller, DB::lease(pool)).await?;
        Ok(Self { leased, state: State::Open, _share: share })
    }

    pub(super) fn state(&self) -> State {
        self.state
    }

    pub(super) fn settle(&mut self, state: State) {
        self.state = state;
    }

    /// The transaction is over. One that did not end as it should stays abandoned.
    pub(super) fn end(&mut self) {
        if self.state == State::Abandoned {
            return;
        }
        self.state = State::Closed;
        if let Some((_, Some(stopwatch))) = self.leased.parts() {
            stopwatch.rest();
        }
    }

    /// The connection whatever became of it: for what has no limit of its own.
    pub(super) fn connection(&mut self) -> Result<&mut DB::Connection, Error> {
        let (connection, stopwatch) = self.leased.parts().ok_or_else(given_up)?;
        if let Some(stopwatch) = stopwatch {
            stopwatch.go_on();
        }
        Ok(connection)
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
        let Self { leased, state, .. } = self;
        let (connection, stopwatch) = leased.parts().ok_or_else(given_up)?;
        let running = Running {
            state,
            stopwatch,
            statement_timeout: shared.statement_timeout,
            limit: shared.limit(),
            waits: false,
            answered: false,
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

impl<DB: Driver> Drop for Lease<DB> {
    fn drop(&mut self) {
        if self.state == State::Abandoned {
            self.leased.close();
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
    /// Whether the last answer came whole.
    answered: bool,
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
        (self.waits, self.answered) = (true, false);
        let outcome = tokio::time::timeout(self.limit, answer).await;
        self.waits = false;
        match outcome {
            Ok(Ok(answer)) => {
                self.answered = true;
                Ok(answer)
            }
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

    /// Nothing more is to come. After an error, or with rows that were not read, something may: that
    /// keeps its end.
    pub(super) fn done(self) {
        if let Some(stopwatch) = self.stopwatch
            && self.answered
        {
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
