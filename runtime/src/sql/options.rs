//! Options of connections.

use std::{sync::Arc, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};

#[cfg(any(feature = "postgres", feature = "mysql"))]
use super::rotation::PoolRotation;
#[cfg(feature = "sqlite")]
use super::sqlite_pool::{OwnPool, SqlitePool};
use super::{
    db::{Db, Pool},
    error::{Error, ErrorKind},
};
use crate::secrets::{Secret, SecretHandle};

/// Options of connections.
///
/// | | default | |
/// |---|---|---|
/// | [`connections`](Self::connections) | 10 | at most, opened as they are needed |
/// | [`acquire_timeout`](Self::acquire_timeout) | 5 s | then the statement is a 503 |
/// | [`statement_timeout`](Self::statement_timeout) | 10 s | then the statement is a 503 |
///
/// Together they are shorter than the default deadline of a handler.
///
/// On every connection:
///
/// - SQLite: the file is made with mode 0600 if it is missing, and one of ours that other users can
///   read loses that permission ([`dangerous_keep_file_mode`](Self::dangerous_keep_file_mode)). Foreign keys are enforced, a write-ahead log lets
///   readers go on beside a writer, a writer waits 5 seconds for another one. A statement that takes
///   too long, or whose caller has gone, is interrupted: it runs in this process, and would keep a
///   processor. No extension can be loaded. `sqlite::memory:` is one connection, because each would
///   have a database of its own.
/// - Postgres: `statement_timeout` on the server too, and a transaction that does nothing for a
///   minute is ended there. TLS with a verified certificate, unless the host is this machine or
///   the URL says otherwise (`?sslmode=..`).
/// - MySQL: strict mode (a value that does not fit is refused, not cut), `ANSI_QUOTES` (`"name"` is a
///   column, as on the other databases) and `PIPES_AS_CONCAT` (`||` joins strings),
///   `max_statement_time` or `max_execution_time`, TLS as with Postgres (`?ssl-mode=..`).
#[derive(Clone, Debug)]
#[must_use = "options do nothing until they connect"]
pub struct Options {
    connections: u32,
    acquire_timeout: Duration,
    statement_timeout: Duration,
    keep_file_mode: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections: 10,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            keep_file_mode: false,
        }
    }
}

impl Options {
    /// The most connections at a time; at least 1.
    pub fn connections(mut self, most: u32) -> Self {
        self.connections = most.max(1);
        self
    }

    /// How long a statement waits for a connection.
    pub fn acquire_timeout(mut self, limit: Duration) -> Self {
        self.acquire_timeout = limit;
        self
    }

    /// How long one statement may take.
    pub fn statement_timeout(mut self, limit: Duration) -> Self {
        self.statement_timeout = limit;
        self
    }

    /// Keeps the mode of an existing SQLite database: for a file that other users of the machine
    /// are meant to read, such as a backup that runs as a user of its own. They can read every row.
    /// A missing file is still made with mode 0600.
    ///
    /// The folder has to let them in too, so it is not a
    /// [`PrivateFolder`](crate::PrivateFolder).
    pub fn dangerous_keep_file_mode(mut self) -> Self {
        self.keep_file_mode = true;
        self
    }

    pub(super) fn statement_limit(&self) -> Duration {
        self.statement_timeout
    }

    /// Connects, and checks that the database answers. A server that cannot be reached yet is tried
    /// again for [`acquire_timeout`](Self::acquire_timeout), with a warning in the log.
    ///
    /// # Errors
    ///
    /// The URL is invalid, the feature of its database is off, or the database cannot be reached:
    /// the error has the server's address and the last failure, and no password.
    pub async fn connect(self, url: impl AsRef<str>) -> Result<Db, Error> {
        let url = url.as_ref();
        #[cfg(any(feature = "postgres", feature = "mysql"))]
        crate::deployment::note_server(url);
        let pool = match scheme(url).as_str() {
            #[cfg(feature = "sqlite")]
            "sqlite" => Pool::Sqlite(self.sqlite(url).await?),
            #[cfg(not(feature = "sqlite"))]
            "sqlite" => return Err(off("sqlite")),
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => {
                Pool::Postgres(self.postgres(postgres_options(url, None)?).await?)
            }
            #[cfg(not(feature = "postgres"))]
            "postgres" | "postgresql" => return Err(off("postgres")),
            #[cfg(feature = "mysql")]
            "mysql" | "mariadb" => Pool::MySql(self.mysql(mysql_options(url, None)?).await?),
            #[cfg(not(feature = "mysql"))]
            "mysql" | "mariadb" => return Err(off("mysql")),
            _ => {
                return Err(Error::note(
                    ErrorKind::Defect,
                    "the database's URL begins with none of sqlite:, postgres:// and mysql://",
                ));
            }
        };
        Ok(Db::new(pool, self.statement_timeout))
    }

