//! Checks the kinds of compared values: numbers with numbers, text with text.
//!
//! MySQL converts a string to a number when it compares both, and a string without digits to 0, so
//! that `token = 0` holds for nearly every token. Postgres refuses the statement when it runs.

use sqlparser::{
    ast::{Expr, Query},
    tokenizer::Location,
};

use super::Resolver;
use crate::{
    comparand::Comparand,
    dialect::Dialect,
    fault::{Fault, FaultKind},
    scope::{Known, Side, without_parentheses},
};

/// A value that is compared with something of a known kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The index of its braces, in the order of [`Template::holes`](crate::Template::holes).
    pub hole: usize,
    /// The kind of the other side.
    pub with: Comparand,
    /// The column or the expression of the other side.
    pub column: String,
}

impl Resolver<'_> {
    /// The comparisons in an expression.
    pub(super) fn comparisons(&mut self, expr: &Expr) {
        // SQLite brings either side to what the column holds.
        if self.scope.dialect == Dialect::Sqlite {
            return;
        }
        match expr {
            // A string in this position is a regular expression.
            Expr::Substring { substring_from: Some(from), .. }
                if self.scope.dialect == Dialect::Postgres =>
            {
                let holes: Vec<usize> =
                    self.scope.sides(from).iter().filter_map(|side| side.hole).collect();
                for hole in holes {
                    let column = "start of SUBSTRING".to_owned();
                    let compared = Compared { hole, with: Comparand::Number, column };
                    if !self.compared.contains(&compared) {
                        self.compared.push(compared);
                    }
                }
            }
            Expr::BinaryOp { left, op, right } if crate::expr::is_comparison(op) => {
                self.compare(left, right);
            }
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                self.compare(left, right);
            }
            Expr::AnyOp { left, compare_op: op, right, .. }
            | Expr::AllOp { left, compare_op: op, right }
                if crate::expr::is_comparison(op) =>
            {
                match without_parentheses(right) {
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
        match (without_parentheses(left), without_parentheses(right)) {
            (Expr::Tuple(left), Expr::Tuple(right)) if left.len() == right.len() => {
                left.iter().zip(right).for_each(|(left, right)| self.compare(left, right));
            }
            (Expr::Tuple(_), Expr::Subquery(query)) => self.compare_with_rows(left, query),
            (Expr::Subquery(query), Expr::Tuple(_)) => self.compare_with_rows(right, query),
            (left, right) => {
                let (left, right) = (self.scope.sides(left), self.scope.sides(right));
                self.compare_sides(&left, &right);
            }
        }
    }

    fn compare_with_rows(&mut self, expr: &Expr, query: &Query) {
        // The operand outside does not see the tables inside.
        let members: Vec<Vec<Side>> = match without_parentheses(expr) {
            Expr::Tuple(members) => members.iter().map(|member| self.scope.sides(member)).collect(),
            one => vec![self.scope.sides(one)],
        };
        let columns = self.scope.rows_of(query);
        for (member, column) in members.iter().zip(&columns) {
            self.compare_sides(member, column);
        }
    }

    /// Compares each possible value of one side with each of the other.
    fn compare_sides(&mut self, left: &[Side], right: &[Side]) {
        for (own, others) in [(left, right), (right, left)] {
            let several = own.len() > 1 || others.len() > 1;
            for hole in own.iter().filter_map(|side| side.hole) {
                let mut seen: Vec<Comparand> = Vec::new();
                for other in others {
                    let Some(with) = other.holds.filter(|with| !seen.contains(with)) else {
                        continue;
                    };
                    // A number in quotes is read as the others are.
                    if several && other.number_in_quotes {
                        continue;
                    }
                    seen.push(with);
                    let compared = Compared { hole, with, column: other.name.clone() };
                    if !self.compared.contains(&compared) {
                        self.compared.push(compared);
                    }
                }
            }
        }
        for left in left {
            for right in right {
                if left.reads_as(right) || right.reads_as(left) {
                    continue;
                }
                if let (Some(own), Some(other)) = (left.holds, right.holds)
                    && own != other
                {
                    let fault = self.unlike_fault(left.at, &left.text, own, &right.text, other);
                    // A list of such values is one mistake.
                    let same = |told: &Fault| told.kind == fault.kind && told.at == fault.at;
                    if !self.faults.iter().any(same) {
                        self.faults.push(fault);
                    }
                    return;
                }
            }
        }
    }

    /// Columns that a join with USING merges: of the joined relation, and of those before it.
    pub(super) fn compare_joined(
        &mut self,
        column: &str,
        key: &str,
        (before, joined): (std::ops::Range<usize>, usize),
        at: Location,
    ) {
        if self.scope.dialect == Dialect::Sqlite {
            return;
        }
        let kind = |known: &Known| Comparand::of(known.column.kind);
        let find = |number: usize| self.scope.relation(number)?.columns.find(key);
        let own = find(joined).and_then(kind);
        let other = before.into_iter().find_map(find).and_then(kind);
        if let (Some(own), Some(other)) = (own, other)
            && own != other
        {
            let fault = self.unlike_fault(at, column, other, column, own);
            self.faults.push(fault);
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
        Fault::new(FaultKind::Compared, self.scope.place(at), message).help(
            "compare what holds the same; MySQL reads a string as a number there, and a string without digits as 0",
        )
    }
}
