//! Expressions that are a column, or the same for every row.

use sqlparser::ast::{BinaryOperator, Expr, Function, UnaryOperator, Value};

use super::{cases::arguments, judge::Judge};
use crate::{
    expr::{contents, is_numeric},
    schema::Kind,
};

/// What an expression comes down to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The same for every row.
    Constant,
    /// A column, at most with a constant added to it.
    Column(usize, String),
    Other,
}

impl Judge<'_> {
    /// Whether two expressions are the same for each row, or differ by a constant in each.
    pub(super) fn are_same(&mut self, left: &Expr, right: &Expr) -> bool {
        match (self.shape(left), self.shape(right)) {
            (Shape::Constant, Shape::Constant) => true,
            (Shape::Column(..), Shape::Constant) | (Shape::Constant, Shape::Column(..)) => false,
            (Shape::Other, _) | (_, Shape::Other) => false,
            (left, right) => left == right,
        }
    }

    /// The same expression, or one that comes to the same for each row.
    pub(super) fn are_equal(&mut self, left: &Expr, right: &Expr) -> bool {
        contents(left) == contents(right) || self.are_same(left, right)
    }

    /// Whether the greatest or least of several values may be the other side.
    pub(super) fn is_among(&mut self, side: &Expr, several: &Expr) -> bool {
        let Expr::Function(function) = contents(several) else { return false };
        let name = function.name.0.last().and_then(|part| part.as_ident());
        let Some(name) = name.map(|name| name.value.to_ascii_lowercase()) else { return false };
        if !["greatest", "least", "max", "min"].contains(&name.as_str()) {
            return false;
        }
        match arguments(function) {
            Some(args) if args.len() > 1 => args.into_iter().any(|arg| self.are_equal(side, arg)),
            _ => false,
        }
    }

    pub(super) fn shape(&mut self, expr: &Expr) -> Shape {
        match contents(expr) {
            Expr::Value(_) | Expr::TypedString(_) | Expr::Interval(_) => Shape::Constant,
            Expr::Collate { expr, .. } => self.shape(expr),
            // A cast that may change the value says something of it.
            Expr::Cast { expr, data_type, .. } => match self.shape(expr) {
                Shape::Column(table, column)
                    if !(is_numeric(data_type)
                        && matches!(self.kind(table, &column), Kind::Integer | Kind::Real)) =>
                {
                    Shape::Other
                }
                shape => shape,
            },
            Expr::UnaryOp { op: UnaryOperator::Plus, expr } => self.shape(expr),
            Expr::UnaryOp { expr, .. } if self.shape(expr) == Shape::Constant => Shape::Constant,
            Expr::BinaryOp { left, op, right } => self.shape_of_operation(left, op, right),
            Expr::Function(function) => self.shape_of_function(function),
            other => match self.column(other) {
                Some((table, column)) => Shape::Column(table, column),
                None => Shape::Other,
            },
        }
    }

    fn shape_of_operation(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Shape {
        if *op == BinaryOperator::Multiply && [left, right].into_iter().any(|e| is_number(e, "0")) {
            return Shape::Constant;
        }
        let by_one = is_number(right, "1") || is_number(left, "1") && *op != BinaryOperator::Divide;
        match (self.shape(left), op, self.shape(right)) {
            (Shape::Constant, _, Shape::Constant) => Shape::Constant,
            (Shape::Column(one, left), BinaryOperator::Minus, Shape::Column(other, right))
                if one == other && left == right =>
            {
                Shape::Constant
            }
            (
                column @ Shape::Column(..),
                BinaryOperator::Plus | BinaryOperator::Minus | BinaryOperator::StringConcat,
                Shape::Constant,
            ) => column,
            (
                column @ Shape::Column(..),
                BinaryOperator::BitwiseOr
                | BinaryOperator::BitwiseXor
                | BinaryOperator::PGBitwiseShiftLeft
                | BinaryOperator::PGBitwiseShiftRight,
                Shape::Constant,
            ) if is_number(right, "0") => column,
            (
                Shape::Constant,
                BinaryOperator::Plus | BinaryOperator::StringConcat,
                column @ Shape::Column(..),
            ) => column,
            (column @ Shape::Column(..), BinaryOperator::Multiply | BinaryOperator::Divide, _)
            | (_, BinaryOperator::Multiply, column @ Shape::Column(..))
                if by_one =>
            {
                column
            }
            _ => Shape::Other,
        }
    }

    fn shape_of_function(&mut self, function: &Function) -> Shape {
        let Some(args) = arguments(function) else { return Shape::Other };
        let name = function.name.0.last().and_then(|part| part.as_ident());
        let fills = name.is_some_and(|name| {
            ["coalesce", "ifnull", "nvl"].iter().any(|own| name.value.eq_ignore_ascii_case(own))
        });
        let shapes: Vec<Shape> = args.into_iter().map(|arg| self.shape(arg)).collect();
        match shapes.as_slice() {
            [first, rest @ ..]
                if fills
                    && rest.iter().all(|other| *other == Shape::Constant || other == first) =>
            {
                match first {
                    Shape::Column(table, column) => Shape::Column(*table, column.clone()),
                    Shape::Constant => Shape::Constant,
                    Shape::Other => Shape::Other,
                }
            }
            // `now()` too: the same for every row, and something to compare a column with.
            shapes if shapes.iter().all(|shape| *shape == Shape::Constant) => Shape::Constant,
            _ => Shape::Other,
        }
    }
}

fn is_number(expr: &Expr, number: &str) -> bool {
    matches!(contents(expr), Expr::Value(own) if matches!(&own.value, Value::Number(text, _) if text == number))
}
