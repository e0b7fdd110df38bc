//! The combined text of a template: blocks in the template that it extends, files that it includes.

use std::collections::{BTreeMap, BTreeSet};

use super::Flaw;
use super::folder::Folders;
use super::template::Template;
use crate::finding::Place;
use crate::krate::load::SourceFile;

/// Templates that include templates, so many times over.
const MAX_DEPTH: usize = 12;
/// Longer texts are not followed.
const MAX_LENGTH: usize = 1 << 20;

/// A tag is not longer.
const MAX_TAG: usize = 1 << 16;

/// A piece of a file.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) file: String,
    /// The line that it starts in, from one.
    pub(super) line: usize,
    /// The column that it starts in, from one.
    pub(super) column: usize,
    /// How many pieces precede it in the file.
    pub(super) at: usize,
    pub(super) kind: Kind,
}

/// What a piece of a template is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text that is sent unchanged.
    Text(String),
    /// `{{ value }}`
    Value(String),
    /// `{% words %}`
    Tag(String),
}

/// A template with everything that it extends and includes.
#[derive(Debug, Default)]
pub(super) struct Composed {
    pub(super) pieces: Vec<Piece>,
    /// The files that were read.
    pub(super) read: BTreeSet<String>,
    /// What could not be read.
    pub(super) flaws: Vec<Flaw>,
}

/// The pieces of a template as they come out; `file` and `place` are those of its type.
pub(super) fn compose(
    folders: &Folders<'_>,
    page: &Template,
    file: &str,
    place: Place,
) -> Composed {
    let mut composer = Composer { folders, length: 0, composed: Composed::default() };
    let pieces = match (&page.source, &page.path) {
        (Some(text), _) => {
            let mut pieces = split(text, file);
            for piece in &mut pieces {
                // The lines of a string in an attribute are not known.
                (piece.line, piece.column) = (place.line, place.column);
            }
            Some(pieces)
        }
        (None, Some(path)) => composer.file(path, None, &|| (file.to_owned(), place)),
        (None, None) => {
            let message = format!("the template of `{}` is not known here", page.name);
            composer.composed.flaws.push(Flaw { file: file.to_owned(), place, message });
            None
        }
    };
    let pieces = pieces.map(|pieces| composer.whole(pieces, 0)).unwrap_or_default();
    Composed { pieces, ..composer.composed }
}

struct Composer<'a> {
    folders: &'a Folders<'a>,
    length: usize,
    composed: Composed,
}

