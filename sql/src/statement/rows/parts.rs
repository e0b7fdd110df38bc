//! The parts of a condition, and which tables they limit.

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value};

use super::{
    Tables, always,
    branches::both,
    compare::signed,
    judge::{Conditions, Judge},
    literal,
    lookup::always_one_row,
    select::is_empty,
    shape::Shape,
};
use crate::expr::{contents, is_comparison};

/// What parts of a condition say.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) limited: Tables,
    /// Tables that are compared with each other: one that is limited limits the other.
    pub(super) links: Vec<(usize, usize)>,
}

impl Found {
    pub(super) fn spread(mut self) -> Tables {
        loop {
            let before = self.limited.len();
            for (one, other) in &self.links {
                if self.limited.contains(one) || self.limited.contains(other) {
                    self.limited.extend([*one, *other]);
                }
            }
            if self.limited.len() == before {
                return self.limited;
            }
        }
    }
}

impl Judge<'_> {
    /// The tables that conditions limit.
    pub(super) fn limited(&mut self, conditions: &Conditions) -> Tables {
        let mut found = Found::default();
        for condition in &conditions.inner {
            self.part(condition, false, &mut found);
        }
        for condition in &conditions.outer {
            // An outer join keeps the rows for which its condition does not hold.
            let mut own = Found::default();
            self.part(condition, false, &mut own);
            found.links.extend(own.links);
        }
        found.links.extend(&conditions.made_of);
        for (lateral, tables) in &conditions.lateral {
            if !self.is_optional(*lateral) {
                found.limited.extend(tables);
            }
        }
        for (one, other, inner) in &conditions.same_columns {
            found.links.push((*one, *other));
            if *inner && !self.are_one_table(*one, *other) {
                found.limited.extend([*one, *other]);
            }
        }
        found.spread()
    }

    pub(super) fn part(&mut self, expr: &Expr, negated: bool, found: &mut Found) {
        match expr {
            Expr::Nested(inner) => self.part(inner, negated, found),
            // NULL is not true, and not false.
            Expr::IsTrue(inner) if !negated => self.part(inner, false, found),
            Expr::IsNotTrue(inner) if negated => self.part(inner, false, found),
            Expr::IsFalse(inner) if !negated => self.part(inner, true, found),
            Expr::IsNotFalse(inner) if negated => self.part(inner, true, found),
            Expr::IsTrue(inner) | Expr::IsNotTrue(inner) => self.part_or_null(inner, true, found),
            Expr::IsFalse(inner) | Expr::IsNotFalse(inner) => {
                self.part_or_null(inner, false, found);
            }
            Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::BangNot, expr } => {
                self.part(expr, !negated, found);
            }
            Expr::BinaryOp { left, op, right } if joins_all(op, negated) => {
                self.part(left, negated, found);
                self.part(right, negated, found);
            }
            Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or, .. } => {
                let mut branches = Vec::new();
                split(expr, negated, &mut branches);
                if always::holds(self, &branches) {
                    return;
                }
                let mut common: Option<Tables> = None;
                let hold = branches
                    .into_iter()
                    .filter(|(branch, negated)| !literal::never(branch, *negated));
                for (branch, negated) in hold {
                    let mut own = Found::default();
                    self.part(branch, negated, &mut own);
                    common = Some(both(common, own.spread()));
                }
                found.limited.extend(common.unwrap_or_default());
            }
            leaf => self.leaf(leaf, negated, found),
        }
    }

    fn leaf(&mut self, expr: &Expr, negated: bool, found: &mut Found) {
        if always::holds(self, &[(expr, negated)]) {
            return;
        }
        if let Expr::BinaryOp { left, op, right } = expr
            && is_comparison(op)
        {
            if left == right && !self.in_branch {
                // What compares a column with itself in so many words is refused for that.
                found.limited.extend(self.tables_in(left));
                return;
            }
            if self.are_same(left, right) || self.compared_truth(left, op, right, found) {
                return;
            }
        }
        if self.in_branches(expr, negated, found) {
            return;
        }
        match expr {
            Expr::IsNull(inner) if negated => self.not_null(inner, found),
            Expr::IsNotNull(inner) if !negated => self.not_null(inner, found),
            Expr::IsNull(inner) | Expr::IsNotNull(inner) => self.is_null(inner, found),
            Expr::BinaryOp { left, op, right } if is_comparison(op) => {
                self.compared(left, &signed(op, negated), right, found);
            }
            Expr::IsDistinctFrom(left, right) => {
                self.compared(left, &signed(&BinaryOperator::NotEq, negated), right, found);
            }
            Expr::IsNotDistinctFrom(left, right) => {
                self.compared(left, &signed(&BinaryOperator::Eq, negated), right, found);
            }
            Expr::Between { expr, low, high, .. } => {
                self.compared(expr, &BinaryOperator::GtEq, low, found);
                self.compared(expr, &BinaryOperator::LtEq, high, found);
            }
            Expr::InList { expr, list, negated: own } => {
                let same = list.iter().any(|item| self.are_equal(expr, item));
                if !(same && negated == *own) {
                    found.limited.extend(self.tables_in(expr));
                    for item in list {
                        found.limited.extend(self.tables_in(item));
                    }
                }
            }
            Expr::InSubquery { expr, subquery, negated: own } => {
                let whole = if negated == *own {
                    self.looks_itself_up(expr, subquery)
                } else {
                    is_empty(subquery)
                };
                if !whole {
                    found.limited.extend(self.tables_in(expr));
                    found.limited.extend(self.correlated(subquery, true));
                }
            }
            Expr::AnyOp { left, compare_op, right, .. } => {
                self.quantified(left, &signed(compare_op, negated), right, !negated, found);
            }
            Expr::AllOp { left, compare_op, right } => {
                self.quantified(left, &signed(compare_op, negated), right, negated, found);
            }
            Expr::Exists { subquery, .. } if always_one_row(subquery) => {}
            Expr::Exists { subquery, .. } => {
                found.limited.extend(self.correlated(subquery, false));
            }
            Expr::Like { expr, pattern, negated: own, .. }
            | Expr::ILike { expr, pattern, negated: own, .. }
            | Expr::SimilarTo { expr, pattern, negated: own, .. }
            | Expr::RLike { expr, pattern, negated: own, .. } => {
                let everything = matches_everything(pattern) || self.are_equal(expr, pattern);
                if negated == *own && everything {
                    self.not_null(expr, found);
                } else {
                    found.limited.extend(self.tables_in(expr));
                    found.limited.extend(self.tables_in(pattern));
                }
            }
            _ => {
                if self.shape(expr) != Shape::Constant {
                    found.limited.extend(self.tables_in(expr));
                }
            }
        }
    }
}

/// Whether both sides have to hold.
fn joins_all(op: &BinaryOperator, negated: bool) -> bool {
    match op {
        BinaryOperator::And => !negated,
        BinaryOperator::Or => negated,
        _ => false,
    }
}

/// The branches of which one has to hold.
fn split<'e>(expr: &'e Expr, negated: bool, branches: &mut Vec<(&'e Expr, bool)>) {
    match expr {
        Expr::Nested(inner) => split(inner, negated, branches),
        Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::BangNot, expr } => {
            split(expr, !negated, branches);
        }
        Expr::BinaryOp { left, op: op @ (BinaryOperator::And | BinaryOperator::Or), right }
            if !joins_all(op, negated) =>
        {
            split(left, negated, branches);
            split(right, negated, branches);
        }
        _ => branches.push((expr, negated)),
    }
}

/// `LIKE '%'`, and other patterns that match everything.
fn matches_everything(pattern: &Expr) -> bool {
    match contents(pattern) {
        Expr::Value(own) => match &own.value {
            Value::SingleQuotedString(text) => {
                text.chars().all(|c| c == '%') && !text.is_empty() || text == ".*"
            }
            _ => false,
        },
        _ => false,
    }
}
