//! Branches of an OR of which one holds whatever a row has.

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value};

use super::judge::Judge;
use crate::{expr::contents, schema::Kind};

/// Whether one of the branches holds for every row; each with whether it is negated.
pub(super) fn holds(judge: &Judge<'_>, branches: &[(&Expr, bool)]) -> bool {
    let signed: Vec<(String, bool)> =
        branches.iter().map(|(branch, negated)| signed(branch, *negated)).collect();
    let opposite = signed.iter().any(|(text, positive)| {
        signed.iter().any(|(other, others)| text == other && positive != others)
    });
    opposite || covers(judge, branches)
}

/// An expression as a string, and whether it is meant as written or negated.
fn signed(expr: &Expr, negated: bool) -> (String, bool) {
    let (text, positive) = match expr {
        Expr::Nested(inner) => return signed(inner, negated),
        Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::BangNot, expr } => {
            return signed(expr, !negated);
        }
        Expr::IsNull(inner) => (format!("{inner} IS NULL"), true),
        Expr::IsNotNull(inner) => (format!("{inner} IS NULL"), false),
        Expr::IsTrue(inner) => (format!("{inner} IS TRUE"), true),
        Expr::IsNotTrue(inner) => (format!("{inner} IS TRUE"), false),
        Expr::IsFalse(inner) => (format!("{inner} IS FALSE"), true),
        Expr::IsNotFalse(inner) => (format!("{inner} IS FALSE"), false),
        Expr::IsNotDistinctFrom(left, right) => (format!("{left} IS {right}"), true),
        Expr::IsDistinctFrom(left, right) => (format!("{left} IS {right}"), false),
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::Eq => (format!("{left} = {right}"), true),
            BinaryOperator::NotEq => (format!("{left} = {right}"), false),
            BinaryOperator::Lt => (format!("{left} < {right}"), true),
            BinaryOperator::GtEq => (format!("{left} < {right}"), false),
            BinaryOperator::Gt => (format!("{left} > {right}"), true),
            BinaryOperator::LtEq => (format!("{left} > {right}"), false),
            _ => (expr.to_string(), true),
        },
        Expr::InList { negated: own, .. }
        | Expr::InSubquery { negated: own, .. }
        | Expr::Between { negated: own, .. }
        | Expr::Like { negated: own, .. }
        | Expr::ILike { negated: own, .. }
        | Expr::SimilarTo { negated: own, .. }
        | Expr::RLike { negated: own, .. }
        | Expr::Exists { negated: own, .. } => (without_not(expr).to_string(), !own),
        other => (other.to_string(), true),
    };
    (text, positive != negated)
}

fn without_not(expr: &Expr) -> Expr {
    let mut expr = expr.clone();
    if let Expr::InList { negated, .. }
    | Expr::InSubquery { negated, .. }
    | Expr::Between { negated, .. }
    | Expr::Like { negated, .. }
    | Expr::ILike { negated, .. }
    | Expr::SimilarTo { negated, .. }
    | Expr::RLike { negated, .. }
    | Expr::Exists { negated, .. } = &mut expr
    {
        *negated = false;
    }
    expr
}

/// A condition on one column.
enum Test {
    /// The column compared with a term.
    Compare(BinaryOperator, Term),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
}

/// What a column is compared with.
#[derive(Clone, Debug, PartialEq)]
enum Term {
    Number(f64),
    Boolean(bool),
    Text(String),
    /// A value, by the expression in its braces.
    Value(String),
}

/// Whether comparisons of one column take in every value together: each is tried on the terms, and
/// below, above and between them.
fn covers(judge: &Judge<'_>, branches: &[(&Expr, bool)]) -> bool {
    type Column = (usize, String);
    let mut read: Vec<(Column, Test)> = Vec::new();
    for (branch, negated) in branches {
        let mut column = None;
        let Some(test) = test(judge, branch, &mut column) else { continue };
        let Some(column) = column else { continue };
        read.push((column, if *negated { Test::Not(Box::new(test)) } else { test }));
    }
    let mut columns: Vec<Column> = read.iter().map(|(column, _)| column.clone()).collect();
    columns.sort();
    columns.dedup();
    columns.into_iter().any(|column| {
        let tests: Vec<&Test> =
            read.iter().filter(|(own, _)| *own == column).map(|(_, test)| test).collect();
        let mut terms = Vec::new();
        tests.iter().for_each(|test| test.terms(&mut terms));
        let Some(terms) = sorted(terms) else { return false };
        let whole = judge.kind(column.0, &column.1) == Kind::Integer;
        let samples = samples(&terms, whole);
        samples.into_iter().all(|at| tests.iter().any(|test| test.at(at, &terms)))
    })
}

/// The terms in order; `None` where their order is not known.
fn sorted(mut terms: Vec<Term>) -> Option<Vec<Term>> {
    let number = |term: &Term| match term {
        Term::Number(number) => Some(*number),
        Term::Boolean(truth) => Some(f64::from(u8::from(*truth))),
        Term::Text(_) | Term::Value(_) => None,
    };
    let mut distinct: Vec<Term> = Vec::new();
    for term in terms.drain(..) {
        if !distinct.contains(&term) {
            distinct.push(term);
        }
    }
    if distinct.len() <= 1 {
        return Some(distinct);
    }
    if distinct.iter().all(|term| number(term).is_some()) {
        distinct.sort_by(|one, other| {
            number(one).partial_cmp(&number(other)).unwrap_or(std::cmp::Ordering::Equal)
        });
        return Some(distinct);
    }
    let text = |term: &Term| match term {
        Term::Text(text) => Some(text.clone()),
        Term::Number(_) | Term::Boolean(_) | Term::Value(_) => None,
    };
    if distinct.iter().all(|term| text(term).is_some()) {
        distinct.sort_by_key(text);
        return Some(distinct);
    }
    None
}

