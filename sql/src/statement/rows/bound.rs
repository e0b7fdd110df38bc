//! Comparisons of a column with a bound of its own values, which hold for every row.

use sqlparser::ast::{
    BinaryOperator, Distinct, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr,
    Query, Select, SetExpr, Value,
};

use super::{
    branches::outcomes,
    judge::{Conditions, Judge},
    select::{Item, Source, Wanted, leaves_out, skips},
    shape::Shape,
};
use crate::{
    expr::{contents, is_numeric},
    schema::Kind,
};

/// The functions that give the bounds of a column's values.
pub(super) const MIN: &str = "min";
pub(super) const MAX: &str = "max";

/// Which values a bound is of.
#[derive(Clone, Copy)]
struct Bound {
    /// [`MIN`] or [`MAX`].
    extreme: &'static str,
    /// Whether the query gives one of all rows, that no condition chooses: `LIMIT 1`.
    one_of_all: bool,
}

impl Judge<'_> {
    /// Whether a column is compared with the least or greatest of its own values, or with one of them
    /// that no condition chooses.
    pub(super) fn is_within(&mut self, expr: &Expr, query: &Query, extreme: &'static str) -> bool {
        // What is added to the column is as if it were taken from the bound.
        let own = without_number(expr, if extreme == MIN { &PLUS } else { &MINUS });
        let Some((table, column)) = self.number_of(own) else { return false };
        let own = self.source(table, &column);
        own.is_some() && self.bound_of(query, &Wanted::Position(0), extreme) == own
    }

    /// The column that an expression is, at most as a number of another size.
    fn number_of(&mut self, expr: &Expr) -> Option<(usize, String)> {
        match contents(expr) {
            Expr::Cast { expr, data_type, .. } if is_numeric(data_type) => self
                .number_of(expr)
                .filter(|(table, column)| self.kind(*table, column) == Kind::Integer),
            other => self.column(other),
        }
    }

    /// The table and column that one column of a query is a bound of.
    fn bound_of(
        &mut self,
        query: &Query,
        wanted: &Wanted,
        extreme: &'static str,
    ) -> Option<Source> {
        // The row behind a number of others is chosen: `ORDER BY id DESC LIMIT 1 OFFSET 1000`.
        if skips(query) {
            return None;
        }
        let bound = Bound { extreme, one_of_all: leaves_out(query) };
        self.once(query, |judge| {
            judge.enter(query);
            let found = match query.body.as_ref() {
                SetExpr::Query(query) => judge.bound_of(query, wanted, extreme),
                SetExpr::Select(select) => judge.bound_of_select(select, wanted, bound),
                _ => None,
            };
            judge.close();
            found
        })
    }

    fn bound_of_select(
        &mut self,
        select: &Select,
        wanted: &Wanted,
        bound: Bound,
    ) -> Option<Source> {
        let grouped = match &select.group_by {
            GroupByExpr::Expressions(groups, _) => !groups.is_empty(),
            GroupByExpr::All(_) => true,
        };
        let distinct = matches!(select.distinct, Some(Distinct::On(_)));
        if select.having.is_some() || select.top.is_some() || grouped || distinct {
            return None;
        }
        let (inner, conditions) = self.open_select(select);
        let found = match self.item(select, wanted) {
            Some(Item::Expr(expr)) => outcomes(expr)
                .iter()
                .find_map(|outcome| self.bound_in(outcome, inner, &conditions, bound)),
            Some(Item::Column(table, column)) => {
                self.bound_of_column(table, &column, &conditions, bound)
            }
            None => None,
        };
        self.close();
        found
    }

    /// The column that an expression is the bound of, at most with a margin.
    fn bound_in(
        &mut self,
        expr: &Expr,
        inner: usize,
        conditions: &Conditions,
        bound: Bound,
    ) -> Option<Source> {
        match without_margin(expr, bound.extreme) {
            Expr::Cast { expr, data_type, .. } if is_numeric(data_type) => {
                self.bound_in(expr, inner, conditions, bound)
            }
            expr => match argument_of(expr, bound.extreme) {
                Some(argument) => match self.shape(argument) {
                    Shape::Column(table, column) if table >= inner => {
                        self.whole_source(table, &column, conditions)
                    }
                    Shape::Column(..) | Shape::Constant | Shape::Other => None,
                },
                None => {
                    let (table, column) = self.column(expr).filter(|own| own.0 >= inner)?;
                    self.bound_of_column(table, &column, conditions, bound)
                }
            },
        }
    }

    /// A column that is the bound already, of a subquery in FROM, or one of all its values.
    fn bound_of_column(
        &mut self,
        table: usize,
        column: &str,
        conditions: &Conditions,
        bound: Bound,
    ) -> Option<Source> {
        if self.limited(conditions).contains(&table) {
            return None;
        }
        if let Some(rows) = self.table(table).and_then(|own| own.rows.clone()) {
            let wanted = Wanted::of(&rows, column);
            let extreme = bound.extreme;
            let found = self.in_rows(&rows, |judge, query| judge.bound_of(query, &wanted, extreme));
            if found.is_some() {
                return found;
            }
        }
        if bound.one_of_all { self.source(table, column) } else { None }
    }

    fn whole_source(
        &mut self,
        table: usize,
        column: &str,
        conditions: &Conditions,
    ) -> Option<Source> {
        if self.limited(conditions).contains(&table) {
            return None;
        }
        self.source(table, column)
    }
}

const PLUS: BinaryOperator = BinaryOperator::Plus;
const MINUS: BinaryOperator = BinaryOperator::Minus;

/// What is left of a bound without a number that makes its range wider: `min(id) - 1`. A value may make
/// it narrower, so that it limits.
pub(super) fn without_margin<'e>(expr: &'e Expr, extreme: &str) -> &'e Expr {
    without_number(expr, if extreme == MIN { &MINUS } else { &PLUS })
}

fn without_number<'e>(expr: &'e Expr, added_by: &BinaryOperator) -> &'e Expr {
    match contents(expr) {
        Expr::BinaryOp { left, op, right } if op == added_by && is_a_number(right) => {
            without_number(left, added_by)
        }
        other => other,
    }
}

fn is_a_number(expr: &Expr) -> bool {
    matches!(contents(expr), Expr::Value(own) if matches!(own.value, Value::Number(..)))
}

/// The argument of a function of this name.
fn argument_of<'e>(expr: &'e Expr, name: &str) -> Option<&'e Expr> {
    let Expr::Function(function) = contents(expr) else { return None };
    let own = function.name.0.last().and_then(|part| part.as_ident())?;
    let FunctionArguments::List(list) = &function.args else { return None };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))]
            if own.value.eq_ignore_ascii_case(name) && function.filter.is_none() =>
        {
            Some(argument)
        }
        _ => None,
    }
}
