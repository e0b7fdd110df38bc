//! The handle of a database.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

#[cfg(feature = "sqlite")]
use super::sqlite_pool::SqlitePool;
use super::{
    dialect::Dialect,
    error::{Error, ErrorKind},
    metrics::PoolCounts,
    options::Options,
    share::Shares,
    statement::Statement,
};

/// A pool of connections to one database; cloning it gives another handle of the same pool.
///
/// A handler takes it as `Data<Db>`.
///
/// No caller holds more than half of the connections (at least one): not the authenticated
/// subject, and not the client address where there is none. A caller's further statements wait for
/// its own ones, first come, first served, and are a 503 after [`Options::acquire_timeout`]. A
/// transaction counts from its `begin` to its end, a stream to its last row. Work outside of
/// requests, and for `PALISADE_UNLIMITED_NETWORKS`, is not counted. A handler that holds a
/// transaction and asks the pool for another connection needs two: give such a service a pool of
/// at least four.
///
/// ```no_run
/// use palisade::{prelude::*, sql::Db};
///
/// #[palisade::main]
/// async fn main() -> palisade::Exit {
///     let db = Db::connect("sqlite:notes.db").await?;
///     // db.migrate(&MIGRATIONS).await?;
///     Palisade::from_env()?.data(db).serve().await
/// }
/// ```
#[derive(Clone)]
pub struct Db {
    pub(super) pool: Pool,
    pub(super) shared: Arc<Shared>,
}

#[derive(Clone)]
pub(super) enum Pool {
    #[cfg(feature = "sqlite")]
    Sqlite(SqlitePool),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgPool),
    #[cfg(feature = "mysql")]
    MySql(sqlx::MySqlPool),
}

impl Pool {
    /// The most connections, and how long a statement waits for one.
    fn bounds(&self) -> (u32, Duration) {
        #[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
        fn of<DB: sqlx::Database>(pool: &sqlx::Pool<DB>) -> (u32, Duration) {
            let options = pool.options();
            (options.get_max_connections(), options.get_acquire_timeout())
        }
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(SqlitePool::Own(pool)) => pool.bounds(),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(SqlitePool::Other(pool)) => of(pool),
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => of(pool),
            #[cfg(feature = "mysql")]
            Self::MySql(pool) => of(pool),
        }
    }
}

/// The state that every handle of a pool, and every transaction in it, shares.
#[derive(Debug)]
pub(super) struct Shared {
    /// How long one statement may take.
    pub(super) statement_timeout: Duration,
    /// The share of the pool that one caller may hold.
    pub(super) shares: Arc<Shares>,
    /// The counts of waits for connections.
    pub(super) counts: PoolCounts,
    /// The state of the server.
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    pub(super) reach: Arc<super::reach::Reach>,
    /// The rotation, if its credentials are a secret that changes.
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    pub(super) rotation: Option<Arc<dyn super::rotation::Rotation>>,
    /// The fingerprint of the migrations that were applied to this database.
    pub(super) schema: OnceLock<u64>,
    /// Whether its sessions read statements as they were checked.
    #[cfg(feature = "mysql")]
    pub(super) modes: super::modes::Modes,
}

impl Shared {
    /// The time limit on this side: it leaves the database time to answer with its own, which keeps
    /// the connection usable.
    pub(super) fn limit(&self) -> Duration {
        self.statement_timeout.saturating_add(Duration::from_secs(1))
    }

    /// A statement that was checked against other migrations may read missing columns, or have
    /// another meaning.
    pub(super) fn check(&self, statement: &Statement) -> Result<(), Error> {
        match (statement.schema, self.schema.get()) {
            (Some(checked), Some(applied)) if checked != *applied => Err(Error::note(
                ErrorKind::Defect,
                "the statement was checked against other migrations than this database was \
                 brought to: call palisade_sql::watch() in the build.rs of its crate, or build it \
                 again from clean",
            )
            .at(statement.file, statement.line)),
            _ => Ok(()),
        }
    }
}

