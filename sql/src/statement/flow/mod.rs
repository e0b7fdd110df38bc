//! Which names hold a bound value, and which a query of a virtual table.
//!
//! A value is followed through the columns of subqueries, of `WITH`, of set operations and of the
//! functions that rows come from. Where it is not known which of several relations a name belongs to,
//! it is taken for the one with the value.

mod columns;
mod value;

use sqlparser::ast::{
    Cte, Expr, FromTable, Ident, Insert, ObjectName, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, Statement, TableFactor, TableObject, TableWithJoins,
    UpdateTableFromKind,
};

use super::render::NAME;
use crate::{
    dialect::Dialect,
    resolve::plain_name,
    schema::{Kind, Schema},
};
use columns::{Columns, Mark};
pub(super) use value::argument;
use value::placeholder_in;

/// The names that are in scope, with what they hold.
pub(super) struct Flow<'a> {
    dialect: Dialect,
    schema: Option<&'a Schema>,
    frames: Vec<Frame>,
}

#[derive(Debug, Default)]
struct Frame {
    relations: Vec<(String, Columns)>,
    /// What the query itself names.
    aliases: Vec<(String, Mark)>,
    /// The queries that WITH names.
    named: Vec<(String, Columns)>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(dialect: Dialect, schema: Option<&'a Schema>) -> Self {
        Self { dialect, schema, frames: Vec::new() }
    }

    pub(super) fn close(&mut self) {
        self.frames.pop();
    }

