//! The tables that a condition may look at.

use std::{ops::ControlFlow, rc::Rc};

use sqlparser::ast::{
    AssignmentTarget, Expr, Ident, Join, JoinConstraint, JoinOperator, ObjectName, Query,
    SelectItem, SetExpr, TableAlias, TableFactor, TableWithJoins, Visit as _, Visitor,
};

use super::{Named, Tables, lookup::always_one_row};
use crate::{
    resolve::{is_hidden_column, is_word_of_the_database, plain_name},
    schema::{Kind, Schema, TableColumn},
};

/// The tables of a statement, and those of the subquery that is looked at.
pub(super) struct Scope<'a> {
    schema: Option<&'a Schema>,
    named: Vec<(String, Rc<Query>)>,
    pub(super) tables: Vec<Table>,
    /// Where the tables of each query begin, from the outermost.
    pub(super) levels: Vec<usize>,
    /// How many conditions were judged by their branches.
    pub(super) splits: usize,
    /// Whether a condition is the outcome of a branch, and not written so.
    pub(super) in_branch: bool,
    /// The queries that are looked into: one that `WITH RECURSIVE` names can contain itself.
    pub(super) open: Vec<*const Query>,
}

/// A table that rows come from.
#[derive(Debug)]
pub(super) struct Table {
    /// The name that qualifies its columns, in lower case.
    pub(super) name: String,
    /// Its name in the schema, in lower case; `None` for a subquery or a function.
    pub(super) base: Option<String>,
    /// The query that it is the rows of.
    pub(super) query: Option<Rc<Query>>,
    /// The names that an alias gives to the query's columns, in lower case.
    pub(super) column_names: Vec<String>,
    columns: Option<Vec<TableColumn>>,
    optional: bool,
}

