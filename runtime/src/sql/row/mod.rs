//! Rows from the database.

mod caught;
mod column;
mod scalar;

pub(in crate::sql) use caught::caught;
pub use column::{ColumnRef, FromColumn};

use super::error::{Error, ErrorKind};

/// A row of any database.
#[derive(Clone, Copy)]
pub struct RowRef<'r>(pub(in crate::sql) Source<'r>);

#[derive(Clone, Copy)]
pub(in crate::sql) enum Source<'r> {
    #[cfg(feature = "sqlite")]
    Sqlite(&'r sqlx::sqlite::SqliteRow),
    #[cfg(feature = "postgres")]
    Postgres(&'r sqlx::postgres::PgRow),
    #[cfg(feature = "mysql")]
    MySql(&'r sqlx::mysql::MySqlRow),
    /// Without any database, this cannot be constructed.
    #[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
    None(std::convert::Infallible, std::marker::PhantomData<&'r ()>),
}

/// A type that a whole row is decoded into; derive it.
///
/// Tuples of [`FromColumn`] types read a row by the position of its columns.
#[diagnostic::on_unimplemented(
    message = "rows cannot be read into `{Self}`",
    label = "neither a type that derives `Row` nor one that a column holds",
    note = "derive `palisade::sql::Row` on a struct whose fields are named as the columns are, or name a tuple or a scalar"
)]
pub trait Row: Sized {
    /// The columns that it reads by name; empty for a tuple, which reads them by position.
    const COLUMNS: &'static [&'static str];

    /// Reads it.
    ///
    /// # Errors
    ///
    /// A column is missing or is not of its field's type.
    fn from_row(row: RowRef<'_>) -> Result<Self, DecodeError>;
}

/// A row or a column does not fit the requested type. The error names the column, and never the
/// value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    column: Option<String>,
    reason: String,
}

impl DecodeError {
    /// A column's value does not fit its type.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { column: None, reason: reason.into() }
    }

    pub(super) fn in_column(mut self, column: impl FnOnce() -> String) -> Self {
        self.column.get_or_insert_with(column);
        self
    }
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.column {
            Some(column) => write!(f, "column {column}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

impl std::error::Error for DecodeError {}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::note(ErrorKind::Decode, error.to_string())
    }
}

impl std::fmt::Debug for RowRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowRef").finish_non_exhaustive()
    }
}

impl<'r> RowRef<'r> {
    /// Reads the column of this name.
    ///
    /// # Errors
    ///
    /// There is none, or it is not of this type.
    pub fn column<T: FromColumn>(self, name: &str) -> Result<T, DecodeError> {
        let index = self.index(name).ok_or_else(|| {
            DecodeError::new("the rows have no such column").in_column(|| name.to_owned())
        })?;
        caught(|| T::from_column(ColumnRef { row: self, index }))
            .map_err(|error| error.in_column(|| name.to_owned()))
    }

    /// Reads the column at this position, from 0.
    ///
    /// # Errors
    ///
    /// There is none, or it is not of this type.
    pub fn at<T: FromColumn>(self, index: usize) -> Result<T, DecodeError> {
        if index >= self.len() {
            return Err(DecodeError::new(format!("the rows have {} columns", self.len()))
                .in_column(|| index.to_string()));
        }
        caught(|| T::from_column(ColumnRef { row: self, index }))
            .map_err(|error| error.in_column(|| index.to_string()))
    }
}

macro_rules! from_driver {
    ($($(#[$cfg:meta])* $row:ty: $variant:ident;)*) => {$(
        $(#[$cfg])*
        impl<'r> From<&'r $row> for RowRef<'r> {
            fn from(row: &'r $row) -> Self {
                Self(Source::$variant(row))
            }
        }
    )*};
}

from_driver! {
    #[cfg(feature = "sqlite")]
    sqlx::sqlite::SqliteRow: Sqlite;
    #[cfg(feature = "postgres")]
    sqlx::postgres::PgRow: Postgres;
    #[cfg(feature = "mysql")]
    sqlx::mysql::MySqlRow: MySql;
}

macro_rules! each_source {
    ($row:expr, $it:ident => $body:expr) => {
        match $row.0 {
            #[cfg(feature = "sqlite")]
            Source::Sqlite($it) => $body,
            #[cfg(feature = "postgres")]
            Source::Postgres($it) => $body,
            #[cfg(feature = "mysql")]
            Source::MySql($it) => $body,
            #[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            Source::None(never, _) => match never {},
        }
    };
}

#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
    expect(clippy::unused_self, unused_variables, reason = "there are no rows then")
)]
impl RowRef<'_> {
    fn index(self, name: &str) -> Option<usize> {
        #[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
        use sqlx::ColumnIndex as _;
        each_source!(self, row => name.index(row).ok())
    }

    /// How many columns it has.
    #[expect(clippy::len_without_is_empty, reason = "a row without a column does not exist")]
    pub fn len(self) -> usize {
        #[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
        use sqlx::Row as _;
        each_source!(self, row => row.len())
    }
}

macro_rules! tuples {
    ($(($($element:ident $at:literal),+))*) => {$(
        impl<$($element: FromColumn),+> Row for ($($element,)+) {
            const COLUMNS: &'static [&'static str] = &[];

            fn from_row(row: RowRef<'_>) -> Result<Self, DecodeError> {
                Ok(($(row.at::<$element>($at)?,)+))
            }
        }
    )*};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
}
