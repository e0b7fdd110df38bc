//! Whether the condition of an UPDATE or DELETE limits the rows that it changes.
//!
//! A part of a condition limits a table if it compares a column of the table with something else: a
//! value, another column, a column of a joined table, a subquery. Of parts that are joined by AND one
//! is enough; of those joined by OR each has to. What holds for every row does not count: a column
//! compared with itself, `IS NOT NULL` of one that is never NULL, a look-up of the table in itself,
//! branches that cover every value together.

mod always;
mod branches;
mod literal;
mod lookup;
mod null;
mod scope;
mod shape;
mod upsert;

use std::collections::BTreeSet;

use sqlparser::ast::{
    BinaryOperator, Delete, Expr, FromTable, Query, UnaryOperator, Update, UpdateTableFromKind,
    Value,
};

use super::expr::{contents, is_comparison};
use crate::schema::Schema;
use branches::both;
use lookup::{always_one_row, has_query, query_in};
use scope::{Conditions, Scope};
use shape::Shape;
pub(super) use upsert::replaced;

/// A query by the name that `WITH` gives it.
pub(super) type Named = (String, Query);

/// Tables by their number in a [`Scope`].
type Tables = BTreeSet<usize>;

/// What a condition does to the changed table.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// It limits its rows.
    Limited,
    /// It looks at no column.
    NoColumn,
    /// It lets every row of this table through.
    Whole(String),
}

/// The rows that an UPDATE changes. `selection` is its condition, in which equal values have
/// equal placeholders.
pub(super) fn updated(
    schema: Option<&Schema>,
    named: &[Named],
    update: &Update,
    selection: &Expr,
) -> Limit {
    let mut scope = Scope::new(schema, named);
    let mut conditions = Conditions::default();
    scope.add(&update.table, &mut conditions);
    if let Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) =
        &update.from
    {
        from.iter().for_each(|from| scope.add(from, &mut conditions));
    }
    let mut changed = Tables::new();
    if !update.table.joins.is_empty() {
        // MySQL changes those whose columns are set.
        let targets = update.assignments.iter().map(|assignment| &assignment.target);
        changed.extend(targets.flat_map(|target| scope.targets(target)));
    }
    if changed.is_empty() {
        changed.insert(0);
    }
    verdict(scope, conditions, &changed, selection)
}

/// The rows that a DELETE deletes.
pub(super) fn deleted(
    schema: Option<&Schema>,
    named: &[Named],
    delete: &Delete,
    selection: &Expr,
) -> Limit {
    let mut scope = Scope::new(schema, named);
    let mut conditions = Conditions::default();
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    let using = delete.using.as_deref().unwrap_or_default();
    using.iter().for_each(|using| scope.add(using, &mut conditions));
    let mut changed = Tables::new();
    for from in from {
        // MySQL deletes from tables that USING names.
        match scope.named_by(&from.relation).filter(|_| from.joins.is_empty()) {
            Some(table) => drop(changed.insert(table)),
            None => {
                let first = scope.tables.len();
                scope.add(from, &mut conditions);
                if delete.tables.is_empty() {
                    changed.insert(first);
                }
            }
        }
    }
    for name in &delete.tables {
        changed.extend(scope.table_of(name));
    }
    if changed.is_empty() {
        changed.insert(0);
    }
    verdict(scope, conditions, &changed, selection)
}

fn verdict(
    mut scope: Scope<'_>,
    mut conditions: Conditions,
    changed: &Tables,
    selection: &Expr,
) -> Limit {
    conditions.inner.push(selection.clone());
    let limited = scope.limited(&conditions);
    let Some(whole) = changed.iter().find(|table| !limited.contains(table)) else {
        return Limit::Limited;
    };
    // What a subquery has to do with the rows is not a question of whether it looks at columns.
    if !has_query(selection) && scope.tables_in(selection).is_empty() {
        return Limit::NoColumn;
    }
    Limit::Whole(scope.tables.get(*whole).map(|table| table.name.clone()).unwrap_or_default())
}

/// What parts of a condition say.
#[derive(Clone, Debug, Default)]
struct Found {
    limited: Tables,
    /// Tables that are compared with each other: one that is limited limits the other.
    links: Vec<(usize, usize)>,
}

