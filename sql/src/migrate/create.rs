//! Tables and views from migrations.

use std::sync::Arc;

use sqlparser::ast::{
    ColumnDef, ColumnOption, ColumnOptionDef, CreateTable, CreateView, DataType, ObjectName,
    TableConstraint,
};

use super::{
    apply::plain,
    unique::{constrain, indexed_column, primary_key_name, unique_name},
};
use crate::{
    column::Column,
    dialect::Dialect,
    names::folded,
    resolve,
    schema::{Kind, Schema, Table, TableColumn, View},
};

pub(super) fn create_table(schema: &mut Schema, dialect: Dialect, create: &CreateTable) {
    let Some(name) = plain(&create.name) else { return };
    let key = name.to_lowercase();
    if create.if_not_exists && schema.tables.contains_key(&key) {
        return;
    }
    let elsewhere = create.like.is_some()
        || create.clone.is_some()
        || create.inherits.is_some()
        || create.partition_of.is_some();
    let columns = if elsewhere {
        None
    } else if let (Some(query), true) = (&create.query, create.columns.is_empty()) {
        let columns = resolve::query_columns(dialect, schema, query);
        columns.and_then(|columns| columns.into_iter().map(Column::into_table).collect())
    } else if create.columns.is_empty() {
        None
    } else {
        let strict = create.strict || create.without_rowid;
        let mut columns: Vec<_> =
            create.columns.iter().map(|column| declared(dialect, &name, column, strict)).collect();
        for constraint in &create.constraints {
            constrain(dialect, &name, &mut columns, constraint);
            if let TableConstraint::PrimaryKey(key) = constraint {
                let single = key.columns.len() == 1;
                for indexed in &key.columns {
                    if let Some(column) = indexed_column(dialect, &mut columns, indexed) {
                        in_primary_key(dialect, column, strict, single);
                    }
                }
            }
        }
        Some(columns)
    };
    schema.tables.insert(key, Table { name, columns, module: None, view: None });
}

pub(super) fn declared(
    dialect: Dialect,
    table: &str,
    column: &ColumnDef,
    strict: bool,
) -> TableColumn {
    let kind = Kind::of(dialect, &column.data_type);
    let name = folded(dialect, &column.name);
    let mut own = TableColumn { name, kind, nullable: Some(true), unique: Vec::new() };
    for option in &column.options {
        match &option.option {
            ColumnOption::NotNull => own.nullable = Some(false),
            ColumnOption::PrimaryKey(_) => {
                own.unique.push(named(option, primary_key_name(dialect, table)));
                in_primary_key(dialect, &mut own, strict, true);
            }
            ColumnOption::Unique(_) => {
                own.unique.push(named(option, unique_name(dialect, table, &own.name)));
            }
            // What it computes to is the expression's to say.
            ColumnOption::Generated { generation_expr: Some(_), .. } => {
                own.nullable = own.nullable.filter(|nullable| !nullable);
            }
            ColumnOption::Generated { .. } | ColumnOption::Identity(_) => {
                own.nullable = Some(false);
            }
            _ => {}
        }
    }
    let serial = column.data_type.to_string().to_ascii_uppercase();
    if dialect != Dialect::Sqlite && serial.contains("SERIAL") {
        own.nullable = Some(false);
    }
    if column.data_type == DataType::Unspecified {
        own.kind = Kind::Unknown;
    }
    own
}

/// The columns of a primary key are not NULL; in SQLite that only applies to a single integer and
/// to tables with STRICT or WITHOUT ROWID (<https://www.sqlite.org/lang_createtable.html>).
fn in_primary_key(dialect: Dialect, column: &mut TableColumn, strict: bool, single: bool) {
    let rowid = column.kind == Kind::Integer && single;
    if dialect != Dialect::Sqlite || strict || rowid {
        column.nullable = Some(false);
    } else if column.nullable == Some(true) {
        // Allowed, and hardly ever meant.
        column.nullable = None;
    }
}

pub(super) fn create_view(schema: &mut Schema, dialect: Dialect, create: &CreateView) {
    let Some(name) = plain(&create.name) else { return };
    let key = name.to_lowercase();
    if create.if_not_exists && schema.tables.contains_key(&key) {
        return;
    }
    let mut columns = resolve::query_columns(dialect, schema, &create.query);
    if !create.columns.is_empty() {
        columns = columns.filter(|columns| columns.len() == create.columns.len());
        let names = create.columns.iter().map(|column| folded(dialect, &column.name));
        columns = Some(match columns {
            Some(columns) => {
                columns.into_iter().zip(names).map(|(column, name)| column.named(name)).collect()
            }
            None => names.map(Column::unknown).collect(),
        });
    }
    let columns = columns.and_then(|columns| columns.into_iter().map(Column::into_table).collect());
    let renamed = create.columns.iter().map(|column| column.name.clone()).collect();
    let view = Some(View { query: Arc::new((*create.query).clone()), renamed });
    schema.tables.insert(key, Table { name, columns, module: None, view });
}

pub(super) fn rename_table(schema: &mut Schema, old: &ObjectName, new: &ObjectName) {
    let (Some(old), Some(new)) = (plain(old), plain(new)) else {
        schema.open = true;
        return;
    };
    // Views go on to select from the table under its new name.
    schema.tables.values_mut().for_each(|table| table.view = None);
    if let Some(table) = schema.tables.remove(&old.to_lowercase()) {
        schema.tables.insert(new.to_lowercase(), Table { name: new, ..table });
    }
}

/// The name of a constraint, or the database's own one.
fn named(option: &ColumnOptionDef, own: String) -> String {
    option.name.as_ref().map_or(own, |name| name.value.to_lowercase())
}
