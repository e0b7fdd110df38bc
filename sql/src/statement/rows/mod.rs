//! Whether the condition of an UPDATE or DELETE limits the rows that it changes.
//!
//! A part of a condition limits a table if it compares a column of the table with something else: a
//! value, another column, a column of a joined table, a subquery. Of parts that are joined by AND one
//! is enough; of those joined by OR each has to. What holds for every row does not count: a column
//! compared with itself, `IS NOT NULL` of one that is never NULL, a look-up of the table in itself,
//! branches that cover every value together.

mod always;
mod scope;

use std::collections::BTreeSet;

use sqlparser::ast::{
    BinaryOperator, Delete, Expr, FromTable, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, GroupByExpr, Query, Select, SelectItem, SetExpr, UnaryOperator, Update,
    UpdateTableFromKind, Value,
};

use super::expr::{contents, is_comparison, is_numeric};
use crate::schema::{Kind, Schema};
use scope::{Conditions, Scope};

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
    /// It leaves this table whole.
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
    if scope.tables_in(selection).is_empty() {
        return Limit::NoColumn;
    }
    Limit::Whole(scope.tables.get(*whole).map(|table| table.name.clone()).unwrap_or_default())
}

/// What parts of a condition say.
#[derive(Debug, Default)]
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

/// What an expression comes down to.
#[derive(Debug, PartialEq, Eq)]
enum Shape {
    /// The same for every row.
    Constant,
    /// A column, at most with a constant added to it.
    Column(usize, String),
    Other,
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
            Expr::Nested(inner) | Expr::IsTrue(inner) | Expr::IsNotFalse(inner) => {
                self.part(inner, negated, found);
            }
            Expr::IsFalse(inner) | Expr::IsNotTrue(inner) => self.part(inner, !negated, found),
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
                for (branch, negated) in branches {
                    let mut own = Found::default();
                    self.part(branch, negated, &mut own);
                    let own = own.spread();
                    common = Some(match common {
                        None => own,
                        Some(common) => common.intersection(&own).copied().collect(),
                    });
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
        match expr {
            Expr::IsNull(inner) if negated => self.not_null(inner, found),
            Expr::IsNotNull(inner) if !negated => self.not_null(inner, found),
            // What compares a column with itself in so many words is refused for that.
            Expr::BinaryOp { left, op, right } if is_comparison(op) && left == right => {
                found.limited.extend(self.tables_in(left));
            }
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
                let same = list.iter().any(|item| self.are_same(expr, item));
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
                }
            }
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
                let itself = match query_in(right) {
                    Some(query) => !negated && self.looks_itself_up(left, query),
                    None => !negated && self.are_same(left, right),
                };
                if !itself {
                    found.limited.extend(self.tables_in(left));
                    found.limited.extend(self.tables_in(right));
                }
            }
            Expr::Exists { subquery, .. } => {
                found.limited.extend(self.correlated(subquery, false));
            }
            Expr::Like { expr, pattern, negated: own, .. }
            | Expr::ILike { expr, pattern, negated: own, .. }
            | Expr::SimilarTo { expr, pattern, negated: own, .. }
            | Expr::RLike { expr, pattern, negated: own, .. } => {
                if negated == *own && matches_everything(pattern) {
                    self.not_null(expr, found);
                } else {
                    found.limited.extend(self.tables_in(expr));
                    found.limited.extend(self.tables_in(pattern));
                }
            }
            Expr::Case { conditions, else_result, .. } => {
                let mut results =
                    conditions.iter().map(|when| &when.result).chain(else_result.as_deref());
                let first = results.next();
                let differs = results.any(|result| Some(result) != first);
                if differs || else_result.is_none() {
                    found.limited.extend(self.tables_in(expr));
                }
            }
            _ => {
                if self.shape(expr) != Shape::Constant {
                    found.limited.extend(self.tables_in(expr));
                }
            }
        }
    }

    fn not_null(&mut self, expr: &Expr, found: &mut Found) {
        match self.column(contents(expr)) {
            Some((table, column)) if self.is_never_null(table, &column) => {}
            _ => found.limited.extend(self.tables_in(expr)),
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
        if self.are_same(left, right) {
            return;
        }
        let keeps_equals = matches!(
            op,
            BinaryOperator::Eq
                | BinaryOperator::LtEq
                | BinaryOperator::GtEq
                | BinaryOperator::Spaceship
        );
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

    /// Whether two expressions are the same for each row, or differ by a constant in each.
    fn are_same(&mut self, left: &Expr, right: &Expr) -> bool {
        match (self.shape(left), self.shape(right)) {
            (Shape::Constant, Shape::Constant) => true,
            (Shape::Column(..), Shape::Constant) | (Shape::Constant, Shape::Column(..)) => false,
            (Shape::Other, _) | (_, Shape::Other) => false,
            (left, right) => left == right,
        }
    }

    fn shape(&mut self, expr: &Expr) -> Shape {
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
        let FunctionArguments::List(list) = &function.args else { return Shape::Other };
        let args = list.args.iter().map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)) => Some(arg),
            _ => None,
        });
        let Some(args) = args.collect::<Option<Vec<_>>>() else { return Shape::Other };
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

    /// Whether a condition asks for rows of a table by what all rows of the same table give.
    fn looks_itself_up(&mut self, expr: &Expr, query: &Query) -> bool {
        let columns = match contents(expr) {
            Expr::Tuple(members) => members.iter().collect(),
            one => vec![one],
        };
        for (position, column) in columns.into_iter().enumerate() {
            let Some((table, column)) = self.column(contents(column)) else { return false };
            let Some(own) = self.source(table, &column) else { return false };
            if self.all_of(query, &Wanted::Position(position)) != Some(own) {
                return false;
            }
        }
        true
    }

    /// Whether a column is compared with its own least or greatest value.
    fn is_within(&mut self, expr: &Expr, query: &Query, extreme: &'static str) -> bool {
        let Some((table, column)) = self.column(contents(expr)) else { return false };
        let own = self.source(table, &column);
        own.is_some() && self.all_of(query, &Wanted::Extreme(extreme)) == own
    }

    /// The table and column that a relation's column gives all values of.
    fn source(&mut self, table: usize, column: &str) -> Option<(String, String)> {
        let table = self.tables.get(table)?;
        match (table.base.clone(), table.query.clone()) {
            (_, Some(query)) => {
                let names = table.column_names.clone();
                let position = names.iter().position(|name| name == column);
                let wanted = match position {
                    Some(position) => Wanted::Position(position),
                    None => Wanted::Name(column.to_owned()),
                };
                self.all_of(&query, &wanted)
            }
            (Some(base), None) => Some((base, column.to_owned())),
            (None, None) => None,
        }
    }

    /// The table and column of which a query gives all values, in one of its columns.
    fn all_of(&mut self, query: &Query, wanted: &Wanted) -> Option<(String, String)> {
        if query.limit_clause.is_some() || query.fetch.is_some() {
            return None;
        }
        let named = self.enter(query);
        let all = self.all_of_body(&query.body, wanted);
        self.leave(named);
        all
    }

    fn all_of_body(&mut self, body: &SetExpr, wanted: &Wanted) -> Option<(String, String)> {
        match body {
            SetExpr::Query(query) => self.all_of(query, wanted),
            SetExpr::SetOperation {
                left, op: sqlparser::ast::SetOperator::Union, right, ..
            } => self.all_of_body(left, wanted).or_else(|| self.all_of_body(right, wanted)),
            SetExpr::Select(select) => self.all_of_select(select, wanted),
            _ => None,
        }
    }

    fn all_of_select(&mut self, select: &Select, wanted: &Wanted) -> Option<(String, String)> {
        let grouped = match &select.group_by {
            GroupByExpr::Expressions(groups, _) => !groups.is_empty(),
            GroupByExpr::All(_) => true,
        };
        // What is grouped by a column gives each of its values.
        let extreme = matches!(wanted, Wanted::Extreme(_));
        if select.having.is_some() || select.top.is_some() || grouped && extreme {
            return None;
        }
        let item = match wanted {
            Wanted::Position(position) => select.projection.get(*position),
            Wanted::Extreme(_) => select.projection.first(),
            Wanted::Name(name) => select.projection.iter().find(|item| gives(item, name)),
        };
        let (inner, optional) = (self.tables.len(), self.levels.clone());
        self.levels.push(inner);
        let mut conditions = Conditions::default();
        select.from.iter().for_each(|from| self.add(from, &mut conditions));
        conditions.inner.extend(select.selection.clone());
        let column = item.and_then(|item| match (item, wanted) {
            (
                SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. },
                Wanted::Extreme(extreme),
            ) => self.column(contents(argument_of(expr, extreme)?)),
            (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }, _) => {
                self.column(contents(expr))
            }
            (SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..), Wanted::Name(name)) => {
                Some((inner, name.clone()))
            }
            _ => None,
        });
        let source = column.filter(|(table, _)| *table >= inner).and_then(|(table, column)| {
            let limited = self.limited(&conditions);
            (!limited.contains(&table)).then(|| self.source(table, &column)).flatten()
        });
        self.tables.truncate(inner);
        self.levels = optional;
        source
    }

    /// The tables outside of a subquery that it limits.
    fn correlated(&mut self, query: &Query, as_value: bool) -> Tables {
        let named = self.enter(query);
        let found = self.correlated_body(&query.body, as_value);
        self.leave(named);
        found
    }

    fn correlated_body(&mut self, body: &SetExpr, as_value: bool) -> Tables {
        match body {
            SetExpr::Query(query) => self.correlated(query, as_value),
            SetExpr::SetOperation { left, right, .. } => {
                let mut found = self.correlated_body(left, as_value);
                found.extend(self.correlated_body(right, as_value));
                found
            }
            SetExpr::Select(select) => {
                let inner = self.tables.len();
                self.levels.push(inner);
                let mut conditions = Conditions::default();
                select.from.iter().for_each(|from| self.add(from, &mut conditions));
                conditions.inner.extend(select.selection.clone());
                conditions.inner.extend(select.having.clone());
                let mut found = self.limited(&conditions);
                if as_value {
                    for item in &select.projection {
                        if let SelectItem::UnnamedExpr(expr)
                        | SelectItem::ExprWithAlias { expr, .. } = item
                        {
                            found.extend(self.tables_in(expr));
                        }
                    }
                }
                self.tables.truncate(inner);
                self.levels.pop();
                found.retain(|table| *table < inner);
                found
            }
            _ => Tables::new(),
        }
    }
}