    /// Connects by the URL in this secret, as [`connect`](Self::connect) does, and follows its changes.
    ///
    /// 1. Connections that are open stay, as long as the server lets them. Those that are opened after a
    ///    change use the new URL, so a password, a role or a host changes without a restart.
    /// 2. Where the server does not accept the credentials, the secret is fetched again at once, and the
    ///    statement waits for it. If it has not changed, the value before it is tried: the order in which
    ///    server and secret are changed does not matter.
    /// 3. A new value that is not such a URL is refused, with an event of the log. The kind of database
    ///    stays the same.
    ///
    /// A SQLite database has no credentials: its URL is read once.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn connect_with_secret(self, url: &SecretHandle) -> Result<Db, Error> {
        self.connect_with(url, Arc::new(|secret: &Secret| Ok((secret.value().clone(), None)))).await
    }

    /// Connects by a URL without a password, and the password in this secret. Its changes are followed as
    /// by [`connect_with_secret`](Self::connect_with_secret).
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect), or the URL is that of a SQLite database, which has no password.
    pub async fn connect_with_password(
        self,
        url: impl AsRef<str>,
        password: &SecretHandle,
    ) -> Result<Db, Error> {
        let url = SecretString::from(url.as_ref());
        if scheme(url.expose_secret()) == "sqlite" {
            let what = "a SQLite database has no password: connect without one";
            return Err(Error::note(ErrorKind::Defect, what));
        }
        let read = move |secret: &Secret| Ok((url.clone(), Some(secret.value().clone())));
        self.connect_with(password, Arc::new(read)).await
    }

    async fn connect_with(self, secret: &SecretHandle, read: UrlAndPassword) -> Result<Db, Error> {
        let seen = secret.current();
        let (url, password) = read(&seen)?;
        let password = password.as_ref().map(secrecy::ExposeSecret::expose_secret);
        let url = url.expose_secret();
        let kind = scheme(url);
        match kind.as_str() {
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => {
                let pool = self.postgres(postgres_options(url, password)?).await?;
                let read = move |secret: &Secret| {
                    let (url, password) = read(secret)?;
                    let password = password.as_ref().map(secrecy::ExposeSecret::expose_secret);
                    is_of(url.expose_secret(), &["postgres", "postgresql"])?;
                    postgres_options(url.expose_secret(), password)
                };
                let rotation = PoolRotation::follow(&pool, secret, &seen, Arc::new(read));
                let db = Db::new(Pool::Postgres(pool), self.statement_timeout);
                Ok(db.rotated_by(Arc::new(rotation)))
            }
            #[cfg(feature = "mysql")]
            "mysql" | "mariadb" => {
                let pool = self.mysql(mysql_options(url, password)?).await?;
                let read = move |secret: &Secret| {
                    let (url, password) = read(secret)?;
                    let password = password.as_ref().map(secrecy::ExposeSecret::expose_secret);
                    is_of(url.expose_secret(), &["mysql", "mariadb"])?;
                    mysql_options(url.expose_secret(), password)
                };
                let rotation = PoolRotation::follow(&pool, secret, &seen, Arc::new(read));
                let db = Db::new(Pool::MySql(pool), self.statement_timeout);
                Ok(db.rotated_by(Arc::new(rotation)))
            }
            _ => {
                let _unused = password;
                self.connect(url).await
            }
        }
    }

    /// Opens the SQLite database in this file, which is made if it is missing.
    ///
    /// # Errors
    ///
    /// The file cannot be made or opened, or is not a database.
    #[cfg(feature = "sqlite")]
    pub async fn open_file(self, path: impl AsRef<std::path::Path>) -> Result<Db, Error> {
        let options = sqlx::sqlite::SqliteConnectOptions::new();
        let options = options.filename(path).create_if_missing(true);
        let pool = self.sqlite_file(options, FileUse::Create).await?;
        Ok(Db::new(Pool::Sqlite(pool), self.statement_timeout))
    }

    #[cfg(any(feature = "postgres", feature = "mysql"))]
    fn pool<DB: sqlx::Database>(&self) -> sqlx::pool::PoolOptions<DB> {
        sqlx::pool::PoolOptions::new()
            .max_connections(self.connections)
            .acquire_timeout(self.acquire_timeout)
    }

    #[cfg(feature = "sqlite")]
    async fn sqlite(&self, url: &str) -> Result<SqlitePool, Error> {
        use sqlx::sqlite::SqliteConnectOptions;

        let memory = url.contains(":memory:") || url.contains("mode=memory");
        let mut options: SqliteConnectOptions = url.parse().map_err(Error::from)?;
        if memory {
            return self.sqlite_pool(options, 1).await;
        }
        let mode = parameter(url, "mode");
        let file_use = match mode.as_deref() {
            None => {
                options = options.create_if_missing(true);
                FileUse::Create
            }
            Some("rwc") => FileUse::Create,
            // What is only read may belong to others.
            Some("ro") => FileUse::Read,
            Some(_) => FileUse::Write,
        };
        self.sqlite_file(options, file_use).await
    }

    #[cfg(feature = "sqlite")]
    async fn sqlite_file(
        &self,
        options: sqlx::sqlite::SqliteConnectOptions,
        file_use: FileUse,
    ) -> Result<SqlitePool, Error> {
        use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

        #[cfg(unix)]
        super::database_file::check_regular(options.get_filename())
            .map_err(|error| Error::note(ErrorKind::Unavailable, error.to_string()))?;
        #[cfg(unix)]
        if file_use != FileUse::Read {
            let path = options.get_filename();
            let (create, tighten) = (file_use == FileUse::Create, !self.keep_file_mode);
            super::database_file::make_private(path, create, tighten)
                .map_err(|error| Error::note(ErrorKind::Unavailable, error.to_string()))?;
        }
        crate::deployment::note_file(options.get_filename());
        let options =
            options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal);
        self.sqlite_pool(options, self.connections).await
    }

    #[cfg(feature = "sqlite")]
    async fn sqlite_pool(
        &self,
        options: sqlx::sqlite::SqliteConnectOptions,
        most: u32,
    ) -> Result<SqlitePool, Error> {
        let options = options
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5).min(self.statement_timeout))
            .statement_cache_capacity(STATEMENTS);
        Ok(SqlitePool::Own(OwnPool::connect(options, most, self.acquire_timeout).await?))
    }

    #[cfg(feature = "postgres")]
    async fn postgres(
        &self,
        options: sqlx::postgres::PgConnectOptions,
    ) -> Result<sqlx::PgPool, Error> {
        let limit = self.statement_timeout.as_millis().clamp(1, 86_400_000);
        // Not as start-up parameters: poolers in front of a server refuse those.
        let settings = Arc::new(format!(
            "SET statement_timeout = {limit}; SET idle_in_transaction_session_timeout = 60000"
        ));
        let pool = self.pool().after_connect(move |connection, _| {
            let settings = Arc::clone(&settings);
            Box::pin(async move { set(connection, settings).await })
        });
        super::reach::first::<sqlx::Postgres>(&options, self.acquire_timeout).await?;
        let pool = pool.connect_with(options).await.map_err(tls_hint)?;
        compare_clock(&pool, "SELECT extract(epoch FROM clock_timestamp())::bigint").await;
        Ok(pool)
    }

    #[cfg(feature = "mysql")]
    async fn mysql(
        &self,
        options: sqlx::mysql::MySqlConnectOptions,
    ) -> Result<sqlx::MySqlPool, Error> {
        let limit = self.statement_timeout.as_millis().clamp(1, 86_400_000);
        // MariaDB's variable in seconds, in a comment that only MariaDB reads; MySQL's in
        // milliseconds, in one that MariaDB passes over (its versions 50700 to 99999).
        let settings = Arc::new(format!(
            "SET {} \
             /*M!100000 , SESSION max_statement_time = {}.{:03} */ \
             /*!50708 , SESSION max_execution_time = {limit} */",
            super::modes::SET,
            limit / 1000,
            limit % 1000
        ));
        let pool = self.pool().after_connect(move |connection, _| {
            let settings = Arc::clone(&settings);
            Box::pin(async move { set(connection, settings).await })
        });
        super::reach::first::<sqlx::MySql>(&options, self.acquire_timeout).await?;
        let pool = pool.connect_with(options).await.map_err(tls_hint)?;
        compare_clock(&pool, "SELECT CAST(UNIX_TIMESTAMP() AS SIGNED)").await;
        Ok(pool)
    }
}

