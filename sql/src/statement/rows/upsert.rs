//! Which rows an INSERT replaces or updates: those of its own table that its query gives.

use sqlparser::ast::{
    Expr, GroupByExpr, Insert, OnConflictAction, OnInsert, Query, Select, SelectItem, SetExpr,
    SetOperator, SqliteOnConflict, TableObject,
};

use super::{
    Limit, Named,
    lookup::always_one_row,
    scope::{Conditions, Scope},
    shape::Shape,
};
use crate::{resolve::plain_name, schema::Schema};

/// The rows that an INSERT changes beside those that it adds.
pub(in crate::statement) fn replaced(
    schema: Option<&Schema>,
    named: &[Named],
    insert: &Insert,
) -> Limit {
    let condition = match &insert.on {
        Some(OnInsert::OnConflict(on)) => match &on.action {
            OnConflictAction::DoUpdate(update) => update.selection.as_ref(),
            OnConflictAction::DoNothing => return Limit::Limited,
        },
        Some(OnInsert::DuplicateKeyUpdate(_)) => None,
        _ if insert.replace_into || insert.or == Some(SqliteOnConflict::Replace) => None,
        _ => return Limit::Limited,
    };
    let (TableObject::TableName(name), Some(source)) = (&insert.table, &insert.source) else {
        return Limit::Limited;
    };
    let target = plain_name(name).unwrap_or_else(|| name.to_string()).to_lowercase();
    if !Scope::new(schema, named).gives_every_row(source, &target) {
        return Limit::Limited;
    }
    if let Some(condition) = condition {
        let mut scope = Scope::new(schema, named);
        let alias = insert.table_alias.as_ref().map(|alias| alias.alias.value.to_lowercase());
        scope.add_target(&target, alias);
        scope.add_target(&target, Some("excluded".to_owned()));
        let mut conditions = Conditions::default();
        conditions.inner.push(condition.clone());
        if scope.limited(&conditions).contains(&0) {
            return Limit::Limited;
        }
    }
    Limit::Whole(target)
}

impl Scope<'_> {
    /// Whether the rows of a query are made of every row of a table.
    fn gives_every_row(&mut self, query: &Query, target: &str) -> bool {
        let own = std::ptr::from_ref(query);
        if query.limit_clause.is_some()
            || query.fetch.is_some()
            || always_one_row(query)
            || self.open.contains(&own)
        {
            return false;
        }
        self.open.push(own);
        let named = self.enter(query);
        let every = self.body_gives_every_row(&query.body, target);
        self.leave(named);
        self.open.pop();
        every
    }

    fn body_gives_every_row(&mut self, body: &SetExpr, target: &str) -> bool {
        match body {
            SetExpr::Query(query) => self.gives_every_row(query, target),
            SetExpr::SetOperation { left, op, right, .. } => {
                self.body_gives_every_row(left, target)
                    || *op == SetOperator::Union && self.body_gives_every_row(right, target)
            }
            SetExpr::Table(table) => {
                table.table_name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(target))
            }
            SetExpr::Select(select) => {
                let inner = self.tables.len();
                self.levels.push(inner);
                let every = self.select_gives_every_row(select, inner, target);
                self.tables.truncate(inner);
                self.levels.pop();
                every
            }
            _ => false,
        }
    }

    fn select_gives_every_row(&mut self, select: &Select, inner: usize, target: &str) -> bool {
        if select.having.is_some() || select.top.is_some() {
            return false;
        }
        let mut conditions = Conditions::default();
        select.from.iter().for_each(|from| self.add(from, &mut conditions));
        conditions.inner.extend(select.selection.clone());
        let limited = self.limited(&conditions);
        for table in inner..self.tables.len() {
            let Some(own) = self.tables.get(table) else { continue };
            let is_target = match own.query.clone() {
                Some(query) => self.gives_every_row(&query, target),
                None => own.base.as_deref() == Some(target),
            };
            if is_target
                && !limited.contains(&table)
                && select.projection.iter().any(|item| self.selects(item, select, table))
            {
                return true;
            }
        }
        false
    }

    /// Whether an item is made of a table, of each of its rows.
    fn selects(&mut self, item: &SelectItem, select: &Select, table: usize) -> bool {
        let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else {
            return true;
        };
        let one_row_each = matches!(&select.group_by, GroupByExpr::Expressions(groups, _) if groups.is_empty())
            && !matches!(&select.distinct, Some(sqlparser::ast::Distinct::On(_)));
        if one_row_each {
            return self.tables_in(expr).contains(&table);
        }
        self.is_kept(expr, select, table)
    }

    fn is_kept(&mut self, expr: &Expr, select: &Select, table: usize) -> bool {
        match self.shape(expr) {
            Shape::Column(own, column) => own == table && self.keeps_every(select, &(own, column)),
            Shape::Constant | Shape::Other => false,
        }
    }
}
