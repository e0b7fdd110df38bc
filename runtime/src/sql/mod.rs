//! SQL.

pub mod bind;
mod db;
mod dialect;
mod error;
mod executor;
mod migrate;
mod name;
mod options;
pub mod query;
mod row;
pub mod statement;
#[cfg(all(test, feature = "sqlite"))]
mod tests;
mod transaction;
mod value;

pub use bind::{AsJson, Bind, BindError, List};
pub use db::Db;
pub use dialect::Dialect;
pub use error::{Error, ErrorKind};
pub use executor::Executor;
pub use migrate::{Migration, Migrations};
pub use name::SqlName;
pub use options::Options;
pub use query::{FromSqlx, Output, Query};
pub use row::{ColumnRef, DecodeError, FromColumn, Row, RowRef};
pub use transaction::Transaction;
pub use value::{Value, ValueType};
