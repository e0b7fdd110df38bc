//! The kind of a column's values, from its declaration.

use std::fmt;

use sqlparser::ast::DataType;

use crate::dialect::Dialect;

/// The kind of a column's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Whole numbers of any width.
    Integer,
    /// Floating-point numbers.
    Real,
    /// Text.
    Text,
    /// Bytes.
    Blob,
    /// Yes or no.
    Boolean,
    /// UUIDs.
    Uuid,
    /// Dates and times.
    Timestamp,
    /// JSON documents.
    Json,
    /// The query of a virtual table: text in the table's own language.
    Search,
    /// Another kind, or an uncertain one.
    #[default]
    Unknown,
}

impl Kind {
    /// The name; empty for [`Kind::Search`] and [`Kind::Unknown`].
    pub const fn word(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Real => "real",
            Self::Text => "text",
            Self::Blob => "blob",
            Self::Boolean => "boolean",
            Self::Uuid => "uuid",
            Self::Timestamp => "timestamp",
            Self::Json => "json",
            Self::Search | Self::Unknown => "",
        }
    }

    pub(crate) fn of(dialect: Dialect, declared: &DataType) -> Self {
        let text = declared.to_string().to_ascii_uppercase();
        match dialect {
            Dialect::Sqlite => sqlite(&text),
            Dialect::Postgres => postgres(&text),
            Dialect::MySql => mysql(&text),
        }
    }
}

/// The name.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

/// <https://www.sqlite.org/datatype3.html>, section 3.1; the driver interprets some names by
/// themselves, and if name and affinity differ the kind is uncertain.
fn sqlite(text: &str) -> Kind {
    match first_word(text) {
        "BOOLEAN" | "BOOL" => return Kind::Boolean,
        "DATE" | "TIME" | "DATETIME" | "TIMESTAMP" | "TIMESTAMPTZ" => return Kind::Timestamp,
        "ANY" | "NUMERIC" | "DECIMAL" | "UUID" | "JSON" | "JSONB" => return Kind::Unknown,
        _ => {}
    }
    let has = |part: &str| text.contains(part);
    if has("INT") {
        Kind::Integer
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        Kind::Text
    } else if has("BLOB") {
        Kind::Blob
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        Kind::Real
    } else {
        Kind::Unknown
    }
}

fn postgres(text: &str) -> Kind {
    if text.ends_with(']') {
        return Kind::Unknown;
    }
    match first_word(text) {
        "SMALLINT" | "INT2" | "INT" | "INTEGER" | "INT4" | "BIGINT" | "INT8" | "SERIAL"
        | "SERIAL4" | "SMALLSERIAL" | "SERIAL2" | "BIGSERIAL" | "SERIAL8" => Kind::Integer,
        "REAL" | "FLOAT" | "FLOAT4" | "FLOAT8" | "DOUBLE" => Kind::Real,
        "TEXT" | "VARCHAR" | "CHAR" | "CHARACTER" | "BPCHAR" | "NAME" | "CITEXT" => Kind::Text,
        "BYTEA" => Kind::Blob,
        "BOOLEAN" | "BOOL" => Kind::Boolean,
        "UUID" => Kind::Uuid,
        "TIMESTAMP" | "TIMESTAMPTZ" | "DATE" | "TIME" | "TIMETZ" => Kind::Timestamp,
        "JSON" | "JSONB" => Kind::Json,
        _ => Kind::Unknown,
    }
}

fn mysql(text: &str) -> Kind {
    match first_word(text) {
        "BOOLEAN" | "BOOL" => Kind::Boolean,
        "TINYINT" if text.starts_with("TINYINT(1)") => Kind::Boolean,
        "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "INTEGER" | "BIGINT" | "SERIAL" => {
            Kind::Integer
        }
        "REAL" | "FLOAT" | "DOUBLE" => Kind::Real,
        "TEXT" | "TINYTEXT" | "MEDIUMTEXT" | "LONGTEXT" | "VARCHAR" | "CHAR" | "CHARACTER"
        | "NVARCHAR" | "ENUM" => Kind::Text,
        "BLOB" | "TINYBLOB" | "MEDIUMBLOB" | "LONGBLOB" | "VARBINARY" => Kind::Blob,
        "TIMESTAMP" | "DATETIME" | "DATE" | "TIME" => Kind::Timestamp,
        "JSON" => Kind::Json,
        // BINARY(16) holds a UUID as often as bytes.
        _ => Kind::Unknown,
    }
}
