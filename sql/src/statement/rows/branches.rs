//! Conditions that come down to branches of which one is taken: `CASE`, `COALESCE`, `IF`, a truth that
//! is compared. Each has to limit the rows, as each branch of an OR has to.

use sqlparser::ast::{BinaryOperator, Expr, Value};

use super::{
    Found, Tables,
    cases::{Branch, When, branches},
    inside::first_inside,
    judge::Judge,
    literal,
};
use crate::expr::{contents, is_truth};

/// Where the conditions of a statement have more branches than these, the rest limits nothing.
const MAX_SPLITS: usize = 1024;

impl Judge<'_> {
    /// Judges a condition by its branches; false where it has none.
    pub(super) fn in_branches(&mut self, expr: &Expr, negated: bool, found: &mut Found) -> bool {
        let Some(branches) = of_condition(expr) else { return false };
        self.splits = self.splits.saturating_add(1);
        if self.splits > MAX_SPLITS {
            return true;
        }
        let (mut by_value, mut common) = (Tables::new(), None);
        for branch in branches {
            if literal::never(&branch.value, negated) {
                if branch.certain {
                    by_value.extend(self.left_out(&branch.when));
                }
                continue;
            }
            let mut value = Found::default();
            let before = std::mem::replace(&mut self.in_branch, true);
            self.part(&branch.value, negated, &mut value);
            self.in_branch = before;
            let mut own = value.clone();
            by_value.extend(value.spread());
            for when in &branch.when {
                match when {
                    When::Holds(condition) => self.part(condition, false, &mut own),
                    When::Fails(condition) => self.part_or_null(condition, true, &mut own),
                }
            }
            common = Some(both(common, own.spread()));
        }
        // The conditions of all branches together hold for every row.
        let common: Option<Tables> = common;
        let limited = common.unwrap_or_default().into_iter();
        found.limited.extend(limited.filter(|table| by_value.contains(table)));
        true
    }

    /// The tables of which a branch that holds for no row leaves some out.
    fn left_out(&mut self, when: &[When]) -> Tables {
        let mut tables = Tables::new();
        for when in when {
            let (When::Holds(condition) | When::Fails(condition)) = when;
            let (mut holds, mut fails) = (Found::default(), Found::default());
            self.part(condition, false, &mut holds);
            self.part(condition, true, &mut fails);
            tables.extend(both(Some(holds.spread()), fails.spread()));
        }
        tables
    }

    /// A condition, or its negation, that is NULL or holds.
    pub(super) fn part_or_null(&mut self, expr: &Expr, negated: bool, found: &mut Found) {
        let (mut own, mut null) = (Found::default(), Found::default());
        self.part(expr, negated, &mut own);
        self.part(&Expr::IsNull(Box::new(expr.clone())), false, &mut null);
        found.limited.extend(both(Some(own.spread()), null.spread()));
    }

    /// A truth that is compared with a value limits by either of the two that the value may be.
    pub(super) fn compared_truth(
        &mut self,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
        found: &mut Found,
    ) -> bool {
        let is_value = |expr: &Expr| matches!(contents(expr), Expr::Value(own) if matches!(own.value, Value::Placeholder(_)));
        let truth = match (is_truth(contents(left)), is_truth(contents(right))) {
            (true, false) if is_value(right) => left,
            (false, true) if is_value(left) => right,
            _ => return false,
        };
        if !matches!(op, BinaryOperator::Eq | BinaryOperator::NotEq) {
            return false;
        }
        self.splits = self.splits.saturating_add(1);
        if self.splits > MAX_SPLITS {
            return true;
        }
        let (mut holds, mut fails) = (Found::default(), Found::default());
        self.part(truth, false, &mut holds);
        self.part(truth, true, &mut fails);
        found.limited.extend(both(Some(holds.spread()), fails.spread()));
        true
    }
}

/// The tables of both.
pub(super) fn both(one: Option<Tables>, other: Tables) -> Tables {
    match one {
        None => other,
        Some(one) => one.intersection(&other).copied().collect(),
    }
}

/// Every expression that an expression may come to by the branches in it.
pub(super) fn outcomes(expr: &Expr) -> Vec<Expr> {
    let (mut open, mut done) = (vec![expr.clone()], Vec::new());
    while let Some(next) = open.pop() {
        match branches(&next).or_else(|| first_inside(&next, false)) {
            Some(branches) if open.len().saturating_add(done.len()) < MAX_SPLITS => {
                open.extend(branches.into_iter().map(|branch| branch.value));
            }
            _ => done.push(next),
        }
    }
    done
}

fn of_condition(expr: &Expr) -> Option<Vec<Branch>> {
    branches(expr).or_else(|| {
        // What is asked of a comparison there is whether its sides are NULL.
        first_inside(expr, !matches!(expr, Expr::IsNull(_) | Expr::IsNotNull(_)))
    })
}
