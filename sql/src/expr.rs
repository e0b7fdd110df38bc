//! Properties of expressions for the checks.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, DataType, Expr, UnaryOperator, Value, ValueWithSpan, VisitMut as _, VisitorMut,
};

/// The content of parentheses.
pub(crate) fn contents(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => contents(inner),
        other => other,
    }
}

/// The operand of casts, without parentheses.
pub(crate) fn without_casts(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast { expr, .. } | Expr::Nested(expr) => without_casts(expr),
        other => other,
    }
}

pub(crate) fn is_comparison(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
            | BinaryOperator::Spaceship
    )
}

/// Whether the result of an expression is true, false or NULL.
pub(crate) fn is_truth(expr: &Expr) -> bool {
    match expr {
        Expr::BinaryOp { op, .. } => {
            is_comparison(op)
                || matches!(op, BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor)
        }
        Expr::UnaryOp { op, .. } => {
            matches!(op, UnaryOperator::Not | UnaryOperator::BangNot)
        }
        Expr::InList { .. }
        | Expr::InSubquery { .. }
        | Expr::Between { .. }
        | Expr::Like { .. }
        | Expr::ILike { .. }
        | Expr::SimilarTo { .. }
        | Expr::RLike { .. }
        | Expr::AnyOp { .. }
        | Expr::AllOp { .. } => true,
        other => is_true_or_false(other),
    }
}

/// Whether an expression gives true or false, and never NULL.
pub(crate) fn is_true_or_false(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsDistinctFrom(..)
            | Expr::IsNotDistinctFrom(..)
            | Expr::Exists { .. }
    )
}

/// Whether an operator's right side is a pattern, under whatever name.
pub(crate) fn is_pattern_operator(op: &BinaryOperator) -> bool {
    match op {
        BinaryOperator::Regexp
        | BinaryOperator::PGRegexMatch
        | BinaryOperator::PGRegexIMatch
        | BinaryOperator::PGRegexNotMatch
        | BinaryOperator::PGRegexNotIMatch
        | BinaryOperator::PGLikeMatch
        | BinaryOperator::PGILikeMatch
        | BinaryOperator::PGNotLikeMatch
        | BinaryOperator::PGNotILikeMatch
        | BinaryOperator::Glob
        | BinaryOperator::Match => true,
        // `OPERATOR(pg_catalog.~)`.
        BinaryOperator::PGCustomBinaryOperator(path) => {
            path.last().is_some_and(|last| PATTERN_OPERATORS.contains(&last.as_str()))
        }
        BinaryOperator::Custom(sign) => PATTERN_OPERATORS.contains(&sign.as_str()),
        _ => false,
    }
}

const PATTERN_OPERATORS: [&str; 8] = ["~", "~*", "!~", "!~*", "~~", "~~*", "!~~", "!~~*"];

/// Whether either side of an operator is a query in a language of its own.
pub(crate) fn is_query_operator(op: &BinaryOperator) -> bool {
    match op {
        BinaryOperator::AtAt | BinaryOperator::AtQuestion => true,
        BinaryOperator::PGCustomBinaryOperator(path) => {
            path.last().is_some_and(|last| ["@@", "@@@", "@?"].contains(&last.as_str()))
        }
        _ => false,
    }
}

/// Whether a value that is cast to this type is read in a language of its own.
pub(crate) fn is_language(data_type: &DataType) -> bool {
    let name = data_type.to_string().to_ascii_lowercase();
    let name = name.rsplit_once('.').map_or(name.as_str(), |(_, name)| name);
    // A value of the types behind is the name of an object of the database.
    [
        "tsquery",
        "jsonpath",
        "lquery",
        "ltxtquery",
        "query_int",
        "regclass",
        "regnamespace",
        "regoper",
        "regoperator",
        "regproc",
        "regprocedure",
        "regrole",
        "regtype",
    ]
    .contains(&name)
}

/// Whether a type is numeric; a number cannot be a pattern.
pub(crate) fn is_numeric(data_type: &DataType) -> bool {
    let name = data_type.to_string().to_ascii_uppercase();
    let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    [
        "INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "INT2", "INT4", "INT8", "SIGNED",
        "UNSIGNED", "REAL", "FLOAT", "FLOAT4", "FLOAT8", "DOUBLE", "NUMERIC", "DECIMAL", "BOOLEAN",
        "BOOL",
    ]
    .iter()
    .any(|own| name.get(..end) == Some(*own))
}

/// An expression in which each placeholder is what `name` gives for its place, so that equal values
/// are equal.
pub(crate) fn with_values_named(
    expr: &Expr,
    name: impl Fn(sqlparser::tokenizer::Location) -> Option<String>,
) -> Expr {
    struct Names<F>(F);
    impl<F: Fn(sqlparser::tokenizer::Location) -> Option<String>> VisitorMut for Names<F> {
        type Break = ();
        fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
            if let Value::Placeholder(text) = &mut value.value
                && let Some(name) = (self.0)(value.span.start)
            {
                *text = name;
            }
            ControlFlow::Continue(())
        }
    }
    let mut named = expr.clone();
    let _never_breaks: ControlFlow<()> = named.visit(&mut Names(name));
    named
}
