//! What a parsed statement does, wherever in it that is, and whether it may.

use std::ops::ControlFlow;

use sqlparser::{
    ast::{
        Expr, FunctionArguments, GroupByExpr, Insert, OrderBy, OrderByKind, Query, Select,
        Spanned as _, Statement, TableFactor, Value, ValueWithSpan, Visit, Visitor,
    },
    tokenizer::Location,
};

use super::{
    Allow, Chosen, NameUse, Role,
    expr::{is_comparison, with_values_named},
    flow::Flow,
    known,
    render::{NAME, Rendered, Stands},
    rows::{self, Limit},
};
use crate::{
    dialect::Dialect,
    fault::{Fault, FaultKind},
    resolve::{Column, Compared},
    schema::Schema,
    template::{Hole, HoleKind, Template},
};

/// What was found out about one combination, or about several.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) roles: Vec<RoleFact>,
    /// Whether lists may be written as `= ANY ( )`.
    pub(super) any_lists: bool,
    pub(super) columns: Option<Vec<Column>>,
    pub(super) rows: Option<bool>,
    pub(super) verb: &'static str,
    pub(super) names: Vec<NameUse>,
    pub(super) compared: Vec<Compared>,
}

/// What a hole is, and what its text needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RoleFact {
    /// Not part of the combination.
    Absent,
    Bind,
    /// A pattern; whether the text has its `ESCAPE` already.
    Pattern(bool),
    /// A list; whether it is after `NOT IN`.
    List(bool),
    Choice(usize, Chosen),
}

impl RoleFact {
    pub(super) fn role(&self) -> Role {
        match *self {
            Self::Absent | Self::Bind => Role::Bind,
            Self::Pattern(_) => Role::Pattern,
            Self::List(_) => Role::List,
            Self::Choice(number, chosen) => Role::Choice(number, chosen),
        }
    }
}

impl Facts {
    /// What holds for this and for another combination of the same template.
    pub(super) fn and(mut self, other: Self) -> Self {
        for (own, others) in self.roles.iter_mut().zip(other.roles) {
            if matches!(own, RoleFact::Absent | RoleFact::Bind) && others != RoleFact::Absent {
                *own = others;
            }
        }
        self.any_lists &= other.any_lists;
        self.columns = match (self.columns, other.columns) {
            (Some(own), Some(others)) if own.len() == others.len() => {
                Some(own.into_iter().zip(others).map(|(own, other)| own.or(&other)).collect())
            }
            _ => None,
        };
        for compared in other.compared {
            if !self.compared.contains(&compared) {
                self.compared.push(compared);
            }
        }
        for name in other.names {
            match self.names.iter_mut().find(|own| own.hole == name.hole) {
                None => self.names.push(name),
                Some(own) => {
                    own.columns = match (own.columns.take(), name.columns) {
                        (Some(own), Some(others)) => {
                            Some(own.into_iter().filter(|name| others.contains(name)).collect())
                        }
                        _ => None,
                    };
                }
            }
        }
        self
    }

    /// Every hole was met in some combination; the one with all fragments has them all.
    pub(super) fn all_used(&self, holes: &[&Hole]) -> Result<(), Vec<Fault>> {
        let absent = self.roles.iter().zip(holes).find(|(role, _)| **role == RoleFact::Absent);
        match absent {
            None => Ok(()),
            Some((_, hole)) => {
                Err(vec![Fault::new(FaultKind::Syntax, hole.at, "no value can stand here")])
            }
        }
    }
}

