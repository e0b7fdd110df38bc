//! The meaning of one text in several databases.
//!
//! A statement for more than one of them must have the same meaning on each. A form that they
//! interpret differently is refused; the help names one that they interpret alike.

use std::fmt;

use sqlparser::{
    ast::{
        Assignment, AssignmentTarget, BinaryOperator, CastKind, Expr, FunctionArguments,
        Spanned as _, Statement, Value, Visit as _, Visitor,
    },
    tokenizer::Location,
};

use super::Resolver;
use crate::{
    fault::{Fault, FaultKind},
    schema::Kind,
};

/// The target databases of one text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shared {
    pub(crate) sqlite: bool,
    pub(crate) postgres: bool,
    pub(crate) mysql: bool,
}

impl Shared {
    fn several(self) -> bool {
        [self.sqlite, self.postgres, self.mysql].into_iter().filter(|on| *on).count() > 1
    }

    fn with_mysql(self) -> bool {
        self.mysql && self.several()
    }

    fn with_postgres(self) -> bool {
        self.postgres && self.several()
    }
}

impl Resolver<'_> {
    pub(super) fn statement_meaning(&mut self, statement: &Statement) {
        if let Statement::Update(update) = statement {
            self.in_order(&update.assignments);
        }
    }

    /// MySQL sets one column after the other, and uses the new values of earlier ones.
    fn in_order(&mut self, assignments: &[Assignment]) {
        if !self.shared.with_mysql() {
            return;
        }
        let mut set: Vec<String> = Vec::new();
        for Assignment { target, value } in assignments {
            if let Some((at, column)) = reads(value, &set) {
                self.differs(
                    at,
                    format_args!("`{column}` is set before it is read here: MySQL reads the new value, other databases the old one"),
                    "set the column that is read after the one that reads it, or write another text for MySQL: `mysql = \"..\"`",
                );
            }
            let names = match target {
                AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
                AssignmentTarget::Tuple(names) => names.as_slice(),
            };
            let last = names.iter().filter_map(|name| name.0.last()?.as_ident());
            set.extend(last.map(|ident| ident.value.to_lowercase()));
        }
    }

    pub(super) fn meaning(&mut self, expr: &Expr) {
        let Expr::BinaryOp { left, op, right } = expr else { return };
        let at = || left.span().start;
        match op {
            BinaryOperator::Divide
                if self.shared.with_mysql() && self.is_whole(left) && self.is_whole(right) =>
            {
                self.differs(
                    at(),
                    format_args!("`/` of whole numbers is a whole number for SQLite and Postgres, and has decimals for MySQL"),
                    "make one side a number with decimals, as in `1.0 * a / b`, or divide in Rust",
                );
            }
            BinaryOperator::BitwiseXor | BinaryOperator::PGExp if self.shared.several() => {
                self.differs(
                    at(),
                    format_args!("`^` is a power for Postgres, exclusive or for MySQL, and nothing for SQLite"),
                    "compute it in Rust, or write a query for each database",
                );
            }
            BinaryOperator::Spaceship if self.shared.several() => {
                self.differs(
                    at(),
                    format_args!("`<=>` compares with NULL for MySQL alone"),
                    "write `a = b OR (a IS NULL AND b IS NULL)`, or a query for each database",
                );
            }
            BinaryOperator::PGOverlap if self.shared.several() => {
                self.differs(
                    at(),
                    format_args!("`&&` is AND for MySQL, and asks for common elements elsewhere"),
                    "write AND, or a query for each database",
                );
            }
            BinaryOperator::Arrow | BinaryOperator::LongArrow => self.arrow(op, right),
            BinaryOperator::StringConcat
            | BinaryOperator::Plus
            | BinaryOperator::Minus
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
                if self.shared.with_postgres() =>
            {
                let own = *op == BinaryOperator::StringConcat;
                let mixes = |side: &Expr| match side {
                    Expr::BinaryOp { op, .. } => {
                        (*op == BinaryOperator::StringConcat) != own
                            && (is_arithmetic(op) || *op == BinaryOperator::StringConcat)
                    }
                    _ => false,
                };
                if mixes(left) || mixes(right) {
                    self.differs(
                        at(),
                        format_args!("`||` binds less strongly than arithmetic for Postgres, and more strongly elsewhere"),
                        "put the arithmetic in parentheses",
                    );
                }
            }
            _ => {}
        }
    }

    /// The second operand is the name of a member in Postgres, a path in MySQL, either in SQLite.
    fn arrow(&mut self, op: &BinaryOperator, right: &Expr) {
        let Expr::Value(value) = right else { return };
        let Value::SingleQuotedString(text) = &value.value else { return };
        let path = text.starts_with('$');
        if path && self.shared.with_postgres() {
            self.differs(
                value.span.start,
                format_args!("`{op} '{text}'` follows a path for MySQL and SQLite, and asks Postgres for a member of that name"),
                "write a query for each database",
            );
        } else if !path && self.shared.with_mysql() {
            self.differs(
                value.span.start,
                format_args!(
                    "`{op} '{text}'` asks for a member by its name, and MySQL takes a path there"
                ),
                "write a query for each database: `mysql = \"..\"`",
            );
        }
    }

    fn differs(&mut self, at: Location, message: fmt::Arguments<'_>, help: &str) {
        let fault = Fault::new(FaultKind::Dialect, self.scope.place(at), message.to_string());
        self.faults.push(fault.help(help));
    }

    /// Whether an expression is a whole number. A bound value may be one, so it counts as one with
    /// another operand that is.
    fn is_whole(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Nested(inner) => self.is_whole(inner),
            Expr::Value(value) => match &value.value {
                Value::Number(text, _) => text.bytes().all(|byte| byte.is_ascii_digit()),
                Value::Placeholder(_) => true,
                _ => false,
            },
            Expr::UnaryOp { expr, .. } => self.is_whole(expr),
            Expr::BinaryOp { left, op, right } if is_arithmetic(op) => {
                self.is_whole(left) && self.is_whole(right)
            }
            Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, data_type, .. } => {
                Kind::of(self.scope.dialect, data_type) == Kind::Integer
            }
            Expr::Function(function) => {
                let name = function.name.to_string().to_ascii_lowercase();
                let keeps =
                    ["sum", "min", "max", "abs", "coalesce", "ifnull"].contains(&name.as_str());
                let FunctionArguments::List(list) = &function.args else { return false };
                let mut args = list.args.iter().map(crate::scope::expression);
                self.scope.infer(expr).0 == Kind::Integer
                    || keeps && args.all(|arg| arg.is_some_and(|arg| self.is_whole(arg)))
            }
            other => self.scope.infer(other).0 == Kind::Integer,
        }
    }
}