/// What joins and WHERE ask for.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    pub(super) inner: Vec<Expr>,
    /// Those of outer joins.
    pub(super) outer: Vec<Expr>,
    /// Tables with columns that are one, by USING or NATURAL; whether the join is an inner one.
    pub(super) same_columns: Vec<(usize, usize, bool)>,
    /// A table that is made of columns of others, and one of these.
    pub(super) made_of: Vec<(usize, usize)>,
    /// A LATERAL query, and the tables that it leaves rows of out, unless a join keeps them.
    pub(super) lateral: Vec<(usize, Tables)>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(schema: Option<&'a Schema>, named: &[Named]) -> Self {
        let named = named.iter().map(|(name, query)| (name.clone(), Rc::new(query.clone())));
        Self {
            schema,
            named: named.collect(),
            tables: Vec::new(),
            levels: vec![0],
            splits: 0,
            in_branch: false,
            open: Vec::new(),
        }
    }

    /// Opens the names that a query gives by WITH; gives how many there were before.
    pub(super) fn enter(&mut self, query: &Query) -> usize {
        let before = self.named.len();
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            let name = cte.alias.name.value.to_lowercase();
            self.named.push((name, Rc::new((*cte.query).clone())));
        }
        before
    }

    pub(super) fn leave(&mut self, named: usize) {
        self.named.truncate(named);
    }

    pub(super) fn add(&mut self, from: &TableWithJoins, conditions: &mut Conditions) {
        let first = self.tables.len();
        self.add_factor(&from.relation, conditions);
        for join in &from.joins {
            self.add_join(first, join, conditions);
        }
    }

    fn add_join(&mut self, first: usize, join: &Join, conditions: &mut Conditions) {
        let joined = self.tables.len();
        self.add_factor(&join.relation, conditions);
        let (constraint, own, others) = match &join.join_operator {
            JoinOperator::Join(on)
            | JoinOperator::Inner(on)
            | JoinOperator::CrossJoin(on)
            | JoinOperator::StraightJoin(on)
            | JoinOperator::Semi(on)
            | JoinOperator::LeftSemi(on)
            | JoinOperator::RightSemi(on) => (on, false, false),
            JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (on, true, false),
            JoinOperator::Right(on) | JoinOperator::RightOuter(on) => (on, false, true),
            JoinOperator::FullOuter(on)
            | JoinOperator::Anti(on)
            | JoinOperator::LeftAnti(on)
            | JoinOperator::RightAnti(on)
            | JoinOperator::AsOf { constraint: on, .. } => (on, true, true),
            // They ask for nothing.
            JoinOperator::CrossApply
            | JoinOperator::OuterApply
            | JoinOperator::ArrayJoin
            | JoinOperator::LeftArrayJoin
            | JoinOperator::InnerArrayJoin => return,
        };
        let is_inner = !own && !others;
        for (number, table) in self.tables.iter_mut().enumerate().skip(first) {
            table.optional |= if number < joined { others } else { own };
        }
        match constraint {
            JoinConstraint::On(on) if is_inner => conditions.inner.push(on.clone()),
            JoinConstraint::On(on) => conditions.outer.push(on.clone()),
            JoinConstraint::Using(_) | JoinConstraint::Natural if joined > first => {
                conditions.same_columns.push((joined.saturating_sub(1), joined, is_inner));
            }
            _ => {}
        }
    }

    fn add_factor(&mut self, factor: &TableFactor, conditions: &mut Conditions) {
        let (name, base, query, alias) = match factor {
            TableFactor::NestedJoin { table_with_joins, .. } => {
                self.add(table_with_joins, conditions);
                return;
            }
            TableFactor::Table { name, alias, args, .. } => {
                let last = name.0.last().and_then(|part| part.as_ident());
                let own = last.map(|ident| ident.value.to_lowercase());
                let query = match name.0.as_slice() {
                    [_] => self.named.iter().rev().find(|(name, _)| Some(name) == own.as_ref()),
                    _ => None,
                };
                let query = query.map(|(_, query)| Rc::clone(query));
                let base = match (&query, args) {
                    (None, None) => plain_name(name).or_else(|| Some(name.to_string())),
                    _ => None,
                };
                (own, base.map(|base| base.to_lowercase()), query, alias)
            }
            TableFactor::Derived { subquery, alias, .. } => {
                (None, None, Some(Rc::new((**subquery).clone())), alias)
            }
            TableFactor::Function { alias, .. }
            | TableFactor::UNNEST { alias, .. }
            | TableFactor::JsonTable { alias, .. }
            | TableFactor::XmlTable { alias, .. }
            | TableFactor::TableFunction { alias, .. } => (None, None, None, alias),
            _ => (None, None, None, &None),
        };
        if let TableFactor::Derived { lateral: true, subquery, .. } = factor
            && !always_one_row(subquery)
        {
            let limited = self.correlated(subquery, false);
            conditions.lateral.push((self.tables.len(), limited));
        }
        if !matches!(
            factor,
            TableFactor::Table { args: None, .. } | TableFactor::Derived { lateral: false, .. }
        ) {
            let mut looks = Looks { scope: self, depth: 0, found: Tables::new() };
            let _never_breaks: ControlFlow<()> = factor.visit(&mut looks);
            let (found, own) = (looks.found, self.tables.len());
            conditions.made_of.extend(found.into_iter().map(|table| (own, table)));
        }
        let column_names = names_of(alias.as_ref());
        let columns = match (&base, &query) {
            (Some(base), _) => self
                .schema
                .and_then(|schema| schema.table(base))
                .and_then(|table| table.columns.clone()),
            (None, Some(query)) => names(query, &column_names),
            (None, None) => None,
        };
        let alias = alias.as_ref().map(|alias| alias.name.value.to_lowercase());
        let name = alias.or(name).unwrap_or_default();
        self.tables.push(Table { name, base, query, column_names, columns, optional: false });
    }

    /// Adds the table that a statement writes to.
    pub(super) fn add_target(&mut self, base: &str, alias: Option<String>) {
        let columns = self.schema.and_then(|schema| schema.table(base));
        self.tables.push(Table {
            name: alias.unwrap_or_else(|| base.to_owned()),
            base: Some(base.to_owned()),
            query: None,
            column_names: Vec::new(),
            columns: columns.and_then(|table| table.columns.clone()),
            optional: false,
        });
    }

    /// The table that a table's name means, where it is one that is there already.
    pub(super) fn named_by(&self, factor: &TableFactor) -> Option<usize> {
        match factor {
            TableFactor::Table { name, alias: None, args: None, .. } => self.table_of(name),
            _ => None,
        }
    }

    pub(super) fn table_of(&self, name: &ObjectName) -> Option<usize> {
        let own = name.0.last().and_then(|part| part.as_ident())?.value.to_lowercase();
        self.tables.iter().position(|table| table.name == own)
    }

    /// The tables whose columns are set.
    pub(super) fn targets(&self, target: &AssignmentTarget) -> Vec<usize> {
        let names = match target {
            AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
            AssignmentTarget::Tuple(names) => names.as_slice(),
        };
        let idents = |name: &ObjectName| -> Vec<Ident> {
            name.0.iter().filter_map(|part| part.as_ident().cloned()).collect()
        };
        names.iter().filter_map(|name| Some(self.path(&idents(name))?.0)).collect()
    }

    /// The table and the name of the column that an expression is.
    pub(super) fn column(&self, expr: &Expr) -> Option<(usize, String)> {
        match expr {
            Expr::Identifier(ident) => self.path(std::slice::from_ref(ident)),
            Expr::CompoundIdentifier(path) => self.path(path),
            _ => None,
        }
    }

    fn path(&self, path: &[Ident]) -> Option<(usize, String)> {
        let (column, before) = path.split_last()?;
        let name = column.value.to_lowercase();
        let table = match before.last() {
            Some(table) => {
                let table = table.value.to_lowercase();
                self.tables.iter().rposition(|own| own.name == table)
            }
            None => self.owner(&name),
        };
        table.map(|table| (table, name))
    }

    /// The table that has a column of this name, from the innermost query outwards. One whose
    /// columns are not known may have it.
    fn owner(&self, name: &str) -> Option<usize> {
        let mut end = self.tables.len();
        for start in self.levels.iter().rev() {
            let tables = || self.tables.iter().enumerate().take(end).skip(*start);
            let known = tables().find(|(_, table)| table.find(name).is_some());
            let unknown = || tables().find(|(_, table)| table.columns.is_none());
            if let Some((table, _)) = known.or_else(unknown) {
                return Some(table);
            }
            end = *start;
        }
        // A misspelt name is reported elsewhere; a word of the database is not a column.
        (is_hidden_column(name) || !is_word_of_the_database(name)).then_some(0)
    }

    /// Whether a column is never NULL in the rows that the condition sees.
    pub(super) fn is_never_null(&self, table: usize, column: &str) -> bool {
        self.tables.get(table).is_some_and(|table| {
            let declared = table.find(column).map(|column| column.nullable == Some(false));
            !table.optional && declared.unwrap_or_else(|| is_hidden_column(column))
        })
    }

    /// Whether no two rows of a table have the same value in a column.
    pub(super) fn is_unique(&self, table: usize, column: &str) -> bool {
        self.tables.get(table).is_some_and(|table| match (table.find(column), &table.columns) {
            (Some(column), _) => column.unique,
            (None, Some(_)) => is_hidden_column(column),
            (None, None) => column == "id" || is_hidden_column(column),
        })
    }

    /// Whether an outer join can leave a table out.
    pub(super) fn is_optional(&self, table: usize) -> bool {
        self.tables.get(table).is_some_and(|table| table.optional)
    }

    /// What a column holds.
    pub(super) fn kind(&self, table: usize, column: &str) -> Kind {
        let column = self.tables.get(table).and_then(|table| table.find(column));
        column.map_or(Kind::Unknown, |column| column.kind)
    }

    pub(super) fn are_one_table(&self, one: usize, other: usize) -> bool {
        let base = |table: usize| self.tables.get(table).and_then(|table| table.base.as_ref());
        base(one).is_some() && base(one) == base(other)
    }

    /// The tables of which an expression looks at a column, those of its subqueries apart.
    pub(super) fn tables_in(&mut self, expr: &Expr) -> Tables {
        let mut looks = Looks { scope: self, depth: 0, found: Tables::new() };
        let _never_breaks: ControlFlow<()> = expr.visit(&mut looks);
        looks.found
    }
}

