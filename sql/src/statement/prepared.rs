//! The input and the result of the checks.

use crate::{column::Column, resolve::Compared, schema::Schema, template::Template};

/// A query for the checks.
#[derive(Debug)]
pub struct Request<'a> {
    /// The text for each target database, in the order of [`Dialect::ALL`](crate::Dialect::ALL).
    pub templates: [Option<&'a Template>; 3],
    /// The schemas of the migrations, for each database; `None` without migrations.
    pub schemas: Option<&'a [Schema; 3]>,
    /// The permitted exceptions.
    pub allow: Allow,
}

/// Statements that are permitted although they are refused by default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allow {
    /// Change or administer the database itself.
    pub ddl: bool,
    /// Change or delete every row.
    pub no_where: bool,
    /// Use a value as a pattern.
    pub pattern: bool,
    /// Anything: the text is not checked at all.
    pub raw: bool,
}

/// A checked query.
#[derive(Debug)]
pub struct Prepared {
    /// The parts of its text for each database, in the order of [`Dialect::ALL`](crate::Dialect::ALL).
    pub texts: [Option<Vec<Part>>; 3],
    /// The role of each pair of braces, in the order of [`Template::holes`].
    pub roles: Vec<Role>,
    /// The columns of its rows; `None` if unknown.
    pub columns: Option<Vec<Column>>,
    /// Whether it returns rows; `None` if unknown.
    pub rows: Option<bool>,
    /// Its first word.
    pub verb: &'static str,
    /// The positions of chosen names, and the columns from which they are chosen.
    pub names: Vec<NameUse>,
    /// Values that are compared with known numbers or text.
    pub compared: Vec<Compared>,
}

/// The role of a pair of braces in the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A value.
    Bind,
    /// A pattern, which must be escaped.
    Pattern,
    /// A list.
    List,
    /// A choice with this number, counted over the whole statement.
    Choice(usize, Chosen),
}

/// The kind of a choice at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// A column.
    Name,
    /// `ASC` or `DESC`.
    Direction,
    /// Whether a fragment is included.
    Fragment,
}

/// The position of a chosen name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameUse {
    /// The index of its braces, in the order of [`Template::holes`].
    pub hole: usize,
    /// The columns that it can be, in the form that can be written there; `None` if unknown.
    pub columns: Option<Vec<String>>,
}

/// A part of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Fixed text.
    Text(String),
    /// The placeholder of the next value.
    Bind,
    /// The next list, with its parentheses.
    List,
    /// The chosen text.
    Choice(usize),
    /// The parts that are included if this choice is on.
    Fragment(usize, Vec<Self>),
}

impl Prepared {
    /// One query, combined from two databases.
    pub(super) fn and(mut self, other: Self) -> Self {
        for (text, others) in self.texts.iter_mut().zip(other.texts) {
            *text = text.take().or(others);
        }
        self.columns = match (self.columns, other.columns) {
            (Some(own), Some(others)) if own.len() == others.len() => {
                Some(own.into_iter().zip(others).map(|(own, other)| own.or(&other)).collect())
            }
            _ => None,
        };
        self.rows = self.rows.filter(|rows| other.rows == Some(*rows));
        for (own, other) in self.roles.iter_mut().zip(other.roles) {
            if other == Role::Pattern {
                *own = other;
            }
        }
        for compared in other.compared {
            if !self.compared.contains(&compared) {
                self.compared.push(compared);
            }
        }
        for (own, other) in self.names.iter_mut().zip(other.names) {
            own.columns = match (own.columns.take(), other.columns) {
                (Some(own), Some(others)) => {
                    Some(own.into_iter().filter(|name| others.contains(name)).collect())
                }
                (own, others) => own.or(others),
            };
        }
        self
    }
}
