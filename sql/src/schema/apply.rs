//! One statement of a migration, and what it leaves behind.

use sqlparser::ast::{
    AlterColumnOperation, AlterTable, AlterTableOperation, ColumnDef, ColumnOption, CreateTable,
    CreateView, DataType, Expr, ObjectName, ObjectType, RenameTableNameKind, Statement,
    TableConstraint,
};

use super::{Kind, Schema, Table, TableColumn};
use crate::{dialect::Dialect, resolve};

pub(super) fn apply(schema: &mut Schema, dialect: Dialect, statement: &Statement) {
    match statement {
        Statement::CreateTable(create) => create_table(schema, dialect, create),
        Statement::CreateVirtualTable { name, module_name, .. } => {
            if let Some(name) = plain(name) {
                schema.add_virtual(name, &module_name.value);
            }
        }
        Statement::CreateView(create) => create_view(schema, dialect, create),
        Statement::AlterTable(alter) => alter_table(schema, dialect, alter),
        Statement::AlterView { name, .. } => opaque(schema, name),
        Statement::RenameTable(renames) => {
            for rename in renames {
                rename_table(schema, &rename.old_name, &rename.new_name);
            }
        }
        Statement::Drop { object_type, names, .. } => match object_type {
            ObjectType::Table | ObjectType::View | ObjectType::MaterializedView => {
                for name in names {
                    if let Some(name) = plain(name) {
                        schema.tables.remove(&name.to_lowercase());
                    }
                }
            }
            // Whatever stood in a schema is gone with it; nobody asks for what was dropped.
            _ => {}
        },
        Statement::CreateIndex(_)
        | Statement::Insert(_)
        | Statement::Update(_)
        | Statement::Delete(_)
        | Statement::Query(_)
        | Statement::CreateTrigger(_)
        | Statement::DropTrigger(_)
        | Statement::CreateFunction(_)
        | Statement::DropFunction(_)
        | Statement::CreateProcedure { .. }
        | Statement::CreateType { .. }
        | Statement::AlterType(_)
        | Statement::CreateSequence { .. }
        | Statement::CreateSchema { .. }
        | Statement::CreateDomain(_)
        | Statement::CreateRole(_)
        | Statement::CreatePolicy(_)
        | Statement::Grant(_)
        | Statement::Revoke(_)
        | Statement::Comment { .. }
        | Statement::Pragma { .. }
        | Statement::Set(_)
        | Statement::Analyze(_)
        | Statement::Vacuum(_)
        | Statement::Truncate(_)
        | Statement::StartTransaction { .. }
        | Statement::Commit { .. }
        | Statement::Rollback { .. }
        | Statement::AlterIndex { .. } => {}
        // An extension brings tables of its own, and so may anything that is not known here.
        _ => schema.open = true,
    }
}

/// A statement that could not be parsed, by its first words.
pub(super) fn unread(schema: &mut Schema, opening: &[String]) {
    let words: Vec<&str> = opening.iter().map(String::as_str).collect();
    let [verb, rest @ ..] = words.as_slice() else {
        schema.open = true;
        return;
    };
    match (*verb, object(rest)) {
        ("CREATE" | "ALTER", Some((word, _))) if makes_no_table(word) => {}
        ("CREATE" | "ALTER", Some(("TABLE" | "VIEW", after))) => match named(after) {
            Some(name) => {
                // In whatever schema it is: nothing is known of its columns.
                let name = name.rsplit_once('.').map_or(name, |(_, name)| name);
                match module(&words) {
                    Some(module) => schema.add_virtual(name.to_owned(), module),
                    // What an ALTER leaves out of sight is the columns alone.
                    None => {
                        let module = schema.table(name).and_then(|table| table.module.clone());
                        let module = module.filter(|_| *verb == "ALTER");
                        let table = Table { name: name.to_owned(), columns: None, module };
                        schema.tables.insert(name.to_lowercase(), table);
                    }
                }
                schema.open |= after.contains(&"RENAME");
            }
            None => schema.open = true,
        },
        ("DROP", Some(("TABLE" | "VIEW", after))) => match named(after) {
            Some(name) if !name.contains('.') => drop(schema.tables.remove(&name.to_lowercase())),
            Some(_) => {}
            None => schema.open = true,
        },
        ("DROP", Some((word, _))) if makes_no_table(word) => {}
        (
            "INSERT" | "UPDATE" | "DELETE" | "PRAGMA" | "SET" | "COMMENT" | "GRANT" | "REVOKE"
            | "BEGIN" | "COMMIT",
            _,
        ) => {}
        _ => schema.open = true,
    }
}

