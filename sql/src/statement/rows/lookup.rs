//! Subqueries: what they give of a table, and which tables outside they limit.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Distinct, Expr, FunctionArguments, GroupByExpr, Query, Select, SelectItem, SetExpr,
    SetOperator, Visit as _, Visitor,
};

use super::{
    Found, Tables,
    branches::outcomes,
    cases::arguments,
    judge::Judge,
    select::{Item, Source, Wanted, leaves_out, selected},
    shape::Shape,
};
use crate::expr::contents;

impl Judge<'_> {
    /// Whether a condition asks for rows of a table by what all rows of the same table give.
    pub(super) fn looks_itself_up(&mut self, expr: &Expr, query: &Query) -> bool {
        let columns = match contents(expr) {
            Expr::Tuple(members) => members.iter().collect(),
            one => vec![one],
        };
        for (position, column) in columns.into_iter().enumerate() {
            let Some((table, column)) = self.column(contents(column)) else { return false };
            if self.gives_back(query, position, &(table, column.clone())) {
                continue;
            }
            let Some(own) = self.source(table, &column) else { return false };
            if self.all_of(query, &Wanted::Position(position)) != Some(own) {
                return false;
            }
        }
        true
    }

    /// Whether a subquery may give the column of the row outside that it is asked for.
    fn gives_back(&mut self, query: &Query, position: usize, asked: &(usize, String)) -> bool {
        self.enter(query);
        let gives = self.body_gives_back(&query.body, position, asked);
        self.close();
        gives
    }

    fn body_gives_back(
        &mut self,
        body: &SetExpr,
        position: usize,
        asked: &(usize, String),
    ) -> bool {
        match body {
            SetExpr::Query(query) => self.gives_back(query, position, asked),
            SetExpr::SetOperation { left, op: SetOperator::Union, right, .. } => {
                self.body_gives_back(left, position, asked)
                    || self.body_gives_back(right, position, asked)
            }
            SetExpr::Values(values) => {
                let cells = values.rows.iter().filter_map(|row| row.content.get(position));
                cells.into_iter().any(|cell| self.may_be(cell, asked))
            }
            SetExpr::Select(select) => {
                let Some(
                    SelectItem::UnnamedExpr(item) | SelectItem::ExprWithAlias { expr: item, .. },
                ) = select.projection.get(position)
                else {
                    return false;
                };
                let (_, mut conditions) = self.open_select(select);
                conditions.inner.extend(select.having.clone());
                let gives =
                    self.may_be(item, asked) && !self.limited(&conditions).contains(&asked.0);
                self.close();
                gives
            }
            _ => false,
        }
    }

    /// Whether an expression may come to a column, by whatever branch.
    fn may_be(&mut self, expr: &Expr, asked: &(usize, String)) -> bool {
        outcomes(expr).iter().any(|outcome| match self.shape(outcome) {
            Shape::Column(table, column) => (table, column) == *asked,
            Shape::Constant | Shape::Other => false,
        })
    }

    /// The table and column that a relation's column gives all values of.
    pub(super) fn source(&mut self, table: usize, column: &str) -> Option<Source> {
        let table = self.table(table)?;
        match (table.base.clone(), table.rows.clone()) {
            (_, Some(rows)) => {
                let wanted = Wanted::of(&rows, column);
                self.in_rows(&rows, |judge, query| judge.all_of(query, &wanted))
            }
            (Some(base), None) => Some((base, column.to_owned())),
            (None, None) => None,
        }
    }

    /// The table and column of which a query gives all values, in one of its columns.
    fn all_of(&mut self, query: &Query, wanted: &Wanted) -> Option<Source> {
        if leaves_out(query) {
            return None;
        }
        self.once(query, |judge| {
            judge.enter(query);
            let all = judge.all_of_body(&query.body, wanted);
            judge.close();
            all
        })
    }

    fn all_of_body(&mut self, body: &SetExpr, wanted: &Wanted) -> Option<Source> {
        match body {
            SetExpr::Query(query) => self.all_of(query, wanted),
            SetExpr::SetOperation { left, op: SetOperator::Union, right, .. } => {
                self.all_of_body(left, wanted).or_else(|| self.all_of_body(right, wanted))
            }
            SetExpr::SetOperation { left, op: SetOperator::Intersect, right, .. } => {
                let left = self.all_of_body(left, wanted);
                left.filter(|left| self.all_of_body(right, wanted).as_ref() == Some(left))
            }
            SetExpr::Select(select) => self.all_of_select(select, wanted),
            _ => None,
        }
    }

    fn all_of_select(&mut self, select: &Select, wanted: &Wanted) -> Option<Source> {
        if select.having.is_some() || select.top.is_some() {
            return None;
        }
        let (inner, conditions) = self.open_select(select);
        let column = match self.item(select, wanted) {
            Some(Item::Expr(expr)) => self.column(contents(expr)),
            Some(Item::Column(table, column)) => Some((table, column)),
            None => None,
        };
        let column = column.filter(|column| self.keeps_every(select, column));
        let source = column.filter(|(table, _)| *table >= inner).and_then(|(table, column)| {
            let limited = self.limited(&conditions);
            (!limited.contains(&table)).then(|| self.source(table, &column)).flatten()
        });
        self.close();
        source
    }

    /// Whether each value of a column is left by GROUP BY and DISTINCT ON: they give one row for each
    /// value of what they name.
    pub(super) fn keeps_every(&mut self, select: &Select, column: &(usize, String)) -> bool {
        let groups = match &select.group_by {
            GroupByExpr::Expressions(groups, _) => groups.as_slice(),
            GroupByExpr::All(_) => &[],
        };
        let distinct = match &select.distinct {
            Some(Distinct::On(exprs)) => exprs.as_slice(),
            Some(Distinct::All | Distinct::Distinct) | None => &[],
        };
        [groups, distinct]
            .into_iter()
            .filter(|exprs| !exprs.is_empty())
            .all(|exprs| exprs.iter().any(|expr| self.is_kept_by(expr, select, column)))
    }

    fn is_kept_by(&mut self, expr: &Expr, select: &Select, column: &(usize, String)) -> bool {
        if let Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) = expr {
            return sets.iter().flatten().any(|expr| self.is_kept_by(expr, select, column));
        }
        match self.shape(selected(expr, select).unwrap_or(expr)) {
            Shape::Column(table, own) => {
                table == column.0 && (own == column.1 || self.is_unique(table, &own))
            }
            Shape::Constant | Shape::Other => false,
        }
    }

    /// The tables outside of a subquery that it limits.
    pub(super) fn correlated(&mut self, query: &Query, as_value: bool) -> Tables {
        self.enter(query);
        let found = self.correlated_body(&query.body, as_value);
        self.close();
        found
    }

    fn correlated_body(&mut self, body: &SetExpr, as_value: bool) -> Tables {
        match body {
            SetExpr::Query(query) => self.correlated(query, as_value),
            SetExpr::SetOperation { left, right, .. } => {
                let mut found = self.correlated_body(left, as_value);
                found.extend(self.correlated_body(right, as_value));
                found
            }
            SetExpr::Select(select) => {
                let (inner, mut conditions) = self.open_select(select);
                conditions.inner.extend(select.having.clone());
                let mut found = self.limited(&conditions);
                if as_value {
                    for item in &select.projection {
                        if let SelectItem::UnnamedExpr(expr)
                        | SelectItem::ExprWithAlias { expr, .. } = item
                        {
                            found.extend(self.tables_in(expr));
                        }
                    }
                }
                let mut found = Found { limited: found, links: conditions.made_of }.spread();
                self.close();
                found.retain(|table| *table < inner);
                found
            }
            _ => Tables::new(),
        }
    }
}

