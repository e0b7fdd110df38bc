//! Values that would be read as a pattern, a path, a query or code.

use sqlparser::{
    ast::{
        BinaryOperator, Expr, FunctionArg, Ident, Insert, JoinConstraint, JoinOperator,
        JsonTableColumn, ObjectName, SearchModifier, SetExpr, Spanned as _, Statement, TableFactor,
        TableObject, TableWithJoins, Update, Value, ValueWithSpan, XmlTableColumnOption,
    },
    tokenizer::Location,
};

use super::{
    expr::{
        contents, is_comparison, is_language, is_pattern_operator, is_query_operator, without_casts,
    },
    flow::{argument, last, search_columns},
    functions::{Takes, is_subject, special},
    inspect::{RoleFact, Walk},
};
use crate::{dialect::Dialect, fault::FaultKind, resolve::plain_name, schema::Table};

/// The escape character of patterns.
const ESCAPE: &str = "!";

impl Walk<'_> {
    /// An expression that reads a part of itself in another language.
    pub(super) fn languages(&mut self, expr: &Expr) {
        if self.allow.pattern {
            return;
        }
        match expr {
            Expr::Like { pattern, escape_char, any, .. }
            | Expr::ILike { pattern, escape_char, any, .. } => {
                self.like(pattern, escape_char.as_deref(), *any);
            }
            Expr::SimilarTo { pattern, .. } => self.pattern(pattern, "SIMILAR TO"),
            Expr::RLike { pattern, .. } => self.pattern(pattern, "REGEXP"),
            Expr::BinaryOp { op, right, .. }
            | Expr::AnyOp { compare_op: op, right, .. }
            | Expr::AllOp { compare_op: op, right, .. }
                if is_pattern_operator(op) =>
            {
                self.pattern(right, &op.to_string());
            }
            Expr::BinaryOp { left, op, right } if is_query_operator(op) => {
                for side in [left, right] {
                    // A function is judged by its own name (`plainto_tsquery({x})` is fine), a cast
                    // by its type.
                    let judged = match contents(side) {
                        Expr::Cast { data_type, .. } => is_language(data_type),
                        _ => false,
                    };
                    if !judged && !matches!(without_casts(side), Expr::Function(_)) {
                        self.pattern(side, &op.to_string());
                    }
                }
            }
            Expr::Cast { expr, data_type, .. }
                if self.dialect == Dialect::Postgres && is_language(data_type) =>
            {
                let told = format!("the value becomes a `{}`", lower(data_type));
                if let Some(at) = self.flow.value_in(expr) {
                    self.language(at, &told);
                }
            }
            // In Postgres the right side is a key, and nothing else.
            Expr::BinaryOp {
                op: op @ (BinaryOperator::Arrow | BinaryOperator::LongArrow),
                right,
                ..
            } if self.dialect != Dialect::Postgres => {
                if let Some(at) = self.flow.value_in(right) {
                    self.language(at, &format!("a value becomes the JSON path of {op}"));
                }
            }
            Expr::MatchAgainst { match_value, opt_search_modifier: Some(modifier), .. } => {
                self.against(match_value, modifier);
            }
            Expr::BinaryOp { left, op, right } if is_comparison(op) => {
                self.searched(left, std::slice::from_ref(right));
                self.searched(right, std::slice::from_ref(left));
            }
            Expr::IsNotDistinctFrom(left, right) | Expr::IsDistinctFrom(left, right) => {
                self.searched(left, std::slice::from_ref(right));
                self.searched(right, std::slice::from_ref(left));
            }
            Expr::Between { expr, low, high, .. } => {
                self.searched(expr, &[low.clone(), high.clone()]);
            }
            Expr::InList { expr, list, .. } => {
                for item in list {
                    self.searched_by(expr, item);
                }
            }
            Expr::InSubquery { expr, subquery, .. }
                if self.flow.searches(expr) && self.flow.columns(subquery).any().bound =>
            {
                self.query_of(expr, expr.span().start);
            }
            _ => {}
        }
    }

    fn like(&mut self, pattern: &Expr, escape: Option<&Expr>, any: bool) {
        match self.hole(pattern) {
            Some(hole) if !any && !self.is_list(hole) => match escape {
                None => self.set(hole, RoleFact::Pattern(false)),
                Some(Expr::Value(ValueWithSpan {
                    value: Value::SingleQuotedString(text), ..
                })) if text == ESCAPE => {
                    self.set(hole, RoleFact::Pattern(true));
                }
                Some(other) => self.fault(
                    FaultKind::Pattern,
                    other.span().start,
                    format!("patterns are escaped with `{ESCAPE}`"),
                    "leave ESCAPE out: it is added",
                ),
            },
            _ => self.pattern(pattern, "LIKE"),
        }
    }

    /// A pattern in which a value has no business.
    fn pattern(&mut self, pattern: &Expr, operator: &str) {
        if let Some(at) = self.flow.value_in(pattern) {
            let help = if operator == "LIKE" {
                "write `LIKE {contains(&term)}`, `{starts_with(&term)}` or `{ends_with(&term)}`: they escape `%` and `_`"
            } else {
                "match with `LIKE {contains(&term)}`, or say `dangerous_pattern = \"reason\"`"
            };
            self.fault(
                FaultKind::Pattern,
                at,
                format!("a value becomes a part of the pattern of {operator}"),
                help,
            );
        }
    }

    /// A value that is read in another language than that of patterns.
    fn language(&mut self, at: Location, message: &str) {
        self.fault(
            FaultKind::Pattern,
            at,
            message,
            "write that part as a literal, or say `dangerous_pattern = \"reason\"`",
        );
    }

    fn against(&mut self, value: &ValueWithSpan, modifier: &SearchModifier) {
        let words = match modifier {
            SearchModifier::InNaturalLanguageMode => return,
            SearchModifier::InBooleanMode => "AGAINST .. IN BOOLEAN MODE",
            SearchModifier::WithQueryExpansion
            | SearchModifier::InNaturalLanguageModeWithQueryExpansion => {
                "AGAINST .. WITH QUERY EXPANSION"
            }
        };
        self.pattern(&Expr::Value(value.clone()), words);
    }

    fn searched(&mut self, column: &Expr, with: &[Box<Expr>]) {
        for value in with {
            self.searched_by(column, value);
        }
    }

    /// A virtual table's own column, compared with a value.
    fn searched_by(&mut self, column: &Expr, value: &Expr) {
        if let (Expr::Tuple(columns), Expr::Tuple(values)) = (contents(column), contents(value)) {
            for (column, value) in columns.iter().zip(values) {
                self.searched_by(column, value);
            }
            return;
        }
        if self.flow.searches(column)
            && let Some(at) = self.flow.value_in(value)
        {
            self.query_of(column, at);
        }
    }

    fn query_of(&mut self, column: &Expr, at: Location) {
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
                if self.flow.joins_a_search(&name) {
                    let at = column.span().start;
                    self.query_of(&Expr::Identifier(Ident::new(name)), at);
                }
            }
        }
    }

    /// A function: what it does, and what it reads its arguments as.
    pub(super) fn function(&mut self, name: &ObjectName, args: &[FunctionArg]) {
        let mut path = name.0.iter().rev().filter_map(|part| part.as_ident());
        let (Some(own), schema) = (path.next(), path.next()) else { return };
        let schema = schema.map(|ident| ident.value.as_str());
        let Some(special) = special(self.dialect, schema, &own.value) else { return };
        if special.takes == Takes::Code {
            if !self.allow.ddl {
                self.fault(
                    FaultKind::Function,
                    name.span().start,
                    format!("`{own}` runs a text as SQL, or reaches beyond the tables"),
                    "do this in Rust, where it can be checked; where it has to be, say `dangerous_ddl = \"reason\"`",
                );
            }
            return;
        }
        if self.allow.pattern {
            return;
        }
        let own = own.value.to_ascii_lowercase();
        for (number, arg) in args.iter().enumerate() {
            let read = match arg {
                FunctionArg::Unnamed(_) => special.reads(number),
                FunctionArg::Named { name, .. } => !is_subject(&name.value),
                FunctionArg::ExprNamed { name, .. } => !is_subject(&name.to_string()),
            };
            let at = match argument(arg).filter(|_| read) {
                Some(arg) => self.flow.value_in(arg),
                None => None,
            };
            let Some(at) = at else { continue };
            match special.takes {
                Takes::Pattern => {
                    self.fault(
                        FaultKind::Pattern,
                        at,
                        format!("a value becomes a part of the pattern of {own}"),
                        "match with `LIKE {contains(&term)}`, or say `dangerous_pattern = \"reason\"`",
                    );
                }
                Takes::JsonPath => {
                    self.language(at, &format!("a value becomes the JSON path of {own}"));
                }
                Takes::XPath => self.language(at, &format!("a value becomes the XPath of {own}")),
                Takes::Query => self.language(at, &format!("a value becomes the query of {own}")),
                Takes::Code => {}
            }
        }
    }

    /// What rows come from, if that is not a plain table.
    pub(super) fn rows_from(&mut self, table: &TableFactor) {
        match table {
            TableFactor::Table { name, args: Some(args), .. } => {
                self.function(name, &args.args);
                self.called_table(name, &args.args);
            }
            TableFactor::Function { name, args, .. } => {
                self.function(name, args);
                self.called_table(name, args);
            }
            TableFactor::JsonTable { json_path, columns, .. } if !self.allow.pattern => {
                let mut paths = vec![json_path];
                paths_of(columns, &mut paths);
                for path in paths {
                    if let Value::Placeholder(_) = path.value {
                        self.language(
                            path.span.start,
                            "a value becomes the JSON path of JSON_TABLE",
                        );
                    }
                }
            }
            TableFactor::XmlTable { row_expression, columns, .. } if !self.allow.pattern => {
                let own = columns.iter().filter_map(|column| match &column.option {
                    XmlTableColumnOption::NamedInfo { path, .. } => path.as_ref(),
                    XmlTableColumnOption::ForOrdinality => None,
                });
                for path in std::iter::once(row_expression).chain(own) {
                    if let Some(at) = self.flow.value_in(path) {
                        self.language(at, "a value becomes the XPath of XMLTABLE");
                    }
                }
            }
            _ => {}
        }
    }

    /// `FROM notes_fts({term})`: the arguments are the table's query.
    fn called_table(&mut self, name: &ObjectName, args: &[FunctionArg]) {
        if self.dialect != Dialect::Sqlite
            || self.allow.pattern
            || self.search_names(name).is_empty()
        {
            return;
        }
        if let Some(at) = self.flow.value_in_args(args) {
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
        let written = self.flow.written(insert);
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
            let sqlparser::ast::AssignmentTarget::ColumnName(target) = &assignment.target else {
                continue;
            };
            let target = last(target).unwrap_or_default().to_lowercase();
            if search.contains(&target)
                && let Some(at) = self.flow.value_in(&assignment.value)
            {
                let message = format!("a value becomes a command of the virtual table `{name}`");
                self.language(at, &message);
            }
        }
    }

    /// Tables in which a database keeps its own schema and rights.
    pub(super) fn catalog(&mut self, statement: &Statement, at: Location) {
        if self.allow.ddl {
            return;
        }
        let mut names: Vec<&ObjectName> = Vec::new();
        match statement {
            Statement::Insert(insert) => {
                if let TableObject::TableName(name) = &insert.table {
                    names.push(name);
                }
            }
            Statement::Update(update) => {
                let joined = update.table.joins.iter().map(|join| &join.relation);
                let tables = std::iter::once(&update.table.relation).chain(joined);
                names.extend(tables.filter_map(name_of));
            }
            Statement::Delete(delete) => {
                let (sqlparser::ast::FromTable::WithFromKeyword(from)
                | sqlparser::ast::FromTable::WithoutKeyword(from)) = &delete.from;
                names.extend(from.iter().filter_map(|from| name_of(&from.relation)));
                names.extend(&delete.tables);
            }
            _ => {}
        }
        let known = |name: &&ObjectName| self.table(name).is_none();
        let own: Vec<_> = names.into_iter().filter(known).collect();
        for name in own {
            if is_catalog(self.dialect, name) {
                let first = name.0.first().map(|part| part.span().start);
                self.fault(
                    FaultKind::Ddl,
                    first.unwrap_or(at),
                    format!("`{name}` is a table of the database's own"),
                    "what changes the database belongs into a migration; where it does not, say `dangerous_ddl = \"reason\"`",
                );
            }
        }
    }
}

