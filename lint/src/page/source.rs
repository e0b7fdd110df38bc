//! The text of a template as it comes out: blocks in the template that it extends, files that it
//! includes.

use std::collections::BTreeMap;
use std::path::Path;

use super::declared::Template;
use crate::finding::Place;
use crate::krate::Crate;

/// Templates that include templates, so many times over.
const MAX_DEPTH: usize = 12;
/// Longer texts are not followed.
const MAX_LENGTH: usize = 1 << 20;

/// A piece of a file.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) file: String,
    /// The line that it starts in, from one.
    pub(super) line: usize,
    /// The column that it starts in, from one.
    pub(super) column: usize,
    pub(super) kind: Kind,
}

/// What a piece of a template is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// What is sent as it stands.
    Text(String),
    /// `{{ value }}`
    Value(String),
    /// `{% words %}`
    Tag(String),
}

/// The pieces of a template as they come out; `file` and `place` are those of its type.
pub(super) fn compose(krate: &Crate, page: &Template, file: &str, place: Place) -> Vec<Piece> {
    let mut composer = Composer { krate, from: file, length: 0 };
    let pieces = match (&page.source, &page.path) {
        (Some(text), _) => {
            let mut pieces = split(text, file);
            for piece in &mut pieces {
                // The lines of a string in an attribute are not known.
                (piece.line, piece.column) = (place.line, place.column);
            }
            Some(pieces)
        }
        (None, Some(path)) => composer.file(path),
        (None, None) => None,
    };
    pieces.map(|pieces| composer.whole(pieces, 0)).unwrap_or_default()
}

struct Composer<'a> {
    krate: &'a Crate,
    from: &'a str,
    length: usize,
}

impl Composer<'_> {
    /// The pieces of a file: the one of this name that lies nearest to the code.
    fn file(&mut self, path: &str) -> Option<Vec<Piece>> {
        let near = |candidate: &str| {
            let (one, other) =
                (Path::new(candidate).components(), Path::new(self.from).components());
            one.zip(other).take_while(|(one, other)| one == other).count()
        };
        let path = path.trim_start_matches("./");
        let found = self
            .krate
            .templates
            .iter()
            .filter(|file| !path.is_empty() && Path::new(&file.path).ends_with(path))
            .max_by_key(|file| near(&file.path))?;
        self.length = self.length.saturating_add(found.text.len());
        (self.length < MAX_LENGTH).then(|| split(&found.text, &found.path))
    }

    /// A template with what it extends and includes.
    fn whole(&mut self, pieces: Vec<Piece>, depth: usize) -> Vec<Piece> {
        let extended = pieces.iter().find_map(|piece| match &piece.kind {
            Kind::Tag(tag) => argument(tag, "extends"),
            Kind::Text(_) | Kind::Value(_) => None,
        });
        let pieces = self.included(pieces, depth);
        let Some(base) = extended.filter(|_| depth < MAX_DEPTH).and_then(|path| self.file(&path))
        else {
            return pieces;
        };
        let own = blocks(&pieces);
        let base = self.whole(base, depth.saturating_add(1));
        replaced(&base, &own, 0)
    }

    fn included(&mut self, pieces: Vec<Piece>, depth: usize) -> Vec<Piece> {
        let mut all = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let path = match &piece.kind {
                Kind::Tag(tag) => argument(tag, "include").or_else(|| argument(tag, "import")),
                Kind::Text(_) | Kind::Value(_) => None,
            };
            let inside = path.filter(|_| depth < MAX_DEPTH).and_then(|path| self.file(&path));
            match inside {
                Some(inside) => all.extend(self.included(inside, depth.saturating_add(1))),
                None => all.push(piece),
            }
        }
        all
    }
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
                    all.extend(replaced(inside, own, depth.saturating_add(1)));
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

/// `"base.html"` of `extends "base.html"`.
fn argument(tag: &str, word: &str) -> Option<String> {
    let rest = tag.strip_prefix(word)?.trim_start();
    let text = rest.strip_prefix('"')?;
    text.split('"').next().map(str::to_owned)
}

/// The pieces of a template; comments are left out, `{% raw %}` is text.
pub(super) fn split(text: &str, file: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut line, mut column) = (1_usize, 1_usize);
    let mut rest = text;
    let mut raw = false;
    while !rest.is_empty() {
        let start = if raw { rest.find("{%") } else { opening(rest) };
        let (before, marked) = rest.split_at(start.unwrap_or(rest.len()));
        let mut place = (line, column);
        if !before.is_empty() {
            pieces.push(piece(file, place, Kind::Text(before.to_owned())));
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
        let end = marked.find(close).map_or(marked.len(), |at| at.saturating_add(2));
        let (whole, after) = marked.split_at(end);
        let inside = whole.get(2..whole.len().saturating_sub(2)).unwrap_or_default();
        let inside = inside.trim_matches(['-', '~', '+']).trim();
        match close {
            "}}" => pieces.push(piece(file, place, Kind::Value(inside.to_owned()))),
            "%}" => {
                if raw {
                    if inside == "endraw" {
                        raw = false;
                    } else {
                        pieces.push(piece(file, place, Kind::Text(whole.to_owned())));
                    }
                } else if inside == "raw" {
                    raw = true;
                } else {
                    pieces.push(piece(file, place, Kind::Tag(inside.to_owned())));
                }
            }
            _ => {}
        }
        advance(whole, &mut line, &mut column);
        rest = after;
    }
    pieces
}

/// Where the next `{{`, `{%` or `{#` stands.
fn opening(text: &str) -> Option<usize> {
    text.match_indices('{')
        .map(|(at, _)| at)
        .find(|at| matches!(text.as_bytes().get(at.saturating_add(1)), Some(b'{' | b'%' | b'#')))
}

fn piece(file: &str, (line, column): (usize, usize), kind: Kind) -> Piece {
    Piece { file: file.to_owned(), line, column, kind }
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
