//! Applies the changes of a migration to a table.

use sqlparser::ast::{
    AlterColumnOperation, AlterTable, AlterTableOperation, ColumnOption, DataType,
    RenameTableNameKind, TableConstraint,
};

use super::{
    apply::plain,
    create::{declared, rename_table},
    unique::{constrain, forget, indexed_column, primary_key_name},
};
use crate::{
    dialect::Dialect,
    names::folded,
    schema::{Kind, Schema, TableColumn},
};

pub(super) fn alter_table(schema: &mut Schema, dialect: Dialect, alter: &AlterTable) {
    let Some(name) = plain(&alter.name) else { return };
    let mut key = name.to_lowercase();
    for operation in &alter.operations {
        if let AlterTableOperation::RenameTable { table_name } = operation {
            let (RenameTableNameKind::As(new) | RenameTableNameKind::To(new)) = table_name;
            rename_table(schema, &alter.name, new);
            if let Some(new) = plain(new) {
                key = new.to_lowercase();
            }
            continue;
        }
        let Some(table) = schema.tables.get_mut(&key) else { return };
        let Some(columns) = &mut table.columns else { return };
        let position = |columns: &[TableColumn], name: &str| {
            columns.iter().position(|own| own.name.eq_ignore_ascii_case(name))
        };
        match operation {
            AlterTableOperation::AddColumn {
                column_def, if_not_exists, column_position, ..
            } => {
                let there = position(columns, &column_def.name.value).is_some();
                if !(there && *if_not_exists) {
                    columns.push(declared(dialect, &name, column_def, false));
                }
                if column_position.is_some() {
                    // Only the order is lost, and `SELECT *` is what shows it.
                    let moved = columns.pop();
                    let at = match column_position {
                        Some(sqlparser::ast::MySQLColumnPosition::First) => 0,
                        Some(sqlparser::ast::MySQLColumnPosition::After(after)) => {
                            position(columns, &after.value)
                                .map_or(columns.len(), |at| at.saturating_add(1))
                        }
                        None => columns.len(),
                    };
                    if let Some(moved) = moved {
                        columns.insert(at.min(columns.len()), moved);
                    }
                }
            }
            AlterTableOperation::DropColumn { column_names, .. } => {
                for dropped in column_names {
                    columns.retain(|own| !own.name.eq_ignore_ascii_case(&dropped.value));
                }
            }
            AlterTableOperation::RenameColumn { old_column_name, new_column_name } => {
                let at = position(columns, &old_column_name.value);
                if let Some(column) = at.and_then(|at| columns.get_mut(at)) {
                    column.name = folded(dialect, new_column_name);
                }
            }
            AlterTableOperation::AlterColumn { column_name, op } => {
                let at = position(columns, &column_name.value);
                if let Some(column) = at.and_then(|at| columns.get_mut(at)) {
                    match op {
                        AlterColumnOperation::SetNotNull => column.nullable = Some(false),
                        AlterColumnOperation::DropNotNull => column.nullable = Some(true),
                        AlterColumnOperation::SetDataType { data_type, .. } => {
                            column.kind = Kind::of(dialect, data_type);
                        }
                        AlterColumnOperation::AddGenerated { .. } => column.nullable = Some(false),
                        _ => {}
                    }
                }
            }
            AlterTableOperation::ChangeColumn {
                old_name, new_name, data_type, options, ..
            } => {
                let at = position(columns, &old_name.value);
                replace(dialect, columns, at, folded(dialect, new_name), data_type, options);
            }
            AlterTableOperation::ModifyColumn { col_name, data_type, options, .. } => {
                let at = position(columns, &col_name.value);
                replace(dialect, columns, at, folded(dialect, col_name), data_type, options);
            }
            AlterTableOperation::AddConstraint { constraint, .. } => {
                constrain(dialect, &name, columns, constraint);
                if let TableConstraint::PrimaryKey(key) = constraint {
                    for indexed in &key.columns {
                        if let Some(column) = indexed_column(dialect, columns, indexed) {
                            column.nullable = Some(false);
                        }
                    }
                }
            }
            AlterTableOperation::DropConstraint { name, .. }
            | AlterTableOperation::DropIndex { name } => {
                forget(columns, &name.value);
            }
            AlterTableOperation::DropPrimaryKey { .. } => {
                forget(columns, &primary_key_name(dialect, &name));
            }
            AlterTableOperation::SwapWith { .. } => table.columns = None,
            _ => {}
        }
    }
}

fn replace(
    dialect: Dialect,
    columns: &mut [TableColumn],
    at: Option<usize>,
    name: String,
    data_type: &DataType,
    options: &[ColumnOption],
) {
    if let Some(column) = at.and_then(|at| columns.get_mut(at)) {
        let not_null = options
            .iter()
            .any(|option| matches!(option, ColumnOption::NotNull | ColumnOption::PrimaryKey(_)));
        let mut unique = std::mem::take(&mut column.unique);
        if options.iter().any(|option| matches!(option, ColumnOption::Unique(_))) {
            unique.push(name.to_lowercase());
        }
        let kind = Kind::of(dialect, data_type);
        *column = TableColumn { name, kind, nullable: Some(!not_null), unique };
    }
}
