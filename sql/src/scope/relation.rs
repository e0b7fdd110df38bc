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
    /// The query whose rows it is; a view has a name in the schema too.
    pub(crate) rows: Option<Rows>,
    pub(crate) columns: Columns,
    /// Whether an outer join can omit its rows.
    pub(crate) optional: bool,
    /// The hidden columns of a virtual table that accept a query, in lower case.
    pub(crate) search: Vec<String>,
    /// Whether its columns need a qualifier.
    pub(crate) qualified: bool,
    /// Its source, if that may contain columns of other relations: functions, LATERAL queries.
    pub(crate) made_of: Option<Rc<TableFactor>>,
}

/// A query whose rows are a relation, with the names that it can use.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) query: Arc<Query>,
    pub(crate) named: Option<Rc<Cte>>,
    /// An alias's names of its columns.
    pub(crate) renamed: Vec<String>,
}

impl Relation {
    /// Whether it may have unknown columns.
    pub(crate) fn is_open(&self) -> bool {
        self.columns.complete().is_none()
    }
}
