//! Which rows an INSERT replaces or updates: those of its own table that its query gives.

use sqlparser::ast::{
    Expr, GroupByExpr, Insert, OnConflictAction, OnInsert, Query, Select, SelectItem, SetExpr,
    SetOperator, SqliteOnConflict, TableObject,
};

use super::{
    Limit,
    judge::{Conditions, Judge},
    lookup::always_one_row,
    select::leaves_out,
    shape::Shape,
};
use crate::{names::plain_name, scope::Scope};

/// The rows that an INSERT changes beside those that it adds, in a scope of the names that WITH gives.
pub(in crate::statement) fn replaced(scope: Scope<'_>, insert: &Insert) -> Limit {
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
    let mut judge = Judge::new(scope);
    if !judge.gives_every_row(source, &target) {
        return Limit::Limited;
    }
    if let Some(condition) = condition {
        judge.scope.open_insert(insert);
        let conditions = Conditions { inner: vec![condition.clone()], ..Conditions::default() };
        if judge.limited(&conditions).contains(&0) {
            return Limit::Limited;
        }
    }
    Limit::Whole(target)
}

impl Judge<'_> {
    /// Whether the rows of a query are made of every row of a table.
    fn gives_every_row(&mut self, query: &Query, target: &str) -> bool {
        if leaves_out(query) || always_one_row(query) {
            return false;
        }
        let every = self.once(query, |judge| {
            judge.enter(query);
            let every = judge.body_gives_every_row(&query.body, target);
            judge.close();
            Some(every)
        });
        every == Some(true)
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
                let (inner, conditions) = self.open_select(select);
                let every = self.select_gives_every_row(select, inner, &conditions, target);
                self.close();
                every
            }
            _ => false,
        }
    }

    fn select_gives_every_row(
        &mut self,
        select: &Select,
        inner: usize,
        conditions: &Conditions,
        target: &str,
    ) -> bool {
        if select.having.is_some() || select.top.is_some() {
            return false;
        }
        let limited = self.limited(conditions);
        for table in inner..self.scope.count() {
            let Some(own) = self.table(table) else { continue };
            let is_target = match own.rows.clone() {
                Some(rows) => {
                    let gives = |judge: &mut Self, query: &Query| {
                        Some(judge.gives_every_row(query, target))
                    };
                    self.in_rows(&rows, gives) == Some(true)
                }
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
