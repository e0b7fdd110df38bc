//! Errors of statements, and their answers to clients.

use std::{any::Any, borrow::Cow, fmt};

use super::bind::BindError;
use crate::problem::{Kind, Problem};

/// A statement failed.
///
/// By `?` it becomes the problem for the client:
///
/// | what happened | [`ErrorKind`] | status |
/// |---|---|---|
/// | no row where one was asked for | `NotFound` | 404 |
/// | a unique or primary key is taken | `Unique` | 409 |
/// | a foreign key points nowhere, or is pointed at | `ForeignKey` | 409 |
/// | a `CHECK` does not hold | `Check` | 422 |
/// | a value is too long, too large, or not of the column's character set | `Rejected` | 422 |
/// | the database cannot be reached, takes no writes, is locked, gave up a deadlock | `Unavailable` | 503 |
/// | the database's disk is full | `Full` | 507 |
/// | no connection or no answer in time | `TimedOut` | 503 |
/// | a row is not of the type that was asked for | `Decode` | 500 |
/// | anything else | `Defect` | 500 |
///
/// If a server accepts no connection, the error and a line of the log have the reason: it refuses,
/// does not answer, or has none left.
///
/// A 503 has `Retry-After`. The client gets the kind of problem alone: no text of the statement, no
/// name of a constraint, no value (CWE-209). The log has the kind, the database's code, the
/// constraint, and where the statement is written; a message of the database only if it cannot
/// quote a value.
///
/// A `CHECK` is a 422 because only values of a caller get that far: declare the rule in the input's
/// type too, where it can name the field.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    note: Cow<'static, str>,
    constraint: Option<String>,
    at: Option<(&'static str, u32)>,
}

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A required row does not exist.
    NotFound,
    /// A unique or primary key is taken.
    Unique,
    /// The target of a foreign key does not exist, or a row is still the target of one.
    ForeignKey,
    /// A `CHECK` or an exclusion does not hold.
    Check,
    /// The database cannot store a value.
    Rejected,
    /// The database cannot answer now.
    Unavailable,
    /// The database has no room on its disk.
    Full,
    /// No connection or no answer in time.
    TimedOut,
    /// A row does not fit the requested type.
    Decode,
    /// The statement, the schema or the settings are at fault.
    Defect,
}

impl ErrorKind {
    /// Its name in spans; `None` for a missing row, which is a result.
    pub(super) const fn type_name(self) -> Option<&'static str> {
        Some(match self {
            Self::NotFound => return None,
            Self::Unique => "unique",
            Self::ForeignKey => "foreign_key",
            Self::Check => "check",
            Self::Rejected => "rejected",
            Self::Unavailable => "unavailable",
            Self::Full => "full",
            Self::TimedOut => "timeout",
            Self::Decode => "decode",
            Self::Defect => "defect",
        })
    }
}

impl Error {
    pub(super) fn note(kind: ErrorKind, note: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { kind, note: note.into(), constraint: None, at: None }))
    }

    /// The error as one of these, if it is one of these or of the driver.
    pub(crate) fn of<E: std::error::Error + 'static>(error: E) -> Result<Self, E> {
        let mut slot = Some(error);
        let any: &mut dyn Any = &mut slot;
        if let Some(own) = any.downcast_mut::<Option<Self>>().and_then(Option::take) {
            return Ok(own);
        }
        if let Some(driver) = any.downcast_mut::<Option<sqlx::Error>>().and_then(Option::take) {
            return Ok(driver.into());
        }
        slot.map_or_else(|| Ok(Self::note(ErrorKind::Defect, "an error without a cause")), Err)
    }

    /// The kind of the failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The constraint that was violated, if the database names it: to distinguish conflicts, not
    /// for the client.
    pub fn constraint(&self) -> Option<&str> {
        self.0.constraint.as_deref()
    }

    /// Whether the same statement may succeed a moment later: the database was out of reach,
    /// locked, or ended it to resolve a deadlock.
    pub fn is_transient(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Unavailable | ErrorKind::TimedOut)
    }

    pub(super) fn at(mut self, file: &'static str, line: u32) -> Self {
        self.0.at.get_or_insert((file, line));
        self
    }

    pub(crate) fn into_problem(self) -> Problem {
        let kind = match self.0.kind {
            ErrorKind::NotFound => Kind::NotFound,
            ErrorKind::Unique | ErrorKind::ForeignKey => Kind::Conflict,
            ErrorKind::Check | ErrorKind::Rejected => Kind::InvalidInput,
            ErrorKind::Unavailable | ErrorKind::TimedOut => Kind::Unavailable,
            ErrorKind::Full => Kind::StorageFull,
            ErrorKind::Decode | ErrorKind::Defect => Kind::Internal,
        };
        Problem::new(kind).caused_by_note(self.to_string())
    }
}

/// For the log: no value and no text of the statement.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.note)?;
        if let Some(constraint) = &self.0.constraint {
            write!(f, ", constraint {constraint}")?;
        }
        if let Some((file, line)) = self.0.at {
            write!(f, " (statement at {file}:{line})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)
    }
}

