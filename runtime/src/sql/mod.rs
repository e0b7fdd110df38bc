//! SQL.

pub mod bind;
pub mod check;
mod db;
mod dialect;
mod error;
mod executor;
mod like;
mod migrate;
mod name;
mod options;
pub mod page;
#[cfg(feature = "postgres")]
mod parameter_types;
pub mod query;
mod row;
pub mod statement;
#[cfg(all(test, feature = "sqlite"))]
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
pub use migrate::{Migration, Migrations};
pub use name::SqlName;
pub use options::Options;
pub use page::{Cursor, Limit, Page, Slice};
pub use query::{FromSqlx, Output, Query};
pub use row::{ColumnRef, DecodeError, FromColumn, Row, RowRef};
pub use transaction::Transaction;
pub use value::{Value, ValueType};