/// Places on a line with a term at each odd one: below, at, between and above them.
fn samples(terms: &[Term], whole: bool) -> Vec<usize> {
    let last = terms.len().saturating_mul(2);
    if terms.contains(&Term::Boolean(true)) && terms.contains(&Term::Boolean(false)) {
        return (0..=last).filter(|at| at % 2 == 1).collect();
    }
    let is_gap = |at: &usize| {
        let (below, above) = (at.checked_div(2).and_then(|n| n.checked_sub(1)), at / 2);
        match (below.and_then(|below| terms.get(below)), terms.get(above)) {
            // No whole number lies between two that follow each other.
            (Some(Term::Number(below)), Some(Term::Number(above))) if whole => above - below > 1.0,
            _ => true,
        }
    };
    (0..=last).filter(|at| at % 2 == 1 || is_gap(at)).collect()
}

impl Test {
    fn terms(&self, found: &mut Vec<Term>) {
        match self {
            Self::Compare(_, term) => found.push(term.clone()),
            Self::All(tests) | Self::Any(tests) => {
                tests.iter().for_each(|test| test.terms(found));
            }
            Self::Not(test) => test.terms(found),
        }
    }

    fn at(&self, at: usize, terms: &[Term]) -> bool {
        match self {
            Self::All(tests) => tests.iter().all(|test| test.at(at, terms)),
            Self::Any(tests) => tests.iter().any(|test| test.at(at, terms)),
            Self::Not(test) => !test.at(at, terms),
            Self::Compare(op, term) => {
                let Some(place) = terms.iter().position(|own| own == term) else { return false };
                let place = place.saturating_mul(2).saturating_add(1);
                match op {
                    BinaryOperator::Eq => at == place,
                    BinaryOperator::NotEq => at != place,
                    BinaryOperator::Lt => at < place,
                    BinaryOperator::LtEq => at <= place,
                    BinaryOperator::Gt => at > place,
                    BinaryOperator::GtEq => at >= place,
                    _ => false,
                }
            }
        }
    }
}

/// A condition as one on a single column, which is the same in all of it.
fn test(judge: &Judge<'_>, expr: &Expr, column: &mut Option<(usize, String)>) -> Option<Test> {
    match expr {
        Expr::Nested(inner) => test(judge, inner, column),
        Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::BangNot, expr } => {
            Some(Test::Not(Box::new(test(judge, expr, column)?)))
        }
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            Some(Test::All(vec![test(judge, left, column)?, test(judge, right, column)?]))
        }
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
            Some(Test::Any(vec![test(judge, left, column)?, test(judge, right, column)?]))
        }
        Expr::BinaryOp { left, op, right } => {
            let turned = turned(op)?;
            if let Some(term) = term(right) {
                same(judge, left, column)?;
                Some(Test::Compare(op.clone(), term))
            } else {
                same(judge, right, column)?;
                Some(Test::Compare(turned, term(left)?))
            }
        }
        Expr::InList { expr, list, negated } => {
            same(judge, expr, column)?;
            let equals =
                list.iter().map(|item| Some(Test::Compare(BinaryOperator::Eq, term(item)?)));
            let any = Test::Any(equals.collect::<Option<_>>()?);
            Some(if *negated { Test::Not(Box::new(any)) } else { any })
        }
        Expr::Between { expr, negated, low, high } => {
            same(judge, expr, column)?;
            let both = Test::All(vec![
                Test::Compare(BinaryOperator::GtEq, term(low)?),
                Test::Compare(BinaryOperator::LtEq, term(high)?),
            ]);
            Some(if *negated { Test::Not(Box::new(both)) } else { both })
        }
        _ => None,
    }
}

fn same(judge: &Judge<'_>, expr: &Expr, column: &mut Option<(usize, String)>) -> Option<()> {
    let own = judge.column(contents(expr))?;
    match column {
        None => *column = Some(own),
        Some(before) if *before == own => {}
        Some(_) => return None,
    }
    Some(())
}

/// An operator with its sides exchanged.
fn turned(op: &BinaryOperator) -> Option<BinaryOperator> {
    Some(match op {
        BinaryOperator::Eq => BinaryOperator::Eq,
        BinaryOperator::NotEq => BinaryOperator::NotEq,
        BinaryOperator::Lt => BinaryOperator::Gt,
        BinaryOperator::LtEq => BinaryOperator::GtEq,
        BinaryOperator::Gt => BinaryOperator::Lt,
        BinaryOperator::GtEq => BinaryOperator::LtEq,
        _ => return None,
    })
}

fn term(expr: &Expr) -> Option<Term> {
    match contents(expr) {
        Expr::Value(own) => match &own.value {
            Value::Number(text, _) => text.parse().ok().map(Term::Number),
            Value::Boolean(truth) => Some(Term::Boolean(*truth)),
            Value::SingleQuotedString(text) => Some(Term::Text(text.clone())),
            Value::Placeholder(text) => Some(Term::Value(text.clone())),
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match term(expr)? {
            Term::Number(number) => Some(Term::Number(-number)),
            Term::Boolean(_) | Term::Text(_) | Term::Value(_) => None,
        },
        _ => None,
    }
}
