//! What a name can mean at one place of a statement.

use sqlparser::ast::{
    Cte, Join, JoinConstraint, JoinOperator, ObjectName, Query, Select, SelectItem, SetExpr,
    TableAlias, TableFactor, TableWithJoins,
};

use super::{Column, Resolver, first_ident, plain_name};
use crate::{
    fault::{Fault, FaultKind, did_you_mean, listed},
    schema::Table,
};

/// The relations and names of one query or statement.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    pub(super) relations: Vec<Relation>,
    /// Names that the query gives to what it selects.
    pub(super) aliases: Vec<String>,
    /// Queries that `WITH` names.
    pub(super) ctes: Vec<(String, Option<Vec<Column>>)>,
    /// Whether there are relations that are not modelled.
    pub(super) open: bool,
    /// Whether columns of several relations are one: USING, NATURAL.
    pub(super) merged: bool,
    /// Columns that are not NULL because a condition would not hold, in lower case.
    pub(super) narrowed: Vec<String>,
}

/// A table, view, subquery or function of a query.
#[derive(Clone, Debug, Default)]
pub(super) struct Relation {
    /// The name that qualifies its columns, as it is written.
    pub(super) name: String,
    /// Its columns; `None` where they are not known.
    pub(super) columns: Option<Vec<Column>>,
    /// Whether an outer join can leave it out.
    pub(super) optional: bool,
    /// The columns of a virtual table that take a query, in lower case.
    pub(super) search: Vec<String>,
}

impl Relation {
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        let own = |column: &&Column| {
            column.name.as_ref().is_some_and(|own| own.to_lowercase() == name.to_lowercase())
        };
        self.columns.as_ref()?.iter().find(own)
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.to_lowercase() == name.to_lowercase()
    }
}

/// What a table's name turns out to be.
pub(super) enum Found {
    Columns(Vec<Column>),
    /// There, or not to be judged.
    Open,
    Missing,
}

