//! One column of a row.

use super::{DecodeError, RowRef, Source};

/// A column's value from the database.
#[derive(Clone, Copy, Debug)]
pub struct ColumnRef<'r> {
    pub(super) row: RowRef<'r>,
    pub(super) index: usize,
}

/// A type that one column is decoded into.
///
/// The types of [`Bind`](crate::sql::Bind) can be decoded, and `Option` of each for a column with
/// `NULL`s. Integers are read from a column of any width, with a check that the value fits.
///
/// A type of your own decodes as the one that it contains:
///
/// ```
/// use palisade::sql::{ColumnRef, DecodeError, FromColumn};
///
/// struct ItemId(i64);
///
/// impl FromColumn for ItemId {
///     fn from_column(column: ColumnRef<'_>) -> Result<Self, DecodeError> {
///         i64::from_column(column).map(Self)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a column cannot be read into `{Self}`",
    label = "not a type that a database has",
    note = "a type of your own implements `palisade::sql::FromColumn` by what it holds; for a column that can be NULL use `Option`; JSON is read into `AsJson<T>`"
)]
pub trait FromColumn: Sized {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// The column is not of this type, or is `NULL`.
    fn from_column(column: ColumnRef<'_>) -> Result<Self, DecodeError>;
}

/// Reads one of the driver's own types, with the driver's check that the column is of it.
macro_rules! direct {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $what:literal;)*) => {
        impl ColumnRef<'_> {$(
            $(#[$doc])*
            pub(super) fn $name(self) -> Result<$type, DecodeError> {
                #[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
                use sqlx::Row as _;
                let read = match self.row.0 {
                    #[cfg(feature = "sqlite")]
                    Source::Sqlite(row) => row.try_get::<Option<$type>, _>(self.index),
                    #[cfg(feature = "postgres")]
                    Source::Postgres(row) => row.try_get::<Option<$type>, _>(self.index),
                    #[cfg(feature = "mysql")]
                    Source::MySql(row) => row.try_get::<Option<$type>, _>(self.index),
                    #[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
                    Source::None(never, _) => match never {},
                };
                present(read, $what)
            }
        )*}
    };
}

direct! {
    boolean: bool = "a boolean";
    text: String = "a text";
    bytes: Vec<u8> = "bytes";
    uuid: uuid::Uuid = "a UUID";
    driver_timestamp: time::OffsetDateTime = "a timestamp";
    driver_date: time::Date = "a date";
    json: serde_json::Value = "JSON";
}

/// The driver's error quotes the value: its text is left out.
fn present<T>(read: Result<Option<T>, sqlx::Error>, what: &str) -> Result<T, DecodeError> {
    match read {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(DecodeError::new("it is NULL: read it into an Option")),
        Err(_) => Err(DecodeError::new(format!("it is not {what}"))),
    }
}

