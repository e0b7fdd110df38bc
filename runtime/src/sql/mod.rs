//! Queries that cannot be injected: `sql!` and its run time.
//!
//! [`sql!`](crate::sql!) takes the text of a query with Rust expressions in braces. The text is
//! fixed and checked when the program is compiled; the values of the expressions are bound, and
//! never part of the text (CWE-89). The result is a [`Query`], to be fetched or executed on a
//! [`Db`] or in a [`Transaction`]:
//!
//! ```
//! # #[cfg(feature = "sqlite")] {
//! use palisade::{prelude::*, sql::{Db, Row, contains}};
//!
//! #[derive(Row, Serialize)]
//! struct Note {
//!     id: i64,
//!     title: String,
//! }
//!
//! #[get("/notes/{word}")]
//! #[authenticated]
//! #[validated]
//! async fn notes(who: Principal, word: Path<Slug>, db: Data<Db>) -> Result<Json<Vec<Note>>> {
//!     let notes = sql!(
//!         "SELECT id, title FROM notes
//!          WHERE owner = {who.subject()} AND title LIKE {contains(word.as_str())}
//!          ORDER BY id LIMIT 50" as Note
//!     );
//!     Ok(Json(notes.fetch_all(&db).await?))
//! }
//! # }
//! # fn main() {}
//! ```
//!
//! # Decisions
//!
//! 1. No function here takes SQL as a `String` or `&str`. What differs from request to request is a
//!    value ([`Bind`]), a list ([`List`]), one of an enum's names ([`SqlName`](derive@SqlName)) or
//!    a fragment that is on or off; all their texts are in the program.
//! 2. Values are converted with a check, in both directions. A value that a database cannot store
//!    is refused before it is sent, and messages never quote a value.
//! 3. Every wait has an end: for a connection, for a statement, on this side and on the server's
//!    ([`Options`]). Then the client sees 503 with `Retry-After`.
//! 4. An [`Error`] becomes the right problem by `?`, and discloses nothing about the database to
//!    the client.
//! 5. TLS with a verified certificate to every database that is not on this machine, unless its URL
//!    says otherwise.
//! 6. Migrations are applied at start ([`Db::migrate`]); a database that had others is refused.
//! 7. A statement means the same on each database: a MySQL session reads `"name"` as a column, and
//!    a number is compared with numbers, text with text.
//!
//! The features `sqlite`, `postgres` and `mysql` name the databases; each statement is checked for
//! all that are enabled.

pub mod bind;
pub mod check;
#[cfg(all(feature = "sqlite", unix))]
mod database_file;
mod db;
mod dialect;
mod error;
mod executor;
mod lease;
mod like;
mod metrics;
mod migrate;
#[cfg(feature = "mysql")]
mod modes;
mod name;
mod options;
pub mod page;
#[cfg(feature = "postgres")]
mod parameter_types;
mod ping;
pub mod query;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod reach;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod rotation;
mod row;
mod share;
#[cfg(feature = "sqlite")]
mod sqlite_pool;
pub mod statement;
mod stopwatch;
mod stream;
#[cfg(test)]
mod tests;
mod transaction;
mod value;

pub use palisade_macros::{Row, SqlName};

pub use bind::{AsJson, Bind, BindError, List};
pub use db::Db;
pub use dialect::Dialect;
pub use error::{Error, ErrorKind};
pub use executor::Executor;
pub use like::{Pattern, PatternBind, contains, ends_with, starts_with};
pub(crate) use metrics::write as write_metrics;
pub use migrate::{Migration, Migrations};
pub use name::SqlName;
pub use options::Options;
pub use page::{Cursor, Limit, Page, Slice};
pub use query::{FromSqlx, Output, Query};
pub use row::{ColumnRef, DecodeError, FromColumn, Row, RowRef};
pub use transaction::Transaction;
pub use value::{Value, ValueType};