impl Composer<'_> {
    /// The pieces of a file that is named at a place, in the template `from` or in the code.
    fn file(
        &mut self,
        path: &str,
        from: Option<&str>,
        at: &dyn Fn() -> (String, Place),
    ) -> Option<Vec<Piece>> {
        let why = match self.folders.template(path, from) {
            Some(SourceFile { path, text, .. }) => {
                self.length = self.length.saturating_add(text.len());
                if self.length < MAX_LENGTH {
                    self.composed.read.insert(path.clone());
                    return Some(split(text, path));
                }
                "is too long to be judged"
            }
            None => "is not found, so that its values are not judged",
        };
        let (file, place) = at();
        let message = format!("the template `{path}` {why}");
        self.composed.flaws.push(Flaw { file, place, message });
        None
    }

    /// The file that a tag names.
    fn named(&mut self, piece: &Piece, words: &[&str], depth: usize) -> Option<Vec<Piece>> {
        let Kind::Tag(tag) = &piece.kind else { return None };
        let (word, rest) = tag.split_once(|c: char| c.is_whitespace() || c == '"')?;
        if !words.contains(&word) {
            return None;
        }
        let at = || {
            let (line, column) = (piece.line, piece.column);
            let end_column = column.saturating_add(tag.chars().count()).saturating_add(6);
            (piece.file.clone(), Place { line, column, end_line: line, end_column })
        };
        let rest = tag.get(word.len()..).unwrap_or(rest).trim_start();
        let path = rest.strip_prefix('"').and_then(|rest| rest.split('"').next());
        let why = match path {
            Some(path) if depth < MAX_DEPTH => return self.file(path, Some(&piece.file), &at),
            Some(_) => "templates name one another too often to be judged",
            None => "the template that is named here is not known",
        };
        let (file, place) = at();
        self.composed.flaws.push(Flaw { file, place, message: why.to_owned() });
        None
    }

    /// A template with what it extends and includes.
    fn whole(&mut self, pieces: Vec<Piece>, depth: usize) -> Vec<Piece> {
        let extends = |piece: &Piece| {
            matches!(&piece.kind, Kind::Tag(tag)
            if tag.strip_prefix("extends").is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)))
        };
        let extended = pieces.iter().find(|piece| extends(piece)).cloned();
        let pieces = self.included(pieces, depth);
        let base = extended.and_then(|piece| self.named(&piece, &["extends"], depth));
        let Some(base) = base else { return pieces };
        let own = blocks(&pieces);
        let base = self.whole(base, depth.saturating_add(1));
        // The macros and names outside of the blocks are in scope inside of them.
        let mut all = between(pieces, "declarations");
        all.extend(replaced(&base, &own, 0));
        all
    }

    fn included(&mut self, pieces: Vec<Piece>, depth: usize) -> Vec<Piece> {
        let mut all = Vec::with_capacity(pieces.len());
        for piece in pieces {
            if let Some(inside) = self.named(&piece, &["include"], depth) {
                all.extend(self.included(inside, depth.saturating_add(1)));
            } else if let Some(inside) = self.named(&piece, &["import"], depth) {
                let inside = self.included(inside, depth.saturating_add(1));
                all.extend(between(inside, "imports"));
            } else {
                all.push(piece);
            }
        }
        all
    }
}

/// Pieces between a tag and its end.
fn between(pieces: Vec<Piece>, word: &str) -> Vec<Piece> {
    let (Some(first), Some(last)) = (pieces.first().cloned(), pieces.last().cloned()) else {
        return pieces;
    };
    let mut all = vec![Piece { kind: Kind::Tag(word.to_owned()), ..first }];
    all.extend(pieces);
    all.push(Piece { kind: Kind::Tag(format!("end{word}")), ..last });
    all
}

/// The contents of the blocks, by name.
fn blocks(pieces: &[Piece]) -> BTreeMap<String, Vec<Piece>> {
    let mut found = BTreeMap::new();
    let mut open: Vec<(String, usize)> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let Kind::Tag(tag) = &piece.kind else { continue };
        let mut words = tag.split_whitespace();
        match words.next() {
            Some("block") => {
                open.push((words.next().unwrap_or_default().to_owned(), at.saturating_add(1)));
            }
            Some("endblock") => {
                if let Some((name, start)) = open.pop() {
                    found.insert(name, pieces.get(start..at).unwrap_or_default().to_vec());
                }
            }
            _ => {}
        }
    }
    found
}

/// A template with its blocks replaced by others of their names.
fn replaced(base: &[Piece], own: &BTreeMap<String, Vec<Piece>>, depth: usize) -> Vec<Piece> {
    let inner = blocks(base);
    let mut all = Vec::with_capacity(base.len());
    let mut skipped = 0_usize;
    for piece in base {
        let Kind::Tag(tag) = &piece.kind else {
            if skipped == 0 {
                all.push(piece.clone());
            }
            continue;
        };
        let mut words = tag.split_whitespace();
        match (words.next(), words.next()) {
            (Some("block"), Some(name)) if skipped == 0 => {
                all.push(piece.clone());
                if let Some(inside) = own.get(name).filter(|_| depth < MAX_DEPTH) {
                    let before = inner.get(name).map(Vec::as_slice).unwrap_or_default();
                    let inside = with_inherited(inside, before);
                    all.extend(replaced(&inside, own, depth.saturating_add(1)));
                    skipped = 1;
                }
            }
            (Some("block"), _) => skipped = skipped.saturating_add(usize::from(skipped > 0)),
            (Some("endblock"), _) => {
                skipped = skipped.saturating_sub(1);
                if skipped == 0 {
                    all.push(piece.clone());
                }
            }
            _ if skipped == 0 => all.push(piece.clone()),
            _ => {}
        }
    }
    all
}

