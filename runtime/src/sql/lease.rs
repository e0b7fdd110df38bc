//! A connection for one statement or for one transaction, and the state of its statements.

use std::{future::Future, time::Duration};

use sqlx::Database;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
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

/// A connection from the pool, for one statement or for one transaction.
pub(super) struct Lease<DB: Driver> {
    /// Taken when this is dropped, and only then.
    leased: Option<DB::Leased>,
    state: State,
    /// Returned with the connection. `None` outside of requests.
    share: Option<Share>,
    /// The modes of the session, if they were read.
    #[cfg(feature = "mysql")]
    modes: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Open,
    /// The database refused a statement. Postgres undoes the whole transaction then, and answers a
    /// `COMMIT` as if it had succeeded; the others undo it for some errors, and later statements
    /// would be committed by themselves. One rule applies to all of them: no statement follows, and
    /// nothing is committed.
    Failed(ErrorKind),
    Closed,
    /// A statement did not come back: the state of the connection is unknown.
    Abandoned,
}

/// The source of a driver's connections.
pub(super) trait Driver: Database {
    /// All of them.
    type Pool: Sync;
    /// One in use.
    type Leased: Leased<Self>;

    /// Waits for one.
    fn lease(
        pool: &Self::Pool,
        shared: &Shared,
    ) -> impl Future<Output = Result<Self::Leased, Error>> + Send;
}

/// A connection in use.
pub(super) trait Leased<DB: Database>: Send {
    /// The connection, unless it is gone; and what interrupts a statement if there is no server
    /// that would.
    fn parts(&mut self) -> Option<(&mut DB::Connection, Option<&Stopwatch>)>;

    /// Returns it, or closes it. A connection on which a statement still runs is free only when
    /// that has ended, and the caller's share with it: otherwise a caller that disconnects
    /// repeatedly holds the whole pool.
    fn end(self, closes: bool, share: Option<Share>);
}

macro_rules! stopped_by_their_servers {
    ($($(#[$cfg:meta])* $driver:ty),*) => {$(
        $(#[$cfg])*
        impl Driver for $driver {
            type Pool = sqlx::Pool<Self>;
            type Leased = PoolConnection<Self>;

            async fn lease(pool: &Self::Pool, shared: &Shared) -> Result<Self::Leased, Error> {
                super::reach::acquire(pool, &shared.reach, shared.rotation.as_deref()).await
            }
        }

        $(#[$cfg])*
        impl Leased<$driver> for PoolConnection<$driver> {
            fn parts(
                &mut self,
            ) -> Option<(&mut <$driver as Database>::Connection, Option<&Stopwatch>)> {
                Some((self, None))
            }

            fn end(self, closes: bool, share: Option<Share>) {
                end_pooled(self, closes, share);
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

/// How long a connection may take to close before it is dropped.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
const CLOSING: Duration = Duration::from_secs(5);

/// Ends the use of a connection of the driver's pool. The driver returns it to the pool on a task
/// of its own, which first waits for the statement under way; the share has to wait for that too.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(super) fn end_pooled<DB: Database>(
    mut connection: PoolConnection<DB>,
    closes: bool,
    share: Option<Share>,
) {
    let runtime = tokio::runtime::Handle::try_current().ok();
    let (Some(share), Some(runtime)) = (share, runtime) else {
        if closes {
            connection.close_on_drop();
        }
        return;
    };
    if closes {
        let _detached = runtime.spawn(async move {
            // One that does not close in time is cut.
            let _closed = tokio::time::timeout(CLOSING, connection.close()).await;
            drop(share);
        });
    } else {
        let back = connection.return_to_pool();
        let _detached = runtime.spawn(async move {
            back.await;
            drop(share);
        });
    }
}

#[cfg(feature = "sqlite")]
impl Driver for sqlx::Sqlite {
    type Pool = SqlitePool;
    type Leased = SqliteLease;

    async fn lease(pool: &SqlitePool, _: &Shared) -> Result<SqliteLease, Error> {
        pool.acquire().await.map_err(Error::from)
    }
}

impl<DB: Driver> Lease<DB> {
    /// Waits for a connection, and before it for the caller's share of the pool.
    pub(super) async fn of(pool: &DB::Pool, shared: &Shared) -> Result<Self, Error> {
        let caller = Caller::current();
        // Boxed: it would be part of every statement's future, and a handler has many of them.
        let (leased, share) =
            Box::pin(shared.counts.watch(shared.shares.take(caller, DB::lease(pool, shared))))
                .await?;
        Ok(Self {
            leased: Some(leased),
            state: State::Open,
            share,
            #[cfg(feature = "mysql")]
            modes: None,
        })
    }

    #[cfg(feature = "mysql")]
    pub(super) fn modes(&self) -> Option<&str> {
        self.modes.as_deref()
    }

    #[cfg(feature = "mysql")]
    pub(super) fn keep_modes(&mut self, modes: String) {
        self.modes = Some(modes);
    }

    pub(super) fn state(&self) -> State {
        self.state
    }

    pub(super) fn settle(&mut self, state: State) {
        self.state = state;
    }

    /// The transaction is over. One that did not end properly stays abandoned.
    pub(super) fn end(&mut self) {
        if self.state == State::Abandoned {
            return;
        }
        self.state = State::Closed;
        let Some(leased) = &mut self.leased else { return };
        if let Some((_, Some(stopwatch))) = leased.parts() {
            stopwatch.rest();
        }
    }

    /// The connection in any state: for an operation without a time limit of its own.
    pub(super) fn connection(&mut self) -> Result<&mut DB::Connection, Error> {
        let leased = self.leased.as_mut().ok_or_else(given_up)?;
        let (connection, stopwatch) = leased.parts().ok_or_else(given_up)?;
        if let Some(stopwatch) = stopwatch {
            stopwatch.go_on();
        }
        Ok(connection)
    }

    /// The connection for a statement, with its watch; an error if no statement may follow the
    /// earlier ones.
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
        let leased = leased.as_mut().ok_or_else(given_up)?;
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
        if let Some(leased) = self.leased.take() {
            leased.end(self.state == State::Abandoned, self.share.take());
        }
    }
}

/// A statement on its way.
pub(super) struct Running<'l> {
    state: &'l mut State,
    stopwatch: Option<&'l Stopwatch>,
    statement_timeout: Duration,
    limit: Duration,
    waits: bool,
    /// Whether the last answer was complete.
    answered: bool,
}

impl Running<'_> {
    /// Waits for one answer of the database, for at most the time limit of a statement.
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
                // A row that was not found, or not decoded, is not a failure of the database.
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

    /// No further answer is expected. After an error, or with unread rows, there may be one: the
    /// time limit stays.
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

/// The caller that waited is gone: a client, or a handler whose deadline is over. Whether the
/// statement had its effect remains unknown, so the transaction that it is in cannot go on.
impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.waits {
            self.cut();
            *self.state = State::Failed(ErrorKind::TimedOut);
        }
    }
}
