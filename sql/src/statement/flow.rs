//! Which names hold a bound value, and which a query of a virtual table.
//!
//! A value is followed through the columns of subqueries, of `WITH`, of set operations and of the
//! functions that rows come from. Where it is not known which of several relations a name belongs to,
//! it is taken for the one with the value.

use std::ops::ControlFlow;

use sqlparser::{
    ast::{
        Cte, Expr, FromTable, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Insert,
        ObjectName, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
        Spanned as _, Statement, TableAlias, TableFactor, TableObject, TableWithJoins,
        UpdateTableFromKind, Value, ValueWithSpan, Visit as _, Visitor,
    },
    tokenizer::Location,
};

use super::{
    expr::{is_comparison, is_numeric},
    render::NAME,
};
use crate::{
    dialect::Dialect,
    resolve::plain_name,
    schema::{Kind, Schema},
};

/// The names that are in scope, with what they hold.
pub(super) struct Flow<'a> {
    dialect: Dialect,
    schema: Option<&'a Schema>,
    frames: Vec<Frame>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// A bound value, or what was made of one.
    pub(super) bound: bool,
    /// A virtual table's own query: what it is compared with is read in the table's language.
    pub(super) search: bool,
}

impl Mark {
    const BOUND: Self = Self { bound: true, search: false };

    fn or(self, other: Self) -> Self {
        Self { bound: self.bound || other.bound, search: self.search || other.search }
    }
}

/// The columns of a relation.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    /// Those that are known, by their name in lower case.
    pub(super) known: Vec<(Option<String>, Mark)>,
    /// What the others hold, where there may be others.
    rest: Option<Mark>,
}

impl Columns {
    fn unknown(mark: Mark) -> Self {
        Self { known: Vec::new(), rest: Some(mark) }
    }

    fn find(&self, name: &str) -> Option<Mark> {
        let own = |(own, _): &&(Option<String>, Mark)| own.as_deref() == Some(name);
        let mut found = self.known.iter().filter(own).map(|(_, mark)| *mark);
        found.next().map(|first| found.fold(first, Mark::or))
    }

    /// What any of them holds.
    pub(super) fn any(&self) -> Mark {
        let known = self.known.iter().map(|(_, mark)| *mark);
        known.chain(self.rest).fold(Mark::default(), Mark::or)
    }

    /// What the one at a place holds.
    pub(super) fn at(&self, place: usize) -> Mark {
        match (self.known.get(place), self.rest) {
            (Some((_, mark)), None) => *mark,
            (known, rest) => {
                let known = known.map(|(_, mark)| *mark).unwrap_or_default();
                known.or(rest.unwrap_or_default())
            }
        }
    }

    /// The columns of a set operation: those of the first part, with what the other holds at the same
    /// places.
    fn with(mut self, other: &Self) -> Self {
        if self.rest.is_none() && other.rest.is_none() {
            for ((_, mark), (_, others)) in self.known.iter_mut().zip(&other.known) {
                *mark = mark.or(*others);
            }
            return self;
        }
        let any = self.any().or(other.any());
        self.known.iter_mut().for_each(|(_, mark)| *mark = mark.or(any));
        self.rest = Some(any);
        self
    }

