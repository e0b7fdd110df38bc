//! Renders one combination of a template's fragments as text for the parser, and maps positions in
//! that text to the template.

use sqlparser::{
    ast::Statement,
    keywords::Keyword,
    parser::{Parser, ParserError},
    tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Word},
};

use crate::{
    dialect::Dialect,
    fault::{Fault, FaultKind},
    template::{Hole, HoleKind, Piece, Template},
};

/// The replacement of a chosen column, followed by the number of its hole.
pub(crate) const NAME: &str = "palisade_name_";

/// The text for the parser.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    pub(crate) sql: String,
    /// The positions of pieces of the template in both texts, and whether the offsets in them are
    /// equal.
    segments: Vec<(usize, usize, bool)>,
    /// The included holes, in order: number, position here, position in the template.
    pub(crate) holes: Vec<Placed>,
    /// The included fragments.
    pub(crate) fragments: Vec<usize>,
}

/// A hole in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// Its number in [`Template::holes`].
    pub(crate) hole: usize,
    /// The position of its placeholder.
    pub(crate) start: usize,
    /// Its representation in the text.
    pub(crate) stands: Stands,
}

/// The representation of a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stands {
    Placeholder,
    Name,
    Direction,
}

/// The combination in which the fragments are there whose bit is set.
pub(crate) fn render(template: &Template, dialect: Dialect, mask: u64) -> Rendered {
    let mut out = Rendered::default();
    let mut state = State { dialect, mask, hole: 0, fragment: 0, number: 0 };
    state.add(&template.pieces, &mut out);
    out
}

struct State {
    dialect: Dialect,
    mask: u64,
    hole: usize,
    fragment: u32,
    number: usize,
}

impl State {
    fn add(&mut self, pieces: &[Piece], out: &mut Rendered) {
        for piece in pieces {
            match piece {
                Piece::Sql { text, at } => {
                    out.segments.push((out.sql.len(), *at, true));
                    out.sql.push_str(text);
                }
                Piece::Hole(hole) => self.hole(hole, out),
            }
        }
    }

    fn hole(&mut self, hole: &Hole, out: &mut Rendered) {
        let number = self.hole;
        self.hole = self.hole.saturating_add(1);
        out.segments.push((out.sql.len(), hole.at, false));
        let start = out.sql.len();
        match &hole.kind {
            HoleKind::Bind { .. } | HoleKind::List { .. } => {
                self.number = self.number.saturating_add(1);
                out.sql.push_str(&self.dialect.placeholder(self.number));
                out.holes.push(Placed { hole: number, start, stands: Stands::Placeholder });
            }
            HoleKind::Name { .. } => {
                let stands =
                    if follows_an_expression(&out.sql) { Stands::Direction } else { Stands::Name };
                out.holes.push(Placed { hole: number, start, stands });
                match stands {
                    Stands::Direction => out.sql.push_str("ASC"),
                    Stands::Name | Stands::Placeholder => {
                        out.sql.push_str(NAME);
                        out.sql.push_str(&number.to_string());
                    }
                }
            }
            HoleKind::Fragment { pieces, .. } => {
                let bit = 1_u64.checked_shl(self.fragment).unwrap_or(0);
                self.fragment = self.fragment.saturating_add(1);
                if self.mask & bit == 0 {
                    self.hole = self.hole.saturating_add(count(pieces));
                    // The text before it and the text after it stay separate words: `- -` is not a
                    // comment.
                    out.sql.push(' ');
                    return;
                }
                out.fragments.push(number);
                // Its text consists of separate words, whatever is around it.
                out.sql.push(' ');
                self.add(pieces, out);
                out.segments.push((out.sql.len(), hole.at, false));
                out.sql.push(' ');
            }
        }
    }
}

fn count(pieces: &[Piece]) -> usize {
    pieces.iter().filter(|piece| matches!(piece, Piece::Hole(_))).count()
}

