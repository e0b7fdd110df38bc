//! A query that is to be checked, and one that is.

use crate::{column::Column, resolve::Compared, schema::Schema, template::Template};

/// A query to be checked.
#[derive(Debug)]
pub struct Request<'a> {
    /// The text for each database that the query is meant for, in the order of
    /// [`Dialect::ALL`](crate::Dialect::ALL).
    pub templates: [Option<&'a Template>; 3],
    /// What the migrations make, for each database; `None` where there are none to look at.
    pub schemas: Option<&'a [Schema; 3]>,
    /// What is let through.
    pub allow: Allow,
}

/// What a query may do although it is refused otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allow {
    /// Change or administer the database itself.
    pub ddl: bool,
    /// Change or delete every row.
    pub no_where: bool,
    /// Match a pattern that is a value.
    pub pattern: bool,
    /// Anything: the text is not read at all.
    pub raw: bool,
}

/// A checked query.
#[derive(Debug)]
pub struct Prepared {
    /// The parts of its text for each database, in the order of [`Dialect::ALL`](crate::Dialect::ALL).
    pub texts: [Option<Vec<Part>>; 3],
    /// What each pair of braces turned out to be, in the order of [`Template::holes`].
    pub roles: Vec<Role>,
    /// The columns of its rows; `None` where they are not known.
    pub columns: Option<Vec<Column>>,
    /// Whether it gives rows; `None` where that is not known.
    pub rows: Option<bool>,
    /// The first word of it: what it does.
    pub verb: &'static str,
    /// Where names are chosen, and among which columns.
    pub names: Vec<NameUse>,
    /// Values that are compared with what is known to hold numbers, or text.
    pub compared: Vec<Compared>,
}

/// What a pair of braces is in the statement.
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

/// What is chosen when a statement runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// A column.
    Name,
    /// `ASC` or `DESC`.
    Direction,
    /// Whether a fragment is there.
    Fragment,
}

/// A place where a name is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameUse {
    /// Which pair of braces, in the order of [`Template::holes`].
    pub hole: usize,
    /// The columns that it can name, as they may be written there; `None` where not known.
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
    /// The text that is chosen.
    Choice(usize),
    /// The parts that are there where this choice is on.
    Fragment(usize, Vec<Self>),
}

impl Prepared {
    /// One query, checked for two databases.
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
