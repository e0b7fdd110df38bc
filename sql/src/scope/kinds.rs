//! The kind of an expression, and whether it can be NULL.

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator,
    Value,
};

use super::Scope;
use crate::{dialect::Dialect, names::folded, schema::Kind};

impl Scope<'_> {
    /// The kind of an expression, and whether it can be NULL.
    pub(crate) fn infer(&self, expr: &Expr) -> (Kind, Option<bool>) {
        const NOTHING: (Kind, Option<bool>) = (Kind::Unknown, None);
        match expr {
            Expr::Nested(inner) => self.infer(inner),
            Expr::Collate { expr, .. } => self.infer(expr),
            Expr::Identifier(ident) => self.infer_column(std::slice::from_ref(ident)),
            Expr::CompoundIdentifier(path) => self.infer_column(path),
            Expr::Value(value) => match &value.value {
                Value::Number(text, _) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                    (Kind::Integer, Some(false))
                }
                Value::Number(..) => (Kind::Unknown, Some(false)),
                Value::SingleQuotedString(_) => (Kind::Text, Some(false)),
                Value::Boolean(_) => (Kind::Boolean, Some(false)),
                Value::Null => (Kind::Unknown, Some(true)),
                _ => NOTHING,
            },
            Expr::Exists { .. } | Expr::IsNull(_) | Expr::IsNotNull(_) => {
                (self.truth(), Some(false))
            }
            Expr::BinaryOp { left, op, right } => self.operation(left, op, right),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => (self.truth(), self.infer(expr).1),
            Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr } => {
                self.infer(expr)
            }
            Expr::Cast { expr, data_type, .. } => {
                // SQLite has casts of its own, and an unsigned one is MySQL's.
                let kind = match self.dialect {
                    Dialect::Postgres => Kind::of(self.dialect, data_type),
                    Dialect::Sqlite | Dialect::MySql => Kind::Unknown,
                };
                (
                    kind,
                    self.infer(expr)
                        .1
                        .filter(|nullable| *nullable || self.dialect == Dialect::Postgres),
                )
            }
            Expr::Function(function) => self.function(function),
            Expr::Trim { expr, .. } | Expr::Substring { expr, .. } => {
                let (kind, nullable) = self.infer(expr);
                // A part of bytes is bytes, and of what is not known it may be either.
                match kind {
                    Kind::Text => (kind, nullable.filter(|nullable| *nullable)),
                    _ => NOTHING,
                }
            }
            Expr::Position { .. } => (Kind::Integer, None),
            Expr::Case { conditions, else_result, .. } => {
                let mut all =
                    conditions.iter().map(|when| &when.result).chain(else_result.as_deref());
                let Some(first) = all.next().map(|expr| self.infer(expr)) else { return NOTHING };
                let (kind, nullable) = all.fold(first, |(kind, nullable), expr| {
                    let (other, others) = self.infer(expr);
                    (if kind == other { kind } else { Kind::Unknown }, either(nullable, others))
                });
                (kind, if else_result.is_none() { None } else { nullable })
            }
            _ => NOTHING,
        }
    }

    /// The kind of a comparison's result.
    fn truth(&self) -> Kind {
        match self.dialect {
            Dialect::Postgres => Kind::Boolean,
            Dialect::Sqlite | Dialect::MySql => Kind::Integer,
        }
    }

    fn operation(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> (Kind, Option<bool>) {
        let (left, right) = (self.infer(left), self.infer(right));
        let nullable = either(left.1, right.1);
        match op {
            BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq => (self.truth(), nullable),
            BinaryOperator::StringConcat => {
                let kind = if left.0 == Kind::Text && right.0 == Kind::Text {
                    Kind::Text
                } else {
                    Kind::Unknown
                };
                (kind, nullable)
            }
            // Overflow and division make others of them, NULL included.
            BinaryOperator::Plus | BinaryOperator::Minus | BinaryOperator::Multiply
                if left.0 == Kind::Integer && right.0 == Kind::Integer =>
            {
                (
                    if self.dialect == Dialect::Sqlite { Kind::Unknown } else { Kind::Integer },
                    nullable,
                )
            }
            _ => (Kind::Unknown, None),
        }
    }

    fn function(&self, function: &Function) -> (Kind, Option<bool>) {
        let name = function.name.to_string().to_ascii_lowercase();
        let args: Vec<(Kind, Option<bool>)> = match &function.args {
            FunctionArguments::List(list) => list
                .args
                .iter()
                .map(|arg| match arg {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => self.infer(expr),
                    _ => (Kind::Unknown, None),
                })
                .collect(),
            FunctionArguments::None | FunctionArguments::Subquery(_) => Vec::new(),
        };
        let first = args.first().copied().unwrap_or_default();
        match name.as_str() {
            "count" | "row_number" | "rank" | "dense_rank" => (Kind::Integer, Some(false)),
            "length" | "char_length" | "octet_length" => (Kind::Integer, first.1),
            "lower" | "upper" | "trim" | "ltrim" | "rtrim" if first.0 == Kind::Text => {
                (Kind::Text, first.1)
            }
            _ if gives_text(&name) && self.dialect != Dialect::Sqlite => (Kind::Text, None),
            // No rows give NULL, and a group always has some.
            "min" | "max" => (first.0, None),
            "coalesce" | "ifnull" => {
                let kinds_agree = args.iter().all(|(kind, _)| *kind == first.0);
                let certain = args.iter().any(|(_, nullable)| *nullable == Some(false));
                let all = args.iter().all(|(_, nullable)| *nullable == Some(true));
                let nullable = if certain {
                    Some(false)
                } else if all {
                    Some(true)
                } else {
                    None
                };
                (if kinds_agree { first.0 } else { Kind::Unknown }, nullable)
            }
            "now" if self.dialect == Dialect::Postgres => (Kind::Timestamp, Some(false)),
            _ => (Kind::Unknown, None),
        }
    }
}

