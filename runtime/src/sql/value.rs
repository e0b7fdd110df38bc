//! A value for the database.

use std::{borrow::Cow, fmt};

use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A value in one of the forms that every database accepts.
///
/// Its `Debug` form has its type and not its content: values are the users' data.
#[derive(Clone)]
#[non_exhaustive]
pub enum Value<'a> {
    /// `NULL`, of this type.
    Null(ValueType),
    /// `BOOLEAN`.
    Bool(bool),
    /// 16 bits.
    I16(i16),
    /// 32 bits.
    I32(i32),
    /// 64 bits.
    I64(i64),
    /// Single precision.
    F32(f32),
    /// Double precision.
    F64(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// A UUID: `uuid` on Postgres, 16 bytes elsewhere.
    Uuid(Uuid),
    /// A point in time, to the microsecond.
    Timestamp(OffsetDateTime),
    /// A day.
    Date(Date),
    /// A JSON document: `jsonb` on Postgres, `json` on MySQL, text on SQLite.
    Json(Cow<'a, serde_json::Value>),
}

/// The type of a [`Value`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueType {
    /// [`Value::Bool`].
    Bool,
    /// [`Value::I16`].
    I16,
    /// [`Value::I32`].
    I32,
    /// [`Value::I64`].
    I64,
    /// [`Value::F32`].
    F32,
    /// [`Value::F64`].
    F64,
    /// [`Value::Text`].
    Text,
    /// [`Value::Bytes`].
    Bytes,
    /// [`Value::Uuid`].
    Uuid,
    /// [`Value::Timestamp`].
    Timestamp,
    /// [`Value::Date`].
    Date,
    /// [`Value::Json`].
    Json,
}

impl Value<'_> {
    /// Its type.
    pub fn kind(&self) -> ValueType {
        match self {
            Self::Null(kind) => *kind,
            Self::Bool(_) => ValueType::Bool,
            Self::I16(_) => ValueType::I16,
            Self::I32(_) => ValueType::I32,
            Self::I64(_) => ValueType::I64,
            Self::F32(_) => ValueType::F32,
            Self::F64(_) => ValueType::F64,
            Self::Text(_) => ValueType::Text,
            Self::Bytes(_) => ValueType::Bytes,
            Self::Uuid(_) => ValueType::Uuid,
            Self::Timestamp(_) => ValueType::Timestamp,
            Self::Date(_) => ValueType::Date,
            Self::Json(_) => ValueType::Json,
        }
    }

    /// Whether it is `NULL`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null(_))
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let null = if self.is_null() { "NULL " } else { "" };
        write!(f, "{null}{}", self.kind())
    }
}

impl ValueType {
    /// A number of its own, from 1 to 15.
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Bool => 1,
            Self::I16 => 2,
            Self::I32 => 3,
            Self::I64 => 4,
            Self::F32 => 5,
            Self::F64 => 6,
            Self::Text => 7,
            Self::Bytes => 8,
            Self::Uuid => 9,
            Self::Timestamp => 10,
            Self::Date => 11,
            Self::Json => 12,
        }
    }
}

/// Its name in messages.
impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "a boolean",
            Self::I16 => "a 16-bit integer",
            Self::I32 => "a 32-bit integer",
            Self::I64 => "a 64-bit integer",
            Self::F32 => "a single-precision number",
            Self::F64 => "a double-precision number",
            Self::Text => "a text",
            Self::Bytes => "bytes",
            Self::Uuid => "a UUID",
            Self::Timestamp => "a timestamp",
            Self::Date => "a date",
            Self::Json => "a JSON document",
        })
    }
}
