//! Compares and resolves names.

use std::rc::Rc;

use sqlparser::ast::{Ident, ObjectName, TableFactor};

use super::{Columns, Cte, Known, Mark, Relation, Scope};
use crate::{
    dialect::Dialect,
    names::{folded, last, plain_name},
    schema::{Schema, Table},
};

/// The meaning of a table's name.
pub(crate) enum TableNamed {
    /// A WITH query.
    Query(Rc<Cte>),
    /// A table or view, or one that is not checked.
    Stored(Columns),
    /// It does not exist.
    Missing,
}

/// The meaning of a column's name.
pub(crate) enum Meaning<'s> {
    /// A column of the relation with this number, in the frame with that number.
    Column { relation: usize, frame: usize, known: &'s Known },
    /// The hidden column of a virtual table that accepts a query.
    Search { relation: usize },
    /// A column of a relation whose columns are not all known, if there is one.
    Open { relation: Option<usize> },
    /// No known column.
    Nothing,
}

/// The possible meanings of a name in one frame.
#[derive(Debug)]
pub(super) struct Candidates {
    pub(super) frame: usize,
    /// Relations with a column of this name, and the index of the column.
    pub(super) known: Vec<(usize, usize)>,
    /// Relations with a hidden column of this name that accepts a query.
    pub(super) search: Vec<usize>,
    /// Relations that may have such a column.
    pub(super) open: Vec<usize>,
}