/// Functions whose result is text for all arguments.
fn gives_text(function: &str) -> bool {
    [
        "concat",
        "concat_ws",
        "format",
        "hex",
        "initcap",
        "lpad",
        "md5",
        "repeat",
        "replace",
        "reverse",
        "rpad",
        "to_char",
        "to_hex",
    ]
    .contains(&function)
}

/// The expression of a function's argument.
pub(crate) fn expression(arg: &FunctionArg) -> Option<&Expr> {
    match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    }
}

fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// The columns that are not NULL if a condition is true, with their names in the form for
/// comparisons.
pub(super) fn not_null(dialect: Dialect, condition: &Expr, found: &mut Vec<String>) {
    let mut name_of = |mut expr: &Expr| {
        while let Expr::Nested(inner) = expr {
            expr = inner;
        }
        let ident = match expr {
            Expr::Identifier(ident) => Some(ident),
            Expr::CompoundIdentifier(parts) => parts.last(),
            _ => None,
        };
        found.extend(ident.map(|ident| match dialect {
            Dialect::Postgres => folded(dialect, ident),
            Dialect::Sqlite | Dialect::MySql => ident.value.to_lowercase(),
        }));
    };
    match condition {
        Expr::Nested(inner) => not_null(dialect, inner, found),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            not_null(dialect, left, found);
            not_null(dialect, right, found);
        }
        // NULL compares to nothing. OR is left alone: either side may hold.
        Expr::BinaryOp { op: BinaryOperator::Or | BinaryOperator::Xor, .. } => {}
        Expr::BinaryOp { left, right, .. } => {
            name_of(left);
            name_of(right);
        }
        Expr::IsNotNull(expr)
        | Expr::InList { expr, .. }
        | Expr::InSubquery { expr, .. }
        | Expr::Like { expr, .. }
        | Expr::ILike { expr, .. }
        | Expr::Between { expr, .. }
        | Expr::IsTrue(expr)
        | Expr::IsFalse(expr) => name_of(expr),
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => name_of(condition),
        _ => {}
    }
}
