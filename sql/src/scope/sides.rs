//! The possible values of one side of a comparison: the branches of `CASE` and `COALESCE`, the rows
//! of a subquery, the expressions behind a column.

use sqlparser::{
    ast::{
        BinaryOperator, Expr, Function, FunctionArguments, Ident, Query, Spanned as _,
        UnaryOperator, Value,
    },
    tokenizer::Location,
};

use super::{Columns, Meaning, Scope, kinds::expression};
use crate::{column::Column, comparand::Comparand, dialect::Dialect, schema::Kind};

/// A possible value of one side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Side {
    pub(crate) hole: Option<usize>,
    pub(crate) holds: Option<Comparand>,
    /// The column, or the expression.
    pub(crate) name: String,
    /// As it is written.
    pub(crate) text: String,
    pub(crate) at: Location,
    pub(crate) number_in_quotes: bool,
    in_quotes: bool,
    is_truth: bool,
}

impl Side {
    /// Whether every database interprets a quoted literal like the other side.
    pub(crate) fn reads_as(&self, other: &Self) -> bool {
        self.number_in_quotes || self.in_quotes && other.is_truth
    }

    /// The possible value of a table's column.
    pub(super) fn of_column(column: &Column) -> Self {
        let name = column.name.clone().unwrap_or_default();
        Self {
            hole: column.hole,
            holds: Comparand::of(column.kind),
            text: name.clone(),
            name,
            at: Location { line: 0, column: 0 },
            number_in_quotes: false,
            in_quotes: false,
            is_truth: column.kind == Kind::Boolean,
        }
    }

    fn is_number(&self) -> bool {
        self.hole.is_some() || self.holds == Some(Comparand::Number)
    }
}

