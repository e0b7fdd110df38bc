//! A statement with its values, ready to run.

use std::sync::Arc;

use futures_core::Stream;
use futures_util::TryStreamExt as _;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

use super::{
    bind::{Arguments, BindError, Binds},
    db::Shared,
    dialect::Dialect,
    error::Error,
    executor::{Executor, Target},
    row::{FromColumn, Row, RowRef, caught},
    statement::Statement,
    stream::{RowStream, Sender},
};
use crate::spans::{DatabaseSpan, Running};

/// A statement with its values, ready to run: the value of `sql!`.
///
/// Nothing is sent before one of its methods is called and awaited.
#[must_use = "a statement does nothing until it is fetched or executed"]
#[derive(Debug)]
pub struct Query<O, F> {
    statement: &'static Statement,
    bind: F,
    output: std::marker::PhantomData<fn() -> O>,
}

/// Makes a [`Query`]: the one call that `sql!` expands to.
pub fn query<O, F>(statement: &'static Statement, bind: F) -> Query<O, F>
where
    F: FnOnce(&mut Binds) -> Result<(), BindError>,
{
    Query { statement, bind, output: std::marker::PhantomData }
}

/// A type that rows are decoded into: one that derives [`Row`], a tuple, a scalar, or [`FromSqlx`].
///
/// The compiler infers `By`: it separates a type that is read from a row from one that is read from
/// its first column.
#[diagnostic::on_unimplemented(
    message = "rows cannot be read into `{Self}`",
    label = "neither a type that derives `Row` nor one that a column holds",
    note = "derive `palisade::sql::Row` on a struct whose fields are named as the columns are, or name a tuple or a scalar"
)]
pub trait Output<By> {
    /// The type of one row.
    type Value;

    /// Reads one row.
    ///
    /// # Errors
    ///
    /// The row is not of this type.
    fn read(row: RowRef<'_>) -> Result<Self::Value, Error>;
}

/// Marks types that are read from a whole row.
#[derive(Debug)]
pub struct ByRow;
/// Marks types that are read from the first column.
#[derive(Debug)]
pub struct ByColumn;
/// Marks types that the driver reads.
#[derive(Debug)]
pub struct ByDriver;

impl<T: Row> Output<ByRow> for T {
    type Value = T;

    fn read(row: RowRef<'_>) -> Result<T, Error> {
        caught(|| T::from_row(row).map_err(Error::from))
    }
}

impl<T: FromColumn> Output<ByColumn> for T {
    type Value = T;

