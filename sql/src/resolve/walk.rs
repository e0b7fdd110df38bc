//! Meets every name of a statement, with the frames that are open there.

use std::ops::ControlFlow;

use sqlparser::{
    ast::{
        AccessExpr, Assignment, AssignmentTarget, ConflictTarget, Expr, FromTable, Ident, Insert,
        ObjectName, OnConflictAction, OnInsert, Query, Select, SetExpr, Statement, TableFactor,
        TableObject, UpdateTableFromKind, Visitor,
    },
    tokenizer::Location,
};

use super::{
    Resolver,
    frame::{Found, Frame, Relation},
};
use crate::{
    dialect::Dialect,
    fault::{Fault, FaultKind, did_you_mean, listed},
    statement::NAME,
};

impl Visitor for Resolver<'_> {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        self.enter_statement(statement);
        self.check_statement(statement);
        self.statement_meaning(statement);
        ControlFlow::Continue(())
    }

    fn post_visit_statement(&mut self, _: &Statement) -> ControlFlow<()> {
        self.frames.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.enter_query(query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.frames.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.enter_select(select);
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _: &Select) -> ControlFlow<()> {
        self.frames.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, args: None, .. } = factor {
            self.check_table(name);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        self.comparisons(expr);
        self.meaning(expr);
        match expr {
            Expr::CompoundFieldAccess { access_chain, .. } => {
                for access in access_chain {
                    if let AccessExpr::Dot(Expr::Identifier(ident)) = access {
                        self.fields.push(ident.span.start);
                    }
                }
            }
            Expr::Identifier(ident) => self.column(ident),
            Expr::CompoundIdentifier(parts) => {
                if let [table, column] = parts.as_slice() {
                    self.qualified(table, column);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Resolver<'_> {
    /// Opens the frame of a statement: the table that it writes to.
    pub(super) fn enter_statement(&mut self, statement: &Statement) {
        self.frames.push(Frame::default());
        match statement {
            Statement::Insert(insert) => self.enter_insert(insert),
            Statement::Update(update) => {
                self.add_from(&update.table);
                match &update.from {
                    Some(
                        UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from),
                    ) => {
                        from.iter().for_each(|from| self.add_from(from));
                    }
                    None => {}
                }
                self.narrow(update.selection.as_ref());
            }
            Statement::Delete(delete) => {
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) =
                    &delete.from;
                from.iter().for_each(|from| self.add_from(from));
                for using in delete.using.iter().flatten() {
                    self.add_from(using);
                }
                self.narrow(delete.selection.as_ref());
            }
            // The frame of its query says all.
            Statement::Query(_) => {}
            _ => self.top(|frame| frame.open = true),
        }
    }

    fn narrow(&mut self, selection: Option<&Expr>) {
        if let Some(selection) = selection {
            let mut narrowed = Vec::new();
            super::infer::not_null(selection, &mut narrowed);
            self.top(|frame| frame.narrowed.extend(narrowed));
        }
    }

    fn enter_insert(&mut self, insert: &Insert) {
        let TableObject::TableName(name) = &insert.table else {
            self.top(|frame| frame.open = true);
            return;
        };
        let columns = match self.table(name) {
            Found::Columns(columns) => Some(columns),
            Found::Open | Found::Missing => None,
        };
        let own = name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone());
        let alias = insert.table_alias.as_ref().map(|alias| alias.alias.value.clone());
        let name = alias.or(own).unwrap_or_default();
        self.top(|frame| {
            let own = Relation { name, columns: columns.clone(), ..Relation::default() };
            frame.relations.push(own);
            // What would have been inserted; unqualified names mean the table's.
            if insert.on.is_some() {
                let name = "excluded".to_owned();
                frame.relations.push(Relation { name, columns, ..Relation::default() });
            }
            if insert.insert_alias.is_some() {
                frame.open = true;
            }
        });
    }

    /// Names of a statement that are no expressions.
    fn check_statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Insert(insert) => self.check_insert(insert),
            Statement::Update(update) => self.check_assignments(&update.assignments),
            _ => {}
        }
    }

    fn check_insert(&mut self, insert: &Insert) {
        let TableObject::TableName(name) = &insert.table else { return };
        self.check_table(name);
        for column in &insert.columns {
            self.target(column);
        }
        self.check_assignments(&insert.assignments);
        match &insert.on {
            Some(OnInsert::OnConflict(on)) => {
                if let Some(ConflictTarget::Columns(columns)) = &on.conflict_target {
                    for column in columns {
                        self.target(&ObjectName::from(vec![column.clone()]));
                    }
                }
                if let OnConflictAction::DoUpdate(update) = &on.action {
                    self.check_assignments(&update.assignments);
                }
            }
            Some(OnInsert::DuplicateKeyUpdate(assignments)) => self.check_assignments(assignments),
            _ => {}
        }
        self.check_count(insert);
    }

    /// As many values as columns.
    fn check_count(&mut self, insert: &Insert) {
        let Some(source) = &insert.source else { return };
        let SetExpr::Values(values) = source.body.as_ref() else { return };
        let (Some(first), false) = (insert.columns.first(), insert.columns.is_empty()) else {
            return;
        };
        let named = insert.columns.len();
        for row in &values.rows {
            let given = row.content.len();
            if given != named {
                let at =
                    first.0.first().and_then(|part| part.as_ident()).map(|ident| ident.span.start);
                let at = at.map_or(0, |at| self.place(at));
                let message = format!(
                    "{named} {} named, and {given} {} given",
                    are("column", named),
                    are("value", given)
                );
                self.faults.push(Fault::new(FaultKind::UnknownColumn, at, message));
            }
        }
    }

    fn check_assignments(&mut self, assignments: &[Assignment]) {
        for assignment in assignments {
            match &assignment.target {
                AssignmentTarget::ColumnName(name) => self.target(name),
                AssignmentTarget::Tuple(names) => names.iter().for_each(|name| self.target(name)),
            }
        }
    }

    /// A column that is written to.
    fn target(&mut self, name: &ObjectName) {
        let idents: Vec<_> = name.0.iter().filter_map(|part| part.as_ident()).collect();
        match idents.as_slice() {
            [column] => self.column_among(column, true),
            // In Postgres `a.b` can be a field of `a`.
            [table, column] if self.dialect != Dialect::Postgres => self.qualified(table, column),
            _ => {}
        }
    }

    fn column(&mut self, ident: &Ident) {
        if self.fields.contains(&ident.span.start) {
            return;
        }
        if let Some(hole) = ident.value.strip_prefix(NAME) {
            if let Ok(hole) = hole.parse() {
                self.choice(hole);
            }
            return;
        }
        self.column_among(ident, false);
    }

    fn column_among(&mut self, ident: &Ident, written: bool) {
        let name = &ident.value;
        if !written && ident.quote_style.is_none() && is_word_of_the_database(name) {
            return;
        }
        let mut relations: Vec<&Relation> = Vec::new();
        for frame in self.frames.iter().rev() {
            let lower = name.to_lowercase();
            let known = frame.relations.iter().any(|own| {
                own.columns.is_none() || own.column(name).is_some() || (!written && own.is(name))
            });
            if frame.open || known || (!written && frame.aliases.contains(&lower)) {
                return;
            }
            relations.extend(&frame.relations);
            if written && !frame.relations.is_empty() {
                break;
            }
        }
        relations.retain(|relation| relation.name != "excluded");
        let fault = match relations.as_slice() {
            // Nothing to select from: it may be a word that nobody here knows.
            [] => return,
            [relation] => self.no_column(relation, name, ident.span.start),
            several => Some(self.no_column_of(several, name, ident.span.start)),
        };
        self.faults.extend(fault);
    }

    fn no_column_of(&self, relations: &[&Relation], column: &str, at: Location) -> Fault {
        let mut known: Vec<&str> = Vec::new();
        for relation in relations {
            known.extend(
                relation.columns.iter().flatten().filter_map(|column| column.name.as_deref()),
            );
        }
        let mut tables: Vec<&str> = Vec::new();
        for relation in relations {
            if !relation.name.is_empty() && !tables.contains(&relation.name.as_str()) {
                tables.push(&relation.name);
            }
        }
        let fault = Fault::new(
            FaultKind::UnknownColumn,
            self.place(at),
            match tables.as_slice() {
                [one] => format!("`{one}` has no column `{column}`"),
                _ => format!("none of {} has a column `{column}`", listed(&tables)),
            },
        );
        known.dedup();
        match did_you_mean(column, known.iter().copied()) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault.help(format!("there are {}", listed(&known))),
        }
    }

    fn qualified(&mut self, table: &Ident, column: &Ident) {
        let mut names: Vec<&str> = Vec::new();
        for frame in self.frames.iter().rev() {
            if let Some(relation) = frame.relations.iter().find(|own| own.is(&table.value)) {
                let unknown = relation.columns.is_some()
                    && relation.column(&column.value).is_none()
                    && !is_hidden_column(&column.value);
                let fault = if unknown {
                    self.no_column(relation, &column.value, column.span.start)
                } else {
                    None
                };
                self.faults.extend(fault);
                return;
            }
            if frame.open {
                return;
            }
            names.extend(frame.relations.iter().map(|relation| relation.name.as_str()));
        }
        names.retain(|name| !name.is_empty() && *name != "excluded");
        names.dedup();
        let lower = table.value.to_lowercase();
        // Without a schema nothing is certain, and rows have names in triggers and RETURNING.
        if self.schema.is_none()
            || names.is_empty()
            || matches!(lower.as_str(), "old" | "new" | "excluded")
        {
            return;
        }
        let fault = Fault::new(
            FaultKind::UnknownTable,
            self.place(table.span.start),
            format!("nothing here is called `{}`", table.value),
        );
        let help = match did_you_mean(&table.value, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("this query knows {}", listed(&names)),
        };
        self.faults.push(fault.help(help));
    }

    /// The columns that can be chosen here, with and without the name of their table.
    fn choice(&mut self, hole: usize) {
        let mut columns = Vec::new();
        let mut open = true;
        // The innermost frame that selects from something decides.
        if let Some(frame) = self.frames.iter().rev().find(|frame| !frame.relations.is_empty()) {
            open = frame.open;
            columns.extend(frame.aliases.iter().cloned());
            for relation in &frame.relations {
                let Some(own) = &relation.columns else {
                    open = true;
                    continue;
                };
                for name in own.iter().filter_map(|column| column.name.as_ref()) {
                    columns.push(name.to_lowercase());
                    columns.push(format!("{}.{name}", relation.name).to_lowercase());
                }
            }
        }
        let columns = (!open).then_some(columns);
        self.names.insert(hole, columns);
    }
}

fn are(what: &str, count: usize) -> String {
    if count == 1 { format!("{what} is") } else { format!("{what}s are") }
}

/// Words that are read as columns and are none.
pub(crate) fn is_word_of_the_database(name: &str) -> bool {
    const WORDS: [&str; 24] = [
        "default",
        "current_timestamp",
        "current_date",
        "current_time",
        "current_user",
        "current_role",
        "current_catalog",
        "current_schema",
        "session_user",
        "system_user",
        "user",
        "localtime",
        "localtimestamp",
        "true",
        "false",
        "null",
        "unknown",
        "nfc",
        "nfd",
        "nfkc",
        "nfkd",
        "utc_timestamp",
        "utc_date",
        "utc_time",
    ];
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(name)) || is_hidden_column(name)
}

/// Columns that every table has and none declares.
pub(crate) fn is_hidden_column(name: &str) -> bool {
    const COLUMNS: [&str; 9] =
        ["rowid", "oid", "_rowid_", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];
    COLUMNS.iter().any(|column| column.eq_ignore_ascii_case(name))
}
