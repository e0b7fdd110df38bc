//! Checks every part of a parsed statement.

use std::ops::ControlFlow;

use sqlparser::{
    ast::{
        Expr, FunctionArguments, GroupByExpr, OrderBy, OrderByKind, Query, Select, Spanned as _,
        Statement, TableFactor, Value, ValueWithSpan, Visit, Visitor,
    },
    tokenizer::Location,
};

use super::{
    Allow, Chosen, NameUse,
    facts::{Facts, RoleFact},
    known, rows,
};
use crate::{
    dialect::Dialect,
    expr::is_comparison,
    fault::{Fault, FaultKind},
    render::{NAME, Rendered, Stands},
    schema::Schema,
    scope::Scope,
    template::{Hole, HoleKind, Template},
};

/// Checks every part of a statement.
pub(super) fn inspect(
    dialect: Dialect,
    template: &Template,
    rendered: &Rendered,
    statement: &Statement,
    schema: Option<&Schema>,
    allow: Allow,
) -> Result<Facts, Vec<Fault>> {
    let holes = template.holes();
    let mut choices = 0_usize;
    let mut roles = Vec::new();
    for (number, hole) in holes.iter().enumerate() {
        let placed = rendered.holes.iter().find(|placed| placed.hole == number);
        let chosen = match (&hole.kind, placed.map(|placed| placed.stands)) {
            (HoleKind::Fragment { .. }, _) => Some(Chosen::Fragment),
            (HoleKind::Name { .. }, Some(Stands::Direction)) => Some(Chosen::Direction),
            (HoleKind::Name { .. }, _) => Some(Chosen::Name),
            _ => None,
        };
        roles.push(match chosen {
            Some(chosen) => {
                choices = choices.saturating_add(1);
                RoleFact::Choice(choices.saturating_sub(1), chosen)
            }
            None if placed.is_none() => RoleFact::Absent,
            None => RoleFact::Bind,
        });
    }
    let mut walk = Walk {
        dialect,
        rendered,
        holes: &holes,
        roles,
        allow,
        schema,
        scope: Scope::new(dialect, schema, Some(rendered)),
        names: Vec::new(),
        faults: Vec::new(),
    };
    let _never_breaks: ControlFlow<()> = statement.visit(&mut walk);
    walk.lists();
    walk.chosen_names();
    let Walk { roles, names, mut faults, .. } = walk;
    if !faults.is_empty() {
        faults.sort_by_key(|fault| fault.at);
        faults.dedup();
        return Err(faults);
    }
    Ok(Facts {
        any_lists: roles.iter().any(|role| matches!(role, RoleFact::List(_))),
        roles,
        columns: None,
        rows: None,
        verb: known::verb(statement),
        names,
        compared: Vec::new(),
    })
}

pub(super) struct Walk<'a> {
    pub(super) dialect: Dialect,
    pub(super) rendered: &'a Rendered,
    pub(super) holes: &'a [&'a Hole],
    roles: Vec<RoleFact>,
    pub(super) allow: Allow,
    pub(super) schema: Option<&'a Schema>,
    pub(super) scope: Scope<'a>,
    names: Vec<NameUse>,
    faults: Vec<Fault>,
}

impl Walk<'_> {
    pub(super) fn fault(
        &mut self,
        kind: FaultKind,
        at: Location,
        message: impl Into<String>,
        help: &str,
    ) {
        // Faults of nodes without a location are reported at the beginning.
        let at = if at.line == 0 { 0 } else { self.rendered.place(at) };
        // One value in one place is one mistake, however many functions and casts read it.
        if kind == FaultKind::Pattern
            && self.faults.iter().any(|own| own.kind == kind && own.at == at)
        {
            return;
        }
        let fault = Fault::new(kind, at, message);
        self.faults.push(if help.is_empty() { fault } else { fault.help(help) });
    }

    /// The hole that is the whole expression.
    pub(super) fn hole(&self, expr: &Expr) -> Option<usize> {
        match expr {
            Expr::Value(ValueWithSpan { value: Value::Placeholder(_), span }) => {
                self.rendered.hole_at(span.start).map(|placed| placed.hole)
            }
            _ => None,
        }
    }

    pub(super) fn set(&mut self, hole: usize, role: RoleFact) {
        if let Some(own) = self.roles.get_mut(hole) {
            *own = role;
        }
    }

    pub(super) fn is_list(&self, hole: usize) -> bool {
        matches!(self.holes.get(hole), Some(Hole { kind: HoleKind::List { .. }, .. }))
    }

    /// Lists outside of `IN ( )`.
    fn lists(&mut self) {
        let lost: Vec<_> = self
            .rendered
            .holes
            .iter()
            .filter(|placed| self.is_list(placed.hole))
            .filter(|placed| !matches!(self.roles.get(placed.hole), Some(RoleFact::List(_))))
            .copied()
            .collect();
        for placed in lost {
            let fault = Fault::new(
                FaultKind::List,
                self.rendered.source(placed.start),
                "a list is used in the place of a single value",
            );
            self.faults
                .push(fault.help("write it alone in its parentheses: `column IN ({values..})`"));
        }
    }

    /// Chosen names at positions other than that of a column.
    fn chosen_names(&mut self) {
        let lost: Vec<_> = self
            .rendered
            .holes
            .iter()
            .filter(|placed| placed.stands == Stands::Name)
            .filter(|placed| self.names.iter().all(|name| name.hole != placed.hole))
            .copied()
            .collect();
        for placed in lost {
            let fault = Fault::new(
                FaultKind::Name,
                self.rendered.source(placed.start),
                "a name is interpolated outside of a column position",
            );
            self.faults.push(fault.help(
                "columns are chosen, as in `ORDER BY {sort: Sort}`; write one query for each table",
            ));
        }
    }
}

