//! The relations of a FROM clause.

use std::{rc::Rc, sync::Arc};

use sqlparser::ast::{
    Expr, Ident, Join, JoinConstraint, JoinOperator, ObjectName, TableAlias, TableFactor,
    TableWithJoins,
};

use super::{Columns, Known, Mark, Relation, Rows, Scope, TableNamed};
use crate::names::{last, plain_name};

/// The kind of join in a FROM clause.
#[derive(Clone, Debug)]
pub(crate) enum Joined {
    /// With a condition; whether it is an inner join.
    On { condition: Box<Expr>, inner: bool },
    /// With columns of the same name: from USING, or found by NATURAL.
    Columns {
        using: Vec<Ident>,
        /// The number of the first relation of the join, of the last one before the joined one, and
        /// of the joined one.
        first: usize,
        before: usize,
        joined: usize,
        inner: bool,
    },
}

impl Scope<'_> {
    pub(super) fn add_from(&mut self, from: &TableWithJoins) {
        let first = self.relations.len();
        self.add_factor(&from.relation);
        for join in &from.joins {
            self.add_join(first, join);
        }
    }

    fn add_join(&mut self, first: usize, join: &Join) {
        let joined = self.relations.len();
        self.add_factor(&join.relation);
        let (constraint, own, others) = match &join.join_operator {
            JoinOperator::Join(on)
            | JoinOperator::Inner(on)
            | JoinOperator::CrossJoin(on)
            | JoinOperator::StraightJoin(on) => (on, false, false),
            JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (on, true, false),
            JoinOperator::Right(on) | JoinOperator::RightOuter(on) => (on, false, true),
            JoinOperator::FullOuter(on) => (on, true, true),
            // Joins that none of the databases has.
            JoinOperator::Semi(on) | JoinOperator::LeftSemi(on) | JoinOperator::RightSemi(on) => {
                self.change(|frame| frame.open = true);
                (on, false, false)
            }
            JoinOperator::Anti(on)
            | JoinOperator::LeftAnti(on)
            | JoinOperator::RightAnti(on)
            | JoinOperator::AsOf { constraint: on, .. } => {
                self.change(|frame| frame.open = true);
                (on, true, true)
            }
            JoinOperator::CrossApply
            | JoinOperator::OuterApply
            | JoinOperator::ArrayJoin
            | JoinOperator::LeftArrayJoin
            | JoinOperator::InnerArrayJoin => {
                self.change(|frame| frame.open = true);
                return;
            }
        };
        let inner = !own && !others;
        for (number, relation) in self.relations.iter_mut().enumerate().skip(first) {
            relation.optional |= if number < joined { others } else { own };
        }
        match constraint {
            JoinConstraint::On(condition) => {
                if inner {
                    self.narrow(Some(condition));
                }
                let condition = Box::new(condition.clone());
                self.change(|frame| frame.joined.push(Joined::On { condition, inner }));
            }
            JoinConstraint::Using(_) | JoinConstraint::Natural => {
                let using = match constraint {
                    JoinConstraint::Using(columns) => {
                        let idents = columns.iter().filter_map(|name| name.0.first()?.as_ident());
                        idents.cloned().collect()
                    }
                    _ => Vec::new(),
                };
                let before = joined.saturating_sub(1);
                self.change(|frame| {
                    frame.merged = true;
                    if joined > first {
                        let columns = Joined::Columns { using, first, before, joined, inner };
                        frame.joined.push(columns);
                    }
                });
            }
            JoinConstraint::None => {}
        }
    }

    fn add_factor(&mut self, factor: &TableFactor) {
        // What a function makes of a value may be in any of its columns.
        let made_of = |bound: bool| Columns::unknown(Mark { bound, search: false });
        let (name, columns, alias) = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                self.add_table(name, alias.as_ref());
                return;
            }
            TableFactor::Derived { lateral, subquery, alias, .. } => {
                let columns = self.columns(subquery);
                let query = Arc::new((**subquery).clone());
                let renamed = self.names_of(alias.as_ref());
                let rows = Some(Rows { query, named: self.named(), renamed });
                let columns = self.renamed(columns, alias.as_ref());
                let (name, key) = self.alias(alias.as_ref()).unwrap_or_default();
                let made_of = lateral.then(|| Rc::new(factor.clone()));
                let own = Relation { name, key, rows, columns, made_of, ..Relation::default() };
                self.relations.push(own);
                return;
            }
            TableFactor::NestedJoin { table_with_joins, alias } => {
                self.add_from(table_with_joins);
                if alias.is_some() {
                    self.change(|frame| frame.open = true);
                }
                return;
            }
            TableFactor::Table { name, alias, args: Some(args), .. } => {
                let value = self.value_in_args(&args.args).is_some();
                (last(name), made_of(value), alias)
            }
            TableFactor::Function { name, alias, args, .. } => {
                let value = self.value_in_args(args).is_some();
                (last(name), made_of(value), alias)
            }
            TableFactor::TableFunction { expr, alias } => {
                let value = self.value_in(expr).is_some();
                (None, made_of(value), alias)
            }
            TableFactor::UNNEST { array_exprs, alias, .. } => {
                let value = array_exprs.iter().any(|array| self.value_in(array).is_some());
                (Some("unnest".to_owned()), made_of(value), alias)
            }
            TableFactor::JsonTable { json_expr, alias, .. } => {
                let value = self.value_in(json_expr).is_some();
                (None, made_of(value), alias)
            }
            TableFactor::XmlTable { alias, .. } => {
                (None, made_of(super::value::placeholder_in(factor).is_some()), alias)
            }
            other => {
                self.change(|frame| frame.open = true);
                (None, made_of(super::value::placeholder_in(other).is_some()), &None)
            }
        };
        let mut columns = self.renamed(columns, alias.as_ref());
        let (name, key) = match self.alias(alias.as_ref()) {
            Some(alias) => alias,
            None => {
                let name = name.unwrap_or_default();
                let key = name.to_lowercase();
                (name, key)
            }
        };
        // A function's only column has the relation's name.
        if let Some(rest) = columns.rest {
            columns.known.push(Known::named(Some(key.clone()), Some(name.clone()), rest));
        }
        let made_of = Some(Rc::new(factor.clone()));
        self.relations.push(Relation { name, key, columns, made_of, ..Relation::default() });
    }

    fn add_table(&mut self, name: &ObjectName, alias: Option<&TableAlias>) {
        let Some(own) = name.0.last().and_then(|part| part.as_ident()) else { return };
        let ident = alias.map_or(own, |alias| &alias.name);
        let mut relation = self.table_relation(name, &ident.clone(), true);
        relation.columns = self.renamed(relation.columns, alias);
        if let Some(rows) = &mut relation.rows {
            let renamed = self.names_of(alias);
            if !renamed.is_empty() {
                rows.renamed = renamed;
            }
        }
        self.relations.push(relation);
    }

    /// The relation of a table's name, under an alias.
    pub(super) fn table_relation(&self, name: &ObjectName, own: &Ident, reads: bool) -> Relation {
        let table = if reads { self.table(name) } else { self.stored(name) };
        let (columns, base, rows) = match table {
            TableNamed::Query(cte) => {
                let named = if cte.recursive { Some(Rc::clone(&cte)) } else { cte.before.clone() };
                let query = Arc::clone(&cte.query);
                let renamed = cte.renamed.clone();
                (cte.columns.clone(), None, Some(Rows { query, named, renamed }))
            }
            TableNamed::Stored(columns) => {
                let base = plain_name(name).unwrap_or_else(|| name.to_string());
                let table = self.schema.and_then(|schema| schema.table(&base));
                let view = table.and_then(|table| table.view.as_ref()).map(|view| Rows {
                    query: Arc::clone(&view.query),
                    named: None,
                    renamed: view.renamed.iter().map(|name| self.key(name)).collect(),
                });
                (columns, Some(base.to_lowercase()), view)
            }
            TableNamed::Missing => {
                let base = plain_name(name).unwrap_or_else(|| name.to_string());
                (Columns::unknown(Mark::default()), Some(base.to_lowercase()), None)
            }
        };
        let search = if base.is_some() {
            super::search_columns(self.dialect, self.schema, name)
        } else {
            Vec::new()
        };
        let (name, key) = (own.value.clone(), self.key(own));
        Relation { name, key, base, rows, columns, search, ..Relation::default() }
    }

    fn alias(&self, alias: Option<&TableAlias>) -> Option<(String, String)> {
        alias.map(|alias| (alias.name.value.clone(), self.key(&alias.name)))
    }

    /// An alias's names of the columns.
    pub(super) fn names_of(&self, alias: Option<&TableAlias>) -> Vec<String> {
        let columns = alias.into_iter().flat_map(|alias| &alias.columns);
        columns.map(|column| self.key(&column.name)).collect()
    }

    /// Columns with the names from an alias: `AS t(a, b)`.
    pub(super) fn renamed(&self, mut columns: Columns, alias: Option<&TableAlias>) -> Columns {
        let names = alias.into_iter().flat_map(|alias| &alias.columns);
        for (number, name) in names.enumerate() {
            let (key, written) = (Some(self.key(&name.name)), Some(name.name.value.clone()));
            let mark = columns.at(number);
            if number < columns.in_place().len()
                && let Some(own) = columns.known.get_mut(number)
            {
                own.key = key;
                own.column.name = written;
            } else {
                columns
                    .known
                    .insert(number.min(columns.known.len()), Known::named(key, written, mark));
                columns.placed = columns.placed.map(|placed| placed.saturating_add(1));
            }
        }
        columns
    }
}
