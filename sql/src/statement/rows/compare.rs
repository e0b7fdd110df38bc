//! Comparisons: with a value, with another column, with the rows of a subquery.

use sqlparser::ast::{BinaryOperator, Expr};

use super::{
    Found,
    bound::{MAX, MIN, without_margin},
    judge::Judge,
    lookup::query_in,
    select::is_empty,
    shape::Shape,
};
use crate::expr::contents;

impl Judge<'_> {
    /// A comparison with any of several values, or with all of them.
    pub(super) fn quantified(
        &mut self,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
        any: bool,
        found: &mut Found,
    ) {
        let itself = match (query_in(right), contents(right)) {
            (Some(query), _) if any => {
                // Of several rows, each is other than one.
                (keeps_equals(op) || *op == BinaryOperator::NotEq)
                    && self.looks_itself_up(left, query)
            }
            (Some(query), _) => is_empty(query),
            (None, Expr::Array(array)) if any => {
                keeps_equals(op) && array.elem.iter().any(|item| self.are_equal(left, item))
            }
            (None, _) => any && keeps_equals(op) && self.are_equal(left, right),
        };
        let reaches = query_in(right).is_some_and(|query| match op {
            BinaryOperator::GtEq => self.is_within(left, query, MIN),
            BinaryOperator::LtEq => self.is_within(left, query, MAX),
            _ => false,
        });
        if !itself && !reaches {
            found.limited.extend(self.tables_in(left));
            found.limited.extend(self.tables_in(right));
        }
    }

    pub(super) fn compared(
        &mut self,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
        found: &mut Found,
    ) {
        if let (Expr::Tuple(left), Expr::Tuple(right)) = (contents(left), contents(right))
            && left.len() == right.len()
        {
            for (left, right) in left.iter().zip(right) {
                self.compared(left, op, right, found);
            }
            return;
        }
        if self.are_equal(left, right) {
            return;
        }
        let keeps_equals = keeps_equals(op);
        if keeps_equals && (self.is_among(left, right) || self.is_among(right, left)) {
            return;
        }
        for (side, other) in [(left, right), (right, left)] {
            if let Expr::Subquery(query) = contents(other)
                && keeps_equals
                && self.looks_itself_up(side, query)
            {
                return;
            }
            let extreme = match (op, std::ptr::eq(side, left)) {
                (BinaryOperator::GtEq, true) | (BinaryOperator::LtEq, false) => MIN,
                (BinaryOperator::LtEq, true) | (BinaryOperator::GtEq, false) => MAX,
                _ => continue,
            };
            if let Expr::Subquery(query) = without_margin(other, extreme)
                && self.is_within(side, query, extreme)
            {
                return;
            }
        }
        if let Some(nullable) = self.holds_as_sum(left, op, right) {
            for expr in nullable {
                self.not_null(expr, found);
            }
            return;
        }
        let (one, other) = (self.tables_in(left), self.tables_in(right));
        for (one, other) in one.iter().flat_map(|one| other.iter().map(move |other| (*one, *other)))
        {
            if one != other {
                found.links.push((one, other));
            }
        }
        if let (Shape::Column(one, left), Shape::Column(other, right)) =
            (self.shape(left), self.shape(right))
            && keeps_equals
            && one != other
        {
            let source = self.source(one, &left);
            if source.is_some() && source == self.source(other, &right) {
                // Each row finds itself.
                return;
            }
        }
        found.limited.extend(one.union(&other));
    }
}

/// Whether a comparison holds for what is equal.
fn keeps_equals(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Eq
            | BinaryOperator::LtEq
            | BinaryOperator::GtEq
            | BinaryOperator::Spaceship
    )
}

/// A comparison, or the one that holds where it does not.
pub(super) fn signed(op: &BinaryOperator, negated: bool) -> BinaryOperator {
    if !negated {
        return op.clone();
    }
    match op {
        BinaryOperator::Eq => BinaryOperator::NotEq,
        BinaryOperator::NotEq => BinaryOperator::Eq,
        BinaryOperator::Lt => BinaryOperator::GtEq,
        BinaryOperator::GtEq => BinaryOperator::Lt,
        BinaryOperator::Gt => BinaryOperator::LtEq,
        BinaryOperator::LtEq => BinaryOperator::Gt,
        other => other.clone(),
    }
}