impl Resolver<'_> {
    /// Opens the frame of a query: its CTEs, and what its SELECT selects from.
    pub(super) fn enter_query(&mut self, query: &Query) {
        self.frames.push(Frame::default());
        if let Some(with) = &query.with {
            for cte in &with.cte_tables {
                if with.recursive {
                    self.top(|frame| frame.ctes.push((cte.alias.name.value.to_lowercase(), None)));
                }
                let columns = self.cte(cte);
                self.top(|frame| {
                    if with.recursive {
                        frame.ctes.pop();
                    }
                    frame.ctes.push((cte.alias.name.value.to_lowercase(), columns));
                });
            }
        }
        if let SetExpr::Select(select) = query.body.as_ref() {
            self.add_select(select);
        } else if let Some(columns) = self.set_expr_columns(&query.body) {
            // ORDER BY of a union sees the names of its first part.
            let names = columns.into_iter().filter_map(|column| column.name);
            let names: Vec<_> = names.map(|name| name.to_lowercase()).collect();
            self.top(|frame| frame.aliases.extend(names));
        } else {
            self.top(|frame| frame.open = true);
        }
    }

    fn cte(&mut self, cte: &Cte) -> Option<Vec<Column>> {
        let columns = self.query_columns(&cte.query);
        renamed(columns, &cte.alias)
    }

    pub(super) fn enter_select(&mut self, select: &Select) {
        self.frames.push(Frame::default());
        self.add_select(select);
    }

    fn add_select(&mut self, select: &Select) {
        for from in &select.from {
            self.add_from(from);
        }
        if !select.lateral_views.is_empty() {
            self.top(|frame| frame.open = true);
        }
        let mut narrowed = Vec::new();
        if let Some(selection) = &select.selection {
            super::infer::not_null(selection, &mut narrowed);
        }
        let aliases = select.projection.iter().filter_map(|item| match item {
            SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.to_lowercase()),
            _ => None,
        });
        let aliases: Vec<_> = aliases.collect();
        self.top(|frame| {
            frame.aliases.extend(aliases);
            frame.narrowed.extend(narrowed);
        });
    }

    pub(super) fn add_from(&mut self, from: &TableWithJoins) {
        self.add_factor(&from.relation, false);
        for join in &from.joins {
            self.add_join(join);
        }
    }

    fn add_join(&mut self, join: &Join) {
        let Join { relation, join_operator, .. } = join;
        let (constraint, own_optional, others_optional) = match join_operator {
            JoinOperator::Join(on)
            | JoinOperator::Inner(on)
            | JoinOperator::CrossJoin(on)
            | JoinOperator::StraightJoin(on) => (Some(on), false, false),
            JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (Some(on), true, false),
            JoinOperator::Right(on) | JoinOperator::RightOuter(on) => (Some(on), false, true),
            JoinOperator::FullOuter(on) => (Some(on), true, true),
            _ => {
                self.top(|frame| frame.open = true);
                (None, true, true)
            }
        };
        if others_optional {
            self.top(|frame| frame.relations.iter_mut().for_each(|own| own.optional = true));
        }
        self.add_factor(relation, own_optional);
        match constraint {
            Some(JoinConstraint::Using(columns)) => {
                for column in columns {
                    self.using(column);
                }
                self.top(|frame| frame.merged = true);
            }
            Some(JoinConstraint::Natural) => self.top(|frame| frame.merged = true),
            Some(JoinConstraint::On(expr)) if !own_optional && !others_optional => {
                let mut narrowed = Vec::new();
                super::infer::not_null(expr, &mut narrowed);
                self.top(|frame| frame.narrowed.extend(narrowed));
            }
            _ => {}
        }
    }

    /// A column that the joined relation must have.
    fn using(&mut self, column: &ObjectName) {
        let Some(ident) = first_ident(column) else { return };
        let Some(relation) = self.frames.last().and_then(|frame| frame.relations.last()) else {
            return;
        };
        if relation.columns.is_some() && relation.column(&ident.value).is_none() {
            let fault = self.no_column(relation, &ident.value, ident.span.start);
            self.faults.extend(fault);
        }
        self.compare_joined(&ident.value, ident.span.start);
    }

    fn add_factor(&mut self, factor: &TableFactor, optional: bool) {
        let (name, columns, alias) = match factor {
            TableFactor::Table { name, alias, args, .. } => {
                let columns = match args {
                    Some(_) => None,
                    None => match self.table(name) {
                        Found::Columns(columns) => Some(columns),
                        Found::Open | Found::Missing => None,
                    },
                };
                let last = name.0.last().and_then(|part| part.as_ident());
                (last.map(|ident| ident.value.clone()), columns, alias)
            }
            TableFactor::Derived { subquery, alias, .. } => {
                (None, self.query_columns(subquery), alias)
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                let before = self.frames.last().map_or(0, |frame| frame.relations.len());
                self.add_from(table_with_joins);
                if optional {
                    self.top(|frame| {
                        frame.relations.iter_mut().skip(before).for_each(|own| own.optional = true);
                    });
                }
                return;
            }
            TableFactor::Function { name, alias, .. } => {
                let last = name.0.last().and_then(|part| part.as_ident());
                (last.map(|ident| ident.value.clone()), None, alias)
            }
            TableFactor::UNNEST { alias, .. }
            | TableFactor::JsonTable { alias, .. }
            | TableFactor::TableFunction { alias, .. } => (None, None, alias),
            _ => {
                self.top(|frame| frame.open = true);
                return;
            }
        };
        let columns = match alias {
            Some(alias) => renamed(columns, alias),
            None => columns,
        };
        let name = alias.as_ref().map(|alias| alias.name.value.clone()).or(name);
        let search = match factor {
            TableFactor::Table { name, args: None, .. } => {
                let table = plain_name(name).and_then(|plain| self.schema?.table(&plain));
                table.map(Table::search_columns).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let relation = Relation { name: name.unwrap_or_default(), columns, optional, search };
        self.top(|frame| frame.relations.push(relation));
    }

    pub(super) fn top(&mut self, change: impl FnOnce(&mut Frame)) {
        if let Some(frame) = self.frames.last_mut() {
            change(frame);
        }
    }

    /// What a table's name means here.
    pub(super) fn table(&self, name: &ObjectName) -> Found {
        if let [one] = name.0.as_slice()
            && let Some(ident) = one.as_ident()
        {
            let lower = ident.value.to_lowercase();
            let ctes = self.frames.iter().rev().flat_map(|frame| frame.ctes.iter().rev());
            for (cte, columns) in ctes {
                if *cte == lower {
                    return columns.clone().map_or(Found::Open, Found::Columns);
                }
            }
        }
        let (Some(schema), Some(plain)) = (self.schema, plain_name(name)) else {
            return Found::Open;
        };
        match schema.table(&plain) {
            Some(table) => match &table.columns {
                Some(columns) => Found::Columns(columns.iter().map(Column::from).collect()),
                None => Found::Open,
            },
            None if schema.open || is_of_the_database(&plain) => Found::Open,
            None => Found::Missing,
        }
    }

    /// The fault of a table that is not there.
    pub(super) fn check_table(&mut self, name: &ObjectName) {
        let (Found::Missing, Some(ident)) =
            (self.table(name), name.0.last().and_then(|part| part.as_ident()))
        else {
            return;
        };
        let tables = self.schema.into_iter().flat_map(|schema| schema.tables.values());
        let mut known: Vec<&str> = tables.map(|table| table.name.as_str()).collect();
        known.extend(
            self.frames.iter().flat_map(|frame| &frame.ctes).map(|(name, _)| name.as_str()),
        );
        let help = match did_you_mean(&ident.value, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "the migrations make no tables".to_owned(),
            None => format!("the migrations make {}", listed(&known)),
        };
        let message = format!("there is no table `{}`", ident.value);
        let at = self.place(ident.span.start);
        self.faults.push(Fault::new(FaultKind::UnknownTable, at, message).help(help));
    }

    /// The fault of a column that a relation does not have.
    pub(super) fn no_column(
        &self,
        relation: &Relation,
        column: &str,
        at: sqlparser::tokenizer::Location,
    ) -> Option<Fault> {
        let known: Vec<&str> =
            relation.columns.as_ref()?.iter().filter_map(|column| column.name.as_deref()).collect();
        let help = match did_you_mean(column, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("`{}` has {}", relation.name, listed(&known)),
        };
        let message = match relation.name.as_str() {
            "" => format!("there is no column `{column}`"),
            name => format!("`{name}` has no column `{column}`"),
        };
        Some(Fault::new(FaultKind::UnknownColumn, self.place(at), message).help(help))
    }

    pub(super) fn place(&self, at: sqlparser::tokenizer::Location) -> usize {
        self.rendered.map_or(0, |rendered| rendered.place(at))
    }
}

/// Columns under the names that an alias gives them: `AS t(a, b)`.
fn renamed(columns: Option<Vec<Column>>, alias: &TableAlias) -> Option<Vec<Column>> {
    if alias.columns.is_empty() {
        return columns;
    }
    let mut names = alias.columns.iter().map(|column| column.name.value.clone());
    match columns {
        Some(columns) => {
            let renamed = columns.into_iter().map(|column| match names.next() {
                Some(name) => column.named(name),
                None => column,
            });
            Some(renamed.collect())
        }
        None => None,
    }
}

/// Tables that every database has by itself.
fn is_of_the_database(name: &str) -> bool {
    let name = name.to_lowercase();
    ["sqlite_", "pg_", "pragma_", "json_", "fts", "dbstat", "generate_series"]
        .iter()
        .any(|own| name.starts_with(own))
        || name == "dual"
        || name == "_sqlx_migrations"
}
