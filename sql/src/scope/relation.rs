//! A table, view, query or function in a FROM clause.

use std::{rc::Rc, sync::Arc};

use sqlparser::ast::{Query, TableFactor};

use super::{Columns, Cte};

/// A table, view, query or function in a FROM clause.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relation {
    /// The name that qualifies its columns, as it is written.
    pub(crate) name: String,
    /// The name that qualifies its columns, in the form for comparisons.
    pub(crate) key: String,
    /// Its name in the schema, in lower case; `None` for a query or a function.
    pub(crate) base: Option<String>,
    /// The query that it is the rows of; a view has a name in the schema too.
    pub(crate) rows: Option<Rows>,
    pub(crate) columns: Columns,
    /// Whether an outer join can leave it out.
    pub(crate) optional: bool,
    /// The hidden columns of a virtual table that take a query, in lower case.
    pub(crate) search: Vec<String>,
    /// Whether its columns are meant only by a name in front of them.
    pub(crate) qualified: bool,
    /// What it is made of, where that can be columns of other relations: functions, LATERAL queries.
    pub(crate) made_of: Option<Rc<TableFactor>>,
}

/// A query that a relation is the rows of, with the names that it sees.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) query: Arc<Query>,
    pub(crate) named: Option<Rc<Cte>>,
    /// The names that an alias gives to its columns.
    pub(crate) renamed: Vec<String>,
}

impl Relation {
    /// Whether it may have columns that are not known.
    pub(crate) fn is_open(&self) -> bool {
        self.columns.complete().is_none()
    }
}
