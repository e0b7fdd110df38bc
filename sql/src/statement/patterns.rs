//! Values that would be interpreted as a pattern, a path, a query or code.

use sqlparser::{
    ast::{
        BinaryOperator, Expr, FunctionArg, JsonTableColumn, ObjectName, SearchModifier,
        Spanned as _, TableFactor, Value, ValueWithSpan, XmlTableColumnOption,
    },
    tokenizer::Location,
};

use super::{
    facts::RoleFact,
    functions::{Takes, is_subject, special},
    inspect::Walk,
};
use crate::{
    dialect::Dialect,
    expr::{
        contents, is_comparison, is_language, is_pattern_operator, is_query_operator, without_casts,
    },
    fault::FaultKind,
    scope::argument,
};

/// The escape character of patterns.
const ESCAPE: &str = "!";

impl Walk<'_> {
    /// An expression with a part in another language.
    pub(super) fn languages(&mut self, expr: &Expr) {
        if self.allow.pattern {
            return;
        }
        match expr {
            Expr::Like { pattern, escape_char, any, .. }
            | Expr::ILike { pattern, escape_char, any, .. } => {
                self.like(pattern, escape_char.as_deref(), *any);
            }
            Expr::SimilarTo { pattern, .. } => self.pattern(pattern, "SIMILAR TO"),
            Expr::RLike { pattern, .. } => self.pattern(pattern, "REGEXP"),
            Expr::BinaryOp { op, right, .. }
            | Expr::AnyOp { compare_op: op, right, .. }
            | Expr::AllOp { compare_op: op, right, .. }
                if is_pattern_operator(op) =>
            {
                self.pattern(right, &op.to_string());
            }
            Expr::BinaryOp { left, op, right } if is_query_operator(op) => {
                for side in [left, right] {
                    // A function is judged by its own name (`plainto_tsquery({x})` is fine), a cast
                    // by its type.
                    let judged = match contents(side) {
                        Expr::Cast { data_type, .. } => is_language(data_type),
                        _ => false,
                    };
                    if !judged && !matches!(without_casts(side), Expr::Function(_)) {
                        self.pattern(side, &op.to_string());
                    }
                }
            }
            Expr::Cast { expr, data_type, .. }
                if self.dialect == Dialect::Postgres && is_language(data_type) =>
            {
                let told = format!("the value becomes a `{}`", lower(data_type));
                if let Some(at) = self.scope.value_in(expr) {
                    self.language(at, &told);
                }
            }
            // In Postgres the right side is a key, and nothing else.
            Expr::BinaryOp {
                op: op @ (BinaryOperator::Arrow | BinaryOperator::LongArrow),
                right,
                ..
            } if self.dialect != Dialect::Postgres => {
                if let Some(at) = self.scope.value_in(right) {
                    self.language(at, &format!("a value becomes the JSON path of {op}"));
                }
            }
            Expr::MatchAgainst { match_value, opt_search_modifier: Some(modifier), .. } => {
                self.against(match_value, modifier);
            }
            Expr::BinaryOp { left, op, right } if is_comparison(op) => {
                self.searched(left, std::slice::from_ref(right));
                self.searched(right, std::slice::from_ref(left));
            }
            Expr::IsNotDistinctFrom(left, right) | Expr::IsDistinctFrom(left, right) => {
                self.searched(left, std::slice::from_ref(right));
                self.searched(right, std::slice::from_ref(left));
            }
            Expr::Between { expr, low, high, .. } => {
                self.searched(expr, &[low.clone(), high.clone()]);
            }
            Expr::InList { expr, list, .. } => {
                for item in list {
                    self.searched_by(expr, item);
                }
            }
            Expr::InSubquery { expr, subquery, .. }
                if self.scope.searches(expr) && self.scope.columns(subquery).any().bound =>
            {
                self.query_of(expr, expr.span().start);
            }
            _ => {}
        }
    }

    fn like(&mut self, pattern: &Expr, escape: Option<&Expr>, any: bool) {
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

    /// A pattern that must not contain a value.
    fn pattern(&mut self, pattern: &Expr, operator: &str) {
        if let Some(at) = self.scope.value_in(pattern) {
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

    /// A value in another language than that of patterns.
    pub(super) fn language(&mut self, at: Location, message: &str) {
        self.fault(
            FaultKind::Pattern,
            at,
            message,
            "write that part as a literal, or say `dangerous_pattern = \"reason\"`",
        );
    }

    fn against(&mut self, value: &ValueWithSpan, modifier: &SearchModifier) {
        let words = match modifier {
            SearchModifier::InNaturalLanguageMode => return,
            SearchModifier::InBooleanMode => "AGAINST .. IN BOOLEAN MODE",
            SearchModifier::WithQueryExpansion
            | SearchModifier::InNaturalLanguageModeWithQueryExpansion => {
                "AGAINST .. WITH QUERY EXPANSION"
            }
        };
        self.pattern(&Expr::Value(value.clone()), words);
    }

    /// A function: its effects, and the languages of its arguments.
    pub(super) fn function(&mut self, name: &ObjectName, args: &[FunctionArg]) {
        let mut path = name.0.iter().rev().filter_map(|part| part.as_ident());
        let (Some(own), schema) = (path.next(), path.next()) else { return };
        let schema = schema.map(|ident| ident.value.as_str());
        let Some(special) = special(self.dialect, schema, &own.value) else { return };
        if special.takes == Takes::Code {
            if !self.allow.ddl {
                self.fault(
                    FaultKind::Function,
                    name.span().start,
                    format!("`{own}` runs a string as SQL, or accesses more than tables"),
                    "do this in Rust, where it can be checked; where it has to be, say `dangerous_ddl = \"reason\"`",
                );
            }
            return;
        }
        if self.allow.pattern {
            return;
        }
        let own = own.value.to_ascii_lowercase();
        for (number, arg) in args.iter().enumerate() {
            let read = match arg {
                FunctionArg::Unnamed(_) => special.reads(number),
                FunctionArg::Named { name, .. } => !is_subject(&name.value),
                FunctionArg::ExprNamed { name, .. } => !is_subject(&name.to_string()),
            };
            let at = match argument(arg).filter(|_| read) {
                Some(arg) => self.scope.value_in(arg),
                None => None,
            };
            let Some(at) = at else { continue };
            match special.takes {
                Takes::Pattern => {
                    self.fault(
                        FaultKind::Pattern,
                        at,
                        format!("a value becomes a part of the pattern of {own}"),
                        "match with `LIKE {contains(&term)}`, or say `dangerous_pattern = \"reason\"`",
                    );
                }
                Takes::JsonPath => {
                    self.language(at, &format!("a value becomes the JSON path of {own}"));
                }
                Takes::XPath => self.language(at, &format!("a value becomes the XPath of {own}")),
                Takes::Query => self.language(at, &format!("a value becomes the query of {own}")),
                Takes::Format => self.language(at, &format!("a value becomes the format of {own}")),
                Takes::Name => {
                    self.language(at, &format!("a value names what {own} works on"));
                }
                Takes::Code => {}
            }
        }
    }

    /// The source of rows, if it is not a plain table.
    pub(super) fn rows_from(&mut self, table: &TableFactor) {
        match table {
            TableFactor::Table { name, args: Some(args), .. } => {
                self.function(name, &args.args);
                self.called_table(name, &args.args);
            }
            TableFactor::Function { name, args, .. } => {
                self.function(name, args);
                self.called_table(name, args);
            }
            TableFactor::JsonTable { json_path, columns, .. } if !self.allow.pattern => {
                let mut paths = vec![json_path];
                paths_of(columns, &mut paths);
                for path in paths {
                    if let Value::Placeholder(_) = path.value {
                        self.language(
                            path.span.start,
                            "a value becomes the JSON path of JSON_TABLE",
                        );
                    }
                }
            }
            TableFactor::XmlTable { row_expression, columns, .. } if !self.allow.pattern => {
                let own = columns.iter().filter_map(|column| match &column.option {
                    XmlTableColumnOption::NamedInfo { path, .. } => path.as_ref(),
                    XmlTableColumnOption::ForOrdinality => None,
                });
                for path in std::iter::once(row_expression).chain(own) {
                    if let Some(at) = self.scope.value_in(path) {
                        self.language(at, "a value becomes the XPath of XMLTABLE");
                    }
                }
            }
            _ => {}
        }
    }
}

fn paths_of<'c>(columns: &'c [JsonTableColumn], paths: &mut Vec<&'c ValueWithSpan>) {
    for column in columns {
        match column {
            JsonTableColumn::Named(column) => paths.push(&column.path),
            JsonTableColumn::Nested(nested) => {
                paths.push(&nested.path);
                paths_of(&nested.columns, paths);
            }
            JsonTableColumn::ForOrdinality(_) => {}
        }
    }
}

fn lower(data_type: &sqlparser::ast::DataType) -> String {
    data_type.to_string().to_ascii_lowercase()
}

#[cfg(test)]
mod tests;
