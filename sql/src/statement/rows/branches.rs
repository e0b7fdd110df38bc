//! Conditions that come down to branches of which one is taken: `CASE`, `COALESCE`, `IF`, a truth that
//! is compared. Each has to limit the rows, as each branch of an OR has to.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, CaseWhen, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Query, SelectItem, SetExpr, UnaryOperator, Value, Visit as _, VisitMut, Visitor, VisitorMut,
};

use super::{Found, Tables, literal, scope::Scope};
use crate::statement::expr::{contents, is_comparison};

/// Where the conditions of a statement have more branches than these, the rest limits nothing.
const MAX_SPLITS: usize = 1024;

/// What an expression is, where these conditions are met.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    when: Vec<When>,
    pub(super) value: Expr,
    /// Whether rows go this way; not known of the NULL of a comparison.
    certain: bool,
}

#[derive(Clone, Debug)]
enum When {
    Holds(Expr),
    /// It is false or NULL.
    Fails(Expr),
}

impl Scope<'_> {
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

/// The branches of an expression that is nothing else.
fn branches(expr: &Expr) -> Option<Vec<Branch>> {
    match expr {
        Expr::Case { operand, conditions, else_result, .. } => {
            Some(cases(operand.as_deref(), conditions, else_result.as_deref()))
        }
        Expr::Function(function) => of_function(function),
        Expr::Subquery(query) => without_from(query),
        _ => None,
    }
}

fn cases(operand: Option<&Expr>, conditions: &[CaseWhen], other: Option<&Expr>) -> Vec<Branch> {
    let mut before: Vec<When> = Vec::new();
    let mut branches = Vec::new();
    for CaseWhen { condition, result } in conditions {
        let condition = match operand {
            Some(operand) => binary(operand, BinaryOperator::Eq, condition),
            None => condition.clone(),
        };
        let mut when = before.clone();
        when.push(When::Holds(condition.clone()));
        branches.push(Branch { when, value: result.clone(), certain: true });
        before.push(When::Fails(condition));
    }
    branches.push(Branch {
        when: before,
        value: other.cloned().unwrap_or_else(null),
        certain: true,
    });
    branches
}

fn of_function(function: &Function) -> Option<Vec<Branch>> {
    let name = function.name.0.last()?.as_ident()?.value.to_ascii_lowercase();
    let args = arguments(function)?;
    match (name.as_str(), args.as_slice()) {
        ("coalesce" | "ifnull" | "nvl", [_, _, ..]) => {
            let mut before: Vec<When> = Vec::new();
            let mut branches = Vec::new();
            for (place, arg) in args.iter().enumerate() {
                let mut when = before.clone();
                if place.saturating_add(1) < args.len() {
                    when.push(When::Holds(Expr::IsNotNull(Box::new((*arg).clone()))));
                }
                branches.push(Branch { when, value: (*arg).clone(), certain: true });
                before.push(When::Holds(Expr::IsNull(Box::new((*arg).clone()))));
            }
            Some(branches)
        }
        ("if" | "iif", [condition, then, rest @ ..]) => {
            let first = CaseWhen { condition: (*condition).clone(), result: (*then).clone() };
            Some(cases(None, &[first], rest.first().copied()))
        }
        ("nullif", [value, other]) => {
            let equal = binary(value, BinaryOperator::Eq, other);
            Some(vec![
                Branch {
                    when: vec![When::Fails(equal.clone())],
                    value: (*value).clone(),
                    certain: true,
                },
                Branch { when: vec![When::Holds(equal)], value: null(), certain: true },
            ])
        }
        _ => None,
    }
}

/// The arguments of a function, where each is an expression.
pub(super) fn arguments(function: &Function) -> Option<Vec<&Expr>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let args = list.args.iter().map(|arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)) => Some(arg),
        _ => None,
    });
    args.collect()
}

/// A subquery that selects from nothing is what it selects.
fn without_from(query: &Query) -> Option<Vec<Branch>> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] =
        select.projection.as_slice()
    else {
        return None;
    };
    if !select.from.is_empty() {
        return None;
    }
    let chosen = |when: Vec<When>, value| Branch { when, value, certain: true };
    Some(match &select.selection {
        None => vec![chosen(Vec::new(), value.clone())],
        Some(condition) => vec![
            chosen(vec![When::Holds(condition.clone())], value.clone()),
            chosen(vec![When::Fails(condition.clone())], null()),
        ],
    })
}

/// A comparison that is used as a value.
fn truth(expr: &Expr) -> Option<Vec<Branch>> {
    if !is_truth(expr) {
        return None;
    }
    let value = |truth| Expr::Value(Value::Boolean(truth).into());
    let is_null = Expr::IsNull(Box::new(expr.clone()));
    Some(vec![
        Branch { when: vec![When::Holds(expr.clone())], value: value(true), certain: true },
        Branch { when: vec![When::Holds(not(expr))], value: value(false), certain: true },
        Branch { when: vec![When::Holds(is_null)], value: null(), certain: false },
    ])
}

fn is_truth(expr: &Expr) -> bool {
    match expr {
        Expr::BinaryOp { op, .. } => {
            is_comparison(op)
                || matches!(op, BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor)
        }
        Expr::UnaryOp { op, .. } => {
            matches!(op, UnaryOperator::Not | UnaryOperator::BangNot)
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
        | Expr::AnyOp { .. }
        | Expr::AllOp { .. }
        | Expr::Exists { .. } => true,
        _ => false,
    }
}

/// The first expression with branches inside of another, and the other in each of them.
fn first_inside(expr: &Expr, truths: bool) -> Option<Vec<Branch>> {
    let mut search = Search { truths, seen: 0, depth: 0, found: None };
    let _stops_at_the_first: ControlFlow<()> = expr.visit(&mut search);
    let (place, mut branches) = search.found?;
    for branch in &mut branches {
        let mut whole = expr.clone();
        let with = std::mem::replace(&mut branch.value, null());
        let mut replace = Replace { place, seen: 0, depth: 0, with: Some(with) };
        let _stops_there: ControlFlow<()> = VisitMut::visit(&mut whole, &mut replace);
        branch.value = whole;
    }
    Some(branches)
}

struct Search {
    truths: bool,
    seen: usize,
    /// Subqueries are judged for themselves.
    depth: usize,
    found: Option<(usize, Vec<Branch>)>,
}

impl Visitor for Search {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth = self.depth.saturating_add(1);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth = self.depth.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        self.seen = self.seen.saturating_add(1);
        if self.seen == 1 {
            return ControlFlow::Continue(());
        }
        let found = branches(expr).or_else(|| if self.truths { truth(expr) } else { None });
        match found {
            Some(branches) => {
                self.found = Some((self.seen, branches));
                ControlFlow::Break(())
            }
            None => ControlFlow::Continue(()),
        }
    }
}

struct Replace {
    place: usize,
    seen: usize,
    depth: usize,
    with: Option<Expr>,
}

impl VisitorMut for Replace {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth = self.depth.saturating_add(1);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth = self.depth.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        self.seen = self.seen.saturating_add(1);
        if self.seen == self.place
            && let Some(with) = self.with.take()
        {
            *expr = with;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

fn binary(left: &Expr, op: BinaryOperator, right: &Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left.clone()), op, right: Box::new(right.clone()) }
}

fn not(expr: &Expr) -> Expr {
    let expr = Box::new(Expr::Nested(Box::new(expr.clone())));
    Expr::UnaryOp { op: UnaryOperator::Not, expr }
}

fn null() -> Expr {
    Expr::Value(Value::Null.into())
}
