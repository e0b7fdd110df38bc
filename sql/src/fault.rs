//! The mistakes in a query, with their positions.

use std::fmt::Write as _;

/// The kind of mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// A brace without its partner, or an empty pair.
    Braces,
    /// A brace inside quotes, where it would be text.
    QuotedBrace,
    /// A brace that touches a word, a number or a quote.
    TouchingBrace,
    /// An expression in braces that is not permitted there.
    Expression,
    /// A comment.
    Comment,
    /// Quotes that the databases interpret differently, or that do not end.
    Quote,
    /// A handwritten placeholder.
    Placeholder,
    /// Too many optional fragments, or nested ones.
    Fragments,
    /// Text that is invalid in the database's grammar.
    Syntax,
    /// An element that the grammar permits but the database does not support.
    Dialect,
    /// More than one statement, or none.
    TwoStatements,
    /// A statement that changes the database itself.
    Ddl,
    /// An UPDATE or DELETE of every row.
    NoWhere,
    /// A function that runs texts as SQL, or that accesses files or other servers.
    Function,
    /// A part of the text that has no effect, although it appears to.
    NoEffect,
    /// A pattern that contains a value without escaping it.
    Pattern,
    /// A list outside of `IN ( )`.
    List,
    /// A chosen name at an invalid position.
    Name,
    /// A table that is not in the migrations.
    UnknownTable,
    /// A column that is not in the table.
    UnknownColumn,
    /// A variant for one database with other braces than the others.
    Variant,
    /// Numbers that are compared with text.
    Compared,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The kind of mistake.
    pub kind: FaultKind,
    /// The mistake: lower case, no full stop.
    pub message: String,
    /// The correct text.
    pub help: Option<String>,
    /// The position in the text, in bytes.
    pub at: usize,
}

impl Fault {
    pub(crate) fn new(kind: FaultKind, at: usize, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: None, at }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The message with the line of the text, and a caret below the position.
    ///
    /// ```
    /// # use palisade_sql::{Template, Dialect};
    /// let faults = Template::parse("SELECT id\nFROM items WHERE name = '{name}'").unwrap_err();
    /// assert_eq!(
    ///     faults[0].describe("SELECT id\nFROM items WHERE name = '{name}'"),
    ///     "line 2, column 26: a brace inside quotes is text, and would not be bound\n\
    ///      \x20 | FROM items WHERE name = '{name}'\n\
    ///      \x20 |                          ^"
    /// );
    /// ```
    pub fn describe(&self, text: &str) -> String {
        let before = text.get(..self.at).unwrap_or(text);
        let number = before.matches('\n').count().saturating_add(1);
        let begin = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
        let line = text.get(begin..).unwrap_or_default();
        let line = line.split('\n').next().unwrap_or_default().trim_end();
        let column = before.get(begin..).unwrap_or_default().chars().count();

        // Deep indentation has no meaning here, and long lines hide the caret.
        let indent = line.chars().take_while(|c| c.is_whitespace()).count().min(column);
        let skipped = column.saturating_sub(indent).saturating_sub(BEFORE);
        let from = indent.saturating_add(skipped);
        let shown: String = line.chars().skip(from).take(WIDTH).map(plain).collect();
        let mut out =
            format!("line {number}, column {}: {}", column.saturating_add(1), self.message);
        let _infallible =
            write!(out, "\n  | {shown}\n  | {}^", " ".repeat(column.saturating_sub(from)));
        out
    }
}

/// How many characters of a line are displayed before the position, and in total.
const BEFORE: usize = 60;
const WIDTH: usize = 100;

/// A character with the width of one column in a terminal.
fn plain(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// The entry of `known` that is similar to `word`.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    known
        .into_iter()
        .map(|candidate| {
            let lower = candidate.to_ascii_lowercase();
            (strsim::damerau_levenshtein(&word, &lower), candidate)
        })
        // A third of the letters wrong is still a slip; more is another word.
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A few of many names, for a message.
pub(crate) fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let mut text =
        names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(", ..");
    }
    text
}