impl Db {
    /// Connects by the URL's scheme: `sqlite:`, `postgres:` or `postgresql:`, `mysql:` or
    /// `mariadb:`; with the settings of [`Options::default`].
    ///
    /// # Errors
    ///
    /// The URL is invalid, the feature of its database is off, or the database cannot be reached.
    pub async fn connect(url: impl AsRef<str>) -> Result<Self, Error> {
        Options::default().connect(url).await
    }

    /// Opens the SQLite database in this file, which is made if it is missing; with the settings of
    /// [`Options::default`].
    ///
    /// # Errors
    ///
    /// The file cannot be made or opened, or is not a database.
    #[cfg(feature = "sqlite")]
    pub async fn open_file(path: impl AsRef<std::path::Path>) -> Result<Self, Error> {
        Options::default().open_file(path).await
    }

    /// Options of the connections; [`Options::connect_with_secret`] for a URL in a secret manager.
    pub fn options() -> Options {
        Options::default()
    }

    pub(super) fn new(pool: Pool, statement_timeout: Duration) -> Self {
        Self::with(
            pool,
            statement_timeout,
            #[cfg(feature = "mysql")]
            super::modes::Modes::Set,
        )
    }

    /// The same with credentials that change.
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    pub(super) fn rotated_by(mut self, rotation: Arc<dyn super::rotation::Rotation>) -> Self {
        // No other owner has it yet.
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            shared.rotation = Some(rotation);
        }
        self
    }

    /// A pool with the settings of its owner alone.
    #[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
    fn of_other_pool(pool: Pool) -> Self {
        Self::with(
            pool,
            Options::default().statement_limit(),
            #[cfg(feature = "mysql")]
            super::modes::Modes::Read,
        )
    }

    fn with(
        pool: Pool,
        statement_timeout: Duration,
        #[cfg(feature = "mysql")] modes: super::modes::Modes,
    ) -> Self {
        let (connections, patience) = pool.bounds();
        let shares = Arc::new(Shares::new(connections, patience));
        let shared = Shared {
            statement_timeout,
            shares,
            counts: PoolCounts::default(),
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            reach: Arc::default(),
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            rotation: None,
            schema: OnceLock::new(),
            #[cfg(feature = "mysql")]
            modes,
        };
        Self { pool, shared: Arc::new(shared) }
    }

    /// The dialect of the database.
    pub fn dialect(&self) -> Dialect {
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Pool::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "mysql")]
            Pool::MySql(_) => Dialect::MySql,
        }
    }

    /// Waits until the connections that are in use are returned, and closes all of them.
    pub async fn close(&self) {
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => pool.close().await,
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => pool.close().await,
            #[cfg(feature = "mysql")]
            Pool::MySql(pool) => pool.close().await,
        }
    }
}

macro_rules! from_pool {
    ($($(#[$cfg:meta])* $pool:ty: $make:expr;)*) => {$(
        $(#[$cfg])*
        /// A pool that was made elsewhere. Its connections keep their settings; the time limit of a
        /// statement is that of [`Options::default`], on this side only: a statement of SQLite goes
        /// on in its thread after that. [`Db::connect`] and [`Db::open_file`] end it too. The
        /// sessions of a MySQL pool need the `sql_mode` `ANSI_QUOTES` for statements with names in
        /// double quotes and `PIPES_AS_CONCAT` (the driver's default) for those with `||`: such a
        /// statement is an error without it.
        impl From<$pool> for Db {
            fn from(pool: $pool) -> Self {
                Self::of_other_pool($make(pool))
            }
        }
    )*};
}

from_pool! {
    #[cfg(feature = "sqlite")]
    sqlx::SqlitePool: |pool| Pool::Sqlite(SqlitePool::Other(pool));
    #[cfg(feature = "postgres")]
    sqlx::PgPool: Pool::Postgres;
    #[cfg(feature = "mysql")]
    sqlx::MySqlPool: Pool::MySql;
}

/// Without the URL, which may contain a password.
impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db").field("database", &self.dialect()).finish_non_exhaustive()
    }
}