/// It becomes a [`Problem`] with its own status, as by `?`.
impl std::error::Error for Error {}

impl From<BindError> for Error {
    fn from(error: BindError) -> Self {
        let kind = if error.is_defect() { ErrorKind::Defect } else { ErrorKind::Rejected };
        Self::note(kind, error.to_string())
    }
}

impl From<sqlx::Error> for Error {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "whatever the driver adds is a defect until somebody has judged it"
    )]
    fn from(error: sqlx::Error) -> Self {
        use ErrorKind::{Decode, Defect, NotFound, TimedOut, Unavailable};
        match error {
            sqlx::Error::RowNotFound => Self::note(NotFound, "there is no such row"),
            sqlx::Error::Database(error) => database(error.as_ref()),
            sqlx::Error::PoolTimedOut => Self::note(TimedOut, "no connection became free in time"),
            sqlx::Error::PoolClosed => Self::note(Unavailable, "the pool of connections is closed"),
            sqlx::Error::WorkerCrashed => {
                Self::note(Unavailable, "the thread of a SQLite connection ended")
            }
            sqlx::Error::Io(error) => {
                Self::note(Unavailable, format!("the database cannot be reached: {error}"))
            }
            sqlx::Error::Tls(error) => {
                Self::note(Unavailable, format!("no TLS connection to the database: {error}"))
            }
            sqlx::Error::Migrate(error) => migration(*error),
            // Their sources quote what they could not read: the value.
            sqlx::Error::ColumnDecode { index, .. } => {
                Self::note(Decode, format!("column {index} is not of the type that was asked for"))
            }
            sqlx::Error::Decode(_) => {
                Self::note(Decode, "a value is not of the type that was asked for")
            }
            sqlx::Error::ColumnNotFound(name) => {
                Self::note(Decode, format!("the rows have no column {name}"))
            }
            sqlx::Error::Encode(_) => Self::note(Defect, "the driver cannot encode a value"),
            // A URL that does not parse may be quoted with its password.
            sqlx::Error::Configuration(_) => {
                Self::note(Defect, "the database's URL or settings cannot be used")
            }
            other => Self::note(Defect, other.to_string()),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        migration(error)
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others say themselves what is wrong with the files"
)]
fn migration(error: sqlx::migrate::MigrateError) -> Error {
    use sqlx::migrate::MigrateError;
    let note = match error {
        MigrateError::Execute(error) => return Error::from(error),
        MigrateError::VersionMismatch(version) => format!(
            "migration {version} was changed after it was applied: restore its text, and write a \
             new migration for the change"
        ),
        MigrateError::VersionMissing(version) => format!(
            "the database has migration {version}, which this program does not have: start a \
             program that is at least as new as the database"
        ),
        MigrateError::ExecuteMigration(error, version) => {
            let mut error = Error::from(error);
            error.0.note = format!("migration {version} failed: {}", error.0.note).into();
            return error;
        }
        MigrateError::Dirty(version) => format!(
            "migration {version} was begun and not finished: repair what it left, and remove its \
             row from _sqlx_migrations"
        ),
        other => other.to_string(),
    };
    Error::note(ErrorKind::Defect, note)
}

/// By the database's own codes: its messages are for people, and change.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "classes that the driver adds are judged by the database's own codes"
)]
fn database(error: &(dyn sqlx::error::DatabaseError + 'static)) -> Error {
    use sqlx::error::ErrorKind as Class;
    let code = code(error);
    let kind = match error.kind() {
        Class::UniqueViolation => ErrorKind::Unique,
        Class::ForeignKeyViolation => ErrorKind::ForeignKey,
        Class::CheckViolation | Class::ExclusionViolation => ErrorKind::Check,
        // The service said NOT NULL and then sent a NULL: types should have prevented it.
        Class::NotNullViolation => ErrorKind::Defect,
        _ => other(error, &code),
    };
    let note = match kind {
        ErrorKind::Unique => format!("a unique key is taken ({code})"),
        ErrorKind::ForeignKey => format!("a foreign key does not hold ({code})"),
        ErrorKind::Check => format!("a check does not hold ({code})"),
        ErrorKind::Rejected => format!("the database has no place for a value ({code})"),
        ErrorKind::Full => format!("the database has no room left ({code})"),
        ErrorKind::NotFound
        | ErrorKind::Unavailable
        | ErrorKind::TimedOut
        | ErrorKind::Decode
        | ErrorKind::Defect
            if tells_no_value(error, &code) =>
        {
            format!("the database refused: {} ({code})", error.message())
        }
        ErrorKind::NotFound
        | ErrorKind::Unavailable
        | ErrorKind::TimedOut
        | ErrorKind::Decode
        | ErrorKind::Defect => format!("the database refused ({code})"),
    };
    let mut made = Error::note(kind, note);
    made.0.constraint = constraint(error, kind);
    made
}

/// Whether the message is about the statement or the server. Any other may quote a value: `invalid
/// input syntax for type integer: "hunter2"`.
fn tells_no_value(error: &(dyn sqlx::error::DatabaseError + 'static), code: &str) -> bool {
    #[cfg(feature = "postgres")]
    if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        // Connections, transactions, syntax and names and rights, resources, operators.
        return ["08", "25", "40", "42", "53", "55", "57"].iter().any(|own| code.starts_with(own));
    }
    #[cfg(feature = "mysql")]
    if error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().is_some() {
        // Rights; databases, tables, columns and functions that are not there; syntax; locks.
        return matches!(
            code,
            "1044" | "1045" | "1049" | "1054" | "1064" | "1142" | "1146" | "1205" | "1213" | "1305"
        );
    }
    #[cfg(feature = "sqlite")]
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // Its general error has everything from syntax to a path in JSON that was bound.
        let about = ["no such ", "near \"", "cannot ", "ambiguous column name", "incomplete input"];
        return code != "1" || about.iter().any(|start| error.message().starts_with(start));
    }
    let _unused = (error, code);
    false
}