    /// The columns under the names that an alias gives them.
    fn renamed(mut self, alias: Option<&TableAlias>) -> Self {
        let names = alias.into_iter().flat_map(|alias| &alias.columns);
        for (number, name) in names.enumerate() {
            let name = Some(name.name.value.to_lowercase());
            let mark = self.at(number);
            match self.known.get_mut(number) {
                Some(own) => *own = (name, mark),
                None => self.known.push((name, mark)),
            }
        }
        self
    }
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
                self.add(alias.or_else(|| last(name)).unwrap_or_default(), target);
                self.add("excluded".to_owned(), written.clone());
                if let Some(alias) = &insert.insert_alias {
                    self.add(alias.row_alias.to_string(), written);
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

    fn add(&mut self, name: String, columns: Columns) {
        self.top(|frame| frame.relations.push((name.to_lowercase(), columns)));
    }

    fn add_factor(&mut self, factor: &TableFactor) {
        let made_of = |flow: &mut Self, value: bool| {
            let _unused = flow;
            Columns::unknown(Mark { bound: value, search: false })
        };
        let (name, columns, alias) = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                (last(name), self.table(name, true), alias)
            }
            TableFactor::Table { name, alias, args: Some(args), .. } => {
                let value = self.value_in_args(&args.args).is_some();
                (last(name), made_of(self, value), alias)
            }
            TableFactor::Function { name, alias, args, .. } => {
                let value = self.value_in_args(args).is_some();
                (last(name), made_of(self, value), alias)
            }
            TableFactor::TableFunction { expr, alias } => {
                let value = self.value_in(expr).is_some();
                (None, made_of(self, value), alias)
            }
            TableFactor::UNNEST { array_exprs, alias, .. } => {
                let value = array_exprs.iter().any(|array| self.value_in(array).is_some());
                (Some("unnest".to_owned()), made_of(self, value), alias)
            }
            TableFactor::JsonTable { json_expr, alias, .. } => {
                let value = self.value_in(json_expr).is_some();
                (None, made_of(self, value), alias)
            }
            TableFactor::Derived { subquery, alias, .. } => (None, self.columns(subquery), alias),
            TableFactor::NestedJoin { table_with_joins, .. } => {
                self.add_from(table_with_joins);
                return;
            }
            other => {
                let value = placeholder_in(other).is_some();
                (None, made_of(self, value), &None)
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
        self.add(name, columns);
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
        let hidden = match table {
            Some(table) => table.search_columns(),
            None if self.dialect == Dialect::Sqlite && is_search_by_name(&own) => {
                vec![own.to_lowercase(), "rank".to_owned()]
            }
            None => Vec::new(),
        };
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
        self.add(String::new(), written);
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

    fn mark(&mut self, expr: &Expr) -> Mark {
        Mark { bound: self.value_in(expr).is_some(), search: self.searches(expr) }
    }

    /// Whether an expression is the query of a virtual table.
    pub(super) fn searches(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Nested(inner) => self.searches(inner),
            Expr::Collate { expr, .. } => self.searches(expr),
            Expr::Identifier(ident) => self.name(std::slice::from_ref(ident)).search,
            Expr::CompoundIdentifier(path) => self.name(path).search,
            _ => false,
        }
    }

    /// Where an expression takes what a bound value holds. What only decides by one does not: a
    /// condition, a number.
    pub(super) fn value_in(&mut self, expr: &Expr) -> Option<Location> {
        match expr {
            Expr::Nested(inner) => self.value_in(inner),
            Expr::Value(value) => match value.value {
                Value::Placeholder(_) => Some(value.span.start),
                _ => None,
            },
            Expr::Identifier(ident) => {
                self.name(std::slice::from_ref(ident)).bound.then_some(ident.span.start)
            }
            Expr::CompoundIdentifier(path) => {
                let first = path.first()?;
                self.name(path).bound.then_some(first.span.start)
            }
            Expr::Cast { expr, data_type, .. } => {
                if is_numeric(data_type) {
                    None
                } else {
                    self.value_in(expr)
                }
            }
            Expr::BinaryOp { op, .. } if is_comparison(op) || op_decides(op) => None,
            Expr::BinaryOp { left, right, .. } => {
                self.value_in(left).or_else(|| self.value_in(right))
            }
            Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsDistinctFrom(..)
            | Expr::IsNotDistinctFrom(..)
            | Expr::InList { .. }
            | Expr::InSubquery { .. }
            | Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::ILike { .. }
            | Expr::SimilarTo { .. }
            | Expr::RLike { .. }
            | Expr::Exists { .. } => None,
            Expr::Case { conditions, else_result, .. } => {
                let results = conditions.iter().map(|when| &when.result);
                results.chain(else_result.as_deref()).find_map(|result| self.value_in(result))
            }
            Expr::Subquery(query) => self.value_of(query),
            Expr::Function(function) => {
                let name = last(&function.name).unwrap_or_default().to_ascii_lowercase();
                match &function.args {
                    _ if gives_a_number(&name) => None,
                    // What would have been inserted.
                    FunctionArguments::List(_) if name == "values" => {
                        Some(function.name.span().start)
                    }
                    FunctionArguments::List(list) => self.value_in_args(&list.args),
                    FunctionArguments::Subquery(query) => self.value_of(query),
                    FunctionArguments::None => None,
                }
            }
            other => self.value_anywhere(other),
        }
    }

    fn value_of(&mut self, query: &Query) -> Option<Location> {
        if !self.columns(query).any().bound {
            return None;
        }
        placeholder_in(query).or_else(|| Some(query.span().start))
    }

    pub(super) fn value_in_args(&mut self, args: &[FunctionArg]) -> Option<Location> {
        args.iter().find_map(|arg| match argument(arg) {
            Some(expr) => self.value_in(expr),
            None => placeholder_in(arg),
        })
    }

    /// A value in any part of an expression that is not known better.
    fn value_anywhere(&mut self, expr: &Expr) -> Option<Location> {
        struct Parts<'f, 'a> {
            flow: &'f mut Flow<'a>,
            depth: usize,
        }
        impl Visitor for Parts<'_, '_> {
            type Break = Location;
            fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Location> {
                if self.depth == 0
                    && let Some(at) = self.flow.value_of(query)
                {
                    return ControlFlow::Break(at);
                }
                self.depth = self.depth.saturating_add(1);
                ControlFlow::Continue(())
            }
            fn post_visit_query(&mut self, _: &Query) -> ControlFlow<Location> {
                self.depth = self.depth.saturating_sub(1);
                ControlFlow::Continue(())
            }
            fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Location> {
                let path = match expr {
                    _ if self.depth > 0 => return ControlFlow::Continue(()),
                    Expr::Identifier(ident) => std::slice::from_ref(ident),
                    Expr::CompoundIdentifier(path) => path.as_slice(),
                    _ => return ControlFlow::Continue(()),
                };
                match path.first().filter(|_| self.flow.name(path).bound) {
                    Some(first) => ControlFlow::Break(first.span.start),
                    None => ControlFlow::Continue(()),
                }
            }
            fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<Location> {
                match value.value {
                    Value::Placeholder(_) if self.depth == 0 => {
                        ControlFlow::Break(value.span.start)
                    }
                    _ => ControlFlow::Continue(()),
                }
            }
        }
        match expr.visit(&mut Parts { flow: self, depth: 0 }) {
            ControlFlow::Break(at) => Some(at),
            ControlFlow::Continue(()) => None,
        }
    }
}

impl Columns {
    fn extend(&mut self, other: &Self) {
        self.known.extend(other.known.iter().cloned());
        self.rest = match (self.rest, other.rest) {
            (Some(own), Some(others)) => Some(own.or(others)),
            (own, others) => own.or(others),
        };
    }
}

/// The expression that a function is given.
pub(super) fn argument(arg: &FunctionArg) -> Option<&Expr> {
    match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))
        | FunctionArg::Named { arg: FunctionArgExpr::Expr(expr), .. }
        | FunctionArg::ExprNamed { arg: FunctionArgExpr::Expr(expr), .. } => Some(expr),
        _ => None,
    }
}