struct Looks<'s, 'a> {
    scope: &'s mut Scope<'a>,
    depth: usize,
    found: Tables,
}

impl Visitor for Looks<'_, '_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if self.depth == 0 {
            self.found.extend(self.scope.correlated(query, true));
        }
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
        if let Expr::MatchAgainst { columns, .. } = expr {
            for column in columns {
                let path: Vec<Ident> =
                    column.0.iter().filter_map(|part| part.as_ident().cloned()).collect();
                self.found.extend(self.scope.path(&path).map(|(table, _)| table));
            }
        }
        self.found.extend(self.scope.column(expr).map(|(table, _)| table));
        ControlFlow::Continue(())
    }
}

impl Table {
    fn find(&self, name: &str) -> Option<&TableColumn> {
        let columns = self.columns.as_ref()?;
        columns.iter().find(|column| column.name.to_lowercase() == name)
    }
}

fn names_of(alias: Option<&TableAlias>) -> Vec<String> {
    let columns = alias.into_iter().flat_map(|alias| &alias.columns);
    columns.map(|column| column.name.value.to_lowercase()).collect()
}

/// The names of a query's columns, where each has one.
fn names(query: &Query, renamed: &[String]) -> Option<Vec<TableColumn>> {
    let mut body = query.body.as_ref();
    let select = loop {
        match body {
            SetExpr::Select(select) => break select,
            SetExpr::SetOperation { left, .. } => body = left,
            SetExpr::Query(query) => body = query.body.as_ref(),
            _ => return None,
        }
    };
    let mut columns = Vec::new();
    for (number, item) in select.projection.iter().enumerate() {
        let own = match item {
            SelectItem::ExprWithAlias { alias, .. } => alias.value.clone(),
            SelectItem::UnnamedExpr(Expr::Identifier(ident)) => ident.value.clone(),
            SelectItem::UnnamedExpr(Expr::CompoundIdentifier(path)) => path.last()?.value.clone(),
            SelectItem::UnnamedExpr(_) => String::new(),
            _ => return None,
        };
        let name = renamed.get(number).cloned().unwrap_or(own);
        columns.push(TableColumn { name, kind: Kind::Unknown, nullable: None, unique: false });
    }
    Some(columns)
}
