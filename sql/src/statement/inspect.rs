//! What a parsed statement does, wherever in it that is, and whether it may.

use std::ops::ControlFlow;

use sqlparser::{
    ast::{
        BinaryOperator, Expr, FromTable, FunctionArg, FunctionArgExpr, FunctionArguments,
        GroupByExpr, Ident, ObjectName, OrderBy, OrderByKind, Query, SearchModifier, Select,
        Spanned as _, Statement, TableFactor, TableWithJoins, Value, ValueWithSpan, Visit, Visitor,
    },
    tokenizer::Location,
};

use super::{
    Allow, Chosen, NameUse, Role, known,
    render::{NAME, Rendered, Stands},
};
use crate::{
    dialect::Dialect,
    fault::{Fault, FaultKind},
    resolve::Column,
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
    })
}

struct Walk<'a> {
    dialect: Dialect,
    rendered: &'a Rendered,
    holes: &'a [&'a Hole],
    roles: Vec<RoleFact>,
    allow: Allow,
    names: Vec<NameUse>,
    faults: Vec<Fault>,
}

impl Walk<'_> {
    fn fault(&mut self, kind: FaultKind, at: Location, message: impl Into<String>, help: &str) {
        // Nodes without a place of their own are told at the beginning.
        let at = if at.line == 0 { 0 } else { self.rendered.place(at) };
        let fault = Fault::new(kind, at, message);
        self.faults.push(if help.is_empty() { fault } else { fault.help(help) });
    }

    /// The hole that an expression is, if it is nothing else.
    fn hole(&self, expr: &Expr) -> Option<usize> {
        match expr {
            Expr::Value(ValueWithSpan { value: Value::Placeholder(_), span }) => {
                self.rendered.hole_at(span.start).map(|placed| placed.hole)
            }
            _ => None,
        }
    }

    fn set(&mut self, hole: usize, role: RoleFact) {
        if let Some(own) = self.roles.get_mut(hole) {
            *own = role;
        }
    }

    fn is_list(&self, hole: usize) -> bool {
        matches!(self.holes.get(hole), Some(Hole { kind: HoleKind::List { .. }, .. }))
    }

    fn like(&mut self, pattern: &Expr, escape: Option<&Expr>, any: bool) {
        if self.allow.pattern {
            return;
        }
        match self.hole(pattern) {
            Some(hole) if !any && !self.is_list(hole) => match escape {
                None => self.set(hole, RoleFact::Pattern(false)),
                Some(Expr::Value(ValueWithSpan {
                    value: Value::SingleQuotedString(text), ..
                })) if text == ESCAPE => {
                    self.set(hole, RoleFact::Pattern(true));
                }
                Some(other) => self.fault(
                    FaultKind::Pattern,
                    other.span().start,
                    format!("patterns are escaped with `{ESCAPE}`"),
                    "leave ESCAPE out: it is added",
                ),
            },
            _ => self.pattern(pattern, "LIKE"),
        }
    }

    /// A pattern in which a value has no business.
    fn pattern(&mut self, pattern: &Expr, operator: &str) {
        if self.allow.pattern {
            return;
        }
        if let Some(at) = placeholder_in(pattern) {
            let help = if operator == "LIKE" {
                "write `LIKE {contains(&term)}`, `{starts_with(&term)}` or `{ends_with(&term)}`: they escape `%` and `_`"
            } else {
                "match with `LIKE {contains(&term)}`, or say `dangerous_pattern = \"reason\"`"
            };
            self.fault(
                FaultKind::Pattern,
                at,
                format!("a value becomes a part of the pattern of {operator}"),
                help,
            );
        }
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

/// The escape character of patterns.
const ESCAPE: &str = "!";

impl Visitor for Walk<'_> {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        let at = statement.span().start;
        match statement {
            Statement::Query(_) | Statement::Insert(_) => {}
            Statement::Update(update) => {
                let targets = tables_of(&update.table);
                self.selection("UPDATE", &targets, update.selection.as_ref(), at);
            }
            Statement::Delete(delete) => {
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) =
                    &delete.from;
                let targets: Vec<String> = from.iter().flat_map(tables_of).collect();
                self.selection("DELETE", &targets, delete.selection.as_ref(), at);
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

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
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

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
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
        match table {
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => {
                self.function(name);
            }
            _ => {}
        }
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
        match expr {
            Expr::Like { pattern, escape_char, any, .. }
            | Expr::ILike { pattern, escape_char, any, .. } => {
                self.like(pattern, escape_char.as_deref(), *any);
            }
            Expr::SimilarTo { pattern, .. } => self.pattern(pattern, "SIMILAR TO"),
            Expr::RLike { pattern, .. } => self.pattern(pattern, "REGEXP"),
            Expr::BinaryOp { op, right, .. } if is_pattern_operator(op) => {
                self.pattern(right, &op.to_string());
            }
            // A function beside it is judged by its own name: `plainto_tsquery({x})` is fine.
            Expr::BinaryOp { left, op, right }
                if matches!(op, BinaryOperator::AtAt | BinaryOperator::AtQuestion) =>
            {
                for side in [left, right] {
                    if !matches!(without_casts(side), Expr::Function(_)) {
                        self.pattern(side, &op.to_string());
                    }
                }
            }
            Expr::MatchAgainst {
                match_value: value,
                opt_search_modifier: Some(SearchModifier::InBooleanMode),
                ..
            } => self.pattern(&Expr::Value(value.clone()), "AGAINST .. IN BOOLEAN MODE"),
            Expr::BinaryOp { left, op, right } if is_comparison(op) => {
                self.compared(left, right);
            }
            Expr::Function(function) => {
                self.function(&function.name);
                let name = function.name.to_string().to_ascii_lowercase();
                if known::PATTERN_FUNCTIONS.contains(&name.as_str())
                    && let FunctionArguments::List(list) = &function.args
                {
                    // What the path looks at, and the values that it names, are no path.
                    let paths_only = known::takes_json_path(&name);
                    let (before, most) = if paths_only { (1, 1) } else { (0, usize::MAX) };
                    for arg in list.args.iter().skip(before).take(most) {
                        if let FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)) = arg {
                            self.pattern(arg, &name);
                        }
                    }
                }
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
    fn function(&mut self, name: &ObjectName) {
        let last = name.0.last().and_then(|part| part.as_ident());
        if let Some(last) = last
            && known::reaches(&last.value)
            && !self.allow.ddl
        {
            self.fault(
                FaultKind::Function,
                name.span().start,
                format!("`{last}` runs a text as SQL, or reaches beyond the tables"),
                "do this in Rust, where it can be checked; where it has to be, say `dangerous_ddl = \"reason\"`",
            );
        }
    }

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
        targets: &[String],
        selection: Option<&Expr>,
        at: Location,
    ) {
        if self.allow.no_where {
            return;
        }
        let help = "say which rows; where all are meant, say `dangerous_no_where = \"reason\"`";
        match selection {
            None => {
                self.fault(
                    FaultKind::NoWhere,
                    at,
                    format!("{verb} without WHERE is about every row"),
                    help,
                );
            }
            Some(expr) if !looks_at(expr, targets) => {
                let message = format!(
                    "the WHERE of this {verb} looks at no column: it is about every row or none"
                );
                self.fault(FaultKind::NoWhere, expr.span().start, message, help);
            }
            Some(_) => {}
        }
    }
}

