//! Which table and which column a name means.
//!
//! A refusal is certain: where a relation's columns are not known, or a name could mean something
//! that is not modelled, nothing is said.

mod column;
mod compare;
mod frame;
mod infer;
mod meaning;
mod sides;
mod walk;

use std::collections::BTreeMap;

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart, Query, SetExpr, Statement, Visit as _};

use crate::{dialect::Dialect, fault::Fault, schema::Schema, statement::Rendered};

pub use column::Column;
pub use compare::{Comparand, Compared};
use frame::Frame;
pub(crate) use meaning::Shared;
pub(crate) use walk::{is_hidden_column, is_word_of_the_database};

/// Looks up the names of one statement.
pub(crate) struct Resolver<'a> {
    dialect: Dialect,
    schema: Option<&'a Schema>,
    rendered: Option<&'a Rendered>,
    frames: Vec<Frame>,
    faults: Vec<Fault>,
    names: BTreeMap<usize, Option<Vec<String>>>,
    /// Identifiers that are fields of a value and no columns.
    fields: Vec<sqlparser::tokenizer::Location>,
    /// The databases that the text is for.
    shared: Shared,
    compared: Vec<Compared>,
}

/// What a statement's names mean.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) faults: Vec<Fault>,
    /// The columns of its rows, where they are known.
    pub(crate) columns: Option<Vec<Column>>,
    /// Whether it gives rows; `None` for a statement that nobody has thought of.
    pub(crate) rows: Option<bool>,
    /// The columns among which each hole chooses.
    pub(crate) names: BTreeMap<usize, Option<Vec<String>>>,
    /// Values that are compared with what is known.
    pub(crate) compared: Vec<Compared>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(
        dialect: Dialect,
        schema: Option<&'a Schema>,
        rendered: &'a Rendered,
        shared: Shared,
    ) -> Self {
        Self { rendered: Some(rendered), shared, ..Self::without_text(dialect, schema) }
    }

    fn without_text(dialect: Dialect, schema: Option<&'a Schema>) -> Self {
        Self {
            dialect,
            schema,
            rendered: None,
            frames: Vec::new(),
            faults: Vec::new(),
            names: BTreeMap::new(),
            fields: Vec::new(),
            shared: Shared::default(),
            compared: Vec::new(),
        }
    }

    pub(crate) fn resolve(&mut self, statement: &Statement) -> Resolved {
        let _never_breaks: std::ops::ControlFlow<()> = statement.visit(self);
        self.frames.clear();
        let rows = gives_rows(statement);
        let columns = if rows == Some(true) { self.statement_columns(statement) } else { None };
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
    Resolver::without_text(dialect, Some(schema)).query_columns(query)
}

/// Whether a statement gives rows; `None` for one that nobody has thought of.
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

/// The name of a table in the schema that is searched; `None` for one in another.
pub(crate) fn plain_name(name: &ObjectName) -> Option<String> {
    let part = |part: &ObjectNamePart| match part {
        ObjectNamePart::Identifier(ident) => Some(ident.value.clone()),
        ObjectNamePart::Function(_) => None,
    };
    match name.0.as_slice() {
        [one] => part(one),
        [schema, one] => {
            let schema = part(schema)?.to_lowercase();
            if matches!(schema.as_str(), "public" | "main") { part(one) } else { None }
        }
        _ => None,
    }
}

/// The first identifier of a name, for its place.
fn first_ident(name: &ObjectName) -> Option<&Ident> {
    name.0.first().and_then(ObjectNamePart::as_ident)
}

#[cfg(test)]
mod tests;
