//! Finds expressions that contain a bound value's content.

use std::ops::ControlFlow;

use sqlparser::{
    ast::{
        BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Query,
        Spanned as _, Value, ValueWithSpan, Visit as _, Visitor,
    },
    tokenizer::Location,
};

use super::{Mark, Scope};
use crate::{
    expr::{is_numeric, is_truth},
    names::last,
    render::NAME,
};

impl Scope<'_> {
    pub(super) fn mark(&mut self, expr: &Expr) -> Mark {
        Mark { bound: self.value_in(expr).is_some(), search: self.searches(expr) }
    }

    /// Whether an expression is the query of a virtual table.
    pub(crate) fn searches(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Nested(inner) => self.searches(inner),
            Expr::Collate { expr, .. } => self.searches(expr),
            Expr::Identifier(ident) => self.reaches(std::slice::from_ref(ident)).search,
            Expr::CompoundIdentifier(path) => self.reaches(path).search,
            _ => false,
        }
    }

    /// The mark of a name. If it is unknown to which of several relations it belongs, the one with
    /// the value is assumed.
    fn reaches(&self, path: &[Ident]) -> Mark {
        const SEARCH: Mark = Mark { bound: false, search: true };
        let Some((column, before)) = path.split_last() else { return Mark::default() };
        if column.value.starts_with(NAME) {
            return Mark::default();
        }
        let key = self.key(column);
        if let Some(table) = before.last() {
            let relation = self.relation_of(&self.key(table));
            return match relation.and_then(|number| self.relations.get(number)) {
                Some(relation) if relation.search.contains(&key) => SEARCH,
                Some(relation) => {
                    let columns = &relation.columns;
                    columns.mark(&key).or(columns.rest).unwrap_or_default()
                }
                // A field of a column that is a row.
                None => self.reaches(before),
            };
        }
        for candidates in self.candidates(None, &key) {
            let Some(frame) = self.frames.get(candidates.frame) else { continue };
            let relation = |number: &usize| self.relations.get(*number);
            let known = candidates.known.iter();
            let mut found: Vec<Mark> = known
                .filter_map(|(number, _)| relation(number)?.columns.mark(&key))
                .chain(candidates.search.iter().map(|_| SEARCH))
                .collect();
            found
                .extend(frame.aliases.iter().filter(|(own, _)| *own == key).map(|(_, mark)| *mark));
            if !found.is_empty() {
                return found.into_iter().fold(Mark::default(), Mark::or);
            }
            // A relation's name means a whole row of it.
            let mut rows = self.relations_of(candidates.frame);
            if let Some(row) = rows.find(|own| own.key == key) {
                return row.columns.any();
            }
            let rest = candidates.open.iter().filter_map(|number| relation(number)?.columns.rest);
            let rest = rest.fold(Mark::default(), Mark::or);
            if rest != Mark::default() {
                return rest;
            }
        }
        Mark::default()
    }

    /// Whether a join by USING compares a value with the query of a virtual table.
    pub(crate) fn joins_a_search(&self, column: &str) -> bool {
        let column = column.to_lowercase();
        let own = self.own_relations().filter_map(|number| self.relations.get(number));
        let mut any = Mark::default();
        for relation in own {
            let search = relation.search.contains(&column);
            any = any.or(relation.columns.mark(&column).unwrap_or_default());
            any = any.or(Mark { bound: false, search });
        }
        any.search && any.bound
    }

    /// The position in an expression that contains a bound value's content. Parts that are only
    /// decided by one do not count: a condition, a number.
    pub(crate) fn value_in(&mut self, expr: &Expr) -> Option<Location> {
        match expr {
            Expr::Nested(inner) => self.value_in(inner),
            Expr::Value(value) => match value.value {
                Value::Placeholder(_) => Some(value.span.start),
                _ => None,
            },
            Expr::Identifier(ident) => {
                self.reaches(std::slice::from_ref(ident)).bound.then_some(ident.span.start)
            }
            Expr::CompoundIdentifier(path) => {
                let first = path.first()?;
                self.reaches(path).bound.then_some(first.span.start)
            }
            Expr::Cast { expr, data_type, .. } => {
                if is_numeric(data_type) {
                    None
                } else {
                    self.value_in(expr)
                }
            }
            truth if is_truth(truth) => None,
            Expr::BinaryOp { op, .. } if gives_numbers(op) => None,
            Expr::BinaryOp { left, right, .. } => {
                self.value_in(left).or_else(|| self.value_in(right))
            }
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

    pub(crate) fn value_in_args(&mut self, args: &[FunctionArg]) -> Option<Location> {
        args.iter().find_map(|arg| match argument(arg) {
            Some(expr) => self.value_in(expr),
            None => placeholder_in(arg),
        })
    }

    /// A value in any part of an expression without a more specific rule.
    fn value_anywhere(&mut self, expr: &Expr) -> Option<Location> {
        struct Parts<'f, 'a> {
            scope: &'f mut Scope<'a>,
            depth: usize,
        }
        impl Visitor for Parts<'_, '_> {
            type Break = Location;
            fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Location> {
                if self.depth == 0
                    && let Some(at) = self.scope.value_of(query)
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
                match path.first().filter(|_| self.scope.reaches(path).bound) {
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
        match expr.visit(&mut Parts { scope: self, depth: 0 }) {
            ControlFlow::Break(at) => Some(at),
            ControlFlow::Continue(()) => None,
        }
    }
}

/// The expression of a function's argument.
pub(crate) fn argument(arg: &FunctionArg) -> Option<&Expr> {
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

/// Whether an operator's result is a number.
fn gives_numbers(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Plus
            | BinaryOperator::Minus
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
            | BinaryOperator::MyIntegerDivide
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
