//! Whether a database server can be reached, and why not.
//!
//! The pool of the driver tries again until its time-out, and forgets the server's answer: the
//! statement would fail with "no connection became free in time" for a wrong port, a role at its
//! limit of connections and a busy pool alike. So if a statement waits for long, the server is
//! probed over a connection outside of the pool, at most one at a time.

use std::{
    borrow::Cow,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::{
    ConnectOptions as _, Connection, Database,
    error::DatabaseError,
    pool::{Pool, PoolConnection},
};
use tokio::time::{Instant, timeout, timeout_at};

use super::{
    error::{Error, ErrorKind},
    rotation::{Rotation, is_of_credentials},
};

/// If a statement has waited so long for a connection, the server is probed.
const LONG_WAIT: Duration = Duration::from_secs(1);

/// The least time between two probes.
const PAUSE: Duration = Duration::from_secs(1);

/// The least time between two lines of the log about one outage.
const LINE: Duration = Duration::from_secs(60);

/// How often a statement waits for other credentials: for the new ones, and once more if those
/// changed while they were tried.
const RENEWALS: usize = 2;

/// Between two attempts at the start, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

pub(super) type OptionsOf<DB> = <<DB as Database>::Connection as Connection>::Options;

/// A database that is reached over a socket.
pub(super) trait Server: Database {
    /// Where the server listens: `127.0.0.1:5432`, or the path of a socket.
    fn address(options: &OptionsOf<Self>) -> String;
}

#[cfg(feature = "postgres")]
impl Server for sqlx::Postgres {
    fn address(options: &OptionsOf<Self>) -> String {
        let socket = options.get_socket().map(|folder| folder.display().to_string());
        socket.unwrap_or_else(|| format!("{}:{}", options.get_host(), options.get_port()))
    }
}

#[cfg(feature = "mysql")]
impl Server for sqlx::MySql {
    fn address(options: &OptionsOf<Self>) -> String {
        let socket = options.get_socket().map(|path| path.display().to_string());
        socket.unwrap_or_else(|| format!("{}:{}", options.get_host(), options.get_port()))
    }
}

/// The state of a pool's server.
#[derive(Debug, Default)]
pub(super) struct Reach(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    is_asking: bool,
    asked: Option<Instant>,
    /// Why it could not be reached by the last probe.
    cause: Option<String>,
    logged: Option<Instant>,
}

impl Reach {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the server is to be probed now: the caller does it, and reports the result.
    fn begins_asking(&self) -> bool {
        let mut known = self.known();
        if known.is_asking || known.asked.is_some_and(|asked| asked.elapsed() < PAUSE) {
            return false;
        }
        known.is_asking = true;
        true
    }

    /// Stores the result of a probe; returns whether it is to be logged.
    fn settle(&self, cause: Option<String>) -> bool {
        let mut known = self.known();
        (known.is_asking, known.asked) = (false, Some(Instant::now()));
        let is_told = cause.is_some() && known.logged.is_none_or(|at| at.elapsed() >= LINE);
        if is_told {
            known.logged = Some(Instant::now());
        }
        known.cause = cause;
        is_told
    }

    /// A connection was made; returns whether an outage before it was logged.
    fn is_back(&self) -> bool {
        let mut known = self.known();
        known.cause = None;
        known.logged.take().is_some()
    }
}

/// Waits for a connection of a pool, and finds out why there is none.
pub(super) async fn acquire<DB: Server>(
    pool: &Pool<DB>,
    reach: &Arc<Reach>,
    rotation: Option<&dyn Rotation>,
) -> Result<PoolConnection<DB>, Error> {
    acquire_with(pool, reach, rotation).await.map_err(|error| explained(pool, reach, error))
}

/// Why there is no connection.
fn explained<DB: Server>(pool: &Pool<DB>, reach: &Reach, error: sqlx::Error) -> Error {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return match reach.known().cause.clone() {
            Some(cause) => {
                Error::note(ErrorKind::TimedOut, format!("no connection in time: {cause}"))
            }
            None => error.into(),
        };
    }
    // Whatever a server has against a connection, no statement was at fault.
    if error.as_database_error().is_some() {
        return Error::note(ErrorKind::Unavailable, cause::<DB>(&pool.connect_options(), error));
    }
    error.into()
}

/// Waits for a connection, and tries again if refused credentials have changed since.
async fn acquire_with<DB: Server>(
    pool: &Pool<DB>,
    reach: &Arc<Reach>,
    rotation: Option<&dyn Rotation>,
) -> Result<PoolConnection<DB>, sqlx::Error> {
    let Some(rotation) = rotation else { return attempt(pool, reach).await };
    for _ in 0..RENEWALS {
        // From before: they may change while the server judges them.
        let version = rotation.version();
        match attempt(pool, reach).await {
            Err(sqlx::Error::Database(error)) if is_of_credentials(&*error) => {
                if !rotation.renewed(version).await {
                    return Err(sqlx::Error::Database(error));
                }
            }
            other => return other,
        }
    }
    attempt(pool, reach).await
}