impl Scope<'_> {
    /// A name in the form for comparisons: Postgres keeps the case of quoted names, and folds
    /// others; the other databases ignore the case of column names.
    pub(crate) fn key(&self, ident: &Ident) -> String {
        match self.dialect {
            Dialect::Postgres => folded(self.dialect, ident),
            Dialect::Sqlite | Dialect::MySql => ident.value.to_lowercase(),
        }
    }

    /// The name of a declared column in the form for comparisons.
    pub(crate) fn declared_key(&self, name: &str) -> String {
        match self.dialect {
            Dialect::Postgres => name.to_owned(),
            Dialect::Sqlite | Dialect::MySql => name.to_lowercase(),
        }
    }

    /// The possible meanings of a name, frame by frame, from the innermost outwards. A name with a
    /// table before it only means the first relation of that name.
    pub(super) fn candidates(
        &self,
        table: Option<&str>,
        column: &str,
    ) -> impl Iterator<Item = Candidates> {
        let mut end = self.relations.len();
        let mut over = false;
        self.frames.iter().enumerate().rev().map_while(move |(frame, own)| {
            if over {
                return None;
            }
            let relations = || self.relations.iter().enumerate().take(end).skip(own.first);
            let meant = relations().filter(|(_, relation)| match table {
                Some(table) => relation.key == table,
                None => !relation.qualified,
            });
            let (mut known, mut search, mut open) = (Vec::new(), Vec::new(), Vec::new());
            for (number, relation) in meant {
                over |= table.is_some();
                if let Some(place) = relation.columns.position(column) {
                    known.push((number, place));
                } else if relation.search.iter().any(|own| own == column) {
                    search.push(number);
                } else if relation.is_open() {
                    open.push(number);
                }
            }
            end = own.first;
            Some(Candidates { frame, known, search, open })
        })
    }

    /// The meaning of a column's name.
    pub(crate) fn meaning(&self, table: Option<&str>, column: &str) -> Meaning<'_> {
        for candidates in self.candidates(table, column) {
            if let Some((relation, place)) = candidates.known.first().copied()
                && let Some(own) = self.relations.get(relation)
                && let Some(known) = own.columns.known.get(place)
            {
                return Meaning::Column { relation, frame: candidates.frame, known };
            }
            if let Some(relation) = candidates.search.first().copied() {
                return Meaning::Search { relation };
            }
            let open = self.frames.get(candidates.frame).is_some_and(|frame| frame.open);
            if !candidates.open.is_empty() || open {
                return Meaning::Open { relation: candidates.open.first().copied() };
            }
        }
        Meaning::Nothing
    }

    /// The meaning of a column's path: `column`, `table.column` or `schema.table.column`.
    pub(crate) fn meaning_of(&self, path: &[Ident]) -> Meaning<'_> {
        let Some((column, before)) = path.split_last() else { return Meaning::Nothing };
        let table = before.last().map(|table| self.key(table));
        self.meaning(table.as_deref(), &self.key(column))
    }

    /// The relation of a column's qualifier, from the innermost frame outwards.
    pub(crate) fn relation_of(&self, key: &str) -> Option<usize> {
        let mut end = self.relations.len();
        for frame in self.frames.iter().rev() {
            let relations = self.relations.iter().enumerate().take(end).skip(frame.first);
            if let Some((number, _)) = relations.into_iter().find(|(_, own)| own.key == key) {
                return Some(number);
            }
            end = frame.first;
        }
        None
    }

    /// The relations of a frame.
    pub(crate) fn relations_of(&self, frame: usize) -> impl Iterator<Item = &Relation> {
        let first = self.frames.get(frame).map_or(0, |own| own.first);
        let after = frame.checked_add(1).and_then(|after| self.frames.get(after));
        let end = after.map_or(self.relations.len(), |own| own.first);
        self.relations.get(first..end).unwrap_or_default().iter()
    }

    /// The relation of the innermost frame with a table's name.
    pub(super) fn table_named(&self, name: &ObjectName) -> Option<usize> {
        let key = self.key(name.0.last().and_then(|part| part.as_ident())?);
        self.own_relations()
            .find(|number| self.relations.get(*number).is_some_and(|relation| relation.key == key))
    }

    /// The relation of a table's name, if it is a known one.
    pub(super) fn named_by(&self, factor: &TableFactor) -> Option<usize> {
        match factor {
            TableFactor::Table { name, alias: None, args: None, .. } => self.table_named(name),
            _ => None,
        }
    }

    /// The WITH queries that are known here, from the last one.
    pub(super) fn ctes(&self) -> impl Iterator<Item = &Rc<Cte>> {
        let first = self.frames.last().and_then(|frame| frame.named.as_ref());
        std::iter::successors(first, |cte| cte.before.as_ref())
    }

    /// The names of these queries, as they are written.
    pub(crate) fn cte_names(&self) -> impl Iterator<Item = &str> {
        self.ctes().map(|cte| cte.name.as_str())
    }

    /// The meaning of a table's name in a position for reading.
    pub(crate) fn table(&self, name: &ObjectName) -> TableNamed {
        if let [one] = name.0.as_slice()
            && let Some(ident) = one.as_ident()
        {
            let key = self.key(ident);
            if let Some(cte) = self.ctes().find(|cte| cte.key == key) {
                return TableNamed::Query(Rc::clone(cte));
            }
        }
        self.stored(name)
    }

    /// The meaning of a table's name in a position for writing.
    pub(super) fn stored(&self, name: &ObjectName) -> TableNamed {
        let unknown = TableNamed::Stored(Columns::unknown(Mark::default()));
        let (Some(schema), Some(plain)) = (self.schema, plain_name(name)) else {
            return unknown;
        };
        match schema.table(&plain) {
            Some(Table { columns: Some(columns), .. }) => {
                let known = columns.iter();
                let known = known.map(|own| Known::of_table(self.declared_key(&own.name), own));
                TableNamed::Stored(Columns::of(known.collect()))
            }
            Some(_) => unknown,
            None if schema.open || is_of_the_database(&plain) => unknown,
            None => TableNamed::Missing,
        }
    }
}

/// The columns of a virtual table that take a query or a command; empty for any other table. One that
/// no migration shows is known by its name.
pub(crate) fn search_columns(
    dialect: Dialect,
    schema: Option<&Schema>,
    name: &ObjectName,
) -> Vec<String> {
    let table = plain_name(name).and_then(|plain| schema?.table(&plain));
    let own = last(name).unwrap_or_default().to_lowercase();
    match table {
        Some(table) => table.search_columns(),
        None if dialect == Dialect::Sqlite && is_search_by_name(&own) => vec![own],
        None => Vec::new(),
    }
}

/// `notes_fts`, `fts5_notes`, but not `drafts` or `ftse`.
fn is_search_by_name(table: &str) -> bool {
    table.split('_').any(|part| {
        part.strip_prefix("fts").is_some_and(|version| version.chars().all(|c| c.is_ascii_digit()))
    })
}

/// Tables that every database has by itself.
fn is_of_the_database(name: &str) -> bool {
    let name = name.to_lowercase();
    ["sqlite_", "pg_", "pragma_", "json_", "fts", "dbstat", "generate_series"]
        .iter()
        .any(|own| name.starts_with(own))
        || name == "dual"
        || name == "_sqlx_migrations"
}
