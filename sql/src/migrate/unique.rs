//! Unique columns: by a primary key, a constraint or an index of a single column.

use sqlparser::ast::{CreateIndex, Expr, IndexColumn, ObjectName, TableConstraint};

use super::apply::plain;
use crate::{
    dialect::Dialect,
    names::last,
    schema::{Schema, TableColumn},
};

/// `CREATE UNIQUE INDEX`; a partial index does not constrain the rows outside of it.
pub(super) fn create_index(schema: &mut Schema, dialect: Dialect, create: &CreateIndex) {
    let ([indexed], true, None) = (create.columns.as_slice(), create.unique, &create.predicate)
    else {
        return;
    };
    let Some(table) = plain(&create.table_name) else { return };
    let Some(own) = schema.tables.get_mut(&table.to_lowercase()) else { return };
    let Some(columns) = &mut own.columns else { return };
    let name = create.name.as_ref().and_then(last);
    if let Some(column) = indexed_column(dialect, columns, indexed) {
        // Postgres names an index that has no name.
        let name = name.unwrap_or_else(|| format!("{table}_{}_idx", column.name));
        column.unique.push(name.to_lowercase());
    }
}

/// `DROP INDEX`; MySQL has the table in it, since each table has its own indexes.
pub(super) fn drop_index(schema: &mut Schema, name: &ObjectName, table: Option<&ObjectName>) {
    let (Some(name), table) = (last(name), table.and_then(plain)) else { return };
    for (own, table_own) in &mut schema.tables {
        if table.as_ref().is_none_or(|table| table.to_lowercase() == *own) {
            forget(table_own.columns.as_deref_mut().unwrap_or_default(), &name);
        }
    }
}

/// Removes a constraint or index from the columns.
pub(super) fn forget(columns: &mut [TableColumn], name: &str) {
    let name = name.to_lowercase();
    for column in columns {
        column.unique.retain(|own| *own != name);
    }
}

/// Adds a table constraint that is for a single column.
pub(super) fn constrain(
    dialect: Dialect,
    table: &str,
    columns: &mut [TableColumn],
    constraint: &TableConstraint,
) {
    let (names, key) = match constraint {
        TableConstraint::Unique(unique) => {
            ([&unique.name, &unique.index_name], unique.columns.as_slice())
        }
        TableConstraint::PrimaryKey(key) => ([&key.name, &key.index_name], key.columns.as_slice()),
        _ => return,
    };
    let [indexed] = key else { return };
    let Some(column) = indexed_column(dialect, columns, indexed) else { return };
    let name = match (names.into_iter().flatten().next(), constraint) {
        (_, TableConstraint::PrimaryKey(_)) if dialect == Dialect::MySql => {
            primary_key_name(dialect, table)
        }
        (Some(name), _) => name.value.to_lowercase(),
        (None, TableConstraint::PrimaryKey(_)) => primary_key_name(dialect, table),
        (None, _) => unique_name(dialect, table, &column.name),
    };
    column.unique.push(name);
}

/// The column of an index, if it is a whole column and not an expression.
pub(super) fn indexed_column<'c>(
    dialect: Dialect,
    columns: &'c mut [TableColumn],
    indexed: &IndexColumn,
) -> Option<&'c mut TableColumn> {
    let ident = match &indexed.column.expr {
        Expr::Identifier(ident) => ident,
        // What differs in any case differs as it is written.
        Expr::Collate { expr, .. } => match expr.as_ref() {
            Expr::Identifier(ident) => ident,
            _ => return None,
        },
        _ => return None,
    };
    let name = crate::names::folded(dialect, ident);
    columns.iter_mut().find(|own| own.name.eq_ignore_ascii_case(&name))
}

/// The database's own name of a primary key.
pub(super) fn primary_key_name(dialect: Dialect, table: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("{}_pkey", table.to_lowercase()),
        Dialect::Sqlite | Dialect::MySql => "primary".to_owned(),
    }
}

/// The database's own name of a constraint for one column.
pub(super) fn unique_name(dialect: Dialect, table: &str, column: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("{table}_{column}_key").to_lowercase(),
        Dialect::Sqlite | Dialect::MySql => column.to_lowercase(),
    }
}