/// A block with `super()` replaced by what the block held before.
fn with_inherited(inside: &[Piece], before: &[Piece]) -> Vec<Piece> {
    let mut all = Vec::with_capacity(inside.len());
    for piece in inside {
        match &piece.kind {
            Kind::Value(value) if value.replace(' ', "").starts_with("super()") => {
                all.extend_from_slice(before);
            }
            Kind::Text(_) | Kind::Value(_) | Kind::Tag(_) => all.push(piece.clone()),
        }
    }
    all
}

/// The pieces of a template; comments are left out, `{% raw %}` is text.
pub(super) fn split(text: &str, file: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut line, mut column) = (1_usize, 1_usize);
    let mut rest = text;
    let mut raw = false;
    while !rest.is_empty() {
        let start = if raw { rest.find("{%") } else { opening(rest) };
        let (before, marked) = rest.split_at(start.unwrap_or(rest.len()));
        let mut place = (line, column);
        if !before.is_empty() {
            pieces.push(piece(file, place, pieces.len(), Kind::Text(before.to_owned())));
            advance(before, &mut line, &mut column);
            place = (line, column);
        }
        if marked.is_empty() {
            break;
        }
        let close = match marked.get(1..2) {
            Some("{") => "}}",
            Some("%") => "%}",
            _ => "#}",
        };
        // What never ends is taken for text to the end.
        let end = closing(marked, close).unwrap_or(marked.len());
        let (whole, after) = marked.split_at(end);
        let inside = whole.get(2..whole.len().saturating_sub(2)).unwrap_or_default();
        let inside = inside.trim_matches(['-', '~', '+']).trim();
        match close {
            "}}" => pieces.push(piece(file, place, pieces.len(), Kind::Value(inside.to_owned()))),
            "%}" => {
                if raw {
                    if inside == "endraw" {
                        raw = false;
                    } else {
                        pieces.push(piece(file, place, pieces.len(), Kind::Text(whole.to_owned())));
                    }
                } else if inside == "raw" {
                    raw = true;
                } else {
                    pieces.push(piece(file, place, pieces.len(), Kind::Tag(inside.to_owned())));
                }
            }
            _ => {}
        }
        advance(whole, &mut line, &mut column);
        rest = after;
    }
    pieces
}

/// Where a mark is closed, outside of texts in quotes; comments hold no texts.
pub(crate) fn closing(marked: &str, close: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in marked.char_indices().take(MAX_TAG).skip(2) {
        if quoted && escaped {
            escaped = false;
        } else if quoted && c == '\\' {
            escaped = true;
        } else if c == '"' && close != "#}" {
            quoted = !quoted;
        } else if !quoted && marked.get(at..).is_some_and(|rest| rest.starts_with(close)) {
            return at.checked_add(close.len());
        }
    }
    // A quote that is never closed hides nothing.
    marked.find(close).and_then(|at| at.checked_add(close.len()))
}

/// The position of the next `{{`, `{%` or `{#`.
fn opening(text: &str) -> Option<usize> {
    text.match_indices('{')
        .map(|(at, _)| at)
        .find(|at| matches!(text.as_bytes().get(at.saturating_add(1)), Some(b'{' | b'%' | b'#')))
}

fn piece(file: &str, (line, column): (usize, usize), at: usize, kind: Kind) -> Piece {
    Piece { file: file.to_owned(), line, column, at, kind }
}

fn advance(text: &str, line: &mut usize, column: &mut usize) {
    for c in text.chars() {
        if c == '\n' {
            *line = line.saturating_add(1);
            *column = 1;
        } else {
            *column = column.saturating_add(1);
        }
    }
}
