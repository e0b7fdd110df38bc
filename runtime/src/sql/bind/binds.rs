//! The values of one statement, in the form that its database takes.

use std::fmt;

use smallvec::SmallVec;
#[cfg(feature = "sqlite")]
use sqlx::Arguments as _;

use super::{Bind, BindError, List, Value, ValueType};
use crate::sql::{dialect::Dialect, like::PatternBind, statement::Choice};

/// The most elements of a list; each is a placeholder on MySQL, which takes 65,535 of them.
const MOST: usize = <[i64] as List>::MAX;

/// The values of one statement, in the order in which they appear in it.
pub struct Binds {
    pub(in crate::sql) arguments: Arguments,
    pub(in crate::sql) lists: SmallVec<[usize; 2]>,
    pub(in crate::sql) choices: SmallVec<[Choice; 4]>,
    /// A hash of the values' types, in order.
    pub(in crate::sql) types: u64,
}

/// The values for the driver.
pub(in crate::sql) enum Arguments {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::sqlite::SqliteArguments),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::postgres::PgArguments),
    #[cfg(feature = "mysql")]
    MySql(sqlx::mysql::MySqlArguments),
}

const ENCODING: BindError = BindError::defect("the driver cannot encode a value");

impl Binds {
    pub(in crate::sql) fn new(dialect: Dialect) -> Result<Self, BindError> {
        let arguments = match dialect {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => Arguments::Sqlite(Default::default()),
            #[cfg(feature = "postgres")]
            Dialect::Postgres => Arguments::Postgres(Default::default()),
            #[cfg(feature = "mysql")]
            Dialect::MySql => Arguments::MySql(Default::default()),
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            _ => return Err(BindError::defect("the feature of this database is off")),
        };
        Ok(Self { arguments, lists: SmallVec::new(), choices: SmallVec::new(), types: 0 })
    }

    /// Adds the next value.
    ///
    /// # Errors
    ///
    /// The database cannot store it.
    pub fn add<T: Bind + ?Sized>(&mut self, value: &T) -> Result<(), BindError> {
        let value = value.value()?;
        // A hand-written `Bind` could type its NULL otherwise than its values.
        if value.kind() != T::KIND {
            return Err(BindError::defect("a value is not of the type that its Bind names"));
        }
        self.note_type(T::KIND, false);
        self.push(value)
    }

    /// Adds the next pattern of a `LIKE`.
    ///
    /// # Errors
    ///
    /// The database cannot store it.
    pub fn add_pattern<P: PatternBind + ?Sized>(&mut self, pattern: &P) -> Result<(), BindError> {
        self.add(pattern)
    }

    /// Notes the name that the next sort uses.
    pub fn sort(&mut self, name: &'static str) {
        self.choices.push(Choice::Sort(name));
    }

    /// Notes the name that the next sort uses, which is one of these: the columns were checked with
    /// them. A hand-written [`SqlName`](crate::sql::SqlName) may return another one.
    pub fn sort_among(&mut self, names: &'static [&'static str], name: &'static str) {
        // The empty name is none, and the statement does not run with it.
        self.sort(if names.contains(&name) { name } else { "" });
    }

    /// Notes that the next fragment is part of the statement.
    pub fn on(&mut self) {
        self.choices.push(Choice::On(true));
    }

    /// Notes that the next fragment is not part of the statement.
    pub fn off(&mut self) {
        self.choices.push(Choice::On(false));
    }

    /// Adds the next list.
    ///
    /// # Errors
    ///
    /// Too many values, one that is `NULL`, or one that the database cannot store.
    pub fn add_list<L: List + ?Sized>(&mut self, list: &L) -> Result<(), BindError> {
        let items = list.items();
        let length = items.len();
        if length > MOST {
            return Err(BindError::rejected("a list has more than 32768 values"));
        }
        let mut values = Vec::with_capacity(length);
        for item in items {
            let value = item.value()?;
            if value.is_null() || value.kind() != L::Item::KIND {
                return Err(BindError::defect("a list has a value that is NULL"));
            }
            values.push(value);
        }
        self.lists.push(length);
        self.note_type(L::Item::KIND, true);
        match &mut self.arguments {
            #[cfg(feature = "sqlite")]
            Arguments::Sqlite(arguments) => {
                let text = sqlite::json(&values)?;
                arguments.add(text).map_err(|_| ENCODING)
            }
            #[cfg(feature = "postgres")]
            Arguments::Postgres(arguments) => postgres::array(arguments, L::Item::KIND, values),
            #[cfg(feature = "mysql")]
            Arguments::MySql(_) => {
                // The last value again and again: it changes nothing in a list.
                let Some(last) = values.last().cloned() else { return Ok(()) };
                let missing = crate::sql::statement::padded(length).saturating_sub(length);
                for value in values {
                    self.push(value)?;
                }
                for _ in 0..missing {
                    self.push(last.clone())?;
                }
                Ok(())
            }
        }
    }

    fn note_type(&mut self, kind: ValueType, is_list: bool) {
        let code = u64::from(kind.code()) + if is_list { 16 } else { 0 };
        // An odd factor loses no bits for up to twelve values, and mixes those of more.
        self.types = self.types.wrapping_mul(33).wrapping_add(code);
    }

    fn push(&mut self, value: Value<'_>) -> Result<(), BindError> {
        match &mut self.arguments {
            #[cfg(feature = "sqlite")]
            Arguments::Sqlite(arguments) => sqlite::push(arguments, value),
            #[cfg(feature = "postgres")]
            Arguments::Postgres(arguments) => postgres::push(arguments, value),
            #[cfg(feature = "mysql")]
            Arguments::MySql(arguments) => mysql::push(arguments, value),
        }
    }
}

