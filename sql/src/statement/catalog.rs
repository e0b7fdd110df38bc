//! The tables with a database's own schema and permissions.

use sqlparser::{
    ast::{FromTable, ObjectName, Spanned as _, Statement, TableFactor, TableObject},
    tokenizer::Location,
};

use super::inspect::Walk;
use crate::{dialect::Dialect, fault::FaultKind, names::plain_name};

impl Walk<'_> {
    /// Refuses the tables with a database's own schema and permissions.
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
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) =
                    &delete.from;
                names.extend(from.iter().filter_map(|from| name_of(&from.relation)));
                names.extend(&delete.tables);
            }
            _ => {}
        }
        let known = |name: &&ObjectName| {
            plain_name(name).and_then(|plain| self.schema?.table(&plain)).is_none()
        };
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
