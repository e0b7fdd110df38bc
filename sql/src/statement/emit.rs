//! The text that is sent to a database.

use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, Expr, Statement, Value, ValueWithSpan, VisitMut, VisitorMut};

use super::{
    Chosen, Part,
    facts::{Facts, RoleFact},
};
use crate::{
    dialect::Dialect,
    render::{NAME, Rendered, Stands},
    template::{Piece, Template},
};

/// The parts of a template's text.
pub(super) fn emit(
    dialect: Dialect,
    template: &Template,
    roles: &[RoleFact],
    any_lists: bool,
) -> Vec<Part> {
    let mut writer = Writer { dialect, roles, any_lists, hole: 0, closes: false };
    let parts = writer.parts(&template.pieces);
    if parts.iter().all(|part| matches!(part, Part::Text(_) | Part::Bind)) {
        vec![Part::Text(numbered(dialect, &parts))]
    } else {
        parts
    }
}

fn numbered(dialect: Dialect, parts: &[Part]) -> String {
    let mut text = String::new();
    let mut number = 0_usize;
    for part in parts {
        match part {
            Part::Text(part) => text.push_str(part),
            Part::Bind | Part::List | Part::Choice(_) | Part::Fragment(..) => {
                number = number.saturating_add(1);
                text.push_str(&dialect.placeholder(number));
            }
        }
    }
    text
}

struct Writer<'a> {
    dialect: Dialect,
    roles: &'a [RoleFact],
    any_lists: bool,
    hole: usize,
    /// A list contains its own parenthesis, so the next one in the text is omitted.
    closes: bool,
}

impl Writer<'_> {
    fn parts(&mut self, pieces: &[Piece]) -> Vec<Part> {
        let mut parts = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Sql { text, .. } => {
                    let text = match std::mem::take(&mut self.closes) {
                        true => text.trim_start().strip_prefix(')').unwrap_or(text),
                        false => text,
                    };
                    push(&mut parts, text);
                }
                Piece::Hole(hole) => {
                    let role = self.roles.get(self.hole).copied().unwrap_or(RoleFact::Absent);
                    self.hole = self.hole.saturating_add(1);
                    match (role, &hole.kind) {
                        (
                            RoleFact::Choice(number, Chosen::Fragment),
                            crate::template::HoleKind::Fragment { pieces, .. },
                        ) => {
                            let mut inner = vec![Part::Text(" ".to_owned())];
                            for part in self.parts(pieces) {
                                match part {
                                    Part::Text(text) => push(&mut inner, &text),
                                    other => inner.push(other),
                                }
                            }
                            push(&mut inner, " ");
                            parts.push(Part::Fragment(number, inner));
                        }
                        (RoleFact::Choice(number, _), _) => parts.push(Part::Choice(number)),
                        (RoleFact::List(negated), _) => self.list(negated, &mut parts),
                        (RoleFact::Pattern(false), _) => {
                            parts.push(Part::Bind);
                            push(&mut parts, " ESCAPE '!'");
                        }
                        (RoleFact::Bind | RoleFact::Absent | RoleFact::Pattern(true), _) => {
                            parts.push(Part::Bind);
                        }
                    }
                }
            }
        }
        parts
    }

    fn list(&mut self, negated: bool, parts: &mut Vec<Part>) {
        match self.dialect {
            Dialect::Postgres => {
                let any = match parts.last_mut() {
                    Some(Part::Text(text)) if self.any_lists => match before_in(text, negated) {
                        Some(before) => {
                            text.truncate(before);
                            text.push_str(if negated { "<> ALL(" } else { "= ANY(" });
                            true
                        }
                        None => false,
                    },
                    _ => false,
                };
                if any {
                    parts.push(Part::Bind);
                } else {
                    push(parts, "SELECT unnest(");
                    parts.push(Part::Bind);
                    push(parts, ")");
                }
            }
            Dialect::Sqlite => {
                // JSON has no bytes: they come as an object with their digits.
                push(
                    parts,
                    "SELECT CASE type WHEN 'object' THEN unhex(value ->> 'x') ELSE value END FROM json_each(",
                );
                parts.push(Part::Bind);
                push(parts, ")");
            }
            Dialect::MySql => {
                if let Some(Part::Text(text)) = parts.last_mut() {
                    let open = text.trim_end().strip_suffix('(').map(str::len);
                    if let Some(open) = open {
                        text.truncate(open);
                        self.closes = true;
                    }
                }
                parts.push(Part::List);
            }
        }
    }
}

/// The position of a trailing `IN (` or `NOT IN (`.
fn before_in(text: &str, negated: bool) -> Option<usize> {
    let before = text.trim_end().strip_suffix('(')?;
    let before = without_word(before, "IN")?;
    if negated { without_word(before, "NOT").map(str::len) } else { Some(before.len()) }
}