fn is_arithmetic(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Plus
            | BinaryOperator::Minus
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
    )
}

/// The first of some columns that an expression reads, outside of its subqueries.
fn reads(expr: &Expr, columns: &[String]) -> Option<(Location, String)> {
    struct Reads<'c> {
        columns: &'c [String],
        depth: usize,
        found: Option<(Location, String)>,
    }
    impl Visitor for Reads<'_> {
        type Break = ();
        fn pre_visit_query(&mut self, _: &sqlparser::ast::Query) -> std::ops::ControlFlow<()> {
            self.depth = self.depth.saturating_add(1);
            std::ops::ControlFlow::Continue(())
        }
        fn post_visit_query(&mut self, _: &sqlparser::ast::Query) -> std::ops::ControlFlow<()> {
            self.depth = self.depth.saturating_sub(1);
            std::ops::ControlFlow::Continue(())
        }
        fn pre_visit_expr(&mut self, expr: &Expr) -> std::ops::ControlFlow<()> {
            let ident = match expr {
                Expr::Identifier(ident) => Some(ident),
                Expr::CompoundIdentifier(path) => path.last(),
                _ => None,
            };
            if let Some(ident) = ident.filter(|_| self.depth == 0)
                && self.columns.contains(&ident.value.to_lowercase())
            {
                self.found = Some((ident.span.start, ident.value.clone()));
                return std::ops::ControlFlow::Break(());
            }
            std::ops::ControlFlow::Continue(())
        }
    }
    let mut reads = Reads { columns, depth: 0, found: None };
    let _stops_at_the_first: std::ops::ControlFlow<()> = expr.visit(&mut reads);
    reads.found
}
