//! Applies one statement of a migration to the schema.

use sqlparser::ast::{ObjectName, ObjectType, Statement};

use super::{
    alter::alter_table,
    create::{create_table, create_view, rename_table},
    unique::{create_index, drop_index},
};
use crate::{
    dialect::Dialect,
    names::plain_name,
    schema::{Schema, Table},
};

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
        Statement::Drop { object_type, names, table, .. } => match object_type {
            ObjectType::Index => {
                for name in names {
                    drop_index(schema, name, table.as_ref());
                }
            }
            ObjectType::Table | ObjectType::View | ObjectType::MaterializedView => {
                for name in names {
                    if let Some(name) = plain(name) {
                        schema.tables.remove(&name.to_lowercase());
                    }
                }
            }
            // The objects of a dropped schema are gone with it; no later statement refers to them.
            _ => {}
        },
        Statement::CreateIndex(create) => create_index(schema, dialect, create),
        Statement::Insert(_)
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

/// Applies a statement that could not be parsed, by its first words.
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
                        let table =
                            Table { name: name.to_owned(), columns: None, module, view: None };
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

/// The kind of object that is created, changed or dropped, and the following words. Only the
/// position decides: later in the statement, `type` and `role` are names of columns.
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

/// The name after `TABLE` or `VIEW`.
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
        self.tables.insert(name.to_lowercase(), Table { name, columns: None, module, view: None });
    }
}

/// The name of a table in the schema that is checked; `None` for one in another schema.
pub(super) fn plain(name: &ObjectName) -> Option<String> {
    plain_name(name)
}

fn opaque(schema: &mut Schema, name: &ObjectName) {
    if let Some(name) = plain(name) {
        let table = Table { name, columns: None, module: None, view: None };
        schema.tables.insert(table.name.to_lowercase(), table);
    }
}