fn without_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let text = text.trim_end();
    let start = text.len().checked_sub(word.len())?;
    let (before, last) = (text.get(..start)?, text.get(start..)?);
    let touches = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    (last.eq_ignore_ascii_case(word) && !touches).then_some(before)
}

fn push(parts: &mut Vec<Part>, text: &str) {
    if text.is_empty() {
        return;
    }
    match parts.last_mut() {
        Some(Part::Text(last)) => last.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

/// Whether the statement with `= ANY ( )` instead of `IN ( )` is parsed as the same statement.
///
/// IN binds more strongly than `=`, so `a = b IN (..)` would get another meaning. The text is
/// parsed in both forms and compared.
pub(super) fn any_means_the_same(
    template: &Template,
    rendered: &Rendered,
    facts: &Facts,
    statement: &Statement,
) -> bool {
    let parts = emit(Dialect::Postgres, template, &facts.roles, true);
    let mut text = String::new();
    let mut shown = Shown { rendered, number: 0, text: &mut text, choices: choices(facts) };
    if shown.add(&parts).is_none() {
        return false;
    }
    let parsed = sqlparser::parser::Parser::parse_sql(Dialect::Postgres.parser(), &text);
    let Ok([other]) = parsed.as_deref() else { return false };
    let mut expected = statement.clone();
    let _never_breaks: ControlFlow<()> = expected.visit(&mut Lists { rendered, facts });
    let (mut expected, mut other) = (expected, other.clone());
    let _never_breaks: ControlFlow<()> = expected.visit(&mut WithoutEscape);
    let _never_breaks: ControlFlow<()> = other.visit(&mut WithoutEscape);
    expected == other
}

/// The holes of the choices.
fn choices(facts: &Facts) -> Vec<(usize, usize)> {
    let numbered = facts.roles.iter().enumerate();
    numbered
        .filter_map(|(hole, role)| match role {
            RoleFact::Choice(number, _) => Some((*number, hole)),
            _ => None,
        })
        .collect()
}

/// Writes the combination of a rendered text.
struct Shown<'a> {
    rendered: &'a Rendered,
    number: usize,
    text: &'a mut String,
    choices: Vec<(usize, usize)>,
}

impl Shown<'_> {
    fn add(&mut self, parts: &[Part]) -> Option<()> {
        for part in parts {
            match part {
                Part::Text(part) => self.text.push_str(part),
                Part::Bind => {
                    self.number = self.number.saturating_add(1);
                    self.text.push_str(&Dialect::Postgres.placeholder(self.number));
                }
                Part::List => return None,
                Part::Choice(number) => {
                    let hole = self.choices.iter().find(|(own, _)| own == number)?.1;
                    let placed = self.rendered.holes.iter().find(|placed| placed.hole == hole)?;
                    match placed.stands {
                        Stands::Direction => self.text.push_str("ASC"),
                        _ => self.text.push_str(&format!("{NAME}{hole}")),
                    }
                }
                Part::Fragment(number, parts) => {
                    let hole = self.choices.iter().find(|(own, _)| own == number)?.1;
                    // A fragment without holes leaves no trace of its own.
                    let there = self.rendered.fragments.contains(&hole);
                    if there {
                        self.add(parts)?;
                    }
                }
            }
        }
        Some(())
    }
}

/// Rewrites the lists of a statement as they are emitted.
struct Lists<'a> {
    rendered: &'a Rendered,
    facts: &'a Facts,
}

impl VisitorMut for Lists<'_> {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let Expr::InList { expr: left, list, negated } = expr else {
            return ControlFlow::Continue(());
        };
        let [Expr::Value(ValueWithSpan { value: Value::Placeholder(_), span })] = list.as_slice()
        else {
            return ControlFlow::Continue(());
        };
        let placed = self.rendered.hole_at(span.start);
        let role = placed.and_then(|placed| self.facts.roles.get(placed.hole));
        if matches!(role, Some(RoleFact::List(_)))
            && let Some(right) = list.pop()
        {
            let (left, right) = (left.clone(), Box::new(right));
            *expr = if *negated {
                Expr::AllOp { left, compare_op: BinaryOperator::NotEq, right }
            } else {
                Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, is_some: false }
            };
        }
        ControlFlow::Continue(())
    }
}

/// Removes the `ESCAPE` of patterns, which only the emitted text has.
struct WithoutEscape;

impl VisitorMut for WithoutEscape {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Like { escape_char, .. } | Expr::ILike { escape_char, .. } = expr {
            *escape_char = None;
        }
        ControlFlow::Continue(())
    }
}