/// Looks at every part of a statement.
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
        flow: Flow::new(dialect, schema),
        named: Vec::new(),
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
    rendered: &'a Rendered,
    holes: &'a [&'a Hole],
    roles: Vec<RoleFact>,
    pub(super) allow: Allow,
    pub(super) schema: Option<&'a Schema>,
    /// What the names in scope hold.
    pub(super) flow: Flow<'a>,
    /// The queries that WITH has named so far.
    named: Vec<rows::Named>,
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
        // Nodes without a place of their own are told at the beginning.
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

    /// The hole that an expression is, if it is nothing else.
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

    /// Lists that are in no `IN ( )`.
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
                "a list stands where one value belongs",
            );
            self.faults
                .push(fault.help("write it alone in its parentheses: `column IN ({values..})`"));
        }
    }

    /// Names that stand for no column.
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
                "a name is chosen for something that is no column",
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
        self.flow.open_statement(statement);
        self.catalog(statement, at);
        match statement {
            Statement::Query(_) => {}
            Statement::Insert(insert) => {
                self.command(insert);
                self.replaced(insert, at);
            }
            Statement::Update(update) => {
                self.assigned_command(update);
                let limit = |schema: Option<&Schema>, named: &[_], selection: &Expr| {
                    rows::updated(schema, named, update, selection)
                };
                self.selection("UPDATE", limit, update.selection.as_ref(), at);
            }
            Statement::Delete(delete) => {
                let limit = |schema: Option<&Schema>, named: &[_], selection: &Expr| {
                    rows::deleted(schema, named, delete, selection)
                };
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
        self.flow.close();
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.flow.open_query(query);
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.named.push((cte.alias.name.value.to_lowercase(), (*cte.query).clone()));
        }
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
        self.flow.close();
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _: &Select) -> ControlFlow<()> {
        self.flow.close();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.flow.open_select(select);
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

impl Walk<'_> {
    /// A value is the same for every row.
    fn sorted_by(&mut self, expr: &Expr, clause: &str) {
        if self.hole(expr).is_some() {
            self.fault(
                FaultKind::NoEffect,
                expr.span().start,
                format!("{clause} a bound value does nothing: it is the same for every row"),
                "choose a column with an enum: `{sort: Sort}`, which derives `SqlName`",
            );
        }
    }

    fn compared(&mut self, left: &Expr, right: &Expr) {
        let is_null =
            |expr: &Expr| matches!(expr, Expr::Value(ValueWithSpan { value: Value::Null, .. }));
        if is_null(left) || is_null(right) {
            self.fault(
                FaultKind::NoEffect,
                left.span().start,
                "a comparison with NULL is never true",
                "write `IS NULL` or `IS NOT NULL`",
            );
        } else if left == right && looks_at_a_column(left) {
            self.fault(
                FaultKind::NoEffect,
                left.span().start,
                format!("`{left}` is compared with itself: that holds for every row or none"),
                "",
            );
        }
    }

    fn selection(
        &mut self,
        verb: &str,
        limit: impl FnOnce(Option<&Schema>, &[rows::Named], &Expr) -> Limit,
        selection: Option<&Expr>,
        at: Location,
    ) {
        if self.allow.no_where {
            return;
        }
        let help = "say which rows; where all are meant, say `dangerous_no_where = \"reason\"`";
        let Some(selection) = selection else {
            let message = format!("{verb} without WHERE is about every row");
            self.fault(FaultKind::NoWhere, at, message, help);
            return;
        };
        let named = with_values_named(selection, |at| self.value_name(at));
        let message = match limit(self.schema, &self.named, &named) {
            Limit::Limited => return,
            Limit::NoColumn => {
                format!(
                    "the WHERE of this {verb} looks at no column: it is about every row or none"
                )
            }
            Limit::Whole(table) => {
                let message =
                    format!("the WHERE of this {verb} does not limit the rows of `{table}`");
                let help = format!(
                    "compare a column of `{table}` with a value, in each branch of OR; where all rows are meant, say `dangerous_no_where = \"reason\"`"
                );
                self.fault(FaultKind::NoWhere, selection.span().start, message, &help);
                return;
            }
        };
        self.fault(FaultKind::NoWhere, selection.span().start, message, help);
    }

    /// An INSERT that reads its own table and writes over what is there is an UPDATE.
    fn replaced(&mut self, insert: &Insert, at: Location) {
        if self.allow.no_where {
            return;
        }
        if let Limit::Whole(table) = rows::replaced(self.schema, &self.named, insert) {
            self.fault(
                FaultKind::NoWhere,
                at,
                format!("this INSERT reads every row of `{table}` and writes over it"),
                &format!(
                    "limit the rows of `{table}` in its SELECT, or in the WHERE of DO UPDATE; where all rows are meant, say `dangerous_no_where = \"reason\"`"
                ),
            );
        }
    }

    /// The expression of the value whose placeholder is at a place.
    fn value_name(&self, at: Location) -> Option<String> {
        let placed = self.rendered.hole_at(at)?;
        match &self.holes.get(placed.hole)?.kind {
            HoleKind::Bind { expr } | HoleKind::List { expr } => Some(format!("{{{expr}}}")),
            HoleKind::Name { .. } | HoleKind::Fragment { .. } => None,
        }
    }
}

fn looks_at_a_column(expr: &Expr) -> bool {
    struct Columns;
    impl Visitor for Columns {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            match expr {
                Expr::Identifier(_) | Expr::CompoundIdentifier(_) => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        }
    }
    expr.visit(&mut Columns).is_break()
}