fn is_comparison(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
    )
}

fn is_pattern_operator(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Regexp
            | BinaryOperator::PGRegexMatch
            | BinaryOperator::PGRegexIMatch
            | BinaryOperator::PGRegexNotMatch
            | BinaryOperator::PGRegexNotIMatch
            | BinaryOperator::PGLikeMatch
            | BinaryOperator::PGILikeMatch
            | BinaryOperator::PGNotLikeMatch
            | BinaryOperator::PGNotILikeMatch
            | BinaryOperator::Glob
            | BinaryOperator::Match
    )
}

/// The names that a table goes by, with those of what is joined to it.
fn tables_of(table: &TableWithJoins) -> Vec<String> {
    let factors = std::iter::once(&table.relation).chain(table.joins.iter().map(|j| &j.relation));
    let names = factors.filter_map(|factor| match factor {
        TableFactor::Table { name, alias, .. } => match alias {
            Some(alias) => Some(alias.name.value.clone()),
            None => name.0.last().and_then(|part| part.as_ident()).map(|own| own.value.clone()),
        },
        _ => None,
    });
    names.collect()
}

fn looks_at_a_column(expr: &Expr) -> bool {
    looks_at(expr, &[])
}

/// Whether it is about a column: any of its own; in a subquery, one of these tables by name. What
/// else a subquery looks at is its own tables', and the same for every row outside.
fn looks_at(expr: &Expr, targets: &[String]) -> bool {
    struct Columns<'t> {
        targets: &'t [String],
        depth: usize,
    }
    impl Visitor for Columns<'_> {
        type Break = ();
        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.depth = self.depth.saturating_add(1);
            ControlFlow::Continue(())
        }
        fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.depth = self.depth.saturating_sub(1);
            ControlFlow::Continue(())
        }
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            let found = match expr {
                Expr::Identifier(_) | Expr::MatchAgainst { .. } => self.depth == 0,
                Expr::CompoundIdentifier(path) => {
                    let table = path.len().checked_sub(2).and_then(|at| path.get(at));
                    let named = |table: &Ident| {
                        self.targets.iter().any(|own| own.eq_ignore_ascii_case(&table.value))
                    };
                    self.depth == 0 || table.is_some_and(named)
                }
                _ => false,
            };
            if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
    expr.visit(&mut Columns { targets, depth: 0 }).is_break()
}

/// The first placeholder in an expression.
/// What is cast, or stands in parentheses.
fn without_casts(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast { expr, .. } | Expr::Nested(expr) => without_casts(expr),
        other => other,
    }
}

fn placeholder_in(expr: &Expr) -> Option<Location> {
    struct Placeholders;
    impl Visitor for Placeholders {
        type Break = Location;
        fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<Location> {
            match value.value {
                Value::Placeholder(_) => ControlFlow::Break(value.span.start),
                _ => ControlFlow::Continue(()),
            }
        }
    }
    match expr.visit(&mut Placeholders) {
        ControlFlow::Break(at) => Some(at),
        ControlFlow::Continue(()) => None,
    }
}