    /// Opens the scope of a statement that writes.
    pub(super) fn open_statement(&mut self, statement: &Statement) {
        self.frames.push(Frame::default());
        match statement {
            Statement::Insert(insert) => {
                let TableObject::TableName(name) = &insert.table else { return };
                let target = self.table(name, false);
                let written = self.written(insert);
                let alias = insert.table_alias.as_ref().map(|alias| alias.alias.value.clone());
                self.add(&alias.or_else(|| last(name)).unwrap_or_default(), target);
                self.add("excluded", written.clone());
                if let Some(alias) = &insert.insert_alias {
                    self.add(&alias.row_alias.to_string(), written);
                }
            }
            Statement::Update(update) => {
                self.add_from(&update.table);
                if let Some(
                    UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from),
                ) = &update.from
                {
                    from.iter().for_each(|from| self.add_from(from));
                }
            }
            Statement::Delete(delete) => {
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) =
                    &delete.from;
                from.iter().for_each(|from| self.add_from(from));
                delete.using.iter().flatten().for_each(|using| self.add_from(using));
            }
            _ => {}
        }
    }

    /// Opens the scope of a query: what it names, and what ORDER BY sees.
    pub(super) fn open_query(&mut self, query: &Query) {
        self.open_names(query);
        if let SetExpr::Select(select) = query.body.as_ref() {
            self.add_select(select);
        }
    }

    fn open_names(&mut self, query: &Query) {
        self.frames.push(Frame::default());
        if let Some(with) = &query.with {
            for cte in &with.cte_tables {
                let columns = self.cte(cte, with.recursive);
                let name = cte.alias.name.value.to_lowercase();
                self.top(|frame| frame.named.push((name, columns)));
            }
        }
    }

    pub(super) fn open_select(&mut self, select: &Select) {
        self.frames.push(Frame::default());
        self.add_select(select);
    }

    /// A query that refers to itself gives what its first part does, and what it makes of that.
    fn cte(&mut self, cte: &Cte, recursive: bool) -> Columns {
        let name = cte.alias.name.value.to_lowercase();
        let mut columns = Columns::default();
        // Each round can carry a value one column on.
        for _round in 0..if recursive { 4 } else { 1 } {
            self.frames.push(Frame::default());
            if recursive {
                let before = columns.clone();
                self.top(|frame| frame.named.push((name.clone(), before)));
            }
            columns = self.columns(&cte.query).renamed(Some(&cte.alias));
            self.frames.pop();
        }
        columns
    }

    fn add_select(&mut self, select: &Select) {
        select.from.iter().for_each(|from| self.add_from(from));
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { expr, alias } = item {
                let (mark, alias) = (self.mark(expr), alias.value.to_lowercase());
                self.top(|frame| frame.aliases.push((alias, mark)));
            }
        }
    }

    fn add_from(&mut self, from: &TableWithJoins) {
        self.add_factor(&from.relation);
        from.joins.iter().for_each(|join| self.add_factor(&join.relation));
    }

    fn add(&mut self, name: &str, columns: Columns) {
        self.top(|frame| frame.relations.push((name.to_lowercase(), columns)));
    }

    fn add_factor(&mut self, factor: &TableFactor) {
        // What a function makes of a value may be in any of its columns.
        let made_of = |bound: bool| Columns::unknown(Mark { bound, search: false });
        let (name, columns, alias) = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                (last(name), self.table(name, true), alias)
            }
            TableFactor::Table { name, alias, args: Some(args), .. } => {
                let value = self.value_in_args(&args.args).is_some();
                (last(name), made_of(value), alias)
            }
            TableFactor::Function { name, alias, args, .. } => {
                let value = self.value_in_args(args).is_some();
                (last(name), made_of(value), alias)
            }
            TableFactor::TableFunction { expr, alias } => {
                let value = self.value_in(expr).is_some();
                (None, made_of(value), alias)
            }
            TableFactor::UNNEST { array_exprs, alias, .. } => {
                let value = array_exprs.iter().any(|array| self.value_in(array).is_some());
                (Some("unnest".to_owned()), made_of(value), alias)
            }
            TableFactor::JsonTable { json_expr, alias, .. } => {
                let value = self.value_in(json_expr).is_some();
                (None, made_of(value), alias)
            }
            TableFactor::Derived { subquery, alias, .. } => (None, self.columns(subquery), alias),
            TableFactor::NestedJoin { table_with_joins, .. } => {
                self.add_from(table_with_joins);
                return;
            }
            other => {
                let value = placeholder_in(other).is_some();
                (None, made_of(value), &None)
            }
        };
        let mut columns = columns.renamed(alias.as_ref());
        let name = alias.as_ref().map(|alias| alias.name.value.clone()).or(name);
        let name = name.unwrap_or_default();
        // A function's only column goes by the relation's name.
        if !matches!(factor, TableFactor::Table { args: None, .. } | TableFactor::Derived { .. })
            && let Some(rest) = columns.rest
        {
            columns.known.push((Some(name.to_lowercase()), rest));
        }
        self.add(&name, columns);
    }

    /// The columns of a table, view or query by its name.
    fn table(&self, name: &ObjectName, reads: bool) -> Columns {
        let own = last(name).unwrap_or_default();
        if reads && name.0.len() == 1 {
            let lower = own.to_lowercase();
            let mut named = self.frames.iter().rev().flat_map(|frame| frame.named.iter().rev());
            if let Some((_, columns)) = named.find(|(name, _)| *name == lower) {
                return columns.clone();
            }
        }
        let table = plain_name(name).and_then(|plain| self.schema?.table(&plain));
        let mut columns = Columns::unknown(Mark::default());
        if let Some(known) = table.and_then(|table| table.columns.as_ref()) {
            columns.rest = None;
            columns.known = known
                .iter()
                .map(|column| {
                    let search = column.kind == Kind::Search;
                    (Some(column.name.to_lowercase()), Mark { bound: false, search })
                })
                .collect();
        }
        let hidden = search_columns(self.dialect, self.schema, name);
        let search = Mark { bound: false, search: true };
        columns.known.extend(hidden.into_iter().map(|name| (Some(name), search)));
        columns
    }

    /// What an INSERT writes into the columns that it names.
    pub(super) fn written(&mut self, insert: &Insert) -> Columns {
        let Some(source) = &insert.source else {
            let set = insert.assignments.iter().any(|own| placeholder_in(own).is_some());
            return Columns::unknown(Mark { bound: set, search: false });
        };
        let given = self.columns(source);
        if insert.columns.is_empty() {
            return Columns::unknown(Mark { bound: given.any().bound, search: false });
        }
        let named = insert.columns.iter().enumerate();
        let known = named
            .map(|(place, name)| (last(name).map(|name| name.to_lowercase()), given.at(place)))
            .collect();
        Columns { known, rest: Some(Mark::default()) }
    }

    /// The columns of a query's rows.
    pub(super) fn columns(&mut self, query: &Query) -> Columns {
        self.open_names(query);
        let columns = self.body(&query.body);
        self.close();
        columns
    }

    fn body(&mut self, body: &SetExpr) -> Columns {
        match body {
            SetExpr::Select(select) => {
                // Without the names that it gives itself: what it selects does not see them.
                self.frames.push(Frame::default());
                select.from.iter().for_each(|from| self.add_from(from));
                let columns = self.projection(&select.projection);
                self.close();
                columns
            }
            SetExpr::Query(query) => self.columns(query),
            SetExpr::SetOperation { left, right, .. } => {
                let left = self.body(left);
                left.with(&self.body(right))
            }
            SetExpr::Values(values) => {
                let width = values.rows.first().map_or(0, |row| row.content.len());
                let first = if self.dialect == Dialect::MySql { 0 } else { 1 };
                let known = (0..width).map(|place| {
                    let cells = values.rows.iter().filter_map(|row| row.content.get(place));
                    let mark = cells.fold(Mark::default(), |mark, cell| mark.or(self.mark(cell)));
                    let number = place.saturating_add(first);
                    let name = match self.dialect {
                        Dialect::MySql => format!("column_{number}"),
                        Dialect::Sqlite | Dialect::Postgres => format!("column{number}"),
                    };
                    (Some(name), mark)
                });
                Columns { known: known.collect(), rest: None }
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => self.returned(statement),
            SetExpr::Table(table) => match (&table.schema_name, &table.table_name) {
                (None, Some(name)) => self.table(&ObjectName::from(vec![Ident::new(name)]), true),
                _ => Columns::unknown(Mark::default()),
            },
        }
    }

    /// The columns that RETURNING gives.
    fn returned(&mut self, statement: &Statement) -> Columns {
        let (returning, written) = match statement {
            Statement::Insert(insert) => (&insert.returning, self.written(insert)),
            Statement::Update(update) => {
                let bound = placeholder_in(&update.assignments).is_some();
                (&update.returning, Columns::unknown(Mark { bound, search: false }))
            }
            Statement::Delete(delete) => (&delete.returning, Columns::unknown(Mark::default())),
            _ => return Columns::unknown(Mark::BOUND),
        };
        self.open_statement(statement);
        self.add("", written);
        let columns = returning.as_ref().map(|items| self.projection(items));
        self.close();
        columns.unwrap_or_default()
    }

    fn projection(&mut self, items: &[SelectItem]) -> Columns {
        let mut columns = Columns::default();
        for item in items {
            match item {
                SelectItem::UnnamedExpr(expr) => {
                    let name = match expr {
                        Expr::Identifier(ident) => Some(ident),
                        Expr::CompoundIdentifier(path) => path.last(),
                        _ => None,
                    };
                    let name = name.map(|ident| ident.value.to_lowercase());
                    columns.known.push((name, self.mark(expr)));
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    columns.known.push((Some(alias.value.to_lowercase()), self.mark(expr)));
                }
                SelectItem::Wildcard(_) => {
                    let relations = self.frames.last().map(|frame| frame.relations.as_slice());
                    for (_, own) in relations.unwrap_or_default() {
                        columns.extend(own);
                    }
                }
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => {
                    let name = last(name).unwrap_or_default().to_lowercase();
                    let mut relations = self.frames.iter().rev().flat_map(|frame| &frame.relations);
                    match relations.find(|(own, _)| *own == name) {
                        Some((_, own)) => columns.extend(own),
                        None => columns.extend(&Columns::unknown(Mark::default())),
                    }
                }
                other => {
                    let bound = placeholder_in(other).is_some();
                    columns.extend(&Columns::unknown(Mark { bound, search: false }));
                }
            }
        }
        columns
    }

    fn top(&mut self, change: impl FnOnce(&mut Frame)) {
        if let Some(frame) = self.frames.last_mut() {
            change(frame);
        }
    }

    /// What a name holds.
    fn name(&self, path: &[Ident]) -> Mark {
        let Some((column, before)) = path.split_last() else { return Mark::default() };
        if column.value.starts_with(NAME) {
            return Mark::default();
        }
        let name = column.value.to_lowercase();
        if let Some(table) = before.last() {
            let table = table.value.to_lowercase();
            let mut relations = self.frames.iter().rev().flat_map(|frame| &frame.relations);
            return match relations.find(|(own, _)| *own == table) {
                Some((_, columns)) => columns.find(&name).or(columns.rest).unwrap_or_default(),
                // A field of a column that is a row.
                None => self.name(before),
            };
        }
        for frame in self.frames.iter().rev() {
            let columns = frame.relations.iter().filter_map(|(_, columns)| columns.find(&name));
            let aliases = frame.aliases.iter().filter(|(own, _)| *own == name);
            let found: Vec<Mark> = columns.chain(aliases.map(|(_, mark)| *mark)).collect();
            if !found.is_empty() {
                return found.into_iter().fold(Mark::default(), Mark::or);
            }
            // A relation's name means a whole row of it.
            if let Some((_, columns)) = frame.relations.iter().find(|(own, _)| *own == name) {
                return columns.any();
            }
            let rest = frame.relations.iter().filter_map(|(_, columns)| columns.rest);
            let rest = rest.fold(Mark::default(), Mark::or);
            if rest != Mark::default() {
                return rest;
            }
        }
        Mark::default()
    }

    /// Whether a join by USING compares a value with the query of a virtual table.
    pub(super) fn joins_a_search(&self, column: &str) -> bool {
        let relations = self.frames.last().map(|frame| frame.relations.as_slice());
        let column = column.to_lowercase();
        let marks = relations.unwrap_or_default().iter().filter_map(|(_, own)| own.find(&column));
        let any = marks.fold(Mark::default(), Mark::or);
        any.search && any.bound
    }
}

/// The columns of a virtual table that take a query or a command; empty for any other table. One that
/// no migration shows is known by its name.
pub(super) fn search_columns(
    dialect: Dialect,
    schema: Option<&Schema>,
    name: &ObjectName,
) -> Vec<String> {
    let table = plain_name(name).and_then(|plain| schema?.table(&plain));
    let own = last(name).unwrap_or_default().to_lowercase();
    match table {
        Some(table) => table.search_columns(),
        None if dialect == Dialect::Sqlite && is_search_by_name(&own) => vec![own],
        None => Vec::new(),
    }
}

/// `notes_fts`, `fts5_notes`; and not `drafts` or `ftse`.
fn is_search_by_name(table: &str) -> bool {
    table.split('_').any(|part| {
        part.strip_prefix("fts").is_some_and(|version| version.chars().all(|c| c.is_ascii_digit()))
    })
}

/// The last part of a name.
pub(super) fn last(name: &ObjectName) -> Option<String> {
    name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone())
}
