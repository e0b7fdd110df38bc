//! What is wrong with a query, and where in its text.

use std::fmt::Write as _;

/// Which mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// A brace without its partner, or with nothing in it.
    Braces,
    /// A brace inside quotes, where it would be text.
    QuotedBrace,
    /// A brace that touches a word, a number or a quote.
    TouchingBrace,
    /// Rust in braces that cannot be used there.
    Expression,
    /// A comment.
    Comment,
    /// Quotes that the databases read differently, or that do not end.
    Quote,
    /// A placeholder that is written by hand.
    Placeholder,
    /// Too many optional fragments, or one inside another.
    Fragments,
    /// Text that the database's grammar does not have.
    Syntax,
    /// Something that the database does not know, though the grammar does.
    Dialect,
    /// More than one statement, or none.
    TwoStatements,
    /// A statement that changes the database itself.
    Ddl,
    /// An UPDATE or DELETE of every row.
    NoWhere,
    /// A function that runs texts as SQL, or reaches files or other servers.
    Function,
    /// A part of the text that has no effect, though it looks as if it had.
    NoEffect,
    /// A pattern that a value becomes part of without being escaped.
    Pattern,
    /// A list outside of `IN ( )`.
    List,
    /// A chosen name where none is allowed.
    Name,
    /// A table that the migrations do not make.
    UnknownTable,
    /// A column that the table does not have.
    UnknownColumn,
    /// A variant for one database whose braces are not those of the others.
    Variant,
    /// Numbers compared with text.
    Compared,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which mistake.
    pub kind: FaultKind,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// Where in the text it is, in bytes.
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

    /// The message with the line of the text that it is about, and a caret under the place.
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

/// Characters of a line that are shown before the place and in all.
const BEFORE: usize = 60;
const WIDTH: usize = 100;

/// A character that takes one place in a terminal.
fn plain(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// The one of `known` that is near enough to `word` to be meant.
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

/// A few names of many, for a message.
pub(crate) fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let mut text =
        names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(", ..");
    }
    text
}