/// The first placeholder in a part of a statement.
fn placeholder_in(part: &impl sqlparser::ast::Visit) -> Option<Location> {
    struct Placeholders;
    impl Visitor for Placeholders {
        type Break = Location;
        fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<Location> {
            match value.value {
                Value::Placeholder(_) => ControlFlow::Break(value.span.start),
                _ => ControlFlow::Continue(()),
            }
        }
    }
    match part.visit(&mut Placeholders) {
        ControlFlow::Break(at) => Some(at),
        ControlFlow::Continue(()) => None,
    }
}

/// Whether an operator gives yes or no, or a number.
fn op_decides(op: &sqlparser::ast::BinaryOperator) -> bool {
    use sqlparser::ast::BinaryOperator as Op;
    matches!(
        op,
        Op::And
            | Op::Or
            | Op::Xor
            | Op::Plus
            | Op::Minus
            | Op::Multiply
            | Op::Divide
            | Op::Modulo
            | Op::MyIntegerDivide
    )
}

fn gives_a_number(function: &str) -> bool {
    [
        "abs",
        "ascii",
        "bit_length",
        "char_length",
        "character_length",
        "count",
        "instr",
        "length",
        "locate",
        "octet_length",
        "position",
        "round",
        "strpos",
        "unicode",
    ]
    .contains(&function)
}

/// The name of a virtual table that no migration shows.
pub(super) fn is_search_by_name(table: &str) -> bool {
    table.to_ascii_lowercase().contains("fts")
}

/// The last part of a name.
pub(super) fn last(name: &ObjectName) -> Option<String> {
    name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone())
}
