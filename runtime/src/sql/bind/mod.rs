//! Values of a statement.
//!
//! Every value of a statement is bound: it is sent separately from the text and is never part of
//! it. Types that can be bound implement [`Bind`]; conversions are checked, and a value that its
//! database cannot store is an error before anything is sent.

pub mod beside;
mod binds;
mod list;
mod scalar;

use std::fmt;

pub(super) use binds::Arguments;
pub use binds::Binds;
pub use list::List;
pub use scalar::AsJson;

use super::value::{Value, ValueType};

/// The types of values in the braces of a statement.
///
/// | Rust | SQLite | Postgres | MySQL |
/// |---|---|---|---|
/// | `bool` | integer | `boolean` | `tinyint` |
/// | `i8` `u8` `i16` | integer | `int2` | `smallint` |
/// | `u16` `i32` | integer | `int4` | `int` |
/// | `u32` `i64` `u64` `isize` `usize` | integer | `int8` | `bigint` |
/// | `f32` `f64` | real | `float4` `float8` | `float` `double` |
/// | `str` `String` `char` [`Text`](crate::Text) [`Slug`](crate::Slug) | text | `text` | `text` |
/// | `[u8]` `Vec<u8>` `[u8; N]` | blob | `bytea` | `blob` |
/// | [`Uuid`](uuid::Uuid) | blob of 16 | `uuid` | `binary(16)` |
/// | [`OffsetDateTime`](time::OffsetDateTime) [`SystemTime`](std::time::SystemTime) | text in UTC | `timestamptz` | `timestamp` |
/// | [`Date`](time::Date) | text | `date` | `date` |
/// | [`serde_json::Value`] [`AsJson`] | text | `jsonb` | `json` |
///
/// `Option` of each (`None` is `NULL`), and references. A `u64` above `i64::MAX` is an error, not a
/// negative number; so is a number that is not finite, and on Postgres a string with a NUL.
///
/// A type of your own binds as the one that it contains:
///
/// ```
/// use palisade::sql::{Bind, BindError, Value, ValueType};
///
/// struct ItemId(i64);
///
/// impl Bind for ItemId {
///     const KIND: ValueType = i64::KIND;
///
///     fn value(&self) -> Result<Value<'_>, BindError> {
///         self.0.value()
///     }
/// }
///
/// assert_eq!(ItemId::KIND, ValueType::I64);
/// assert!(u64::MAX.value().is_err());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be bound to a statement",
    label = "not a value that a database takes",
    note = "a type of your own implements `palisade::sql::Bind` by what it holds; a struct to store as JSON goes in `AsJson(&it)`; a list is written `{{xs..}}`"
)]
pub trait Bind {
    /// The type of every value of this implementation, `NULL` included.
    const KIND: ValueType;

    /// The value.
    ///
    /// # Errors
    ///
    /// No database can store it.
    fn value(&self) -> Result<Value<'_>, BindError>;
}

/// A value cannot be bound. It names the reason, and never the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindError {
    reason: &'static str,
    defect: bool,
}

impl BindError {
    /// The caller's value is outside of the database's range: a 422 for the client.
    pub const fn rejected(reason: &'static str) -> Self {
        Self { reason, defect: false }
    }

    /// The service is at fault: a 500 for the client.
    pub const fn defect(reason: &'static str) -> Self {
        Self { reason, defect: true }
    }

    pub(super) fn is_defect(&self) -> bool {
        self.defect
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl std::error::Error for BindError {}