    fn read(row: RowRef<'_>) -> Result<T, Error> {
        Ok(row.at(0)?)
    }
}

/// Reads rows into a type by its `sqlx::FromRow`: `sql!("..." as FromSqlx<Item>)` gives `Item`s.
///
/// For types that have it already. It has to be implemented for the rows of every database whose
/// feature is on; `sqlx`'s derive does that.
#[derive(Debug)]
pub struct FromSqlx<T>(std::marker::PhantomData<fn() -> T>);

macro_rules! from_sqlx {
    ($($(#[$cfg:meta])* [$($row:ty: $variant:ident),+])*) => {$(
        $(#[$cfg])*
        impl<T> Output<ByDriver> for FromSqlx<T>
        where
            $(T: for<'r> sqlx::FromRow<'r, $row>,)+
        {
            type Value = T;

            fn read(row: RowRef<'_>) -> Result<T, Error> {
                use super::row::Source;
                caught(|| match row.0 {
                    $(Source::$variant(row) => T::from_row(row).map_err(Error::from),)+
                })
            }
        }
    )*};
}

from_sqlx! {
    #[cfg(all(feature = "sqlite", feature = "postgres", feature = "mysql"))]
    [sqlx::sqlite::SqliteRow: Sqlite, sqlx::postgres::PgRow: Postgres, sqlx::mysql::MySqlRow: MySql]
    #[cfg(all(feature = "sqlite", feature = "postgres", not(feature = "mysql")))]
    [sqlx::sqlite::SqliteRow: Sqlite, sqlx::postgres::PgRow: Postgres]
    #[cfg(all(feature = "sqlite", not(feature = "postgres"), feature = "mysql"))]
    [sqlx::sqlite::SqliteRow: Sqlite, sqlx::mysql::MySqlRow: MySql]
    #[cfg(all(not(feature = "sqlite"), feature = "postgres", feature = "mysql"))]
    [sqlx::postgres::PgRow: Postgres, sqlx::mysql::MySqlRow: MySql]
    #[cfg(all(feature = "sqlite", not(feature = "postgres"), not(feature = "mysql")))]
    [sqlx::sqlite::SqliteRow: Sqlite]
    #[cfg(all(not(feature = "sqlite"), feature = "postgres", not(feature = "mysql")))]
    [sqlx::postgres::PgRow: Postgres]
    #[cfg(all(not(feature = "sqlite"), not(feature = "postgres"), feature = "mysql"))]
    [sqlx::mysql::MySqlRow: MySql]
}

/// The text and the values, in the form of one database.
struct Prepared {
    text: SqlStr,
    arguments: Arguments,
    persistent: bool,
    shared: Arc<Shared>,
    /// Whether the text is built at run time.
    #[cfg(feature = "mysql")]
    raw: bool,
}

/// With more values than this in a list, the server does not cache the statement.
const LONG: usize = 1024;

/// Runs `$body` with a connection of the statement's database, and with its watch.
macro_rules! on_connection {
    ($target:expr, $prepared:expr, |$connection:ident, $query:ident, $running:ident| $body:expr) => {{
        let Prepared {
            text,
            arguments,
            persistent,
            shared,
            #[cfg(feature = "mysql")]
            raw,
        } = $prepared;
        macro_rules! arm {
            ($driver:ty, $held:expr, $arguments:expr) => {{
                let mut held = $held;
                let $query =
                    sqlx::query_with::<$driver, _>(text, $arguments).persistent(persistent);
                let ($connection, mut $running) = held.lease().start(&shared)?;
                let outcome = $body;
                $running.done();
                outcome
            }};
        }
        match arguments {
            #[cfg(feature = "sqlite")]
            Arguments::Sqlite(arguments) => {
                arm!(sqlx::Sqlite, $target.sqlite().await?, arguments)
            }
            #[cfg(feature = "postgres")]
            Arguments::Postgres(arguments) => {
                arm!(sqlx::Postgres, $target.postgres().await?, arguments)
            }
            #[cfg(feature = "mysql")]
            Arguments::MySql(arguments) => {
                let mut held = $target.mysql().await?;
                if !raw && !shared.modes.are_set() {
                    let checked = super::modes::check(held.lease(), &shared, text.as_str());
                    // On the heap: most pools never need it.
                    Box::pin(checked).await?;
                }
                arm!(sqlx::MySql, held, arguments)
            }
        }
    }};
}

/// A separate statement text for values of other types than before, on the one database that would
/// confuse them.
fn by_types(text: SqlStr, dialect: Dialect, types: u64) -> SqlStr {
    #[cfg(feature = "postgres")]
    if dialect == Dialect::Postgres {
        return super::parameter_types::distinct(text, types);
    }
    let _unused = (dialect, types);
    text
}

/// The text of a statement for its span; empty where there is none.
fn text_of(prepared: &Result<Prepared, Error>) -> SqlStr {
    prepared.as_ref().map_or_else(|_| "".into_sql_str(), |prepared| prepared.text.clone())
}

/// Runs a statement within a span; its error names where it is written.
async fn traced<T>(
    statement: &Statement,
    dialect: Dialect,
    text: SqlStr,
    run: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let Statement { file, line, kind, .. } = *statement;
    let span = DatabaseSpan::begin(|| Running {
        system: dialect.system(),
        operation: kind.verb(),
        text: Some(text.as_str()),
        at: Some((file, line)),
    });
    drop(text);
    let outcome = run.await;
    span.end(outcome.as_ref().err().and_then(|error| error.kind().type_name()));
    outcome.map_err(|error| error.at(file, line))
}

impl<O, F> Query<O, F>
where
    F: FnOnce(&mut Binds) -> Result<(), BindError>,
{
    fn prepare(self, target: &Target<'_>) -> Result<Prepared, Error> {
        let shared = Arc::clone(target.shared());
        shared.check(self.statement)?;
        let dialect = target.dialect();
        let mut binds = Binds::new(dialect)?;
        (self.bind)(&mut binds)?;
        let Binds { arguments, lists, choices, types } = binds;
        let text = self.statement.text(dialect, &choices, &lists)?;
        let text = by_types(text, dialect, types);
        // Elsewhere the text is the same for every length.
        let persistent = dialect != Dialect::MySql || lists.iter().all(|length| *length <= LONG);
        Ok(Prepared {
            text,
            arguments,
            persistent,
            shared,
            #[cfg(feature = "mysql")]
            raw: self.statement.weakened.iter().any(|(word, _)| *word == "dangerous_raw"),
        })
    }

    /// Runs it; returns the number of rows that it inserted, changed or deleted.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn execute<'e, X: Executor<'e>>(self, on: X) -> impl Future<Output = Result<u64, Error>> {
        let target = on.target();
        let (statement, dialect) = (self.statement, target.dialect());
        let prepared = self.prepare(&target);
        async move {
            let text = text_of(&prepared);
            let run = async {
                on_connection!(target, prepared?, |connection, query, running| {
                    let done = running.answer(async { Ok(query.execute(connection).await?) });
                    done.await.map(|done| done.rows_affected())
                })
            };
            traced(statement, dialect, text, run).await
        }
    }

    /// Runs it; returns its first row.
    ///
    /// # Errors
    ///
    /// There is no row (a 404 for the client), and the errors of [`Error`].
    pub fn fetch_one<'e, By, X>(self, on: X) -> impl Future<Output = Result<O::Value, Error>>
    where
        O: Output<By>,
        X: Executor<'e>,
    {
        let target = on.target();
        let (statement, dialect) = (self.statement, target.dialect());
        let prepared = self.prepare(&target);
        async move {
            let text = text_of(&prepared);
            let run = async {
                on_connection!(target, prepared?, |connection, query, running| {
                    let row = running.answer(async { Ok(query.fetch_one(connection).await?) });
                    row.await.and_then(|row| O::read(RowRef::from(&row)))
                })
            };
            traced(statement, dialect, text, run).await
        }
    }

    /// Runs it; returns its first row, if there is one.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn fetch_optional<'e, By, X>(
        self,
        on: X,
    ) -> impl Future<Output = Result<Option<O::Value>, Error>>
    where
        O: Output<By>,
        X: Executor<'e>,
    {
        let target = on.target();
        let (statement, dialect) = (self.statement, target.dialect());
        let prepared = self.prepare(&target);
        async move {
            let text = text_of(&prepared);
            let run = async {
                on_connection!(target, prepared?, |connection, query, running| {
                    let row = running.answer(async { Ok(query.fetch_optional(connection).await?) });
                    row.await.and_then(|row| row.map(|row| O::read(RowRef::from(&row))).transpose())
                })
            };
            traced(statement, dialect, text, run).await
        }
    }

    /// Runs it; returns all of its rows, in memory: use a `LIMIT` if their number depends on
    /// others.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn fetch_all<'e, By, X>(self, on: X) -> impl Future<Output = Result<Vec<O::Value>, Error>>
    where
        O: Output<By>,
        X: Executor<'e>,
    {
        let target = on.target();
        let (statement, dialect) = (self.statement, target.dialect());
        let prepared = self.prepare(&target);
        async move {
            let text = text_of(&prepared);
            let run = async {
                on_connection!(target, prepared?, |connection, query, running| {
                    let all = async {
                        let mut rows = query.fetch(connection);
                        let mut read = Vec::new();
                        while let Some(row) = rows.try_next().await? {
                            read.push(O::read(RowRef::from(&row))?);
                        }
                        Ok(read)
                    };
                    running.answer(all).await
                })
            };
            traced(statement, dialect, text, run).await
        }
    }

    /// How the database would run it, a line for each step, without running it: for tests that a
    /// statement uses an index. The text is the database's own, and differs between versions
    /// (`EXPLAIN QUERY PLAN` of SQLite, `EXPLAIN` of Postgres, `EXPLAIN FORMAT=JSON` of MySQL).
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn explain<'e, X: Executor<'e>>(
        self,
        on: X,
    ) -> impl Future<Output = Result<Vec<String>, Error>> {
        let target = on.target();
        let (statement, dialect) = (self.statement, target.dialect());
        let (word, column) = match target.dialect() {
            Dialect::Sqlite => ("EXPLAIN QUERY PLAN ", 3_usize),
            Dialect::Postgres => ("EXPLAIN ", 0),
            Dialect::MySql => ("EXPLAIN FORMAT=JSON ", 0),
        };
        let prepared = self.prepare(&target).map(|mut prepared| {
            let text = format!("{word}{}", prepared.text.as_str());
            // One of three words before a statement that consists of the program's own parts.
            prepared.text = AssertSqlSafe(text).into_sql_str();
            prepared
        });
        async move {
            let text = text_of(&prepared);
            let run = async {
                on_connection!(target, prepared?, |connection, query, running| {
                    let all = async {
                        let rows = query.fetch_all(connection).await?;
                        let step = |row| sqlx::Row::try_get::<String, _>(row, column);
                        Ok(rows.iter().map(step).collect::<Result<_, _>>()?)
                    };
                    running.answer(all).await
                })
            };
            traced(statement, dialect, text, run).await
        }
    }

    /// Runs it; returns its rows one after another, as they arrive. The time limit applies to each
    /// of them. It ends after the first error.
    pub fn stream<'e, By, X>(
        self,
        on: X,
    ) -> impl Stream<Item = Result<O::Value, Error>> + Unpin + use<'e, By, X, O, F>
    where
        O: Output<By>,
        X: Executor<'e>,
    {
        let target = on.target();
        let (statement, dialect) = (self.statement, target.dialect());
        let prepared = self.prepare(&target);
        RowStream::new(|mut rows: Sender<O::Value>| async move {
            let text = text_of(&prepared);
            let run = async {
                on_connection!(target, prepared?, |connection, query, running| {
                    let mut coming = query.fetch(connection);
                    loop {
                        let next = async { Ok(coming.try_next().await?) };
                        match running.answer(next).await {
                            Ok(Some(row)) => rows.send(O::read(RowRef::from(&row))?).await,
                            Ok(None) => break Ok(()),
                            Err(error) => break Err(error),
                        }
                    }
                })
            };
            traced(statement, dialect, text, run).await
        })
    }
}