impl ColumnRef<'_> {
    /// Whether it is `NULL`.
    pub fn is_null(self) -> bool {
        #[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
        use sqlx::{Row as _, ValueRef as _};
        match self.row.0 {
            #[cfg(feature = "sqlite")]
            Source::Sqlite(row) => row.try_get_raw(self.index).is_ok_and(|value| value.is_null()),
            #[cfg(feature = "postgres")]
            Source::Postgres(row) => row.try_get_raw(self.index).is_ok_and(|value| value.is_null()),
            #[cfg(feature = "mysql")]
            Source::MySql(row) => row.try_get_raw(self.index).is_ok_and(|value| value.is_null()),
            #[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            Source::None(never, _) => match never {},
        }
    }

    /// A point in time.
    pub(super) fn timestamp(self) -> Result<time::OffsetDateTime, DecodeError> {
        #[cfg(feature = "postgres")]
        if let Source::Postgres(row) = self.row.0 {
            range::timestamp(row, self.index)?;
        }
        self.driver_timestamp()
    }

    /// A day.
    pub(super) fn date(self) -> Result<time::Date, DecodeError> {
        #[cfg(feature = "postgres")]
        if let Source::Postgres(row) = self.row.0 {
            range::date(row, self.index)?;
        }
        self.driver_date()
    }

    /// An integer of any width that the database has.
    pub(super) fn integer(self) -> Result<i128, DecodeError> {
        const WHAT: &str = "an integer";
        #[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
        use sqlx::Row as _;
        #[cfg(any(feature = "postgres", feature = "mysql"))]
        use sqlx::{TypeInfo as _, ValueRef as _};
        match self.row.0 {
            #[cfg(feature = "sqlite")]
            Source::Sqlite(row) => {
                present(row.try_get::<Option<i64>, _>(self.index), WHAT).map(i128::from)
            }
            #[cfg(feature = "postgres")]
            Source::Postgres(row) => {
                let value = row.try_get_raw(self.index).map_err(|_| missing())?;
                match value.type_info().name() {
                    "INT2" => {
                        present(row.try_get::<Option<i16>, _>(self.index), WHAT).map(i128::from)
                    }
                    "INT4" => {
                        present(row.try_get::<Option<i32>, _>(self.index), WHAT).map(i128::from)
                    }
                    _ => present(row.try_get::<Option<i64>, _>(self.index), WHAT).map(i128::from),
                }
            }
            #[cfg(feature = "mysql")]
            Source::MySql(row) => {
                let value = row.try_get_raw(self.index).map_err(|_| missing())?;
                if value.type_info().name().ends_with("UNSIGNED") {
                    present(row.try_get::<Option<u64>, _>(self.index), WHAT).map(i128::from)
                } else {
                    present(row.try_get::<Option<i64>, _>(self.index), WHAT).map(i128::from)
                }
            }
            #[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            Source::None(never, _) => match never {},
        }
    }

    /// A number of either precision.
    pub(super) fn number(self) -> Result<f64, DecodeError> {
        const WHAT: &str = "a floating-point number";
        #[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
        use sqlx::Row as _;
        #[cfg(any(feature = "postgres", feature = "mysql"))]
        use sqlx::{TypeInfo as _, ValueRef as _};
        match self.row.0 {
            #[cfg(feature = "sqlite")]
            Source::Sqlite(row) => present(row.try_get::<Option<f64>, _>(self.index), WHAT),
            #[cfg(feature = "postgres")]
            Source::Postgres(row) => {
                let value = row.try_get_raw(self.index).map_err(|_| missing())?;
                if value.type_info().name() == "FLOAT4" {
                    present(row.try_get::<Option<f32>, _>(self.index), WHAT).map(f64::from)
                } else {
                    present(row.try_get::<Option<f64>, _>(self.index), WHAT)
                }
            }
            #[cfg(feature = "mysql")]
            Source::MySql(row) => {
                let value = row.try_get_raw(self.index).map_err(|_| missing())?;
                if value.type_info().name() == "FLOAT" {
                    present(row.try_get::<Option<f32>, _>(self.index), WHAT).map(f64::from)
                } else {
                    present(row.try_get::<Option<f64>, _>(self.index), WHAT)
                }
            }
            #[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            Source::None(never, _) => match never {},
        }
    }
}

#[cfg(any(feature = "postgres", feature = "mysql"))]
fn missing() -> DecodeError {
    DecodeError::new("the rows have no such column")
}

/// Postgres stores times from 4713 BC to the year 294276, dates beyond, and infinity. The driver
/// adds them to its epoch, which panics if [`time`] has no such day: they are checked before.
#[cfg(feature = "postgres")]
mod range {
    use sqlx::{
        Row as _, TypeInfo as _, ValueRef as _,
        postgres::{PgRow, PgValueFormat},
    };
    use time::{Date, Duration, PrimitiveDateTime, Time};

    use super::{DecodeError, missing};

    /// 1 January 2000.
    const EPOCH: Result<Date, time::error::ComponentRange> =
        Date::from_calendar_date(2000, time::Month::January, 1);

    pub(super) fn timestamp(row: &PgRow, index: usize) -> Result<(), DecodeError> {
        let Some(micros) = sent(row, index, &["TIMESTAMPTZ", "TIMESTAMP"])? else { return Ok(()) };
        let micros = i64::from_be_bytes(micros);
        let epoch = EPOCH.map_err(|_| outside())?;
        let time = PrimitiveDateTime::new(epoch, Time::MIDNIGHT);
        time.checked_add(Duration::microseconds(micros)).map(|_| ()).ok_or_else(outside)
    }

    pub(super) fn date(row: &PgRow, index: usize) -> Result<(), DecodeError> {
        let Some(days) = sent(row, index, &["DATE"])? else { return Ok(()) };
        let days = i64::from(i32::from_be_bytes(days));
        let epoch = EPOCH.map_err(|_| outside())?;
        epoch.checked_add(Duration::days(days)).map(|_| ()).ok_or_else(outside)
    }

    /// The bytes of a value of one of these types, in the binary format. What is sent as text is parsed
    /// by the driver, which takes the errors of that.
    fn sent<const N: usize>(
        row: &PgRow,
        index: usize,
        types: &[&str],
    ) -> Result<Option<[u8; N]>, DecodeError> {
        let value = row.try_get_raw(index).map_err(|_| missing())?;
        let is_one = types.contains(&value.type_info().name());
        if value.is_null() || !is_one || value.format() != PgValueFormat::Binary {
            return Ok(None);
        }
        let bytes = value.as_bytes().map_err(|_| missing())?;
        bytes
            .try_into()
            .map(Some)
            .map_err(|_| DecodeError::new("it has another length than its type"))
    }

    fn outside() -> DecodeError {
        DecodeError::new("it is infinity, or a time outside of the years -9999 to 9999")
    }
}
