//! Splits a query at its braces.
//!
//! The databases interpret quoted text differently in a few cases. Each of them is refused, so that
//! there is one interpretation: no backslash in a string, no `$`, no comment.

use super::{Hole, HoleKind, Piece, rust::extent};
use crate::fault::{Fault, FaultKind};

pub(super) fn scan(source: &str) -> Result<Vec<Piece>, Fault> {
    let mut scanner = Scanner { source, at: 0 };
    scanner.pieces(None)
}

struct Scanner<'a> {
    source: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn is_doubled(&self, c: char) -> bool {
        self.rest().chars().take(2).filter(|next| *next == c).count() == 2
    }

    fn skip(&mut self, c: char) {
        self.at = self.at.saturating_add(c.len_utf8());
    }

    /// Pieces up to the end, or up to the brace that closes the fragment opened at `fragment`.
    fn pieces(&mut self, fragment: Option<usize>) -> Result<Vec<Piece>, Fault> {
        let mut pieces = Vec::new();
        let mut open = Text { text: String::new(), at: self.at };
        loop {
            let Some(c) = self.peek() else {
                if let Some(at) = fragment {
                    return Err(unclosed(at));
                }
                open.flush(&mut pieces);
                return Ok(pieces);
            };
            match c {
                '}' if fragment.is_some() => {
                    self.skip(c);
                    open.flush(&mut pieces);
                    return Ok(pieces);
                }
                '{' | '}' if self.is_doubled(c) && fragment.is_none() => {
                    self.doubled(c, &mut open, &mut pieces);
                }
                '{' => {
                    let hole = self.hole(fragment.is_some(), &open.text)?;
                    open.flush(&mut pieces);
                    pieces.push(Piece::Hole(hole));
                    open = Text { text: String::new(), at: self.at };
                }
                '}' => {
                    return Err(Fault::new(FaultKind::Braces, self.at, "`}` closes nothing")
                        .help("a brace that is meant as text is doubled: `}}`"));
                }
                '\'' | '"' | '`' => self.quoted(c, &mut open, &mut pieces)?,
                '-' if self.rest().starts_with("--") => return Err(self.comment("--")),
                '/' if self.rest().starts_with("/*") => return Err(self.comment("/*")),
                '#' => {
                    return Err(Fault::new(
                        FaultKind::Comment,
                        self.at,
                        "`#` begins a comment in MySQL, and an operator elsewhere",
                    )
                    .help("in Postgres, `jsonb_extract_path` does what `#>` does"));
                }
                '$' => {
                    return Err(Fault::new(
                        FaultKind::Placeholder,
                        self.at,
                        "`$` is written for no value: it begins a placeholder, or quotes that \
                         Postgres alone has",
                    )
                    .help("write the value in braces, `{value}`, and a text in single quotes"));
                }
                '\0' => {
                    return Err(Fault::new(
                        FaultKind::Quote,
                        self.at,
                        "a NUL character ends the text for some databases",
                    ));
                }
                _ => {
                    open.text.push(c);
                    self.skip(c);
                }
            }
        }
    }

    /// `{{` or `}}`: one brace, and a new piece for the following offsets.
    fn doubled(&mut self, c: char, open: &mut Text, pieces: &mut Vec<Piece>) {
        open.text.push(c);
        self.skip(c);
        self.skip(c);
        open.flush(pieces);
        *open = Text { text: String::new(), at: self.at };
    }

    /// A string or a quoted name, as a whole.
    fn quoted(
        &mut self,
        quote: char,
        open: &mut Text,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), Fault> {
        let began = self.at;
        open.text.push(quote);
        self.skip(quote);
        loop {
            let Some(c) = self.peek() else {
                return Err(Fault::new(
                    FaultKind::Quote,
                    began,
                    format!("the quote {quote} is not closed"),
                ));
            };
            match c {
                '{' | '}' if self.is_doubled(c) => self.doubled(c, open, pieces),
                '{' | '}' => {
                    return Err(Fault::new(
                        FaultKind::QuotedBrace,
                        self.at,
                        "a brace inside quotes is text, and would not be bound",
                    )
                    .help("write the braces without the quotes; a brace that is meant as text is doubled: `{{`"));
                }
                '\\' => {
                    return Err(Fault::new(
                        FaultKind::Quote,
                        self.at,
                        "a backslash in quotes is text for one database and an escape for another",
                    )
                    .help("bind the text: `{value}`"));
                }
                '\0' => {
                    return Err(Fault::new(
                        FaultKind::Quote,
                        self.at,
                        "a NUL character ends the text for some databases",
                    ));
                }
                _ => {
                    open.text.push(c);
                    self.skip(c);
                    if c == quote {
                        // A doubled quote opens the next one, which has the same effect.
                        return Ok(());
                    }
                }
            }
        }
    }

    fn comment(&self, mark: &str) -> Fault {
        Fault::new(FaultKind::Comment, self.at, format!("`{mark}` begins a comment")).help(
            "say it in a Rust comment above the query: the databases disagree about where one ends",
        )
    }

    fn hole(&mut self, in_fragment: bool, before: &str) -> Result<Hole, Fault> {
        let at = self.at;
        self.skip('{');
        let is_fragment = self.rest().starts_with('?');
        if is_fragment && in_fragment {
            return Err(Fault::new(FaultKind::Fragments, at, "fragments cannot be nested")
                .help("put them one after the other: each is there or not on its own"));
        }
        if is_fragment {
            return self.fragment(at);
        }
        if let Some(touching) = before.chars().next_back().filter(|c| touches_before(*c)) {
            return Err(touching_fault(at, touching));
        }
        let extent = extent(self.source, self.at, false).ok_or_else(|| unclosed(at))?;
        let inside = self.source.get(self.at..extent.end).unwrap_or_default();
        let kind = match extent.colon {
            Some(colon) => {
                let expr = self.source.get(self.at..colon).unwrap_or_default().trim();
                let ty = self.source.get(colon.saturating_add(1)..extent.end).unwrap_or_default();
                HoleKind::Name { expr: expr.to_owned(), ty: ty.trim().to_owned() }
            }
            None => match inside.trim().strip_suffix("..") {
                Some(list) => HoleKind::List { expr: list.trim().to_owned() },
                None => HoleKind::Bind { expr: inside.trim().to_owned() },
            },
        };
        let empty = match &kind {
            HoleKind::Bind { expr } | HoleKind::List { expr } => expr.is_empty(),
            HoleKind::Name { expr, ty } => expr.is_empty() || ty.is_empty(),
            HoleKind::Fragment { .. } => false,
        };
        if empty {
            return Err(Fault::new(FaultKind::Braces, at, "there is nothing in the braces").help(
                "write a value `{value}`, a list `{values..}` or a chosen name `{sort: Sort}`",
            ));
        }
        self.at = extent.end.saturating_add(1);
        let touching = self.peek().filter(|c| touches_after(*c));
        // A fragment keeps its distance by itself.
        if let Some(touching) = touching.filter(|_| !self.rest().starts_with("{?")) {
            return Err(touching_fault(self.at, touching));
        }
        Ok(Hole { at, kind })
    }

    fn fragment(&mut self, at: usize) -> Result<Hole, Fault> {
        self.skip('?');
        let extent = extent(self.source, self.at, true).ok_or_else(|| unclosed(at))?;
        let condition = self.source.get(self.at..extent.end).unwrap_or_default().trim().to_owned();
        if extent.colon.is_none() || condition.is_empty() {
            return Err(Fault::new(FaultKind::Braces, at, "a fragment says when, and what")
                .help("write `{?condition: AND column = {value}}`"));
        }
        self.at = extent.end.saturating_add(1);
        let pieces = self.pieces(Some(at))?;
        let blank =
            |piece: &Piece| matches!(piece, Piece::Sql { text, .. } if text.trim().is_empty());
        if pieces.iter().all(blank) {
            return Err(Fault::new(FaultKind::Braces, at, "there is no text in the fragment")
                .help("write `{?condition: AND column = {value}}`"));
        }
        Ok(Hole { at, kind: HoleKind::Fragment { condition, pieces } })
    }
}

/// SQL during scanning.
struct Text {
    text: String,
    at: usize,
}

impl Text {
    fn flush(&mut self, pieces: &mut Vec<Piece>) {
        if !self.text.is_empty() {
            pieces.push(Piece::Sql { text: std::mem::take(&mut self.text), at: self.at });
        }
    }
}

/// A placeholder next to one of these could be parsed as a part of it: Postgres parses `a$1` as a
/// name, SQLite `?1` and `2` as the twelfth value.
fn touches_before(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '\'' | '"' | '`' | '.' | '@' | ':' | '?' | '}' | '\\')
}

fn touches_after(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '\'' | '"' | '`' | '.' | '@' | '?' | '{' | '\\')
}

fn touching_fault(at: usize, touching: char) -> Fault {
    Fault::new(FaultKind::TouchingBrace, at, format!("the braces touch `{touching}`"))
        .help("put a space between them; a name is never put together from parts")
}

fn unclosed(at: usize) -> Fault {
    Fault::new(FaultKind::Braces, at, "`{` is never closed")
        .help("a brace that is meant as text is doubled: `{{`")
}