/// What is made, changed or dropped, and the words behind it. Only the place tells: further on,
/// `type` and `role` are names of columns.
pub(super) fn object<'a, 'w>(mut words: &'a [&'w str]) -> Option<(&'w str, &'a [&'w str])> {
    while let [word, rest @ ..] = words {
        words = rest;
        match *word {
            "OR" | "REPLACE" | "ALTER" | "UNIQUE" | "TEMP" | "TEMPORARY" | "LOCAL" | "GLOBAL"
            | "UNLOGGED" | "VIRTUAL" | "FOREIGN" | "MATERIALIZED" | "RECURSIVE" | "CONSTRAINT"
            | "FULLTEXT" | "SPATIAL" | "AGGREGATE" => {}
            // MySQL has more between them: whose rights it has, and how it is made.
            "DEFINER" | "ALGORITHM" | "SQL" => {
                let is_object = |word: &&str| makes_no_table(word) || *word == "VIEW";
                let at = rest.iter().position(is_object)?;
                return rest.get(at..)?.split_first().map(|(word, after)| (*word, after));
            }
            _ => return Some((word, rest)),
        }
    }
    None
}

fn makes_no_table(word: &str) -> bool {
    matches!(
        word,
        "TRIGGER"
            | "FUNCTION"
            | "PROCEDURE"
            | "INDEX"
            | "TYPE"
            | "SEQUENCE"
            | "POLICY"
            | "ROLE"
            | "DOMAIN"
    )
}

/// The name behind `TABLE` or `VIEW`.
fn named<'w>(words: &[&'w str]) -> Option<&'w str> {
    words.iter().find(|word| !matches!(**word, "IF" | "NOT" | "EXISTS" | "ONLY")).copied()
}

/// The module of a virtual table.
fn module<'w>(words: &[&'w str]) -> Option<&'w str> {
    let is_virtual = words.get(1).is_some_and(|word| *word == "VIRTUAL");
    let using = words.iter().position(|word| *word == "USING").filter(|_| is_virtual)?;
    words.get(using.checked_add(1)?).copied()
}

impl Schema {
    fn add_virtual(&mut self, name: String, module: &str) {
        let module = Some(module.to_ascii_lowercase());
        self.tables.insert(name.to_lowercase(), Table { name, columns: None, module });
    }
}

/// The name of a table in the schema that is searched; `None` for one in another.
fn plain(name: &ObjectName) -> Option<String> {
    resolve::plain_name(name)
}

fn opaque(schema: &mut Schema, name: &ObjectName) {
    if let Some(name) = plain(name) {
        let table = Table { name, columns: None, module: None };
        schema.tables.insert(table.name.to_lowercase(), table);
    }
}

fn create_table(schema: &mut Schema, dialect: Dialect, create: &CreateTable) {
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
        columns.and_then(|columns| columns.into_iter().map(resolve::Column::into_table).collect())
    } else if create.columns.is_empty() {
        None
    } else {
        let strict = create.strict || create.without_rowid;
        let mut columns: Vec<_> =
            create.columns.iter().map(|column| declared(dialect, column, strict)).collect();
        for constraint in &create.constraints {
            if let TableConstraint::Unique(key) = constraint
                && let [indexed] = key.columns.as_slice()
                && let Expr::Identifier(ident) = &indexed.column.expr
            {
                let same = |own: &&mut TableColumn| own.name.eq_ignore_ascii_case(&ident.value);
                if let Some(column) = columns.iter_mut().find(same) {
                    column.unique = true;
                }
            }
            if let TableConstraint::PrimaryKey(key) = constraint {
                let single = key.columns.len() == 1;
                for indexed in &key.columns {
                    if let Expr::Identifier(ident) = &indexed.column.expr {
                        let column = columns
                            .iter_mut()
                            .find(|own| own.name.eq_ignore_ascii_case(&ident.value));
                        if let Some(column) = column {
                            column.unique |= single;
                            in_primary_key(dialect, column, strict, single);
                        }
                    }
                }
            }
        }
        Some(columns)
    };
    schema.tables.insert(key, Table { name, columns, module: None });
}

