//! Comparisons of sums: a term of one side can be moved to the other, with its sign changed.
//!
//! `id - (SELECT min(id) FROM jobs) >= 0` is `id >= (SELECT min(id) FROM jobs)`, and `abs(id) >= 0`
//! holds for every number.

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value};

use super::{
    bound::{MAX, MIN},
    cases::arguments,
    judge::Judge,
};
use crate::expr::{contents, is_numeric};

/// Functions that are never below zero.
const NEVER_NEGATIVE: &[&str] = &[
    "abs",
    "bit_length",
    "char_length",
    "character_length",
    "exp",
    "length",
    "octet_length",
    "sqrt",
    "unicode",
];

/// What is left of `left - right`.
#[derive(Debug, Default)]
struct Sum<'e> {
    /// Each with whether it is taken away.
    terms: Vec<(&'e Expr, bool)>,
    number: f64,
}

impl<'e> Sum<'e> {
    fn add(&mut self, expr: &'e Expr, negative: bool) {
        match contents(expr) {
            Expr::BinaryOp { left, op: BinaryOperator::Plus, right } => {
                self.add(left, negative);
                self.add(right, negative);
            }
            Expr::BinaryOp { left, op: BinaryOperator::Minus, right } => {
                self.add(left, negative);
                self.add(right, !negative);
            }
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Multiply | BinaryOperator::Divide,
                right,
            } if number(right) == Some(1.0) => self.add(left, negative),
            Expr::BinaryOp { left, op: BinaryOperator::Multiply, right }
                if number(left) == Some(1.0) =>
            {
                self.add(right, negative);
            }
            Expr::UnaryOp { op: UnaryOperator::Plus, expr } => self.add(expr, negative),
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => self.add(expr, !negative),
            other => match number(other) {
                Some(number) if negative => self.number -= number,
                Some(number) => self.number += number,
                None => {
                    let opposite = self.terms.iter().position(|(term, sign)| {
                        *sign != negative && term.to_string() == other.to_string()
                    });
                    match opposite {
                        Some(at) => {
                            self.terms.remove(at);
                        }
                        None => self.terms.push((other, negative)),
                    }
                }
            },
        }
    }

    fn turned(mut self) -> Self {
        self.number = -self.number;
        for (_, negative) in &mut self.terms {
            *negative = !*negative;
        }
        self
    }

    /// `sign(x) >= 0` is `x >= 0`.
    fn without_sign(self) -> Self {
        match self.terms.as_slice() {
            [(Expr::Function(function), negative)] if self.number == 0.0 => {
                let is_sign = last_name(function) == "sign";
                match arguments(function).as_deref() {
                    Some([argument]) if is_sign => {
                        let mut sum = Sum::default();
                        sum.add(argument, *negative);
                        sum
                    }
                    _ => self,
                }
            }
            _ => self,
        }
    }
}

impl Judge<'_> {
    /// Whether a comparison holds for every row, except for those in which one of these expressions
    /// is NULL.
    pub(super) fn holds_as_sum<'e>(
        &mut self,
        left: &'e Expr,
        op: &BinaryOperator,
        right: &'e Expr,
    ) -> Option<Vec<&'e Expr>> {
        let mut sum = Sum::default();
        sum.add(left, false);
        sum.add(right, true);
        let (sum, strict) = match op {
            BinaryOperator::GtEq => (sum, false),
            BinaryOperator::Gt => (sum, true),
            BinaryOperator::LtEq => (sum.turned(), false),
            BinaryOperator::Lt => (sum.turned(), true),
            _ => return None,
        };
        let Sum { terms, number } = sum.without_sign();
        // What is left over beside the terms makes the range wider, or keeps it.
        if number < 0.0 || strict && number == 0.0 {
            return None;
        }
        if let [one, other] = terms.as_slice()
            && let ((more, false), (less, true)) | ((less, true), (more, false)) = (*one, *other)
        {
            let within = match (contents(more), contents(less)) {
                (_, Expr::Subquery(query)) => self.is_within(more, query, MIN),
                (Expr::Subquery(query), _) => self.is_within(less, query, MAX),
                _ => false,
            };
            if within {
                return Some(Vec::new());
            }
        }
        let holds = !terms.is_empty()
            && terms.iter().all(|(term, negative)| !negative && is_never_negative(term));
        holds.then(|| terms.into_iter().map(|(term, _)| term).collect())
    }
}

fn is_never_negative(expr: &Expr) -> bool {
    match contents(expr) {
        Expr::Function(function) => {
            let args = arguments(function).unwrap_or_default();
            match (last_name(function).as_str(), args.as_slice()) {
                ("power" | "pow", [_, exponent]) => {
                    number(exponent).is_some_and(|number| number % 2.0 == 0.0)
                }
                (name, [_]) => NEVER_NEGATIVE.contains(&name),
                _ => false,
            }
        }
        Expr::BinaryOp { left, op: BinaryOperator::Multiply, right } => {
            contents(left) == contents(right) || is_never_negative(left) && is_never_negative(right)
        }
        Expr::Cast { expr, data_type, .. } => is_numeric(data_type) && is_never_negative(expr),
        other => number(other).is_some_and(|number| number >= 0.0),
    }
}

/// The functions that give NULL for NULL alone, as far as they are used here.
pub(super) fn is_strict(function: &sqlparser::ast::Function) -> bool {
    let name = last_name(function);
    NEVER_NEGATIVE.contains(&name.as_str()) || ["power", "pow", "sign"].contains(&name.as_str())
}

fn last_name(function: &sqlparser::ast::Function) -> String {
    let last = function.name.0.last().and_then(|part| part.as_ident());
    last.map(|name| name.value.to_ascii_lowercase()).unwrap_or_default()
}

fn number(expr: &Expr) -> Option<f64> {
    match contents(expr) {
        Expr::Value(own) => match &own.value {
            Value::Number(text, _) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => number(expr).map(|number| -number),
        _ => None,
    }
}