fn name_of(table: &TableFactor) -> Option<&ObjectName> {
    match table {
        TableFactor::Table { name, args: None, .. } => Some(name),
        _ => None,
    }
}

fn is_catalog(dialect: Dialect, name: &ObjectName) -> bool {
    let mut path = name.0.iter().rev().filter_map(|part| part.as_ident());
    let own = path.next().map(|ident| ident.value.to_ascii_lowercase()).unwrap_or_default();
    let schema = path.next().map(|ident| ident.value.to_ascii_lowercase());
    let schema = schema.as_deref();
    match dialect {
        Dialect::Sqlite => [
            "sqlite_master",
            "sqlite_schema",
            "sqlite_temp_master",
            "sqlite_temp_schema",
            "sqlite_dbpage",
        ]
        .contains(&own.as_str()),
        Dialect::Postgres => match schema {
            Some(schema) => matches!(schema, "pg_catalog" | "information_schema" | "cron"),
            None => own.starts_with("pg_"),
        },
        Dialect::MySql => schema.is_some_and(|schema| {
            matches!(schema, "mysql" | "information_schema" | "performance_schema" | "sys")
        }),
    }
}

fn paths_of<'c>(columns: &'c [JsonTableColumn], paths: &mut Vec<&'c ValueWithSpan>) {
    for column in columns {
        match column {
            JsonTableColumn::Named(column) => paths.push(&column.path),
            JsonTableColumn::Nested(nested) => {
                paths.push(&nested.path);
                paths_of(&nested.columns, paths);
            }
            JsonTableColumn::ForOrdinality(_) => {}
        }
    }
}

fn lower(data_type: &sqlparser::ast::DataType) -> String {
    data_type.to_string().to_ascii_lowercase()
}

#[cfg(test)]
mod tests;
