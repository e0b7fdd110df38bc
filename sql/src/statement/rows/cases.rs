//! The branches that an expression has: those of `CASE`, of functions that choose, of a truth.

use sqlparser::ast::{
    BinaryOperator, CaseWhen, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Query, SelectItem, SetExpr, UnaryOperator, Value,
};

use crate::expr::is_truth;

/// What an expression is, where these conditions are met.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub(super) when: Vec<When>,
    pub(super) value: Expr,
    /// Whether rows go this way; not known of the NULL of a comparison.
    pub(super) certain: bool,
}

#[derive(Clone, Debug)]
pub(super) enum When {
    Holds(Expr),
    /// It is false or NULL.
    Fails(Expr),
}

/// The branches of an expression that is nothing else.
pub(super) fn branches(expr: &Expr) -> Option<Vec<Branch>> {
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
pub(super) fn truth(expr: &Expr) -> Option<Vec<Branch>> {
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

fn binary(left: &Expr, op: BinaryOperator, right: &Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left.clone()), op, right: Box::new(right.clone()) }
}

fn not(expr: &Expr) -> Expr {
    let expr = Box::new(Expr::Nested(Box::new(expr.clone())));
    Expr::UnaryOp { op: UnaryOperator::Not, expr }
}

pub(super) fn null() -> Expr {
    Expr::Value(Value::Null.into())
}
