//! Splits a migration into statements, so that one that cannot be parsed does not affect the
//! others.

use sqlparser::{
    ast::Statement,
    dialect::GenericDialect,
    keywords::Keyword,
    parser::Parser,
    tokenizer::{Token, TokenWithSpan, Tokenizer},
};

use super::apply::object;
use crate::dialect::Dialect;

/// A statement of a migration.
pub(super) enum Read {
    Statement(Box<Statement>),
    /// A statement that the grammar does not support: its first words.
    Unread {
        opening: Vec<String>,
    },
}

pub(super) fn statements(dialect: Dialect, sql: &str) -> Vec<Read> {
    let Ok(tokens) = Tokenizer::new(dialect.parser(), sql).tokenize_with_location() else {
        return vec![Read::Unread { opening: Vec::new() }];
    };
    let mut read = Vec::new();
    for tokens in split(tokens) {
        let parse = |own: &dyn sqlparser::dialect::Dialect| {
            let mut parser = Parser::new(own).with_tokens_with_locations(tokens.clone());
            let statement = parser.parse_statement().ok()?;
            matches!(parser.peek_token_ref().token, Token::EOF).then_some(statement)
        };
        // The generic grammar reads a little of what the databases' own leave out.
        let statement = parse(dialect.parser())
            .or_else(|| parse(&GenericDialect {}))
            .or_else(|| without_table_options(dialect, &tokens));
        read.push(match statement {
            Some(statement) => Read::Statement(Box::new(statement)),
            None => Read::Unread { opening: opening(&tokens) },
        });
    }
    read
}

/// `STRICT, WITHOUT ROWID` in SQLite, which the parser accepts only without the comma.
fn without_table_options(dialect: Dialect, tokens: &[TokenWithSpan]) -> Option<Statement> {
    let is_option = |token: &&TokenWithSpan| match &token.token {
        Token::Comma => true,
        Token::Word(word) => {
            ["STRICT", "WITHOUT", "ROWID"].iter().any(|own| own.eq_ignore_ascii_case(&word.value))
        }
        _ => false,
    };
    let options = tokens.iter().rev().take_while(is_option).count();
    let kept = tokens.len().checked_sub(options).filter(|_| options > 0)?;
    let tokens = tokens.get(..kept)?.to_vec();
    let mut parser = Parser::new(dialect.parser()).with_tokens_with_locations(tokens);
    match parser.parse_statement().ok()? {
        Statement::CreateTable(mut create)
            if matches!(parser.peek_token_ref().token, Token::EOF) =>
        {
            // Either of them makes the columns of a primary key NOT NULL.
            create.strict = true;
            Some(Statement::CreateTable(create))
        }
        _ => None,
    }
}

fn split(tokens: Vec<TokenWithSpan>) -> Vec<Vec<TokenWithSpan>> {
    let mut all = Vec::new();
    let mut one: Vec<TokenWithSpan> = Vec::new();
    let mut block = 0_usize;
    for token in tokens {
        let keyword = match &token.token {
            Token::Whitespace(_) | Token::EOF => continue,
            Token::Word(word) if word.quote_style.is_none() => word.keyword,
            _ => Keyword::NoKeyword,
        };
        // The body of a trigger or procedure has statements of its own.
        if begins_a_body(&one) {
            match keyword {
                Keyword::BEGIN | Keyword::CASE => block = block.saturating_add(1),
                Keyword::END => block = block.saturating_sub(1),
                _ => {}
            }
        }
        if token.token == Token::SemiColon && block == 0 {
            if !one.is_empty() {
                all.push(std::mem::take(&mut one));
            }
            continue;
        }
        one.push(token);
    }
    if !one.is_empty() {
        all.push(one);
    }
    all
}

fn begins_a_body(tokens: &[TokenWithSpan]) -> bool {
    let words = opening(tokens);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ["CREATE", rest @ ..] = words.as_slice() else { return false };
    matches!(object(rest), Some(("TRIGGER" | "PROCEDURE" | "FUNCTION", _)))
}

/// The first words of a statement, in upper case; quoted names and names that are not SQL words are
/// unchanged, with their schemas.
fn opening(tokens: &[TokenWithSpan]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut joins = false;
    for token in tokens.iter().take(16) {
        let word = match &token.token {
            Token::Word(word) => word,
            other => {
                joins = *other == Token::Period;
                continue;
            }
        };
        let plain = word.quote_style.is_none() && word.keyword != Keyword::NoKeyword;
        match words.last_mut().filter(|_| joins) {
            Some(before) => {
                before.push('.');
                before.push_str(&word.value);
            }
            None if plain => words.push(word.value.to_ascii_uppercase()),
            None => words.push(word.value.clone()),
        }
        joins = false;
    }
    words
}
