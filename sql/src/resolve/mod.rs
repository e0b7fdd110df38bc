//! Resolves the names of tables and columns.
//!
//! A refusal is certain: if a relation's columns are unknown, or a name could be something that is
//! not modelled, there is no fault.

mod compare;
mod meaning;
mod tables;
mod walk;

use std::collections::BTreeMap;

use sqlparser::ast::{Query, SetExpr, Statement, Visit as _};

use crate::{
    column::Column,
    dialect::Dialect,
    fault::Fault,
    render::Rendered,
    schema::Schema,
    scope::{Columns, Scope},
};

pub use compare::Compared;
pub(crate) use meaning::Shared;
pub(crate) use walk::{is_hidden_column, is_word_of_the_database};

/// Looks up the names of one statement.
pub(crate) struct Resolver<'a> {
    scope: Scope<'a>,
    faults: Vec<Fault>,
    names: BTreeMap<usize, Option<Vec<String>>>,
    /// Identifiers that are fields of a value and not columns.
    fields: Vec<sqlparser::tokenizer::Location>,
    /// The target databases of the text.
    shared: Shared,
    compared: Vec<Compared>,
}

/// The resolved names of a statement.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) faults: Vec<Fault>,
    /// The columns of its rows, if they are known.
    pub(crate) columns: Option<Vec<Column>>,
    /// Whether it returns rows; `None` for an unknown kind of statement.
    pub(crate) rows: Option<bool>,
    /// The columns from which each hole chooses.
    pub(crate) names: BTreeMap<usize, Option<Vec<String>>>,
    /// Values that are compared with something of a known kind.
    pub(crate) compared: Vec<Compared>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(
        dialect: Dialect,
        schema: Option<&'a Schema>,
        rendered: &'a Rendered,
        shared: Shared,
    ) -> Self {
        Self {
            scope: Scope::new(dialect, schema, Some(rendered)),
            faults: Vec::new(),
            names: BTreeMap::new(),
            fields: Vec::new(),
            shared,
            compared: Vec::new(),
        }
    }

    pub(crate) fn resolve(&mut self, statement: &Statement) -> Resolved {
        let _never_breaks: std::ops::ControlFlow<()> = statement.visit(self);
        let rows = gives_rows(statement);
        let columns = match rows {
            Some(true) => named(self.scope.statement_columns(statement)),
            Some(false) | None => None,
        };
        let mut faults = std::mem::take(&mut self.faults);
        faults.sort_by_key(|fault| fault.at);
        faults.dedup();
        let names = std::mem::take(&mut self.names);
        Resolved { faults, columns, rows, names, compared: std::mem::take(&mut self.compared) }
    }
}

/// The columns of a query of a migration.
pub(crate) fn query_columns(
    dialect: Dialect,
    schema: &Schema,
    query: &Query,
) -> Option<Vec<Column>> {
    let columns = Scope::new(dialect, Some(schema), None).columns(query);
    columns.complete()?;
    let folds = dialect == Dialect::Postgres;
    let named = columns.known.into_iter().map(|known| match known.key {
        // The name that the column of a view has from then on.
        Some(key) if folds => known.column.named(key),
        _ => known.column,
    });
    Some(named.collect())
}

/// The columns of rows, if all are known.
fn named(columns: Columns) -> Option<Vec<Column>> {
    columns.complete()?;
    Some(columns.known.into_iter().map(|known| known.column).collect())
}

/// Whether a statement returns rows; `None` for an unknown kind of statement.
fn gives_rows(statement: &Statement) -> Option<bool> {
    match statement {
        Statement::Query(query) => match query.body.as_ref() {
            SetExpr::Insert(inner) | SetExpr::Update(inner) | SetExpr::Delete(inner) => {
                gives_rows(inner)
            }
            _ => Some(true),
        },
        Statement::Insert(insert) => Some(insert.returning.is_some()),
        Statement::Update(update) => Some(update.returning.is_some()),
        Statement::Delete(delete) => Some(delete.returning.is_some()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
