//! Conditions and clauses without the effect that they appear to have.

use std::ops::ControlFlow;

use sqlparser::{
    ast::{Expr, Insert, Spanned as _, Value, ValueWithSpan, Visit, Visitor},
    tokenizer::Location,
};

use super::{
    inspect::Walk,
    rows::{self, Limit},
};
use crate::{expr::with_values_named, fault::FaultKind, scope::Scope, template::HoleKind};

impl Walk<'_> {
    /// Refuses a bound value as a sort key: it is the same for every row.
    pub(super) fn sorted_by(&mut self, expr: &Expr, clause: &str) {
        if self.hole(expr).is_some() {
            self.fault(
                FaultKind::NoEffect,
                expr.span().start,
                format!("{clause} a bound value does nothing: it is the same for every row"),
                "choose a column with an enum: `{sort: Sort}`, which derives `SqlName`",
            );
        }
    }

    pub(super) fn compared(&mut self, left: &Expr, right: &Expr) {
        let is_null =
            |expr: &Expr| matches!(expr, Expr::Value(ValueWithSpan { value: Value::Null, .. }));
        if is_null(left) || is_null(right) {
            self.fault(
                FaultKind::NoEffect,
                left.span().start,
                "a comparison with NULL is never true",
                "write `IS NULL` or `IS NOT NULL`",
            );
        } else if left == right && looks_at_a_column(left) {
            self.fault(
                FaultKind::NoEffect,
                left.span().start,
                format!("`{left}` is compared with itself: that holds for every row or none"),
                "",
            );
        }
    }

    pub(super) fn selection(
        &mut self,
        verb: &str,
        limit: impl FnOnce(&Expr) -> Limit,
        selection: Option<&Expr>,
        at: Location,
    ) {
        if self.allow.no_where {
            return;
        }
        let help = "say which rows; where all are meant, say `dangerous_no_where = \"reason\"`";
        let Some(selection) = selection else {
            let message = format!("{verb} without WHERE is about every row");
            self.fault(FaultKind::NoWhere, at, message, help);
            return;
        };
        let named = with_values_named(selection, |at| self.value_name(at));
        let message = match limit(&named) {
            Limit::Limited => return,
            Limit::NoColumn => {
                format!(
                    "the WHERE of this {verb} looks at no column: it is about every row or none"
                )
            }
            Limit::Whole(table) => {
                let message =
                    format!("the WHERE of this {verb} does not limit the rows of `{table}`");
                let help = format!(
                    "compare a column of `{table}` with a value, in each branch of OR; where all rows are meant, say `dangerous_no_where = \"reason\"`"
                );
                self.fault(FaultKind::NoWhere, selection.span().start, message, &help);
                return;
            }
        };
        self.fault(FaultKind::NoWhere, selection.span().start, message, help);
    }

    /// An INSERT that reads its own table and replaces rows is an UPDATE.
    pub(super) fn replaced(&mut self, names: Scope<'_>, insert: &Insert, at: Location) {
        if self.allow.no_where {
            return;
        }
        if let Limit::Whole(table) = rows::replaced(names, insert) {
            self.fault(
                FaultKind::NoWhere,
                at,
                format!("this INSERT reads every row of `{table}` and writes over it"),
                &format!(
                    "limit the rows of `{table}` in its SELECT, or in the WHERE of DO UPDATE; where all rows are meant, say `dangerous_no_where = \"reason\"`"
                ),
            );
        }
    }

    /// The expression of the value whose placeholder is at this position.
    fn value_name(&self, at: Location) -> Option<String> {
        let placed = self.rendered.hole_at(at)?;
        match &self.holes.get(placed.hole)?.kind {
            HoleKind::Bind { expr } | HoleKind::List { expr } => Some(format!("{{{expr}}}")),
            HoleKind::Name { .. } | HoleKind::Fragment { .. } => None,
        }
    }
}

fn looks_at_a_column(expr: &Expr) -> bool {
    struct Columns;
    impl Visitor for Columns {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            match expr {
                Expr::Identifier(_) | Expr::CompoundIdentifier(_) => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        }
    }
    expr.visit(&mut Columns).is_break()
}
