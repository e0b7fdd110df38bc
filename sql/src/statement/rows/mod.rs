//! Whether the condition of an UPDATE or DELETE limits the rows that it changes.
//!
//! The definition is in `docs/sql.md`, under "What limits a table". A part of a condition limits a table
//! if it compares a column of the table with something that does not come from all rows of the same
//! table: a value, another column, a column of a joined table, a subquery that leaves rows out. Of
//! parts that are joined by AND one is enough; of those joined by OR each has to.

mod always;
mod bound;
mod branches;
mod cases;
mod compare;
mod inside;
mod judge;
mod literal;
mod lookup;
mod null;
mod parts;
mod select;
mod shape;
mod sum;
mod upsert;

use std::collections::BTreeSet;

use sqlparser::ast::{Delete, Expr, Update};

use crate::scope::Scope;
use judge::Judge;
use lookup::{always_one_row, has_query};
use parts::Found;
pub(super) use upsert::replaced;

/// Tables by the number of their relation in a [`Scope`].
type Tables = BTreeSet<usize>;

/// What a condition does to the changed table.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// It limits its rows.
    Limited,
    /// It looks at no column.
    NoColumn,
    /// It lets every row of this table through.
    Whole(String),
}

/// The rows that an UPDATE changes, in a scope of the names that WITH gives. `selection` is its
/// condition, in which equal values have equal placeholders.
pub(super) fn updated(scope: Scope<'_>, update: &Update, selection: &Expr) -> Limit {
    let mut judge = Judge::new(scope);
    judge.scope.open_update(update);
    let mut changed = Tables::new();
    if !update.table.joins.is_empty() {
        // MySQL changes those whose columns are set.
        let targets = update.assignments.iter().map(|assignment| &assignment.target);
        changed.extend(targets.flat_map(|target| judge.targets(target)));
    }
    verdict(judge, changed, selection)
}

/// The rows that a DELETE deletes.
pub(super) fn deleted(scope: Scope<'_>, delete: &Delete, selection: &Expr) -> Limit {
    let mut judge = Judge::new(scope);
    let changed = judge.scope.open_delete(delete).into_iter().collect();
    verdict(judge, changed, selection)
}

fn verdict(mut judge: Judge<'_>, mut changed: Tables, selection: &Expr) -> Limit {
    if changed.is_empty() {
        changed.insert(0);
    }
    let mut conditions = judge.joins();
    conditions.inner.push(selection.clone());
    let limited = judge.limited(&conditions);
    let Some(whole) = changed.iter().find(|table| !limited.contains(table)) else {
        return Limit::Limited;
    };
    // What a subquery has to do with the rows is not a question of whether it looks at columns.
    if !has_query(selection) && judge.tables_in(selection).is_empty() {
        return Limit::NoColumn;
    }
    Limit::Whole(judge.table(*whole).map(|table| table.name.clone()).unwrap_or_default())
}

#[cfg(test)]
mod tests;
