//! Values that would become the query or the command of a virtual table.

use sqlparser::{
    ast::{
        AssignmentTarget, Expr, FunctionArg, Ident, Insert, JoinConstraint, JoinOperator,
        ObjectName, SetExpr, Spanned as _, TableFactor, TableObject, TableWithJoins, Update, Value,
        ValueWithSpan,
    },
    tokenizer::Location,
};

use super::inspect::Walk;
use crate::{
    dialect::Dialect,
    expr::contents,
    fault::FaultKind,
    names::{last, plain_name},
    schema::Table,
    scope::search_columns,
};

impl Walk<'_> {
    pub(super) fn searched(&mut self, column: &Expr, with: &[Box<Expr>]) {
        for value in with {
            self.searched_by(column, value);
        }
    }

    /// A virtual table's own column, compared with a value.
    pub(super) fn searched_by(&mut self, column: &Expr, value: &Expr) {
        if let (Expr::Tuple(columns), Expr::Tuple(values)) = (contents(column), contents(value)) {
            for (column, value) in columns.iter().zip(values) {
                self.searched_by(column, value);
            }
            return;
        }
        if self.scope.searches(column)
            && let Some(at) = self.scope.value_in(value)
        {
            self.query_of(column, at);
        }
    }

    pub(super) fn query_of(&mut self, column: &Expr, at: Location) {
        let message =
            format!("a value becomes a query: `{column}` is the search column of a virtual table");
        self.fault(
            FaultKind::Pattern,
            at,
            message,
            "compare a column of it, or say `dangerous_pattern = \"reason\"`",
        );
    }

    /// `JOIN .. USING (notes_fts)`.
    pub(super) fn joined(&mut self, from: &[TableWithJoins]) {
        if self.allow.pattern {
            return;
        }
        for join in from.iter().flat_map(|from| &from.joins) {
            let (JoinOperator::Join(constraint)
            | JoinOperator::Inner(constraint)
            | JoinOperator::Left(constraint)
            | JoinOperator::LeftOuter(constraint)
            | JoinOperator::Right(constraint)
            | JoinOperator::RightOuter(constraint)
            | JoinOperator::FullOuter(constraint)) = &join.join_operator
            else {
                continue;
            };
            let JoinConstraint::Using(columns) = constraint else { continue };
            for column in columns {
                let name = last(column).unwrap_or_default();
                if self.scope.joins_a_search(&name) {
                    let at = column.span().start;
                    self.query_of(&Expr::Identifier(Ident::new(name)), at);
                }
            }
        }
    }

    /// `FROM notes_fts({term})`: the arguments are the table's query.
    pub(super) fn called_table(&mut self, name: &ObjectName, args: &[FunctionArg]) {
        if self.dialect != Dialect::Sqlite
            || self.allow.pattern
            || self.search_names(name).is_empty()
        {
            return;
        }
        if let Some(at) = self.scope.value_in_args(args) {
            let message = format!("a value becomes a query of the virtual table `{name}`");
            self.language(at, &message);
        }
    }

    fn table(&self, name: &ObjectName) -> Option<&Table> {
        plain_name(name).and_then(|plain| self.schema?.table(&plain))
    }

    /// The columns of a virtual table that take a query or a command; empty for any other table.
    fn search_names(&self, name: &ObjectName) -> Vec<String> {
        search_columns(self.dialect, self.schema, name)
    }

    /// `INSERT INTO notes_fts (notes_fts) VALUES (..)` runs a command of the virtual table.
    pub(super) fn command(&mut self, insert: &Insert) {
        let TableObject::TableName(name) = &insert.table else { return };
        if self.allow.pattern {
            return;
        }
        let search = self.search_names(name);
        if search.is_empty() {
            return;
        }
        let written = self.scope.written(insert);
        for (place, column) in insert.columns.iter().enumerate() {
            let Some(column_name) = last(column).map(|own| own.to_lowercase()) else { continue };
            if !written.at(place).bound {
                continue;
            }
            let is_command = if search.contains(&column_name) {
                column_name != "rank" || !self.sets_a_number(insert, &search)
            } else {
                self.table(name).is_some_and(|table| table.takes_commands(&column_name))
            };
            if is_command {
                let message = format!("a value becomes a command of the virtual table `{name}`");
                self.language(column.span().start, &message);
            }
        }
    }

    /// Whether each row has a literal command, and one that takes a number as its rank.
    fn sets_a_number(&self, insert: &Insert, search: &[String]) -> bool {
        let own = search.first();
        let command = insert
            .columns
            .iter()
            .position(|column| last(column).map(|column| column.to_lowercase()).as_ref() == own);
        let (Some(command), Some(source)) = (command, &insert.source) else { return false };
        let SetExpr::Values(values) = source.body.as_ref() else { return false };
        values.rows.iter().all(|row| match row.content.get(command) {
            Some(Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. })) => {
                !text.eq_ignore_ascii_case("rank")
            }
            _ => false,
        })
    }

    pub(super) fn assigned_command(&mut self, update: &Update) {
        let TableFactor::Table { name, .. } = &update.table.relation else { return };
        if self.allow.pattern {
            return;
        }
        let search = self.search_names(name);
        for assignment in &update.assignments {
            let AssignmentTarget::ColumnName(target) = &assignment.target else {
                continue;
            };
            let target = last(target).unwrap_or_default().to_lowercase();
            if search.contains(&target)
                && let Some(at) = self.scope.value_in(&assignment.value)
            {
                let message = format!("a value becomes a command of the virtual table `{name}`");
                self.language(at, &message);
            }
        }
    }
}