fn declared(dialect: Dialect, column: &ColumnDef, strict: bool) -> TableColumn {
    let kind = Kind::of(dialect, &column.data_type);
    let name = column.name.value.clone();
    let mut own = TableColumn { name, kind, nullable: Some(true), unique: false };
    for option in &column.options {
        match &option.option {
            ColumnOption::NotNull => own.nullable = Some(false),
            ColumnOption::PrimaryKey(_) => {
                own.unique = true;
                in_primary_key(dialect, &mut own, strict, true);
            }
            ColumnOption::Unique(_) => own.unique = true,
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

/// The columns of a primary key are not NULL; in SQLite that holds for a whole number alone and
/// for tables that say STRICT or WITHOUT ROWID (<https://www.sqlite.org/lang_createtable.html>).
fn in_primary_key(dialect: Dialect, column: &mut TableColumn, strict: bool, single: bool) {
    let rowid = column.kind == Kind::Integer && single;
    if dialect != Dialect::Sqlite || strict || rowid {
        column.nullable = Some(false);
    } else if column.nullable == Some(true) {
        // Allowed, and hardly ever meant.
        column.nullable = None;
    }
}

fn create_view(schema: &mut Schema, dialect: Dialect, create: &CreateView) {
    let Some(name) = plain(&create.name) else { return };
    let key = name.to_lowercase();
    if create.if_not_exists && schema.tables.contains_key(&key) {
        return;
    }
    let mut columns = resolve::query_columns(dialect, schema, &create.query);
    if !create.columns.is_empty() {
        columns = columns.filter(|columns| columns.len() == create.columns.len());
        let names = create.columns.iter().map(|column| column.name.value.clone());
        columns = Some(match columns {
            Some(columns) => {
                columns.into_iter().zip(names).map(|(column, name)| column.named(name)).collect()
            }
            None => names.map(resolve::Column::unknown).collect(),
        });
    }
    let columns =
        columns.and_then(|columns| columns.into_iter().map(resolve::Column::into_table).collect());
    schema.tables.insert(key, Table { name, columns, module: None });
}

fn rename_table(schema: &mut Schema, old: &ObjectName, new: &ObjectName) {
    let (Some(old), Some(new)) = (plain(old), plain(new)) else {
        schema.open = true;
        return;
    };
    if let Some(table) = schema.tables.remove(&old.to_lowercase()) {
        schema.tables.insert(new.to_lowercase(), Table { name: new, ..table });
    }
}

fn alter_table(schema: &mut Schema, dialect: Dialect, alter: &AlterTable) {
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
                    columns.push(declared(dialect, column_def, false));
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
                    column.name.clone_from(&new_column_name.value);
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
                replace(dialect, columns, at, new_name.value.clone(), data_type, options);
            }
            AlterTableOperation::ModifyColumn { col_name, data_type, options, .. } => {
                let at = position(columns, &col_name.value);
                replace(dialect, columns, at, col_name.value.clone(), data_type, options);
            }
            AlterTableOperation::AddConstraint {
                constraint: TableConstraint::PrimaryKey(key),
                ..
            } => {
                for indexed in &key.columns {
                    if let Expr::Identifier(ident) = &indexed.column.expr {
                        let at = position(columns, &ident.value);
                        if let Some(column) = at.and_then(|at| columns.get_mut(at)) {
                            column.nullable = Some(false);
                            column.unique |= key.columns.len() == 1;
                        }
                    }
                }
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
        let unique = column.unique;
        let kind = Kind::of(dialect, data_type);
        *column = TableColumn { name, kind, nullable: Some(!not_null), unique };
    }
}