impl Visitor for Walk<'_> {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        let at = statement.span().start;
        let names = self.scope.of_names();
        self.scope.open_statement(statement);
        self.catalog(statement, at);
        match statement {
            Statement::Query(_) => {}
            Statement::Insert(insert) => {
                self.command(insert);
                self.replaced(names, insert, at);
            }
            Statement::Update(update) => {
                self.assigned_command(update);
                let limit = |selection: &Expr| rows::updated(names, update, selection);
                self.selection("UPDATE", limit, update.selection.as_ref(), at);
            }
            Statement::Delete(delete) => {
                let limit = |selection: &Expr| rows::deleted(names, delete, selection);
                self.selection("DELETE", limit, delete.selection.as_ref(), at);
            }
            _ if self.allow.ddl => {}
            other => {
                let verb = known::verb(other);
                self.fault(
                    FaultKind::Ddl,
                    at,
                    format!("{verb} does more than read and write rows"),
                    "what changes the database belongs into a migration; where it does not, say `dangerous_ddl = \"reason\"`",
                );
            }
        }
        for (at, message) in known::unknown_to(self.dialect, statement) {
            self.fault(FaultKind::Dialect, at, message, "");
        }
        ControlFlow::Continue(())
    }

    fn post_visit_statement(&mut self, _: &Statement) -> ControlFlow<()> {
        self.scope.close();
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.scope.open_query(query);
        for (at, message) in known::unknown_in_query(self.dialect, query) {
            self.fault(FaultKind::Dialect, at, message, "");
        }
        if let Some(OrderBy { kind: OrderByKind::Expressions(sorts), .. }) = &query.order_by {
            for sort in sorts {
                self.sorted_by(&sort.expr, "ORDER BY");
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.scope.close_query();
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.scope.close_select(select);
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.scope.open_select(select);
        self.joined(&select.from);
        if select.into.is_some() && !self.allow.ddl {
            self.fault(
                FaultKind::Ddl,
                select.select_token.0.span.start,
                "SELECT .. INTO makes a table or a file",
                "make tables in a migration",
            );
        }
        if let GroupByExpr::Expressions(groups, _) = &select.group_by {
            for group in groups {
                self.sorted_by(group, "GROUP BY");
            }
        }
        for (at, message) in known::unknown_in_select(self.dialect, select) {
            self.fault(FaultKind::Dialect, at, message, "");
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<()> {
        self.rows_from(table);
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
        if let Value::Placeholder(text) = &value.value
            && self.rendered.hole_at(value.span.start).is_none()
        {
            self.fault(
                FaultKind::Placeholder,
                value.span.start,
                format!("`{text}` is a placeholder without a value"),
                "write the value where it belongs, in braces: `{value}`",
            );
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        for (at, message) in known::unknown_in_expr(self.dialect, expr) {
            self.fault(FaultKind::Dialect, at, message, "");
        }
        self.languages(expr);
        match expr {
            Expr::BinaryOp { left, op, right } if is_comparison(op) => {
                self.compared(left, right);
            }
            Expr::Function(function) => {
                let args = match &function.args {
                    FunctionArguments::List(list) => list.args.as_slice(),
                    FunctionArguments::None | FunctionArguments::Subquery(_) => &[],
                };
                self.function(&function.name, args);
            }
            Expr::InList { list, negated, .. } => {
                let holes: Vec<_> = list.iter().filter_map(|item| self.hole(item)).collect();
                if let ([hole], 1) = (holes.as_slice(), list.len())
                    && self.is_list(*hole)
                {
                    self.set(*hole, RoleFact::List(*negated));
                }
            }
            Expr::Identifier(ident) if ident.value.starts_with(NAME) => {
                if let Some(placed) = self.rendered.hole_at(ident.span.start) {
                    self.names.push(NameUse { hole: placed.hole, columns: None });
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
