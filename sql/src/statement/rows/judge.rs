//! A condition, judged by the tables that it looks at.

use std::{ops::ControlFlow, sync::Arc};

use sqlparser::ast::{
    AssignmentTarget, Expr, Ident, ObjectName, Query, Select, TableFactor, Visit, Visitor,
};

use super::{Tables, lookup::always_one_row};
use crate::{
    resolve::{is_hidden_column, is_word_of_the_database},
    schema::Kind,
    scope::{Joined, Meaning, Relation, Scope},
};

/// Judges what conditions ask for, by the tables of a statement and of the subquery that is looked at.
pub(super) struct Judge<'a> {
    pub(super) scope: Scope<'a>,
    /// How many conditions were judged by their branches.
    pub(super) splits: usize,
    /// Whether a condition is the outcome of a branch, and not written so.
    pub(super) in_branch: bool,
    /// The queries that are looked into: one that `WITH RECURSIVE` names can contain itself.
    pub(super) open: Vec<*const Query>,
}

/// What joins and WHERE ask for.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    pub(super) inner: Vec<Expr>,
    /// Those of outer joins.
    pub(super) outer: Vec<Expr>,
    /// Tables with columns that are one, by USING or NATURAL; whether the join is an inner one.
    pub(super) same_columns: Vec<(usize, usize, bool)>,
    /// A table that is made of columns of others, and one of these.
    pub(super) made_of: Vec<(usize, usize)>,
    /// A LATERAL query, and the tables that it leaves rows of out, unless a join keeps them.
    pub(super) lateral: Vec<(usize, Tables)>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(scope: Scope<'a>) -> Self {
        Self { scope, splits: 0, in_branch: false, open: Vec::new() }
    }

    /// Opens the names that a query gives by WITH.
    pub(super) fn enter(&mut self, query: &Query) {
        self.scope.open_query_names(query);
    }

    /// Opens what a SELECT selects from; gives the number of its first table.
    pub(super) fn open_select(&mut self, select: &Select) -> (usize, Conditions) {
        self.scope.open();
        self.scope.add_relations(select);
        let mut conditions = self.joins();
        conditions.inner.extend(select.selection.clone());
        (self.scope.own_relations().start, conditions)
    }

    pub(super) fn close(&mut self) {
        self.scope.close();
    }

    /// What the joins of the innermost FROM clause ask for.
    pub(super) fn joins(&mut self) -> Conditions {
        let mut conditions = Conditions::default();
        for joined in self.scope.top().map(|frame| frame.joined.clone()).unwrap_or_default() {
            match joined {
                Joined::On { condition, inner: true } => conditions.inner.push(*condition),
                Joined::On { condition, inner: false } => conditions.outer.push(*condition),
                Joined::Columns { before, joined, inner, .. } => {
                    conditions.same_columns.push((before, joined, inner));
                }
            }
        }
        for number in self.scope.own_relations() {
            let Some(factor) = self.table(number).and_then(|own| own.made_of.clone()) else {
                continue;
            };
            let tables = self.tables_of(factor.as_ref());
            conditions.made_of.extend(tables.into_iter().map(|table| (number, table)));
            if let TableFactor::Derived { subquery, .. } = factor.as_ref()
                && !always_one_row(subquery)
            {
                let limited = self.correlated(subquery, false);
                conditions.lateral.push((number, limited));
            }
        }
        conditions
    }

    pub(super) fn table(&self, table: usize) -> Option<&Relation> {
        self.scope.relation(table)
    }

    /// Looks into a query, unless it is looked into already.
    pub(super) fn once<T>(
        &mut self,
        query: &Query,
        look: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let own = std::ptr::from_ref(query);
        if self.open.contains(&own) {
            return None;
        }
        self.open.push(own);
        let found = look(self);
        self.open.pop();
        found
    }

    /// Looks into the query that a table is the rows of, with the names that it sees.
    pub(super) fn in_rows<T>(
        &mut self,
        rows: &crate::scope::Rows,
        look: impl FnOnce(&mut Self, &Query) -> Option<T>,
    ) -> Option<T> {
        let query = Arc::clone(&rows.query);
        self.scope.open_named(rows);
        let found = look(self, &query);
        self.close();
        found
    }

    /// The tables whose columns are set.
    pub(super) fn targets(&self, target: &AssignmentTarget) -> Vec<usize> {
        let names = match target {
            AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
            AssignmentTarget::Tuple(names) => names.as_slice(),
        };
        names.iter().filter_map(|name| Some(self.path(&idents(name))?.0)).collect()
    }

    /// The table and the name of the column that an expression is.
    pub(super) fn column(&self, expr: &Expr) -> Option<(usize, String)> {
        match expr {
            Expr::Identifier(ident) => self.path(std::slice::from_ref(ident)),
            Expr::CompoundIdentifier(path) => self.path(path),
            _ => None,
        }
    }

    fn path(&self, path: &[Ident]) -> Option<(usize, String)> {
        let (column, before) = path.split_last()?;
        let key = self.scope.key(column);
        let table = match before.last() {
            Some(table) => self.scope.relation_of(&self.scope.key(table)),
            None => match self.scope.meaning(None, &key) {
                Meaning::Column { relation, .. }
                | Meaning::Search { relation }
                | Meaning::Open { relation: Some(relation) } => Some(relation),
                // A misspelt name is reported elsewhere; a word of the database is not a column.
                Meaning::Open { relation: None } | Meaning::Nothing => {
                    (is_hidden_column(&key) || !is_word_of_the_database(&key)).then_some(0)
                }
            },
        };
        table.map(|table| (table, key))
    }

    /// Whether a column is never NULL in the rows that the condition sees.
    pub(super) fn is_never_null(&self, table: usize, column: &str) -> bool {
        self.table(table).is_some_and(|table| {
            let declared = table.columns.find(column);
            let declared = declared.map(|known| known.column.nullable == Some(false));
            !table.optional && declared.unwrap_or_else(|| is_hidden_column(column))
        })
    }

    /// Whether no two rows of a table have the same value in a column.
    pub(super) fn is_unique(&self, table: usize, column: &str) -> bool {
        self.table(table).is_some_and(|table| match table.columns.find(column) {
            Some(known) => known.unique,
            None if table.is_open() => column == "id" || is_hidden_column(column),
            None => is_hidden_column(column),
        })
    }

    /// Whether an outer join can leave a table out.
    pub(super) fn is_optional(&self, table: usize) -> bool {
        self.table(table).is_some_and(|table| table.optional)
    }

    /// What a column holds.
    pub(super) fn kind(&self, table: usize, column: &str) -> Kind {
        let column = self.table(table).and_then(|table| table.columns.find(column));
        column.map_or(Kind::Unknown, |known| known.column.kind)
    }

    pub(super) fn are_one_table(&self, one: usize, other: usize) -> bool {
        let base = |table: usize| self.table(table).and_then(|table| table.base.as_ref());
        base(one).is_some() && base(one) == base(other)
    }

    /// The tables of which an expression looks at a column, those of its subqueries apart.
    pub(super) fn tables_in(&mut self, expr: &Expr) -> Tables {
        self.tables_of(expr)
    }

    fn tables_of(&mut self, part: &impl Visit) -> Tables {
        let mut looks = Looks { judge: self, depth: 0, found: Tables::new() };
        let _never_breaks: ControlFlow<()> = part.visit(&mut looks);
        looks.found
    }
}

struct Looks<'s, 'a> {
    judge: &'s mut Judge<'a>,
    depth: usize,
    found: Tables,
}

impl Visitor for Looks<'_, '_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if self.depth == 0 {
            self.found.extend(self.judge.correlated(query, true));
        }
        self.depth = self.depth.saturating_add(1);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth = self.depth.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        if let Expr::MatchAgainst { columns, .. } = expr {
            for column in columns {
                let found = self.judge.path(&idents(column));
                self.found.extend(found.map(|(table, _)| table));
            }
        }
        self.found.extend(self.judge.column(expr).map(|(table, _)| table));
        ControlFlow::Continue(())
    }
}

fn idents(name: &ObjectName) -> Vec<Ident> {
    name.0.iter().filter_map(|part| part.as_ident().cloned()).collect()
}
