//! The columns of a query's rows: their names, what they hold, whether they can be NULL.

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Query, Select,
    SelectItem, SelectItemQualifiedWildcardKind, SetExpr, Statement, UnaryOperator, Value,
    WildcardAdditionalOptions,
};

use super::{Column, Resolver, frame::Relation};
use crate::{dialect::Dialect, schema::Kind};

impl Resolver<'_> {
    pub(super) fn statement_columns(&mut self, statement: &Statement) -> Option<Vec<Column>> {
        let returning = match statement {
            Statement::Query(query) => return self.query_columns(query),
            Statement::Insert(insert) => insert.returning.as_ref()?,
            Statement::Update(update) => update.returning.as_ref()?,
            Statement::Delete(delete) => delete.returning.as_ref()?,
            _ => return None,
        };
        self.enter_statement(statement);
        // What ON CONFLICT would have inserted is not returned.
        self.top(|frame| frame.relations.retain(|relation| !relation.is("excluded")));
        let columns = self.projection(returning);
        self.frames.pop();
        columns
    }

    pub(super) fn query_columns(&mut self, query: &Query) -> Option<Vec<Column>> {
        self.enter_query(query);
        let columns = self.set_expr_columns(&query.body);
        self.frames.pop();
        columns
    }

    pub(super) fn set_expr_columns(&mut self, body: &SetExpr) -> Option<Vec<Column>> {
        match body {
            SetExpr::Select(select) => self.select_columns(select),
            SetExpr::Query(query) => self.query_columns(query),
            SetExpr::SetOperation { left, right, .. } => {
                let left = self.set_expr_columns(left)?;
                let right = self.set_expr_columns(right);
                let unknown = |column: Column| Column {
                    kind: Kind::Unknown,
                    nullable: None,
                    hole: None,
                    ..column
                };
                match right {
                    Some(right) if right.len() == left.len() => {
                        let merged = left.into_iter().zip(right).map(|(left, right)| {
                            let name = left.name.clone();
                            Column { name, ..left.or(&right) }
                        });
                        Some(merged.collect())
                    }
                    // The second part of a recursive query refers to the first.
                    _ => Some(left.into_iter().map(unknown).collect()),
                }
            }
            SetExpr::Values(values) => {
                let first = values.rows.first()?;
                let row: &Vec<Expr> = &first.content;
                // One row is known by what stands in it.
                let only = (values.rows.len() == 1).then_some(row);
                let columns = (0..row.len()).map(|place| Column {
                    name: match self.dialect {
                        Dialect::Sqlite | Dialect::Postgres => {
                            Some(format!("column{}", place.saturating_add(1)))
                        }
                        Dialect::MySql => Some(format!("column_{place}")),
                    },
                    kind: Kind::Unknown,
                    nullable: None,
                    hole: only.and_then(|row| self.hole(row.get(place)?)),
                });
                Some(columns.collect())
            }
            SetExpr::Insert(inner) | SetExpr::Update(inner) | SetExpr::Delete(inner) => {
                self.statement_columns(inner)
            }
            SetExpr::Merge(_) | SetExpr::Table(_) => None,
        }
    }

    fn select_columns(&mut self, select: &Select) -> Option<Vec<Column>> {
        self.enter_select(select);
        let columns = self.projection(&select.projection);
        self.frames.pop();
        columns
    }

    pub(super) fn projection(&mut self, items: &[SelectItem]) -> Option<Vec<Column>> {
        let mut columns = Vec::new();
        for item in items {
            match item {
                SelectItem::UnnamedExpr(expr) => columns.push(self.column_of(expr)),
                SelectItem::ExprWithAlias { expr, alias } => {
                    columns.push(self.column_of(expr).named(alias.value.clone()));
                }
                SelectItem::Wildcard(options) => {
                    if !is_plain(options) {
                        return None;
                    }
                    let frame = self.frames.last()?;
                    if frame.open || frame.merged {
                        return None;
                    }
                    for relation in &frame.relations {
                        columns.extend(all_of(relation, &frame.narrowed)?);
                    }
                }
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    options,
                ) => {
                    if !is_plain(options) {
                        return None;
                    }
                    let name = name.0.last().and_then(|part| part.as_ident())?;
                    let frame = self.frames.last()?;
                    let relation = frame.relations.iter().find(|own| own.is(&name.value))?;
                    columns.extend(all_of(relation, &frame.narrowed)?);
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _)
                | SelectItem::ExprWithAliases { .. } => return None,
            }
        }
        Some(columns)
    }

    fn column_of(&self, expr: &Expr) -> Column {
        let (kind, nullable) = self.infer(expr);
        let name = match expr {
            Expr::Identifier(ident) => Some(ident.value.clone()),
            Expr::CompoundIdentifier(parts) => parts.last().map(|ident| ident.value.clone()),
            _ => None,
        };
        Column { name, kind, nullable, hole: self.hole(expr) }
    }

    /// What an expression holds, and whether it can be NULL.
    pub(super) fn infer(&self, expr: &Expr) -> (Kind, Option<bool>) {
        const NOTHING: (Kind, Option<bool>) = (Kind::Unknown, None);
        match expr {
            Expr::Nested(inner) => self.infer(inner),
            Expr::Collate { expr, .. } => self.infer(expr),
            Expr::Identifier(ident) => self.infer_column(None, &ident.value),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., table, column] => self.infer_column(Some(&table.value), &column.value),
                _ => NOTHING,
            },
            Expr::Value(value) => match &value.value {
                Value::Number(text, _) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                    (Kind::Integer, Some(false))
                }
                Value::Number(..) => (Kind::Unknown, Some(false)),
                Value::SingleQuotedString(_) => (Kind::Text, Some(false)),
                Value::Boolean(_) => (Kind::Boolean, Some(false)),
                Value::Null => (Kind::Unknown, Some(true)),
                _ => NOTHING,
            },
            Expr::Exists { .. } | Expr::IsNull(_) | Expr::IsNotNull(_) => {
                (self.truth(), Some(false))
            }
            Expr::BinaryOp { left, op, right } => self.operation(left, op, right),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => (self.truth(), self.infer(expr).1),
            Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr } => {
                self.infer(expr)
            }
            Expr::Cast { expr, data_type, .. } => {
                // SQLite has casts of its own, and an unsigned one is MySQL's.
                let kind = match self.dialect {
                    Dialect::Postgres => Kind::of(self.dialect, data_type),
                    Dialect::Sqlite | Dialect::MySql => Kind::Unknown,
                };
                (
                    kind,
                    self.infer(expr)
                        .1
                        .filter(|nullable| *nullable || self.dialect == Dialect::Postgres),
                )
            }
            Expr::Function(function) => self.function(function),
            Expr::Case { conditions, else_result, .. } => {
                let mut all =
                    conditions.iter().map(|when| &when.result).chain(else_result.as_deref());
                let Some(first) = all.next().map(|expr| self.infer(expr)) else { return NOTHING };
                let (kind, nullable) = all.fold(first, |(kind, nullable), expr| {
                    let (other, others) = self.infer(expr);
                    (if kind == other { kind } else { Kind::Unknown }, either(nullable, others))
                });
                (kind, if else_result.is_none() { None } else { nullable })
            }
            _ => NOTHING,
        }
    }

    /// What a comparison gives.
    fn truth(&self) -> Kind {
        match self.dialect {
            Dialect::Postgres => Kind::Boolean,
            Dialect::Sqlite | Dialect::MySql => Kind::Integer,
        }
    }

    fn infer_column(&self, table: Option<&str>, column: &str) -> (Kind, Option<bool>) {
        for frame in self.frames.iter().rev() {
            for relation in &frame.relations {
                if table.is_some_and(|table| !relation.is(table)) {
                    continue;
                }
                match relation.column(column) {
                    Some(found) => {
                        let found = seen(found, relation, &frame.narrowed);
                        // With USING it can be the other relation's.
                        return (found.kind, if frame.merged { None } else { found.nullable });
                    }
                    None if relation.search.contains(&column.to_lowercase()) => {
                        return (Kind::Search, None);
                    }
                    None if relation.columns.is_none() => return (Kind::Unknown, None),
                    None => {}
                }
            }
            if frame.open {
                break;
            }
        }
        (Kind::Unknown, None)
    }

    fn operation(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> (Kind, Option<bool>) {
        let (left, right) = (self.infer(left), self.infer(right));
        let nullable = either(left.1, right.1);
        match op {
            BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq => (self.truth(), nullable),
            BinaryOperator::StringConcat if self.dialect != Dialect::MySql => {
                let kind = if left.0 == Kind::Text && right.0 == Kind::Text {
                    Kind::Text
                } else {
                    Kind::Unknown
                };
                (kind, nullable)
            }
            // Overflow and division make others of them, NULL included.
            BinaryOperator::Plus | BinaryOperator::Minus | BinaryOperator::Multiply
                if left.0 == Kind::Integer && right.0 == Kind::Integer =>
            {
                (
                    if self.dialect == Dialect::Sqlite { Kind::Unknown } else { Kind::Integer },
                    nullable,
                )
            }
            _ => (Kind::Unknown, None),
        }
    }

    fn function(&self, function: &Function) -> (Kind, Option<bool>) {
        let name = function.name.to_string().to_ascii_lowercase();
        let args: Vec<(Kind, Option<bool>)> = match &function.args {
            FunctionArguments::List(list) => list
                .args
                .iter()
                .map(|arg| match arg {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => self.infer(expr),
                    _ => (Kind::Unknown, None),
                })
                .collect(),
            FunctionArguments::None | FunctionArguments::Subquery(_) => Vec::new(),
        };
        let first = args.first().copied().unwrap_or_default();
        match name.as_str() {
            "count" | "row_number" | "rank" | "dense_rank" => (Kind::Integer, Some(false)),
            "length" | "char_length" | "octet_length" => (Kind::Integer, first.1),
            "lower" | "upper" | "trim" | "ltrim" | "rtrim" if first.0 == Kind::Text => {
                (Kind::Text, first.1)
            }
            // No rows give NULL, and a group always has some.
            "min" | "max" => (first.0, None),
            "coalesce" | "ifnull" => {
                let kinds_agree = args.iter().all(|(kind, _)| *kind == first.0);
                let certain = args.iter().any(|(_, nullable)| *nullable == Some(false));
                let all = args.iter().all(|(_, nullable)| *nullable == Some(true));
                let nullable = if certain {
                    Some(false)
                } else if all {
                    Some(true)
                } else {
                    None
                };
                (if kinds_agree { first.0 } else { Kind::Unknown }, nullable)
            }
            "now" if self.dialect == Dialect::Postgres => (Kind::Timestamp, Some(false)),
            _ => (Kind::Unknown, None),
        }
    }
}

