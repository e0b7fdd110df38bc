//! Which expressions take what a bound value holds.

use std::ops::ControlFlow;

use sqlparser::{
    ast::{
        Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Query, Spanned as _, Value,
        ValueWithSpan, Visit as _, Visitor,
    },
    tokenizer::Location,
};

use super::{Flow, Mark, last};
use crate::statement::expr::{is_comparison, is_numeric};

impl Flow<'_> {
    pub(super) fn mark(&mut self, expr: &Expr) -> Mark {
        Mark { bound: self.value_in(expr).is_some(), search: self.searches(expr) }
    }

    /// Whether an expression is the query of a virtual table.
    pub(in crate::statement) fn searches(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Nested(inner) => self.searches(inner),
            Expr::Collate { expr, .. } => self.searches(expr),
            Expr::Identifier(ident) => self.name(std::slice::from_ref(ident)).search,
            Expr::CompoundIdentifier(path) => self.name(path).search,
            _ => false,
        }
    }

    /// Where an expression takes what a bound value holds. What only decides by one does not: a
    /// condition, a number.
    pub(in crate::statement) fn value_in(&mut self, expr: &Expr) -> Option<Location> {
        match expr {
            Expr::Nested(inner) => self.value_in(inner),
            Expr::Value(value) => match value.value {
                Value::Placeholder(_) => Some(value.span.start),
                _ => None,
            },
            Expr::Identifier(ident) => {
                self.name(std::slice::from_ref(ident)).bound.then_some(ident.span.start)
            }
            Expr::CompoundIdentifier(path) => {
                let first = path.first()?;
                self.name(path).bound.then_some(first.span.start)
            }
            Expr::Cast { expr, data_type, .. } => {
                if is_numeric(data_type) {
                    None
                } else {
                    self.value_in(expr)
                }
            }
            Expr::BinaryOp { op, .. } if is_comparison(op) || op_decides(op) => None,
            Expr::BinaryOp { left, right, .. } => {
                self.value_in(left).or_else(|| self.value_in(right))
            }
            Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsDistinctFrom(..)
            | Expr::IsNotDistinctFrom(..)
            | Expr::InList { .. }
            | Expr::InSubquery { .. }
            | Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::ILike { .. }
            | Expr::SimilarTo { .. }
            | Expr::RLike { .. }
            | Expr::Exists { .. } => None,
            Expr::Case { conditions, else_result, .. } => {
                let results = conditions.iter().map(|when| &when.result);
                results.chain(else_result.as_deref()).find_map(|result| self.value_in(result))
            }
            Expr::Subquery(query) => self.value_of(query),
            Expr::Function(function) => {
                let name = last(&function.name).unwrap_or_default().to_ascii_lowercase();
                match &function.args {
                    _ if gives_a_number(&name) => None,
                    // What would have been inserted.
                    FunctionArguments::List(_) if name == "values" => {
                        Some(function.name.span().start)
                    }
                    FunctionArguments::List(list) => self.value_in_args(&list.args),
                    FunctionArguments::Subquery(query) => self.value_of(query),
                    FunctionArguments::None => None,
                }
            }
            other => self.value_anywhere(other),
        }
    }

    fn value_of(&mut self, query: &Query) -> Option<Location> {
        if !self.columns(query).any().bound {
            return None;
        }
        placeholder_in(query).or_else(|| Some(query.span().start))
    }

    pub(in crate::statement) fn value_in_args(&mut self, args: &[FunctionArg]) -> Option<Location> {
        args.iter().find_map(|arg| match argument(arg) {
            Some(expr) => self.value_in(expr),
            None => placeholder_in(arg),
        })
    }

    /// A value in any part of an expression that is not known better.
    fn value_anywhere(&mut self, expr: &Expr) -> Option<Location> {
        struct Parts<'f, 'a> {
            flow: &'f mut Flow<'a>,
            depth: usize,
        }
        impl Visitor for Parts<'_, '_> {
            type Break = Location;
            fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Location> {
                if self.depth == 0
                    && let Some(at) = self.flow.value_of(query)
                {
                    return ControlFlow::Break(at);
                }
                self.depth = self.depth.saturating_add(1);
                ControlFlow::Continue(())
            }
            fn post_visit_query(&mut self, _: &Query) -> ControlFlow<Location> {
                self.depth = self.depth.saturating_sub(1);
                ControlFlow::Continue(())
            }
            fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Location> {
                let path = match expr {
                    _ if self.depth > 0 => return ControlFlow::Continue(()),
                    Expr::Identifier(ident) => std::slice::from_ref(ident),
                    Expr::CompoundIdentifier(path) => path.as_slice(),
                    _ => return ControlFlow::Continue(()),
                };
                match path.first().filter(|_| self.flow.name(path).bound) {
                    Some(first) => ControlFlow::Break(first.span.start),
                    None => ControlFlow::Continue(()),
                }
            }
            fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<Location> {
                match value.value {
                    Value::Placeholder(_) if self.depth == 0 => {
                        ControlFlow::Break(value.span.start)
                    }
                    _ => ControlFlow::Continue(()),
                }
            }
        }
        match expr.visit(&mut Parts { flow: self, depth: 0 }) {
            ControlFlow::Break(at) => Some(at),
            ControlFlow::Continue(()) => None,
        }
    }
}

/// The expression that a function is given.
pub(in crate::statement) fn argument(arg: &FunctionArg) -> Option<&Expr> {
    match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))
        | FunctionArg::Named { arg: FunctionArgExpr::Expr(expr), .. }
        | FunctionArg::ExprNamed { arg: FunctionArgExpr::Expr(expr), .. } => Some(expr),
        _ => None,
    }
}

/// The first placeholder in a part of a statement.
pub(super) fn placeholder_in(part: &impl sqlparser::ast::Visit) -> Option<Location> {
    struct Placeholders;
    impl Visitor for Placeholders {
        type Break = Location;
        fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<Location> {
            match value.value {
                Value::Placeholder(_) => ControlFlow::Break(value.span.start),
                _ => ControlFlow::Continue(()),
            }
        }
    }
    match part.visit(&mut Placeholders) {
        ControlFlow::Break(at) => Some(at),
        ControlFlow::Continue(()) => None,
    }
}

/// Whether an operator gives yes or no, or a number.
fn op_decides(op: &sqlparser::ast::BinaryOperator) -> bool {
    use sqlparser::ast::BinaryOperator as Op;
    matches!(
        op,
        Op::And
            | Op::Or
            | Op::Xor
            | Op::Plus
            | Op::Minus
            | Op::Multiply
            | Op::Divide
            | Op::Modulo
            | Op::MyIntegerDivide
    )
}

fn gives_a_number(function: &str) -> bool {
    [
        "abs",
        "ascii",
        "bit_length",
        "char_length",
        "character_length",
        "count",
        "instr",
        "length",
        "locate",
        "octet_length",
        "position",
        "round",
        "strpos",
        "unicode",
    ]
    .contains(&function)
}