/// Waits for a connection, and probes the server meanwhile.
async fn attempt<DB: Server>(
    pool: &Pool<DB>,
    reach: &Arc<Reach>,
) -> Result<PoolConnection<DB>, sqlx::Error> {
    let mut acquiring = pin!(pool.acquire());
    let patience = pool.options().get_acquire_timeout();
    let acquired = match timeout(LONG_WAIT.min(patience / 2), acquiring.as_mut()).await {
        // What does not wait is the rule, and costs nothing here.
        Ok(Ok(connection)) => return Ok(connection),
        Ok(Err(error)) => Err(error),
        Err(_) => {
            ask(pool, reach);
            acquiring.await
        }
    };
    match acquired {
        Ok(connection) => {
            if reach.is_back() {
                let address = DB::address(&pool.connect_options());
                tracing::info!(%address, "the database can be reached again");
            }
            Ok(connection)
        }
        Err(error) => Err(error),
    }
}

/// Probes the server of a pool, in the background.
fn ask<DB: Server>(pool: &Pool<DB>, reach: &Arc<Reach>) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    if !reach.begins_asking() {
        return;
    }
    let (options, reach) = (pool.connect_options(), Arc::clone(reach));
    let patience = pool.options().get_acquire_timeout();
    let _detached = runtime.spawn(async move {
        let asked = timeout(patience, connect::<DB>(&options)).await;
        let cause = match asked {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(cause::<DB>(&options, error)),
            Err(_) => Some(silence::<DB>(&options)),
        };
        if reach.settle(cause.clone())
            && let Some(cause) = cause
        {
            tracing::warn!(%cause, "the database gives no connections");
        }
    });
}

/// Connects for the first time: tries again until `patience` ends if that may help, and then
/// returns the server's last answer.
///
/// # Errors
///
/// It cannot be reached, or does not accept the connection.
pub(super) async fn first<DB: Server>(
    options: &OptionsOf<DB>,
    patience: Duration,
) -> Result<(), Error> {
    let due = Instant::now() + patience;
    let (mut pause, mut last) = (FIRST_PAUSE, None);
    loop {
        let error = match timeout_at(due, connect::<DB>(options)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => {
                let cause = last.unwrap_or_else(|| silence::<DB>(options));
                return Err(Error::note(ErrorKind::Unavailable, cause));
            }
        };
        let may_pass = may_pass(&error);
        let cause = cause::<DB>(options, error);
        if !may_pass || Instant::now() + pause >= due {
            return Err(Error::note(ErrorKind::Unavailable, cause));
        }
        if last.is_none() {
            tracing::warn!(%cause, ?patience, "the database cannot be reached yet, trying again");
        }
        last = Some(cause);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn connect<DB: Server>(options: &OptionsOf<DB>) -> Result<(), sqlx::Error> {
    options.connect().await?.close().await
}

/// Whether the next attempt may succeed: the server is not there yet, is starting or has no
/// connection left.
fn may_pass(error: &sqlx::Error) -> bool {
    let refusal = error.as_database_error();
    matches!(error, sqlx::Error::Io(_))
        || refusal.is_some_and(DatabaseError::is_transient_in_connect_phase)
}

/// Why there is no connection, without the password.
fn cause<DB: Server>(options: &OptionsOf<DB>, error: sqlx::Error) -> String {
    let address = DB::address(options);
    if let sqlx::Error::Io(error) = error {
        return format!("cannot connect to {address}: {error}");
    }
    let code = error.as_database_error().and_then(DatabaseError::code);
    let words = code.as_deref().and_then(words).map(Cow::Borrowed);
    let words = words.unwrap_or_else(|| super::options::tls_hint(error).to_string().into());
    format!("{address} does not take the connection: {words}")
}

/// The meaning of a server's refusal to connect. Its own message may quote the name of a role or of
/// a database, which is in the URL; this text is the same for all.
fn words(code: &str) -> Option<&'static str> {
    Some(match code {
        "28000" => "the role does not exist or may not log in here (28000)",
        "28P01" => "the password is wrong, or the role does not exist (28P01)",
        "3D000" => "there is no such database (3D000)",
        "42501" => "the role may not connect to this database (42501)",
        "53300" => "all connections of the server or of the role are in use (53300)",
        "55000" => "the database accepts no connections (55000)",
        "57P03" => "the server is starting or stopping (57P03)",
        _ => return None,
    })
}

fn silence<DB: Server>(options: &OptionsOf<DB>) -> String {
    format!("{} does not answer", DB::address(options))
}
