//! The columns of a query's rows.

use sqlparser::ast::{
    Expr, Ident, ObjectName, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    Statement, WildcardAdditionalOptions,
};

use super::{
    Columns, Known, Mark, Meaning, Relation, Scope, value::placeholder_in, without_parentheses,
};
use crate::{column::Column, dialect::Dialect, schema::Kind};

impl Scope<'_> {
    /// The columns of a statement's rows.
    pub(crate) fn statement_columns(&mut self, statement: &Statement) -> Columns {
        match statement {
            Statement::Query(query) => self.columns(query),
            other => self.returned(other),
        }
    }

    pub(crate) fn columns(&mut self, query: &Query) -> Columns {
        self.open_query_names(query);
        let columns = self.body(&query.body);
        self.close();
        columns
    }

    pub(super) fn body(&mut self, body: &SetExpr) -> Columns {
        match body {
            SetExpr::Select(select) => self.select_columns(select),
            SetExpr::Query(query) => self.columns(query),
            SetExpr::SetOperation { left, right, .. } => {
                let left = self.body(left);
                left.with(&self.body(right))
            }
            SetExpr::Values(values) => {
                let rows: Vec<&Vec<Expr>> = values.rows.iter().map(|row| &row.content).collect();
                self.values(&rows)
            }
            SetExpr::Insert(inner) | SetExpr::Update(inner) | SetExpr::Delete(inner) => {
                self.returned(inner)
            }
            SetExpr::Merge(statement) => {
                let bound = placeholder_in(statement).is_some();
                Columns::unknown(Mark { bound, search: false })
            }
            SetExpr::Table(table) => match (&table.schema_name, &table.table_name) {
                (None, Some(name)) => {
                    let own = Ident::new(name);
                    let name = ObjectName::from(vec![own.clone()]);
                    self.table_relation(&name, &own, true).columns
                }
                _ => Columns::unknown(Mark::default()),
            },
        }
    }

    /// The expressions of a SELECT cannot use its own aliases.
    fn select_columns(&mut self, select: &Select) -> Columns {
        self.open();
        self.add_relations(select);
        let columns = self.projection(&select.projection);
        self.close();
        columns
    }

    fn values(&mut self, rows: &[&Vec<Expr>]) -> Columns {
        let width = rows.first().map_or(0, |row| row.len());
        let known = (0..width).map(|place| {
            let name = match self.dialect {
                Dialect::Sqlite | Dialect::Postgres => {
                    format!("column{}", place.saturating_add(1))
                }
                Dialect::MySql => format!("column_{place}"),
            };
            let mut known = Known::named(Some(name.clone()), Some(name), Mark::default());
            for cell in rows.iter().filter_map(|row| row.get(place)) {
                known.mark = known.mark.or(self.mark(cell));
                known.sides.extend(self.sides(cell));
            }
            // One row is known by what is in it.
            if let [only] = rows {
                known.column.hole = only.get(place).and_then(|cell| self.hole(cell));
            }
            known
        });
        Columns::of(known.collect())
    }

    /// The columns of RETURNING.
    fn returned(&mut self, statement: &Statement) -> Columns {
        let (returning, written) = match statement {
            Statement::Insert(insert) => (&insert.returning, self.written(insert)),
            Statement::Update(update) => (&update.returning, self.assigned(update)),
            Statement::Delete(delete) => (&delete.returning, Columns::unknown(Mark::default())),
            _ => return Columns::unknown(Mark::BOUND),
        };
        let Some(items) = returning else { return Columns::default() };
        self.open_statement(statement);
        for number in self.own_relations() {
            if let Some(relation) = self.relations.get_mut(number) {
                let columns = std::mem::take(&mut relation.columns);
                relation.columns = columns.written_over(&written);
            }
        }
        let columns = self.projection(items);
        self.close();
        columns
    }

    /// The columns of a list of items, selected from the innermost frame.
    pub(crate) fn projection(&mut self, items: &[SelectItem]) -> Columns {
        let mut columns = Columns::default();
        for item in items {
            match item {
                SelectItem::UnnamedExpr(expr) => columns.known.push(self.known(expr)),
                SelectItem::ExprWithAlias { expr, alias } => {
                    let mut known = self.known(expr);
                    known.key = Some(self.key(alias));
                    known.column.name = Some(alias.value.clone());
                    columns.known.push(known);
                }
                SelectItem::Wildcard(options) => {
                    let frame = self.frames.len().saturating_sub(1);
                    let merged = self.top().is_none_or(|frame| frame.open || frame.merged);
                    if merged || !is_plain(options) {
                        columns.lose_place();
                    }
                    for number in self.own_relations() {
                        let hidden = self.relation(number).is_none_or(|own| own.qualified);
                        if !hidden {
                            columns.extend(self.all_of(frame, number));
                        }
                    }
                }
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    options,
                ) => {
                    let key = name.0.last().and_then(|part| part.as_ident());
                    let key = key.map(|ident| self.key(ident)).unwrap_or_default();
                    if !is_plain(options) {
                        columns.lose_place();
                    }
                    match self.relation_of(&key) {
                        Some(number) => {
                            let frame = self.frames.iter().rposition(|own| own.first <= number);
                            columns.extend(self.all_of(frame.unwrap_or_default(), number));
                        }
                        None => columns.extend(Columns::unknown(Mark::default())),
                    }
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _)
                | SelectItem::ExprWithAliases { .. } => {
                    let bound = placeholder_in(item).is_some();
                    columns.extend(Columns::unknown(Mark { bound, search: false }));
                }
            }
        }
        columns
    }

    /// The column of an expression.
    fn known(&mut self, expr: &Expr) -> Known {
        let ident = match expr {
            Expr::Identifier(ident) => Some(ident),
            Expr::CompoundIdentifier(parts) => parts.last(),
            _ => None,
        };
        let (kind, nullable) = self.infer(expr);
        // A query is looked into once, or queries in queries would take time by powers of two.
        let (mark, sides) = match without_parentheses(expr) {
            Expr::Subquery(query) => {
                let columns = self.columns(query);
                let bound = columns.any().bound;
                let sides = self.members(&columns, query).into_iter().next().unwrap_or_default();
                (Mark { bound, search: false }, sides)
            }
            _ => (self.mark(expr), self.sides(expr)),
        };
        let name = ident.map(|ident| ident.value.clone());
        Known {
            key: ident.map(|ident| self.key(ident)),
            column: Column { name, kind, nullable, hole: self.hole(expr) },
            unique: false,
            mark,
            sides,
        }
    }

    /// The columns of a relation as a frame sees them.
    fn all_of(&self, frame: usize, relation: usize) -> Columns {
        let Some(own) = self.relations.get(relation) else { return Columns::default() };
        let mut columns = own.columns.clone();
        for known in &mut columns.known {
            known.column.nullable = self.nullable(frame, own, known);
            known.unique = false;
        }
        columns
    }

    /// Whether a column of a relation may be NULL, after joins and conditions.
    pub(super) fn nullable(
        &self,
        frame: usize,
        relation: &Relation,
        known: &Known,
    ) -> Option<bool> {
        let frame = self.frames.get(frame)?;
        let nullable = if relation.optional { Some(true) } else { known.column.nullable };
        let narrowed = known.key.as_ref().is_some_and(|key| frame.narrowed.contains(key));
        // With USING it can be the other relation's.
        nullable.filter(|nullable| !(frame.merged || *nullable && narrowed))
    }

    /// The kind of a column with this name, and whether it can be NULL.
    pub(super) fn infer_column(&self, path: &[Ident]) -> (Kind, Option<bool>) {
        match self.meaning_of(path) {
            Meaning::Column { relation, frame, known } => {
                let own = self.relations.get(relation);
                let nullable = own.and_then(|own| self.nullable(frame, own, known));
                (known.column.kind, nullable)
            }
            Meaning::Search { .. } => (Kind::Search, None),
            Meaning::Open { .. } | Meaning::Nothing => (Kind::Unknown, None),
        }
    }
}

fn is_plain(options: &WildcardAdditionalOptions) -> bool {
    let WildcardAdditionalOptions {
        opt_ilike,
        opt_exclude,
        opt_except,
        opt_replace,
        opt_rename,
        opt_alias,
        ..
    } = options;
    opt_ilike.is_none()
        && opt_exclude.is_none()
        && opt_except.is_none()
        && opt_replace.is_none()
        && opt_rename.is_none()
        && opt_alias.is_none()
}
