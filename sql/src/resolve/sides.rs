//! What one side of a comparison may be: the branches of `CASE` and `COALESCE`, the rows of a subquery.

use sqlparser::{
    ast::{
        BinaryOperator, Expr, Function, FunctionArguments, Query, SelectItem, SetExpr,
        Spanned as _, UnaryOperator, Value,
    },
    tokenizer::Location,
};

use super::{Column, Resolver, compare::Comparand, infer::expression};
use crate::schema::Kind;

/// A value that a side of a comparison may be.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) hole: Option<usize>,
    pub(super) holds: Option<Comparand>,
    /// The column, or the expression.
    pub(super) name: String,
    /// As it is written.
    pub(super) text: String,
    pub(super) at: Location,
    pub(super) number_in_quotes: bool,
    in_quotes: bool,
    is_truth: bool,
}

impl Side {
    /// Whether a literal in quotes is read as the other side is, by every database.
    pub(super) fn reads_as(&self, other: &Self) -> bool {
        self.number_in_quotes || self.in_quotes && other.is_truth
    }

    fn is_number(&self) -> bool {
        self.hole.is_some() || self.holds == Some(Comparand::Number)
    }
}

impl Resolver<'_> {
    /// Every value that an expression may be.
    pub(super) fn sides(&mut self, expr: &Expr) -> Vec<Side> {
        match expr {
            Expr::Nested(inner) => self.sides(inner),
            Expr::Case { conditions, else_result, .. } => {
                let results = conditions.iter().map(|when| &when.result);
                let results = results.chain(else_result.as_deref());
                results.flat_map(|result| self.sides(result)).collect()
            }
            Expr::Function(function) => match members(function) {
                Some(members) => members.into_iter().flat_map(|own| self.sides(own)).collect(),
                None => vec![self.side(expr)],
            },
            Expr::Subquery(query) => self.rows_of(query).into_iter().next().unwrap_or_default(),
            _ => vec![self.side(expr)],
        }
    }

    fn side(&mut self, expr: &Expr) -> Side {
        let hole = self.hole(expr);
        let kind = self.infer(expr).0;
        let holds = match expr {
            _ if hole.is_some() => None,
            Expr::Value(value) if matches!(value.value, Value::Number(..)) => {
                Some(Comparand::Number)
            }
            _ if self.is_arithmetic(expr) => Some(Comparand::Number),
            _ => Comparand::of(kind),
        };
        let literal = match expr {
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(text) => Some(text),
                _ => None,
            },
            _ => None,
        };
        Side {
            hole,
            holds,
            name: name_of(expr),
            text: expr.to_string(),
            at: expr.span().start,
            number_in_quotes: literal.is_some_and(|text| text.trim().parse::<f64>().is_ok()),
            in_quotes: literal.is_some(),
            is_truth: kind == Kind::Boolean,
        }
    }

    /// Whether an expression computes with values and numbers alone, so that it is a number.
    fn is_arithmetic(&mut self, expr: &Expr) -> bool {
        match expr {
            Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr } => {
                self.are_numbers(expr)
            }
            Expr::BinaryOp {
                left,
                op:
                    BinaryOperator::Plus
                    | BinaryOperator::Minus
                    | BinaryOperator::Multiply
                    | BinaryOperator::Divide
                    | BinaryOperator::Modulo,
                right,
            } => self.are_numbers(left) && self.are_numbers(right),
            _ => false,
        }
    }

    fn are_numbers(&mut self, expr: &Expr) -> bool {
        let sides = self.sides(expr);
        !sides.is_empty() && sides.iter().all(Side::is_number)
    }

    /// Every value of each column of a query's rows, as far as they are known.
    pub(super) fn rows_of(&mut self, query: &Query) -> Vec<Vec<Side>> {
        self.enter_query(query);
        let rows = self.rows_of_body(&query.body, query);
        self.frames.pop();
        rows
    }

    fn rows_of_body(&mut self, body: &SetExpr, query: &Query) -> Vec<Vec<Side>> {
        match body {
            SetExpr::Query(query) => self.rows_of(query),
            SetExpr::SetOperation { left, right, .. } => {
                let left = self.rows_of_body(left, query);
                let right = self.rows_of_body(right, query);
                together(left, right)
            }
            SetExpr::Values(values) => {
                let mut columns = Vec::new();
                for row in &values.rows {
                    let row: &Vec<Expr> = &row.content;
                    let cells = row.iter().map(|cell| self.sides(cell)).collect();
                    columns = together(columns, cells);
                }
                columns
            }
            SetExpr::Select(select) => {
                self.enter_select(select);
                let mut columns = Vec::new();
                for item in &select.projection {
                    match item {
                        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                            columns.push(self.sides(expr));
                        }
                        other => match self.projection(std::slice::from_ref(other)) {
                            Some(known) => columns.extend(of_columns(known, query)),
                            // Which columns follow is not known.
                            None => break,
                        },
                    }
                }
                self.frames.pop();
                columns
            }
            other => of_columns(self.set_expr_columns(other).unwrap_or_default(), query),
        }
    }
}

/// What a function gives back of its arguments as it is.
fn members(function: &Function) -> Option<Vec<&Expr>> {
    let name = function.name.0.last()?.as_ident()?.value.to_ascii_lowercase();
    let FunctionArguments::List(list) = &function.args else { return None };
    let args = list.args.iter().map(expression).collect::<Option<Vec<_>>>()?;
    match (name.as_str(), args.as_slice()) {
        ("coalesce" | "ifnull" | "nvl" | "greatest" | "least", [_, ..]) => Some(args),
        ("if", [_, results @ ..]) => Some(results.to_vec()),
        ("nullif", [value, _]) => Some(vec![value]),
        _ => None,
    }
}

fn together(one: Vec<Vec<Side>>, other: Vec<Vec<Side>>) -> Vec<Vec<Side>> {
    let (mut longer, shorter) = if one.len() < other.len() { (other, one) } else { (one, other) };
    for (own, others) in longer.iter_mut().zip(shorter) {
        own.extend(others);
    }
    longer
}

fn of_columns(columns: Vec<Column>, query: &Query) -> Vec<Vec<Side>> {
    let side = |column: Column| {
        let name = column.name.unwrap_or_else(|| query.to_string());
        vec![Side {
            hole: column.hole,
            holds: Comparand::of(column.kind),
            text: name.clone(),
            name,
            at: query.span().start,
            number_in_quotes: false,
            in_quotes: false,
            is_truth: column.kind == Kind::Boolean,
        }]
    };
    columns.into_iter().map(side).collect()
}

pub(super) fn without_parentheses(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => without_parentheses(inner),
        other => other,
    }
}

fn name_of(expr: &Expr) -> String {
    match expr {
        Expr::Nested(inner) => name_of(inner),
        Expr::Identifier(ident) => ident.value.clone(),
        Expr::CompoundIdentifier(parts) => {
            parts.last().map(|ident| ident.value.clone()).unwrap_or_default()
        }
        other => other.to_string(),
    }
}