/// Whether the next word cannot be a column, because one precedes it.
fn follows_an_expression(before: &str) -> bool {
    let before = before.trim_end();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let word_at = before.rfind(|c: char| !is_word(c)).map_or(0, |at| at.saturating_add(1));
    let word = before.char_indices().map(|(at, _)| at).find(|at| *at >= word_at);
    let word = word.and_then(|at| before.get(at..)).unwrap_or_default();
    if word.is_empty() {
        return before.ends_with([')', '"', '`', ']']);
    }
    const BEFORE_A_COLUMN: [&str; 24] = [
        "BY",
        "SELECT",
        "DISTINCT",
        "ALL",
        "WHERE",
        "AND",
        "OR",
        "ON",
        "SET",
        "FROM",
        "JOIN",
        "THEN",
        "ELSE",
        "WHEN",
        "CASE",
        "HAVING",
        "RETURNING",
        "IN",
        "LIKE",
        "NOT",
        "BETWEEN",
        "IS",
        "AS",
        "INTO",
    ];
    !BEFORE_A_COLUMN.iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}

impl Rendered {
    /// The position in the template for a position here.
    pub(crate) fn source(&self, at: usize) -> usize {
        let segment = self.segments.iter().rev().find(|(start, ..)| *start <= at);
        match segment {
            Some((start, source, true)) => source.saturating_add(at.saturating_sub(*start)),
            Some((_, source, false)) => *source,
            None => 0,
        }
    }

    /// The position here of a line and a column.
    pub(crate) fn offset(&self, location: Location) -> usize {
        let line = usize::try_from(location.line.saturating_sub(1)).unwrap_or(0);
        let column = usize::try_from(location.column.saturating_sub(1)).unwrap_or(0);
        let begin = match line.checked_sub(1) {
            None => 0,
            Some(before) => match self.sql.match_indices('\n').nth(before) {
                Some((at, _)) => at.saturating_add(1),
                None => return self.sql.len(),
            },
        };
        let rest = self.sql.get(begin..).unwrap_or_default();
        rest.char_indices().nth(column).map_or(self.sql.len(), |(at, _)| begin.saturating_add(at))
    }

    /// The position in the template of a line and a column here.
    pub(crate) fn place(&self, location: Location) -> usize {
        self.source(self.offset(location))
    }

    /// The hole whose placeholder or name is at a line and a column.
    pub(crate) fn hole_at(&self, location: Location) -> Option<Placed> {
        let at = self.offset(location);
        self.holes.iter().find(|placed| placed.start == at).copied()
    }

    /// The one statement that the text is.
    pub(crate) fn parse(&self, dialect: Dialect) -> Result<Statement, Fault> {
        let tokens = Tokenizer::new(dialect.parser(), &self.sql).tokenize_with_location().map_err(
            |error| {
                let at = self.place(error.location);
                Fault::new(FaultKind::Syntax, at, lower(&error.message))
            },
        )?;
        let tokens = if dialect == Dialect::MySql { names_in_quotes(tokens) } else { tokens };
        self.placeholders(&tokens)?;
        let last = tokens.iter().rev().find(|token| !matches!(token.token, Token::Whitespace(_)));
        let end = last.map(|token| token.span.end);
        let mut parser = Parser::new(dialect.parser()).with_tokens_with_locations(tokens);
        while parser.consume_token(&Token::SemiColon) {}
        if matches!(parser.peek_token_ref().token, Token::EOF) {
            return Err(Fault::new(
                FaultKind::TwoStatements,
                0,
                "there is no statement in the text",
            ));
        }
        // The grammar knows no statement that begins so, and would name a hundred that do.
        let statement =
            parser.parse_statement().map_err(|error| self.syntax(&error, end, dialect))?;
        let ended = parser.consume_token(&Token::SemiColon);
        while parser.consume_token(&Token::SemiColon) {}
        let next = parser.peek_token_ref();
        match (&next.token, ended) {
            (Token::EOF, _) => Ok(statement),
            (_, true) => Err(Fault::new(
                FaultKind::TwoStatements,
                self.place(next.span.start),
                "a second statement begins here",
            )
            .help("run each on its own; in a transaction where they belong together")),
            (token, false) => Err(Fault::new(
                FaultKind::Syntax,
                self.place(next.span.start),
                format!("{dialect} does not expect `{}` here", self.shown(token, next.span.start)),
            )),
        }
    }