/// The expression that a function is given.
pub(super) fn expression(arg: &FunctionArg) -> Option<&Expr> {
    match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
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

fn all_of(relation: &Relation, narrowed: &[String]) -> Option<Vec<Column>> {
    let columns = relation.columns.as_ref()?;
    Some(columns.iter().map(|column| seen(column, relation, narrowed)).collect())
}

/// A column as it comes out of its relation, after joins and conditions.
fn seen(column: &Column, relation: &Relation, narrowed: &[String]) -> Column {
    let name = column.name.as_deref().unwrap_or_default().to_lowercase();
    let mut nullable = if relation.optional { Some(true) } else { column.nullable };
    if nullable == Some(true) && narrowed.contains(&name) {
        nullable = None;
    }
    Column { nullable, ..column.clone() }
}

fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// The columns, in lower case, that are not NULL where a condition holds.
pub(super) fn not_null(condition: &Expr, found: &mut Vec<String>) {
    match condition {
        Expr::Nested(inner) => not_null(inner, found),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            not_null(left, found);
            not_null(right, found);
        }
        // NULL compares to nothing. OR is left alone: either side may hold.
        Expr::BinaryOp { op: BinaryOperator::Or | BinaryOperator::Xor, .. } => {}
        Expr::BinaryOp { left, right, .. } => {
            name_of(left, found);
            name_of(right, found);
        }
        Expr::IsNotNull(expr)
        | Expr::InList { expr, .. }
        | Expr::InSubquery { expr, .. }
        | Expr::Like { expr, .. }
        | Expr::ILike { expr, .. }
        | Expr::Between { expr, .. }
        | Expr::IsTrue(expr)
        | Expr::IsFalse(expr) => name_of(expr, found),
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => name_of(condition, found),
        _ => {}
    }
}

fn name_of(expr: &Expr, found: &mut Vec<String>) {
    match expr {
        Expr::Identifier(ident) => found.push(ident.value.to_lowercase()),
        Expr::CompoundIdentifier(parts) => {
            found.extend(parts.last().map(|ident| ident.value.to_lowercase()));
        }
        Expr::Nested(inner) => name_of(inner, found),
        _ => {}
    }
}
