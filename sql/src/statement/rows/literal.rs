//! Conditions on literals alone, which hold for every row or for none.

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value};

use crate::expr::{contents, is_comparison};

/// Whether a condition, or its negation, holds for no row.
pub(super) fn never(expr: &Expr, negated: bool) -> bool {
    match truth(expr) {
        Some(Some(truth)) => truth == negated,
        Some(None) => true,
        None => false,
    }
}

/// What a condition comes to: `Some(None)` is NULL, `None` is not known.
fn truth(expr: &Expr) -> Option<Option<bool>> {
    match contents(expr) {
        Expr::Value(_) => match literal(expr)? {
            Literal::Null => Some(None),
            Literal::Number(number) => Some(Some(number != 0.0)),
            Literal::Text(_) => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::BangNot, expr } => {
            truth(expr).map(|truth| truth.map(|truth| !truth))
        }
        Expr::BinaryOp { left, op, right } if is_comparison(op) => {
            match (literal(left), literal(right)) {
                _ if *op == BinaryOperator::Spaceship => None,
                (Some(Literal::Null), _) | (_, Some(Literal::Null)) => Some(None),
                (Some(left), Some(right)) => Some(Some(compare(&left, op, &right)?)),
                _ => None,
            }
        }
        Expr::InList { expr, list, negated } => {
            let own = literal(expr)?;
            if matches!(own, Literal::Null) {
                return Some(None);
            }
            let mut any = false;
            for item in list {
                any |= compare(&own, &BinaryOperator::Eq, &literal(item)?)?;
            }
            Some(Some(any != *negated))
        }
        Expr::IsNull(inner) => Some(Some(matches!(literal(inner)?, Literal::Null))),
        Expr::IsNotNull(inner) => Some(Some(!matches!(literal(inner)?, Literal::Null))),
        _ => None,
    }
}

enum Literal<'e> {
    Null,
    /// A number, or a truth as one.
    Number(f64),
    Text(&'e str),
}

fn literal(expr: &Expr) -> Option<Literal<'_>> {
    let Expr::Value(own) = contents(expr) else { return None };
    match &own.value {
        Value::Null => Some(Literal::Null),
        Value::Boolean(truth) => Some(Literal::Number(f64::from(u8::from(*truth)))),
        Value::Number(text, _) => text.parse().ok().map(Literal::Number),
        Value::SingleQuotedString(text) => Some(Literal::Text(text)),
        _ => None,
    }
}

fn compare(left: &Literal<'_>, op: &BinaryOperator, right: &Literal<'_>) -> Option<bool> {
    match (left, right) {
        (Literal::Number(left), Literal::Number(right)) => Some(match op {
            BinaryOperator::Eq => left == right,
            BinaryOperator::NotEq => left != right,
            BinaryOperator::Lt => left < right,
            BinaryOperator::LtEq => left <= right,
            BinaryOperator::Gt => left > right,
            BinaryOperator::GtEq => left >= right,
            _ => return None,
        }),
        // How text is ordered, and which case counts, is the database's.
        (Literal::Text(left), Literal::Text(right)) if left == right => match op {
            BinaryOperator::Eq | BinaryOperator::LtEq | BinaryOperator::GtEq => Some(true),
            BinaryOperator::NotEq | BinaryOperator::Lt | BinaryOperator::Gt => Some(false),
            _ => None,
        },
        (Literal::Text(left), Literal::Text(right)) if !left.eq_ignore_ascii_case(right) => {
            match op {
                BinaryOperator::Eq => Some(false),
                BinaryOperator::NotEq => Some(true),
                _ => None,
            }
        }
        _ => None,
    }
}