    /// Checks that every placeholder was inserted here, at its position.
    fn placeholders(&self, tokens: &[TokenWithSpan]) -> Result<(), Fault> {
        let mut ours = self.holes.iter();
        for token in tokens {
            let start = token.span.start;
            let placed = match &token.token {
                Token::Placeholder(_) => self.hole_at(start),
                Token::AtSign | Token::Colon => None,
                Token::Word(word)
                    if word.keyword == Keyword::NoKeyword && word.value.starts_with('@') =>
                {
                    None
                }
                Token::Word(word) if word.value.starts_with(NAME) => self.hole_at(start),
                Token::Word(word) if word.keyword == Keyword::ASC => match self.hole_at(start) {
                    None => continue,
                    placed => placed,
                },
                _ => continue,
            };
            // A colon is also a slice of an array; its own rule is the grammar's.
            if placed.is_none() && token.token == Token::Colon {
                continue;
            }
            if placed.is_none() || placed != ours.next().copied() {
                return Err(Fault::new(
                    FaultKind::Placeholder,
                    self.place(start),
                    format!("`{}` is a placeholder without a value", token.token),
                )
                .help("write the value where it belongs, in braces: `{value}`"));
            }
        }
        match ours.next() {
            None => Ok(()),
            Some(placed) => Err(Fault::new(
                FaultKind::Placeholder,
                self.source(placed.start),
                "the braces are part of a name or of quotes here, and would not be bound",
            )),
        }
    }

    fn syntax(&self, error: &ParserError, end: Option<Location>, dialect: Dialect) -> Fault {
        let text = match error {
            ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.as_str(),
            ParserError::RecursionLimitExceeded => {
                return Fault::new(
                    FaultKind::Syntax,
                    0,
                    "the query is nested too deeply to be read",
                );
            }
        };
        let (message, location) = located(text);
        let (message, found) = match message.split_once(", found: ") {
            Some((message, found)) => (message, Some(found)),
            None => (message, None),
        };
        let expected = message.strip_prefix("Expected: ").unwrap_or(message);
        let at = match location {
            Some(location) if location.line > 0 => self.place(location),
            _ => end.map_or(0, |end| self.place(end)),
        };
        let message = match found {
            Some("EOF") => format!("{dialect} expects {expected} before the text ends"),
            Some(found) => {
                let shown = location
                    .map_or_else(|| found.to_owned(), |location| self.shown(found, location));
                format!("{dialect} expects {expected}, and `{shown}` stands here")
            }
            None => lower(expected),
        };
        Fault::new(FaultKind::Syntax, at, message)
    }

    /// A token as the user wrote it.
    fn shown(&self, token: impl std::fmt::Display, location: Location) -> String {
        match self.hole_at(location) {
            Some(_) => "{..}".to_owned(),
            None => token.to_string(),
        }
    }
}

/// Text in double quotes is a name: the runtime sets `ANSI_QUOTES` on every connection, so that a
/// statement has the same meaning in each database.
fn names_in_quotes(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let name = |token: Token| match token {
        Token::DoubleQuotedString(value) => {
            Token::Word(Word { value, quote_style: Some('"'), keyword: Keyword::NoKeyword })
        }
        other => other,
    };
    let named = tokens.into_iter().map(|own| TokenWithSpan { token: name(own.token), ..own });
    named.collect()
}

/// A parser's message, and the position at its end.
fn located(text: &str) -> (&str, Option<Location>) {
    let Some((message, place)) = text.rsplit_once(" at Line: ") else { return (text, None) };
    let Some((line, column)) = place.split_once(", Column: ") else { return (text, None) };
    match (line.parse(), column.parse()) {
        (Ok(line), Ok(column)) => (message, Some(Location { line, column })),
        _ => (text, None),
    }
}

fn lower(message: &str) -> String {
    let mut chars = message.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
