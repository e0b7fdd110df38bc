//! What is compared with what: numbers with numbers, text with text.
//!
//! MySQL makes a number of any text that it compares with one, and 0 of a text without digits, so that
//! `token = 0` holds for nearly every token. Postgres refuses the statement when it runs.

use sqlparser::{
    ast::{Expr, Query, Spanned as _, Value},
    tokenizer::Location,
};

use super::{Resolver, frame::Frame};
use crate::{
    dialect::Dialect,
    fault::{Fault, FaultKind},
    schema::Kind,
};

/// A value that is compared with something of which it is known what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Which pair of braces, in the order of [`Template::holes`](crate::Template::holes).
    pub hole: usize,
    /// What it is compared with.
    pub with: Comparand,
    /// The column that it is compared with, or the expression.
    pub column: String,
}

/// What a value is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparand {
    /// Numbers, truths among them.
    Number,
    /// Text or bytes.
    Text,
}

impl Comparand {
    fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Integer | Kind::Real | Kind::Boolean => Some(Self::Number),
            Kind::Text | Kind::Blob => Some(Self::Text),
            Kind::Uuid | Kind::Timestamp | Kind::Json | Kind::Search | Kind::Unknown => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Number => "numbers",
            Self::Text => "text",
        }
    }
}

impl Resolver<'_> {
    /// The comparisons that an expression makes.
    pub(super) fn comparisons(&mut self, expr: &Expr) {
        // SQLite brings either side to what the column holds.
        if self.dialect == Dialect::Sqlite {
            return;
        }
        match expr {
            Expr::BinaryOp { left, op, right } if crate::statement::is_comparison(op) => {
                self.compare(left, right);
            }
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                self.compare(left, right);
            }
            Expr::AnyOp { left, compare_op: op, right, .. }
            | Expr::AllOp { left, compare_op: op, right }
                if crate::statement::is_comparison(op) =>
            {
                match right.as_ref() {
                    Expr::Subquery(query) => self.compare_with_rows(left, query),
                    Expr::Array(array) => {
                        array.elem.iter().for_each(|item| self.compare(left, item));
                    }
                    _ => {}
                }
            }
            Expr::Between { expr, low, high, .. } => {
                self.compare(expr, low);
                self.compare(expr, high);
            }
            Expr::InList { expr, list, .. } => {
                list.iter().for_each(|item| self.compare(expr, item));
            }
            Expr::InSubquery { expr, subquery, .. } => self.compare_with_rows(expr, subquery),
            Expr::Case { operand: Some(operand), conditions, .. } => {
                conditions.iter().for_each(|when| self.compare(operand, &when.condition));
            }
            _ => {}
        }
    }

    fn compare(&mut self, left: &Expr, right: &Expr) {
        match (left, right) {
            (Expr::Nested(left), right) => return self.compare(left, right),
            (left, Expr::Nested(right)) => return self.compare(left, right),
            (Expr::Tuple(left), Expr::Tuple(right)) if left.len() == right.len() => {
                left.iter().zip(right).for_each(|(left, right)| self.compare(left, right));
                return;
            }
            _ => {}
        }
        for (value, other) in [(left, right), (right, left)] {
            if let Some(hole) = self.hole(value) {
                if let Some(with) = self.comparand(other) {
                    let column = name_of(other);
                    let compared = Compared { hole, with, column };
                    if !self.compared.contains(&compared) {
                        self.compared.push(compared);
                    }
                }
                return;
            }
        }
        if self.reads_as_number(left, right) || self.reads_as_number(right, left) {
            return;
        }
        if let (Some(own), Some(other)) = (self.comparand(left), self.comparand(right)) {
            self.unlike(left, own, &right.to_string(), other);
        }
    }

    fn compare_with_rows(&mut self, expr: &Expr, query: &Query) {
        let columns = self.query_columns(query).unwrap_or_default();
        let members = match expr {
            Expr::Tuple(members) => members.iter().collect(),
            one => vec![one],
        };
        for (member, column) in members.into_iter().zip(columns) {
            let Some(other) = Comparand::of(column.kind) else { continue };
            let name = column.name.unwrap_or_else(|| query.to_string());
            match self.hole(member) {
                Some(hole) => {
                    let compared = Compared { hole, with: other, column: name };
                    if !self.compared.contains(&compared) {
                        self.compared.push(compared);
                    }
                }
                None => {
                    if let Some(own) = self.comparand(member) {
                        self.unlike(member, own, &name, other);
                    }
                }
            }
        }
    }

    /// Columns that a join by USING makes one.
    pub(super) fn compare_joined(&mut self, column: &str, at: Location) {
        if self.dialect == Dialect::Sqlite {
            return;
        }
        let Some(Frame { relations, .. }) = self.frames.last() else { return };
        let Some((joined, before)) = relations.split_last() else { return };
        let kind = |column: &super::Column| Comparand::of(column.kind);
        let own = joined.column(column).and_then(kind);
        let other = before.iter().find_map(|relation| relation.column(column)).and_then(kind);
        if let (Some(own), Some(other)) = (own, other)
            && own != other
        {
            let fault = self.unlike_fault(at, column, other, column, own);
            self.faults.push(fault);
        }
    }

    fn unlike(&mut self, left: &Expr, own: Comparand, right: &str, other: Comparand) {
        if own != other {
            let fault = self.unlike_fault(left.span().start, &left.to_string(), own, right, other);
            // A list of such values is one mistake.
            let same = |told: &Fault| told.kind == fault.kind && told.at == fault.at;
            if !self.faults.iter().any(same) {
                self.faults.push(fault);
            }
        }
    }

    fn unlike_fault(
        &self,
        at: Location,
        left: &str,
        own: Comparand,
        right: &str,
        other: Comparand,
    ) -> Fault {
        let message = format!(
            "`{left}` holds {} and is compared with `{right}`, which holds {}",
            own.word(),
            other.word()
        );
        Fault::new(FaultKind::Compared, self.place(at), message).help(
            "compare what holds the same; MySQL reads a text as a number there, and a text without digits as 0",
        )
    }

    fn comparand(&self, expr: &Expr) -> Option<Comparand> {
        if let Expr::Value(value) = expr
            && matches!(value.value, Value::Number(..))
        {
            return Some(Comparand::Number);
        }
        Comparand::of(self.infer(expr).0)
    }

    /// A literal in quotes that every database reads as the other side does.
    fn reads_as_number(&self, literal: &Expr, other: &Expr) -> bool {
        let Expr::Value(value) = literal else { return false };
        let Value::SingleQuotedString(text) = &value.value else { return false };
        text.trim().parse::<f64>().is_ok() || self.infer(other).0 == Kind::Boolean
    }

    /// The hole that an expression is, or that the column of a subquery is.
    pub(super) fn hole(&self, expr: &Expr) -> Option<usize> {
        match expr {
            Expr::Nested(inner) => self.hole(inner),
            Expr::Value(value) => match value.value {
                Value::Placeholder(_) => {
                    self.rendered?.hole_at(value.span.start).map(|placed| placed.hole)
                }
                _ => None,
            },
            Expr::Identifier(ident) => self.find(None, &ident.value)?.hole,
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., table, column] => self.find(Some(&table.value), &column.value)?.hole,
                _ => None,
            },
            _ => None,
        }
    }

    fn find(&self, table: Option<&str>, column: &str) -> Option<&super::Column> {
        for frame in self.frames.iter().rev() {
            for relation in &frame.relations {
                if table.is_some_and(|table| !relation.is(table)) {
                    continue;
                }
                match relation.column(column) {
                    Some(found) => return Some(found),
                    None if relation.columns.is_none() => return None,
                    None => {}
                }
            }
        }
        None
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