/// Which column of a query is meant.
enum Wanted {
    Position(usize),
    Name(String),
    /// What `min` or `max` is of, in the first column.
    Extreme(&'static str),
}

/// The argument of a function of this name.
fn argument_of<'e>(expr: &'e Expr, name: &str) -> Option<&'e Expr> {
    let Expr::Function(function) = contents(expr) else { return None };
    let own = function.name.0.last().and_then(|part| part.as_ident())?;
    let FunctionArguments::List(list) = &function.args else { return None };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))]
            if own.value.eq_ignore_ascii_case(name) && function.filter.is_none() =>
        {
            Some(argument)
        }
        _ => None,
    }
}

/// The query that an expression is, or that an array is made of.
fn query_in(expr: &Expr) -> Option<&Query> {
    match contents(expr) {
        Expr::Subquery(query) => Some(query),
        Expr::Function(function) => match &function.args {
            FunctionArguments::Subquery(query) => Some(query),
            FunctionArguments::List(_) | FunctionArguments::None => None,
        },
        _ => None,
    }
}

fn gives(item: &SelectItem, name: &str) -> bool {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => alias.value.eq_ignore_ascii_case(name),
        SelectItem::UnnamedExpr(Expr::Identifier(ident)) => ident.value.eq_ignore_ascii_case(name),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(path)) => {
            path.last().is_some_and(|ident| ident.value.eq_ignore_ascii_case(name))
        }
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => true,
        _ => false,
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

fn is_number(expr: &Expr, number: &str) -> bool {
    matches!(contents(expr), Expr::Value(own) if matches!(&own.value, Value::Number(text, _) if text == number))
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
