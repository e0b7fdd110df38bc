//! Visits every name of a statement, with the frames that are open there.

use std::ops::ControlFlow;

use sqlparser::ast::{
    AccessExpr, Assignment, AssignmentTarget, ConflictTarget, Expr, Ident, Insert, ObjectName,
    OnConflictAction, OnInsert, Query, Select, SetExpr, Statement, TableFactor, TableObject,
    Visitor,
};

use super::{Resolver, tables::lacks};
use crate::{
    dialect::Dialect,
    fault::{Fault, FaultKind, did_you_mean, listed},
    render::NAME,
    scope::Relation,
};

impl Visitor for Resolver<'_> {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        self.scope.open_statement(statement);
        self.check_joins();
        self.check_statement(statement);
        self.statement_meaning(statement);
        ControlFlow::Continue(())
    }

    fn post_visit_statement(&mut self, _: &Statement) -> ControlFlow<()> {
        self.scope.close();
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.scope.open_query(query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.scope.close_query();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.scope.open_select(select);
        self.check_joins();
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.scope.close_select(select);
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
    /// Names in a statement outside of expressions.
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

    /// The number of values has to be the number of columns.
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
                let at = at.map_or(0, |at| self.scope.place(at));
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
            [table, column] if self.scope.dialect != Dialect::Postgres => {
                self.qualified(table, column);
            }
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
        let key = self.scope.key(ident);
        let mut relations: Vec<&Relation> = Vec::new();
        for (number, frame) in self.scope.frames() {
            let own = || self.scope.relations_of(number);
            // A relation's name means a whole row of it, and a SELECT names what it selects.
            let named = |own: &Relation| own.key == key;
            let known = own().any(|own| !lacks(own, &key) || !written && named(own));
            let aliased = !written && frame.aliases.iter().any(|(alias, _)| *alias == key);
            if frame.open || known || aliased {
                return;
            }
            let before = relations.len();
            relations.extend(own());
            if written && relations.len() > before {
                break;
            }
        }
        relations.retain(|relation| !relation.qualified);
        let fault = match relations.as_slice() {
            // There is no relation to select from: it may be a keyword that the resolver does not
            // know.
            [] => None,
            [relation] => self.no_column(relation, ident, ident.span.start),
            several => Some(self.no_column_of(several, ident, ident.span.start)),
        };
        self.faults.extend(fault);
    }

    fn qualified(&mut self, table: &Ident, column: &Ident) {
        let (table_key, key) = (self.scope.key(table), self.scope.key(column));
        let mut names: Vec<&str> = Vec::new();
        for (number, frame) in self.scope.frames() {
            let mut own = self.scope.relations_of(number);
            if let Some(relation) = own.find(|own| own.key == table_key) {
                let unknown = lacks(relation, &key) && !is_hidden_column(&column.value);
                let fault = if unknown {
                    self.no_column(relation, column, column.span.start)
                } else {
                    None
                };
                self.faults.extend(fault);
                return;
            }
            if frame.open {
                return;
            }
            let own = self.scope.relations_of(number).filter(|own| !own.qualified);
            names.extend(own.map(|relation| relation.name.as_str()));
        }
        names.retain(|name| !name.is_empty());
        names.dedup();
        let lower = table.value.to_lowercase();
        // Without a schema nothing is certain, and rows have names in triggers and RETURNING.
        if self.scope.schema.is_none()
            || names.is_empty()
            || matches!(lower.as_str(), "old" | "new" | "excluded")
        {
            return;
        }
        let fault = Fault::new(
            FaultKind::UnknownTable,
            self.scope.place(table.span.start),
            format!("unknown table or alias `{}`", table.value),
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
        let mut frames = self.scope.frames();
        let selects = |(number, _): &(usize, _)| self.scope.relations_of(*number).next().is_some();
        if let Some((number, frame)) = frames.find(selects) {
            open = frame.open;
            columns.extend(frame.aliases.iter().map(|(alias, _)| alias.to_lowercase()));
            for relation in self.scope.relations_of(number) {
                let Some(own) = relation.columns.complete() else {
                    open = true;
                    continue;
                };
                for name in own.iter().filter_map(|known| known.column.name.as_ref()) {
                    columns.push(name.to_lowercase());
                    columns.push(format!("{}.{name}", relation.name).to_lowercase());
                }
            }
        }
        drop(frames);
        let columns = (!open).then_some(columns);
        self.names.insert(hole, columns);
    }
}

fn are(what: &str, count: usize) -> String {
    if count == 1 { format!("{what} is") } else { format!("{what}s are") }
}

/// Words that are parsed as columns but are not.
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

/// Columns that every table has without a declaration.
pub(crate) fn is_hidden_column(name: &str) -> bool {
    const COLUMNS: [&str; 9] =
        ["rowid", "oid", "_rowid_", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];
    COLUMNS.iter().any(|column| column.eq_ignore_ascii_case(name))
}