impl Found {
    fn spread(mut self) -> Tables {
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

impl Scope<'_> {
    /// The tables that conditions limit.
    fn limited(&mut self, conditions: &Conditions) -> Tables {
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

    fn part(&mut self, expr: &Expr, negated: bool, found: &mut Found) {
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
                self.compared(left, op, right, found);
            }
            Expr::IsDistinctFrom(left, right) => {
                self.compared(left, &BinaryOperator::NotEq, right, found);
            }
            Expr::IsNotDistinctFrom(left, right) => {
                self.compared(left, &BinaryOperator::Eq, right, found);
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
                if negated != *own || !self.looks_itself_up(expr, subquery) {
                    found.limited.extend(self.tables_in(expr));
                    found.limited.extend(self.correlated(subquery, true));
                }
            }
            Expr::AnyOp { left, compare_op, right, .. } => {
                let op = if negated { inverted(compare_op) } else { compare_op.clone() };
                self.quantified(left, &op, right, !negated, found);
            }
            Expr::AllOp { left, compare_op, right } => {
                let op = if negated { inverted(compare_op) } else { compare_op.clone() };
                self.quantified(left, &op, right, negated, found);
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

    /// A comparison with any of several values, or with all of them.
    fn quantified(
        &mut self,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
        any: bool,
        found: &mut Found,
    ) {
        let itself = match (query_in(right), contents(right)) {
            (Some(query), _) if any => {
                // Of several rows, each is other than one.
                (keeps_equals(op) || *op == BinaryOperator::NotEq)
                    && self.looks_itself_up(left, query)
            }
            (None, Expr::Array(array)) if any => {
                keeps_equals(op) && array.elem.iter().any(|item| self.are_equal(left, item))
            }
            (None, _) => any && keeps_equals(op) && self.are_equal(left, right),
            _ => false,
        };
        let reaches = query_in(right).is_some_and(|query| match op {
            BinaryOperator::GtEq => self.is_within(left, query, "min"),
            BinaryOperator::LtEq => self.is_within(left, query, "max"),
            _ => false,
        });
        if !itself && !reaches {
            found.limited.extend(self.tables_in(left));
            found.limited.extend(self.tables_in(right));
        }
    }

    fn compared(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr, found: &mut Found) {
        if let (Expr::Tuple(left), Expr::Tuple(right)) = (contents(left), contents(right))
            && left.len() == right.len()
        {
            for (left, right) in left.iter().zip(right) {
                self.compared(left, op, right, found);
            }
            return;
        }
        if self.are_equal(left, right) {
            return;
        }
        let keeps_equals = keeps_equals(op);
        if keeps_equals && (self.is_among(left, right) || self.is_among(right, left)) {
            return;
        }
        for (side, other) in [(left, right), (right, left)] {
            let Expr::Subquery(query) = contents(other) else { continue };
            let reaches = match (op, std::ptr::eq(side, left)) {
                (BinaryOperator::GtEq, true) | (BinaryOperator::LtEq, false) => Some("min"),
                (BinaryOperator::LtEq, true) | (BinaryOperator::GtEq, false) => Some("max"),
                _ => None,
            };
            if keeps_equals && self.looks_itself_up(side, query)
                || reaches.is_some_and(|extreme| self.is_within(side, query, extreme))
            {
                return;
            }
        }
        let (one, other) = (self.tables_in(left), self.tables_in(right));
        for (one, other) in one.iter().flat_map(|one| other.iter().map(move |other| (*one, *other)))
        {
            if one != other {
                found.links.push((one, other));
            }
        }
        if let (Shape::Column(one, left), Shape::Column(other, right)) =
            (self.shape(left), self.shape(right))
            && keeps_equals
            && one != other
        {
            let source = self.source(one, &left);
            if source.is_some() && source == self.source(other, &right) {
                // Each row finds itself.
                return;
            }
        }
        found.limited.extend(one.union(&other));
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

/// Whether a comparison holds for what is equal.
fn keeps_equals(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Eq
            | BinaryOperator::LtEq
            | BinaryOperator::GtEq
            | BinaryOperator::Spaceship
    )
}

/// The comparison that holds where another does not.
fn inverted(op: &BinaryOperator) -> BinaryOperator {
    match op {
        BinaryOperator::Eq => BinaryOperator::NotEq,
        BinaryOperator::NotEq => BinaryOperator::Eq,
        BinaryOperator::Lt => BinaryOperator::GtEq,
        BinaryOperator::GtEq => BinaryOperator::Lt,
        BinaryOperator::Gt => BinaryOperator::LtEq,
        BinaryOperator::LtEq => BinaryOperator::Gt,
        other => other.clone(),
    }
}

/// `LIKE '%'`, and what else says nothing.
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

#[cfg(test)]
mod tests;