impl fmt::Debug for Binds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Binds").finish_non_exhaustive()
    }
}

/// Adds `NULL` of each type by the driver's Rust type.
macro_rules! null {
    ($arguments:ident, $kind:ident) => {{
        let arguments = $arguments;
        match $kind {
            ValueType::Bool => arguments.add(None::<bool>),
            ValueType::I16 => arguments.add(None::<i16>),
            ValueType::I32 => arguments.add(None::<i32>),
            ValueType::I64 => arguments.add(None::<i64>),
            ValueType::F32 => arguments.add(None::<f32>),
            ValueType::F64 => arguments.add(None::<f64>),
            ValueType::Text => arguments.add(None::<String>),
            ValueType::Bytes => arguments.add(None::<Vec<u8>>),
            ValueType::Uuid => arguments.add(None::<uuid::Uuid>),
            ValueType::Timestamp => arguments.add(None::<time::OffsetDateTime>),
            ValueType::Date => arguments.add(None::<time::Date>),
            ValueType::Json => arguments.add(None::<serde_json::Value>),
        }
    }};
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use std::fmt::Write as _;

    use sqlx::{Arguments as _, sqlite::SqliteArguments};
    use time::OffsetDateTime;

    use super::{BindError, ENCODING, Value, ValueType};

    pub(super) fn push(to: &mut SqliteArguments, value: Value<'_>) -> Result<(), BindError> {
        match value {
            Value::Null(kind) => null!(to, kind),
            Value::Bool(it) => to.add(it),
            Value::I16(it) => to.add(it),
            Value::I32(it) => to.add(it),
            Value::I64(it) => to.add(it),
            Value::F32(it) => to.add(it),
            Value::F64(it) => to.add(it),
            Value::Text(it) => to.add(it),
            Value::Bytes(it) => to.add(it.as_ref()),
            Value::Uuid(it) => to.add(it),
            Value::Timestamp(it) => to.add(timestamp(it)),
            Value::Date(it) => to.add(it),
            Value::Json(it) => to.add(it.as_ref()),
        }
        .map_err(|_| ENCODING)
    }

    /// In UTC and of one width, so that comparing strings compares times; with a space, so that it
    /// compares with `CURRENT_TIMESTAMP` too.
    fn timestamp(time: OffsetDateTime) -> String {
        let time = time.to_offset(time::UtcOffset::UTC);
        let mut text = String::with_capacity(32);
        let (date, month) = (time.date(), u8::from(time.month()));
        // Writing to a `String` cannot fail.
        let _written = write!(
            text,
            "{:04}-{month:02}-{:02} {:02}:{:02}:{:02}.{:06}",
            date.year(),
            date.day(),
            time.hour(),
            time.minute(),
            time.second(),
            time.microsecond()
        );
        text
    }

    /// The list as the JSON text that `json_each` reads. Bytes, which JSON cannot represent, are
    /// objects with their hexadecimal digits.
    pub(super) fn json(values: &[Value<'_>]) -> Result<String, BindError> {
        let mut text = String::with_capacity(2 + values.len() * 8);
        text.push('[');
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            let written = match value {
                Value::Bool(it) => write!(text, "{}", u8::from(*it)),
                Value::I16(it) => write!(text, "{it}"),
                Value::I32(it) => write!(text, "{it}"),
                Value::I64(it) => write!(text, "{it}"),
                // With a point or an exponent always: `1` would come back as an integer.
                Value::F32(it) => write!(text, "{:?}", f64::from(*it)),
                Value::F64(it) => write!(text, "{it:?}"),
                Value::Text(it) => {
                    text.push_str(&serde_json::to_string(it).map_err(|_| ENCODING)?);
                    Ok(())
                }
                Value::Bytes(it) => {
                    hex(&mut text, it);
                    Ok(())
                }
                Value::Uuid(it) => {
                    hex(&mut text, it.as_bytes());
                    Ok(())
                }
                Value::Timestamp(it) => write!(text, "\"{}\"", timestamp(*it)),
                Value::Date(it) => {
                    let month = u8::from(it.month());
                    write!(text, "\"{:04}-{month:02}-{:02}\"", it.year(), it.day())
                }
                Value::Json(_) | Value::Null(_) => {
                    return Err(BindError::defect("a list has a value that cannot be listed"));
                }
            };
            written.map_err(|_| ENCODING)?;
        }
        text.push(']');
        Ok(text)
    }

    fn hex(text: &mut String, bytes: &[u8]) {
        text.push_str("{\"x\":\"");
        for byte in bytes {
            let _written = write!(text, "{byte:02x}");
        }
        text.push_str("\"}");
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use sqlx::{Arguments as _, postgres::PgArguments};

    use super::{BindError, ENCODING, Value, ValueType};

    const NUL: BindError =
        BindError::rejected("a text has a NUL character, which Postgres refuses");

    pub(super) fn push(to: &mut PgArguments, value: Value<'_>) -> Result<(), BindError> {
        match value {
            Value::Null(kind) => null!(to, kind),
            Value::Bool(it) => to.add(it),
            Value::I16(it) => to.add(it),
            Value::I32(it) => to.add(it),
            Value::I64(it) => to.add(it),
            Value::F32(it) => to.add(it),
            Value::F64(it) => to.add(it),
            Value::Text(it) if it.contains('\0') => return Err(NUL),
            Value::Text(it) => to.add(it.as_ref()),
            Value::Bytes(it) => to.add(it.as_ref()),
            Value::Uuid(it) => to.add(it),
            Value::Timestamp(it) => to.add(it),
            Value::Date(it) => to.add(it),
            Value::Json(it) if has_nul(&it) => return Err(NUL),
            Value::Json(it) => to.add(it.as_ref()),
        }
        .map_err(|_| ENCODING)
    }

    /// `jsonb` refuses the character even when it is escaped. `serde_json` bounds the depth of
    /// what it reads, so this ends.
    fn has_nul(json: &serde_json::Value) -> bool {
        match json {
            serde_json::Value::String(text) => text.contains('\0'),
            serde_json::Value::Array(items) => items.iter().any(has_nul),
            serde_json::Value::Object(members) => {
                members.iter().any(|(name, value)| name.contains('\0') || has_nul(value))
            }
            serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
                false
            }
        }
    }

    pub(super) fn array(
        to: &mut PgArguments,
        kind: ValueType,
        values: Vec<Value<'_>>,
    ) -> Result<(), BindError> {
        macro_rules! of {
            ($variant:ident) => {{
                let mut items = Vec::with_capacity(values.len());
                for value in values {
                    let Value::$variant(item) = value else { return Err(ENCODING) };
                    items.push(item);
                }
                to.add(items)
            }};
        }
        match kind {
            ValueType::Bool => of!(Bool),
            ValueType::I16 => of!(I16),
            ValueType::I32 => of!(I32),
            ValueType::I64 => of!(I64),
            ValueType::F32 => of!(F32),
            ValueType::F64 => of!(F64),
            ValueType::Uuid => of!(Uuid),
            ValueType::Timestamp => of!(Timestamp),
            ValueType::Date => of!(Date),
            ValueType::Text => {
                let mut items = Vec::with_capacity(values.len());
                for value in values {
                    let Value::Text(item) = value else { return Err(ENCODING) };
                    if item.contains('\0') {
                        return Err(NUL);
                    }
                    items.push(item.into_owned());
                }
                to.add(items)
            }
            ValueType::Bytes => {
                let mut items = Vec::with_capacity(values.len());
                for value in values {
                    let Value::Bytes(item) = value else { return Err(ENCODING) };
                    items.push(item.into_owned());
                }
                to.add(items)
            }
            ValueType::Json => {
                return Err(BindError::defect("a list has a value that cannot be listed"));
            }
        }
        .map_err(|_| ENCODING)
    }
}

#[cfg(feature = "mysql")]
mod mysql {
    use sqlx::{Arguments as _, mysql::MySqlArguments};

    use super::{BindError, ENCODING, Value, ValueType};

    pub(super) fn push(to: &mut MySqlArguments, value: Value<'_>) -> Result<(), BindError> {
        match value {
            Value::Null(kind) => null!(to, kind),
            Value::Bool(it) => to.add(it),
            Value::I16(it) => to.add(it),
            Value::I32(it) => to.add(it),
            Value::I64(it) => to.add(it),
            Value::F32(it) => to.add(it),
            Value::F64(it) => to.add(it),
            Value::Text(it) => to.add(it.as_ref()),
            Value::Bytes(it) => to.add(it.as_ref()),
            Value::Uuid(it) => to.add(it),
            Value::Timestamp(it) => to.add(it),
            Value::Date(it) => to.add(it),
            Value::Json(it) => to.add(it.as_ref()),
        }
        .map_err(|_| ENCODING)
    }
}
