//! Whether a database answers.

use sqlx::Connection as _;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use sqlx::{Database, Pool as Connections};

#[cfg(feature = "sqlite")]
use super::sqlite_pool::SqlitePool;
use super::{
    db::{Db, Pool},
    error::Error,
};

impl Db {
    /// Checks that the database answers, over a connection that is free. A pool whose connections
    /// are all in use passes without a check: its statements have time-outs of their own.
    ///
    /// It takes as long as the server does: put a time-out on it. Readiness does this by itself for
    /// a `Db` that is app data ([`Builder::data`](crate::Builder::data)).
    ///
    /// # Errors
    ///
    /// The database cannot be reached, or does not answer.
    ///
    /// ```no_run
    /// # async fn example(db: &palisade::sql::Db) -> Result<(), palisade::sql::Error> {
    /// db.ping().await
    /// # }
    /// ```
    pub async fn ping(&self) -> Result<(), Error> {
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(SqlitePool::Own(pool)) => Ok(pool.ping().await?),
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(SqlitePool::Other(pool)) => {
                let Some(mut connection) = pool.try_acquire() else { return Ok(()) };
                Ok(connection.ping().await?)
            }
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => Ok(ping(pool).await?),
            #[cfg(feature = "mysql")]
            Pool::MySql(pool) => Ok(ping(pool).await?),
        }
    }

    /// The folder of a database in a file.
    pub(crate) fn folder(&self) -> Option<std::path::PathBuf> {
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => {
                let file = pool.file()?;
                let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
                Some(folder.unwrap_or(std::path::Path::new(".")).to_owned())
            }
            #[cfg(feature = "postgres")]
            Pool::Postgres(_) => None,
            #[cfg(feature = "mysql")]
            Pool::MySql(_) => None,
        }
    }
}

#[cfg(any(feature = "postgres", feature = "mysql"))]
async fn ping<DB: Database>(pool: &Connections<DB>) -> Result<(), sqlx::Error> {
    let mut connection = match pool.try_acquire() {
        Some(connection) => connection,
        None if pool.size() >= pool.options().get_max_connections() => return Ok(()),
        None => pool.acquire().await?,
    };
    connection.ping().await
}
