//! A column of a statement's rows.

use crate::schema::{Kind, TableColumn};

/// A column of a statement's rows, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name; `None` if each database chooses another one.
    pub name: Option<String>,
    /// Its kind of values.
    pub kind: Kind,
    /// Whether it may be `NULL`; `None` if unknown.
    pub nullable: Option<bool>,
    /// The index of the braces, if the column is exactly their value.
    pub hole: Option<usize>,
}

impl Column {
    /// A column of which only the name is known.
    pub(crate) fn unknown(name: String) -> Self {
        Self { name: Some(name), kind: Kind::Unknown, nullable: None, hole: None }
    }

    pub(crate) fn named(self, name: String) -> Self {
        Self { name: Some(name), ..self }
    }

    pub(crate) fn into_table(self) -> Option<TableColumn> {
        let Self { name, kind, nullable, hole: _ } = self;
        name.map(|name| TableColumn { name, kind, nullable, unique: Vec::new() })
    }

    /// The properties that both columns have.
    pub(crate) fn or(self, other: &Self) -> Self {
        let nullable = match (self.nullable, other.nullable) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        };
        let same =
            |own: &String| other.name.as_ref().is_some_and(|other| own.eq_ignore_ascii_case(other));
        Self {
            name: self.name.filter(same),
            kind: if self.kind == other.kind { self.kind } else { Kind::Unknown },
            nullable,
            hole: self.hole.filter(|hole| other.hole == Some(*hole)),
        }
    }
}

impl From<&TableColumn> for Column {
    fn from(column: &TableColumn) -> Self {
        let TableColumn { name, kind, nullable, unique: _ } = column;
        Self { name: Some(name.clone()), kind: *kind, nullable: *nullable, hole: None }
    }
}