/// The kind of database that a URL names, in lower case.
fn scheme(url: &str) -> String {
    url.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase()
}

/// The content of a secret: a URL, and a password if that is separate.
type UrlAndPassword =
    Arc<dyn Fn(&Secret) -> Result<(SecretString, Option<SecretString>), Error> + Send + Sync>;

/// # Errors
///
/// The URL is that of another kind of database than the pool's.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn is_of(url: &str, schemes: &[&str]) -> Result<(), Error> {
    if schemes.contains(&scheme(url).as_str()) {
        return Ok(());
    }
    Err(Error::note(ErrorKind::Defect, "the URL is that of another kind of database than before"))
}

#[cfg(feature = "postgres")]
fn postgres_options(
    url: &str,
    password: Option<&str>,
) -> Result<sqlx::postgres::PgConnectOptions, Error> {
    use sqlx::postgres::{PgConnectOptions, PgSslMode};

    let mut options: PgConnectOptions = url.parse().map_err(Error::from)?;
    let here = options.get_socket().is_some() || is_here(options.get_host());
    if !here && !says(url, &["sslmode", "ssl-mode"]) {
        options = options.ssl_mode(PgSslMode::VerifyFull);
    }
    if let Some(password) = password {
        options = options.password(password);
    }
    Ok(options.statement_cache_capacity(STATEMENTS))
}

