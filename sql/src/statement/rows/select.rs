//! The parts of a query that are asked for: one of its columns, and whether it leaves rows out.

use sqlparser::ast::{
    Expr, LimitClause, Offset, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    UnaryOperator, Value,
};

use super::{judge::Judge, literal};
use crate::{expr::contents, scope::Rows};

/// A table, in lower case, and one of its columns.
pub(super) type Source = (String, String);

/// Which column of a query is meant.
pub(super) enum Wanted {
    Position(usize),
    Name(String),
}

impl Wanted {
    /// A column of a relation that is the rows of a query.
    pub(super) fn of(rows: &Rows, column: &str) -> Self {
        match rows.renamed.iter().position(|name| name == column) {
            Some(position) => Self::Position(position),
            None => Self::Name(column.to_owned()),
        }
    }
}

/// What a query gives as one of its columns.
pub(super) enum Item<'s> {
    Expr(&'s Expr),
    /// A column of a relation, by `*`.
    Column(usize, String),
}

impl Judge<'_> {
    /// The column that is wanted of a SELECT whose relations are open.
    pub(super) fn item<'s>(&self, select: &'s Select, wanted: &Wanted) -> Option<Item<'s>> {
        let mut place = 0_usize;
        for item in &select.projection {
            let tables = match item {
                SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                    let is_wanted = match wanted {
                        Wanted::Position(position) => *position == place,
                        Wanted::Name(name) => self.name_of(item).as_ref() == Some(name),
                    };
                    if is_wanted {
                        return Some(Item::Expr(expr));
                    }
                    place = place.saturating_add(1);
                    continue;
                }
                SelectItem::Wildcard(_) => self.scope.own_relations(),
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => {
                    let ident = name.0.last().and_then(|part| part.as_ident())?;
                    let table = self.scope.relation_of(&self.scope.key(ident))?;
                    table..table.saturating_add(1)
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _)
                | SelectItem::ExprWithAliases { .. } => return None,
            };
            for table in tables {
                let own = self.table(table)?;
                match wanted {
                    Wanted::Name(name) => {
                        if own.is_open() || own.columns.find(name).is_some() {
                            return Some(Item::Column(table, name.clone()));
                        }
                    }
                    Wanted::Position(position) => {
                        // Columns that USING makes one change the order.
                        let merged = self.scope.top().is_none_or(|frame| frame.merged);
                        let columns = own.columns.complete().filter(|_| !merged)?;
                        if let Some(known) =
                            position.checked_sub(place).and_then(|at| columns.get(at))
                        {
                            return Some(Item::Column(table, known.key.clone()?));
                        }
                        place = place.saturating_add(columns.len());
                    }
                }
            }
        }
        None
    }

    fn name_of(&self, item: &SelectItem) -> Option<String> {
        let ident = match item {
            SelectItem::ExprWithAlias { alias, .. } => alias,
            SelectItem::UnnamedExpr(Expr::Identifier(ident)) => ident,
            SelectItem::UnnamedExpr(Expr::CompoundIdentifier(path)) => path.last()?,
            _ => return None,
        };
        Some(self.scope.key(ident))
    }
}

/// What GROUP BY means by a number, or by a name that the query gives.
pub(super) fn selected<'s>(expr: &Expr, select: &'s Select) -> Option<&'s Expr> {
    let item = match contents(expr) {
        Expr::Value(own) => match &own.value {
            Value::Number(text, _) => {
                select.projection.get(text.parse::<usize>().ok()?.checked_sub(1)?)
            }
            _ => None,
        },
        Expr::Identifier(ident) => select.projection.iter().find(|item| {
            matches!(item, SelectItem::ExprWithAlias { alias, .. } if alias.value.eq_ignore_ascii_case(&ident.value))
        }),
        _ => None,
    }?;
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

/// Whether LIMIT, OFFSET or FETCH leave out rows of a query.
pub(super) fn leaves_out(query: &Query) -> bool {
    skips(query)
        || query.fetch.is_some()
        || match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit: Some(limit), .. }) => !is_no_limit(limit),
            Some(LimitClause::OffsetCommaLimit { limit, .. }) => !is_no_limit(limit),
            Some(LimitClause::LimitOffset { limit: None, .. }) | None => false,
        }
}

/// Whether a query begins behind its first row.
pub(super) fn skips(query: &Query) -> bool {
    match &query.limit_clause {
        Some(LimitClause::LimitOffset { offset, limit_by, .. }) => {
            !limit_by.is_empty()
                || offset.as_ref().is_some_and(|Offset { value, .. }| !is_number(value, "0"))
        }
        Some(LimitClause::OffsetCommaLimit { offset, .. }) => !is_number(offset, "0"),
        None => false,
    }
}

/// Whether a query gives no rows, whatever there is.
pub(super) fn is_empty(query: &Query) -> bool {
    let limit = match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit, .. }) => limit.as_ref(),
        Some(LimitClause::OffsetCommaLimit { limit, .. }) => Some(limit),
        None => None,
    };
    if limit.is_some_and(|limit| is_number(limit, "0")) {
        return true;
    }
    match query.body.as_ref() {
        SetExpr::Query(query) => is_empty(query),
        SetExpr::Select(select) => {
            let never = select.selection.as_ref().is_some_and(|own| literal::never(own, false));
            never && !super::always_one_row(query)
        }
        _ => false,
    }
}

/// `LIMIT NULL`, `LIMIT -1`, and a number that no table reaches.
fn is_no_limit(limit: &Expr) -> bool {
    match contents(limit) {
        Expr::Value(own) => match &own.value {
            Value::Null => true,
            Value::Number(text, _) => text.parse::<f64>().is_ok_and(|number| number >= 9e18),
            _ => false,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => {
            matches!(contents(expr), Expr::Value(own) if matches!(own.value, Value::Number(..)))
        }
        _ => false,
    }
}

fn is_number(expr: &Expr, number: &str) -> bool {
    matches!(contents(expr), Expr::Value(own) if matches!(&own.value, Value::Number(text, _) if text == number))
}