impl Scope<'_> {
    /// Every possible value of an expression.
    pub(crate) fn sides(&mut self, expr: &Expr) -> Vec<Side> {
        // SQLite brings either side to what the column holds, so that nothing is compared there.
        if self.dialect == Dialect::Sqlite {
            return Vec::new();
        }
        match expr {
            Expr::Nested(inner) => self.sides(inner),
            Expr::Case { conditions, else_result, .. } => {
                let results = conditions.iter().map(|when| &when.result);
                let results = results.chain(else_result.as_deref());
                results.flat_map(|result| self.sides(result)).collect()
            }
            Expr::Function(function) => match members(function) {
                Some(members) => members.into_iter().flat_map(|own| self.sides(own)).collect(),
                None => vec![self.side(expr)],
            },
            Expr::Subquery(query) => self.rows_of(query).into_iter().next().unwrap_or_default(),
            Expr::Identifier(ident) => self.sides_of_column(std::slice::from_ref(ident), expr),
            Expr::CompoundIdentifier(path) => self.sides_of_column(path, expr),
            _ => vec![self.side(expr)],
        }
    }

    /// The expressions that the query behind a column selects, with the column's name.
    fn sides_of_column(&mut self, path: &[Ident], expr: &Expr) -> Vec<Side> {
        let Meaning::Column { known, .. } = self.meaning_of(path) else {
            return vec![self.side(expr)];
        };
        if known.sides.is_empty() {
            return vec![self.side(expr)];
        }
        let (name, text, at) = (name_of(expr), expr.to_string(), expr.span().start);
        let named =
            |side: &Side| Side { name: name.clone(), text: text.clone(), at, ..side.clone() };
        known.sides.iter().map(named).collect()
    }

    fn side(&mut self, expr: &Expr) -> Side {
        let hole = self.hole(expr);
        let kind = self.infer(expr).0;
        let holds = match expr {
            _ if hole.is_some() => None,
            Expr::Value(value) if matches!(value.value, Value::Number(..)) => {
                Some(Comparand::Number)
            }
            _ if self.is_arithmetic(expr) => Some(Comparand::Number),
            _ => Comparand::of(kind),
        };
        let literal = match expr {
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(text) => Some(text),
                _ => None,
            },
            _ => None,
        };
        Side {
            hole,
            holds,
            name: name_of(expr),
            text: expr.to_string(),
            at: expr.span().start,
            number_in_quotes: literal.is_some_and(|text| text.trim().parse::<f64>().is_ok()),
            in_quotes: literal.is_some(),
            is_truth: kind == Kind::Boolean,
        }
    }

    /// Whether an expression is a computation with only values and numbers, so that it is a number.
    fn is_arithmetic(&mut self, expr: &Expr) -> bool {
        match expr {
            Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr } => {
                self.are_numbers(expr)
            }
            Expr::BinaryOp {
                left,
                op:
                    BinaryOperator::Plus
                    | BinaryOperator::Minus
                    | BinaryOperator::Multiply
                    | BinaryOperator::Divide
                    | BinaryOperator::Modulo,
                right,
            } => self.are_numbers(left) && self.are_numbers(right),
            _ => false,
        }
    }

    fn are_numbers(&mut self, expr: &Expr) -> bool {
        let sides = self.sides(expr);
        !sides.is_empty() && sides.iter().all(Side::is_number)
    }

    /// Every possible value of each column of a query's rows, as far as they are known.
    pub(crate) fn rows_of(&mut self, query: &Query) -> Vec<Vec<Side>> {
        let columns = self.columns(query);
        self.members(&columns, query)
    }

    /// Every possible value of each column of a query.
    pub(super) fn members(&self, columns: &Columns, query: &Query) -> Vec<Vec<Side>> {
        if self.dialect == Dialect::Sqlite {
            return Vec::new();
        }
        let at = query.span().start;
        let mut rows: Vec<Vec<Side>> =
            columns.in_place().iter().map(super::Known::members).collect();
        for side in rows.iter_mut().flatten() {
            if side.at.line == 0 {
                side.at = at;
            }
            if side.name.is_empty() {
                side.name = query.to_string();
                side.text.clone_from(&side.name);
            }
        }
        rows
    }

    /// The braces that are the whole expression, or the whole column of a subquery.
    pub(crate) fn hole(&self, expr: &Expr) -> Option<usize> {
        let path = match expr {
            Expr::Nested(inner) => return self.hole(inner),
            Expr::Value(value) => {
                return match value.value {
                    Value::Placeholder(_) => {
                        self.rendered?.hole_at(value.span.start).map(|placed| placed.hole)
                    }
                    _ => None,
                };
            }
            Expr::Identifier(ident) => std::slice::from_ref(ident),
            Expr::CompoundIdentifier(path) => path.as_slice(),
            _ => return None,
        };
        match self.meaning_of(path) {
            Meaning::Column { known, .. } => known.column.hole,
            Meaning::Search { .. } | Meaning::Open { .. } | Meaning::Nothing => None,
        }
    }
}

/// The arguments that a function returns unchanged.
fn members(function: &Function) -> Option<Vec<&Expr>> {
    let name = function.name.0.last()?.as_ident()?.value.to_ascii_lowercase();
    let FunctionArguments::List(list) = &function.args else { return None };
    let args = list.args.iter().map(expression).collect::<Option<Vec<_>>>()?;
    match (name.as_str(), args.as_slice()) {
        ("coalesce" | "ifnull" | "nvl" | "greatest" | "least", [_, ..]) => Some(args),
        ("if", [_, results @ ..]) => Some(results.to_vec()),
        ("nullif", [value, _]) => Some(vec![value]),
        _ => None,
    }
}

pub(crate) fn without_parentheses(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => without_parentheses(inner),
        other => other,
    }
}

fn name_of(expr: &Expr) -> String {
    match expr {
        Expr::Nested(inner) => name_of(inner),
        Expr::Identifier(ident) => ident.value.clone(),
        Expr::CompoundIdentifier(parts) => {
            parts.last().map(|ident| ident.value.clone()).unwrap_or_default()
        }
        other => other.to_string(),
    }
}
