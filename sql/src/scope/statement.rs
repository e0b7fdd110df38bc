//! The relations of a writing statement.

use sqlparser::ast::{
    Delete, FromTable, Insert, Statement, TableObject, Update, UpdateTableFromKind,
};

use super::{Relation, Scope};
use crate::names::last;

impl Scope<'_> {
    /// Opens the frame of a statement: the table that it writes to, and those that it reads.
    pub(crate) fn open_statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Insert(insert) => self.open_insert(insert),
            Statement::Update(update) => self.open_update(update),
            Statement::Delete(delete) => drop(self.open_delete(delete)),
            // The frame of its query says all.
            Statement::Query(_) => self.open(),
            _ => {
                self.open();
                self.change(|frame| frame.open = true);
            }
        }
    }

    pub(crate) fn open_update(&mut self, update: &Update) {
        self.open();
        self.add_from(&update.table);
        if let Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) =
            &update.from
        {
            from.iter().for_each(|from| self.add_from(from));
        }
        self.narrow(update.selection.as_ref());
    }

    /// Opens the frame of a DELETE; returns the tables from which rows are deleted.
    pub(crate) fn open_delete(&mut self, delete: &Delete) -> Vec<usize> {
        self.open();
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        let using = delete.using.as_deref().unwrap_or_default();
        using.iter().for_each(|using| self.add_from(using));
        let mut changed = Vec::new();
        for from in from {
            // MySQL deletes from tables that USING names.
            match self.named_by(&from.relation).filter(|_| from.joins.is_empty()) {
                Some(table) => changed.push(table),
                None => {
                    let first = self.relations.len();
                    self.add_from(from);
                    if delete.tables.is_empty() {
                        changed.push(first);
                    }
                }
            }
        }
        for name in &delete.tables {
            changed.extend(self.table_named(name));
        }
        self.narrow(delete.selection.as_ref());
        changed
    }

    pub(crate) fn open_insert(&mut self, insert: &Insert) {
        // What is written is computed outside of the target's frame.
        let written = self.written(insert);
        self.open();
        let TableObject::TableName(name) = &insert.table else {
            self.change(|frame| frame.open = true);
            return;
        };
        let own = insert.table_alias.as_ref().map(|alias| &alias.alias);
        let own = own.or_else(|| name.0.last().and_then(|part| part.as_ident()));
        let Some(own) = own.cloned() else { return };
        let target = self.table_relation(name, &own, false);
        let proposed = target.columns.clone().written_over(&written);
        self.relations.push(target);
        // What would have been inserted; a name alone means the table's column.
        if insert.on.is_some() {
            self.relations.push(Relation {
                name: "excluded".to_owned(),
                key: "excluded".to_owned(),
                columns: proposed.clone(),
                qualified: true,
                ..Relation::default()
            });
        }
        if let Some(alias) = &insert.insert_alias {
            let name = last(&alias.row_alias).unwrap_or_default();
            self.relations.push(Relation {
                key: name.to_lowercase(),
                name,
                columns: proposed,
                qualified: true,
                ..Relation::default()
            });
            self.change(|frame| frame.open = true);
        }
    }
}
