//! What it says of the rows that an expression is NULL, or is not.

use sqlparser::ast::{BinaryOperator, Expr, Value};

use super::{Found, Tables, branches::both, cases::arguments, judge::Judge, sum::is_strict};
use crate::expr::{contents, is_comparison, is_true_or_false};

impl Judge<'_> {
    /// That an expression is not NULL limits the tables of its columns that may be.
    pub(super) fn not_null(&mut self, expr: &Expr, found: &mut Found) {
        match contents(expr) {
            Expr::Value(_) => {}
            Expr::Cast { expr, .. } | Expr::Collate { expr, .. } | Expr::UnaryOp { expr, .. } => {
                self.not_null(expr, found);
            }
            Expr::BinaryOp { left, op, right } if gives_null(op) => {
                self.not_null(left, found);
                self.not_null(right, found);
            }
            Expr::Function(function) if is_strict(function) => {
                for argument in arguments(function).unwrap_or_default() {
                    self.not_null(argument, found);
                }
            }
            other => match self.column(other) {
                Some((table, column)) if self.is_never_null(table, &column) => {}
                _ => found.limited.extend(self.tables_in(other)),
            },
        }
    }

    /// That an expression is NULL limits the tables of its columns, unless a value can make it so.
    pub(super) fn is_null(&mut self, expr: &Expr, found: &mut Found) {
        match self.null(expr) {
            Some(tables) => found.limited.extend(tables),
            // It never is.
            None => found.limited.extend(self.tables_in(expr)),
        }
    }

    /// `None` where an expression is never NULL.
    fn null(&mut self, expr: &Expr) -> Option<Tables> {
        match contents(expr) {
            Expr::Value(own) => match own.value {
                Value::Null | Value::Placeholder(_) => Some(Tables::new()),
                _ => None,
            },
            Expr::Cast { expr, .. } | Expr::Collate { expr, .. } | Expr::UnaryOp { expr, .. } => {
                self.null(expr)
            }
            Expr::BinaryOp { left, op, right } if gives_null(op) => {
                self.any_null([&**left, &**right])
            }
            Expr::Between { expr, low, high, .. } => self.any_null([&**expr, &**low, &**high]),
            Expr::InList { expr, list, .. } => self.any_null(std::iter::once(&**expr).chain(list)),
            Expr::Like { expr, pattern, .. }
            | Expr::ILike { expr, pattern, .. }
            | Expr::SimilarTo { expr, pattern, .. }
            | Expr::RLike { expr, pattern, .. } => self.any_null([&**expr, &**pattern]),
            truth if is_true_or_false(truth) => None,
            other => match self.column(other) {
                Some((table, column)) if self.is_never_null(table, &column) => None,
                Some((table, _)) => Some(Tables::from([table])),
                None => Some(self.tables_in(other)),
            },
        }
    }

    /// One of them makes the whole NULL.
    fn any_null<'e>(&mut self, sides: impl IntoIterator<Item = &'e Expr>) -> Option<Tables> {
        let mut common = None;
        for side in sides {
            if let Some(own) = self.null(side) {
                common = Some(both(common, own));
            }
        }
        common
    }
}

/// Whether an operator gives NULL for NULL.
fn gives_null(op: &BinaryOperator) -> bool {
    is_comparison(op) && *op != BinaryOperator::Spaceship
        || matches!(
            op,
            BinaryOperator::And
                | BinaryOperator::Or
                | BinaryOperator::Xor
                | BinaryOperator::Plus
                | BinaryOperator::Minus
                | BinaryOperator::Multiply
                | BinaryOperator::Divide
                | BinaryOperator::Modulo
                | BinaryOperator::StringConcat
        )
}