#[cfg(feature = "mysql")]
fn mysql_options(
    url: &str,
    password: Option<&str>,
) -> Result<sqlx::mysql::MySqlConnectOptions, Error> {
    use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};

    let mut options: MySqlConnectOptions = url.parse().map_err(Error::from)?;
    let here = options.get_socket().is_some() || is_here(options.get_host());
    if !here && !says(url, &["sslmode", "ssl-mode"]) {
        options = options.ssl_mode(MySqlSslMode::VerifyIdentity);
    }
    if let Some(password) = password {
        options = options.password(password);
    }
    Ok(options.statement_cache_capacity(STATEMENTS))
}

/// Applies the settings of a session. The statement consists of this file's words and of numbers.
#[cfg(any(feature = "postgres", feature = "mysql"))]
async fn set<C>(connection: &mut C, settings: Arc<String>) -> Result<(), sqlx::Error>
where
    C: sqlx::Connection,
    for<'c> &'c mut C: sqlx::Executor<'c, Database = C::Database>,
{
    let settings = sqlx::AssertSqlSafe(settings);
    sqlx::raw_sql(settings).execute(connection).await.map(|_| ())
}

/// Reports a clock that differs much from this machine's to the deploy checks. A server that does
/// not answer causes no finding.
#[cfg(any(feature = "postgres", feature = "mysql"))]
async fn compare_clock<DB>(pool: &sqlx::Pool<DB>, statement: &'static str)
where
    DB: sqlx::Database,
    for<'q> DB::Arguments: sqlx::IntoArguments<DB>,
    for<'c> &'c sqlx::Pool<DB>: sqlx::Executor<'c, Database = DB>,
    for<'r> i64: sqlx::Decode<'r, DB> + sqlx::Type<DB>,
    usize: sqlx::ColumnIndex<DB::Row>,
{
    let asked = sqlx::query_scalar::<DB, i64>(statement).fetch_one(pool).await;
    if let Ok(theirs) = asked {
        crate::deployment::compare_clock(theirs);
    }
    // The connection goes back by a task of its own. Who begins before it is there would open another one, which
    // a role may not have.
    for _ in 0..100 {
        if pool.num_idle() > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// This machine itself, where no other party can read the traffic.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn is_here(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.starts_with('/')
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// How a SQLite database is opened.
#[cfg(feature = "sqlite")]
#[derive(Clone, Copy, PartialEq, Eq)]
enum FileUse {
    /// For reading and writing, and made if it is missing.
    Create,
    Write,
    Read,
}

/// The value of a parameter of the URL.
#[cfg(feature = "sqlite")]
fn parameter(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Whether the URL has one of these parameters.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn says(url: &str, names: &[&str]) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| names.contains(&name.as_ref()))
}

#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) fn tls_hint(error: sqlx::Error) -> Error {
    let sqlx::Error::Tls(error) = error else { return error.into() };
    Error::note(
        ErrorKind::Unavailable,
        format!(
            "no verified TLS connection to the database: {error}; name its authority in the URL \
             (sslrootcert, ssl-ca), or say how much less will do (sslmode, ssl-mode)"
        ),
    )
}

#[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
fn off(feature: &str) -> Error {
    Error::note(
        ErrorKind::Defect,
        format!(
            "the database's URL needs the feature `{feature}` of palisade, and this service was \
             built without it: palisade = {{ features = [\"{feature}\"], .. }}"
        ),
    )
}

/// How many statements a connection caches. A service has a few hundred; the rest are the variants
/// of dynamic ones.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
const STATEMENTS: usize = 256;