/// Whether a query gives one row whatever it reads: `SELECT count(*) FROM ..`.
pub(super) fn always_one_row(query: &Query) -> bool {
    match query.body.as_ref() {
        SetExpr::Query(query) => always_one_row(query),
        SetExpr::Select(select) => {
            let grouped = match &select.group_by {
                GroupByExpr::Expressions(groups, _) => !groups.is_empty(),
                GroupByExpr::All(_) => true,
            };
            !grouped && select.having.is_none() && aggregates(select)
        }
        _ => false,
    }
}

/// Whether a query makes one row of all that it reads.
fn aggregates(select: &Select) -> bool {
    const AGGREGATES: [&str; 19] = [
        "count",
        "sum",
        "total",
        "avg",
        "min",
        "max",
        "every",
        "bool_and",
        "bool_or",
        "array_agg",
        "string_agg",
        "group_concat",
        "json_agg",
        "jsonb_agg",
        "json_object_agg",
        "jsonb_object_agg",
        "json_group_array",
        "json_arrayagg",
        "json_group_object",
    ];
    struct Aggregates(usize);
    impl Visitor for Aggregates {
        type Break = ();
        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.0 = self.0.saturating_add(1);
            ControlFlow::Continue(())
        }
        fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.0 = self.0.saturating_sub(1);
            ControlFlow::Continue(())
        }
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            let Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
            let name = function.name.0.last().and_then(|part| part.as_ident());
            let name = name.map(|name| name.value.to_ascii_lowercase()).unwrap_or_default();
            // The least of several values is one of the row's.
            let several = matches!(name.as_str(), "min" | "max")
                && arguments(function).is_some_and(|args| args.len() > 1);
            let own = AGGREGATES.contains(&name.as_str()) && function.over.is_none() && !several;
            if own && self.0 == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
    select.projection.visit(&mut Aggregates(0)).is_break()
}

/// Whether an expression asks a query.
pub(super) fn has_query(expr: &Expr) -> bool {
    struct Queries;
    impl Visitor for Queries {
        type Break = ();
        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    expr.visit(&mut Queries).is_break()
}

/// The query that an expression is, or that an array is made of.
pub(super) fn query_in(expr: &Expr) -> Option<&Query> {
    match contents(expr) {
        Expr::Subquery(query) => Some(query),
        Expr::Function(function) => match &function.args {
            FunctionArguments::Subquery(query) => Some(query),
            FunctionArguments::List(_) | FunctionArguments::None => None,
        },
        _ => None,
    }
}