fn code(error: &(dyn sqlx::error::DatabaseError + 'static)) -> Cow<'static, str> {
    #[cfg(feature = "mysql")]
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return Cow::Owned(error.number().to_string());
    }
    match error.code() {
        Some(code) => Cow::Owned(code.into_owned()),
        None => Cow::Borrowed("no code"),
    }
}

/// SQLite and MySQL name it in their messages only: ``UNIQUE constraint failed: users.name``,
/// ``Duplicate entry 'x' for key 'name'``. The value before it is left out.
fn constraint(
    error: &(dyn sqlx::error::DatabaseError + 'static),
    kind: ErrorKind,
) -> Option<String> {
    if !matches!(kind, ErrorKind::Unique | ErrorKind::ForeignKey | ErrorKind::Check) {
        return None;
    }
    if let Some(name) = error.constraint() {
        return Some(name.to_owned());
    }
    let message = error.message();
    let name = match message.split_once(" constraint failed: ") {
        Some((_, name)) => name,
        // The last one: a value may contain these words, and cannot follow the key's name.
        None => message.rsplit_once(" for key '")?.1.strip_suffix('\'')?,
    };
    let fits = name.len() <= 200
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_., ".contains(&byte));
    fits.then(|| name.to_owned())
}

fn other(error: &(dyn sqlx::error::DatabaseError + 'static), code: &str) -> ErrorKind {
    #[cfg(feature = "postgres")]
    if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        return postgres(code);
    }
    #[cfg(feature = "mysql")]
    if error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().is_some() {
        return mysql(code);
    }
    #[cfg(feature = "sqlite")]
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        return sqlite(code);
    }
    let _unused = (error, code);
    ErrorKind::Defect
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
#[cfg(feature = "postgres")]
fn postgres(code: &str) -> ErrorKind {
    match code {
        // Too long, out of range, a character that the encoding does not have.
        // Not of the form of its type.
        "22001" | "22003" | "22007" | "22008" | "22021" | "22P02" | "22P05" => ErrorKind::Rejected,
        // `statement_timeout` and friends.
        "57014" | "25P03" | "25P04" => ErrorKind::TimedOut,
        // Serialization, deadlock, lock, shutting down, starting up, read-only stand-by.
        "40001" | "40P01" | "55P03" | "57P01" | "57P02" | "57P03" | "57P05" | "25006" => {
            ErrorKind::Unavailable
        }
        "53100" => ErrorKind::Full,
        // The protocol was broken, which is a defect and no failure of the connection.
        "08P01" => ErrorKind::Defect,
        // Connection exceptions; insufficient resources (too many clients, no memory).
        code if code.starts_with("08") || code.starts_with("53") => ErrorKind::Unavailable,
        _ => ErrorKind::Defect,
    }
}

/// <https://mariadb.com/kb/en/mariadb-error-code-reference/>
#[cfg(feature = "mysql")]
fn mysql(code: &str) -> ErrorKind {
    match code {
        // Out of range, incorrect value or string for a column, too long.
        "1264" | "1366" | "1406" | "1292" | "1690" => ErrorKind::Rejected,
        // Lock wait time-out, `max_execution_time`, `max_statement_time`, query interrupted.
        "1205" | "3024" | "1969" | "1317" => ErrorKind::TimedOut,
        "1021" | "1114" => ErrorKind::Full,
        // Too many connections, server shutdown, user limits, deadlock, killed,
        // read-only, out of resources.
        "1040" | "1053" | "1203" | "1226" | "1213" | "1927" | "1290" | "1836" | "1041" => {
            ErrorKind::Unavailable
        }
        _ => ErrorKind::Defect,
    }
}

/// <https://www.sqlite.org/rescode.html>: the low byte is the primary code.
#[cfg(feature = "sqlite")]
fn sqlite(code: &str) -> ErrorKind {
    match code.parse::<u32>().map(|code| code & 0xff) {
        // BUSY, LOCKED, NOMEM, READONLY, IOERR, CANTOPEN
        Ok(5 | 6 | 7 | 8 | 10 | 14) => ErrorKind::Unavailable,
        // FULL
        Ok(13) => ErrorKind::Full,
        // INTERRUPT
        Ok(9) => ErrorKind::TimedOut,
        // TOOBIG
        Ok(18) => ErrorKind::Rejected,
        _ => ErrorKind::Defect,
    }
}
