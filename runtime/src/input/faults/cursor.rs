//! A way through the bytes of a well-formed document, without a copy of it.

use std::borrow::Cow;

use super::super::members::{string_end, text};

/// What kind of value begins in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JsonKind {
    /// An object.
    Object,
    /// An array.
    Array,
    /// A string.
    Text,
    /// `null`.
    Null,
    /// A number, `true` or `false`.
    Other,
}

/// Reads a document that is known to be well-formed. Other bytes give other answers, and no panic.
pub(super) struct Cursor<'j> {
    json: &'j [u8],
    /// The bytes that may still be looked at.
    budget: usize,
    is_spent: bool,
}

/// The name of a member.
pub(super) struct RawName<'j> {
    /// Without escapes.
    pub(super) unescaped: Cow<'j, [u8]>,
    /// With its quotes and escapes.
    pub(super) quoted: &'j [u8],
}

impl<'j> Cursor<'j> {
    pub(super) fn new(json: &'j [u8], budget: usize) -> Self {
        Self { json, budget, is_spent: false }
    }

    /// Whether more was looked at than may be. From then on there are no elements.
    pub(super) fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// Where the next value begins, and its kind.
    pub(super) fn begin(&self, at: usize) -> (usize, JsonKind) {
        let at = self.blank(at);
        let kind = match self.json.get(at) {
            Some(b'{') => JsonKind::Object,
            Some(b'[') => JsonKind::Array,
            Some(b'"') => JsonKind::Text,
            Some(b'n') => JsonKind::Null,
            Some(_) | None => JsonKind::Other,
        };
        (at, kind)
    }

    /// The bytes of a value.
    pub(super) fn text(&self, at: usize, end: usize) -> &'j [u8] {
        self.json.get(at..end).unwrap_or_default()
    }

    /// Where the value ends that begins at `at`.
    pub(super) fn skip(&mut self, at: usize) -> usize {
        let mut next = self.blank(at);
        let mut depth = 0_usize;
        while let Some(byte) = self.json.get(next) {
            match byte {
                b'"' => next = string_end(self.json, next.saturating_add(1)).0,
                b'{' | b'[' => depth = depth.saturating_add(1),
                b'}' | b']' if depth == 0 => break,
                b'}' | b']' => depth = depth.saturating_sub(1),
                b',' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => break,
                _ => {}
            }
            next = next.saturating_add(1);
            if depth == 0 && matches!(byte, b'"' | b'}' | b']') {
                break;
            }
        }
        self.spend(next.saturating_sub(at));
        next
    }

    /// Where the next element or member begins, behind a comma or the opening bracket; `None` at the
    /// end of the array or object.
    pub(super) fn element(&mut self, at: usize) -> Option<usize> {
        self.spend(1);
        let mut at = self.blank(at);
        if self.json.get(at) == Some(&b',') {
            at = self.blank(at.saturating_add(1));
        }
        match self.json.get(at) {
            None | Some(b'}' | b']') => None,
            Some(_) if self.is_spent => None,
            Some(_) => Some(at),
        }
    }

    /// Behind the closing bracket.
    pub(super) fn close(&self, at: usize) -> usize {
        self.blank(at).saturating_add(1)
    }

    /// The name that begins at `at`, and where its value begins.
    pub(super) fn name(&self, at: usize) -> (RawName<'j>, usize) {
        let (unescaped, end) = text(self.json, at.saturating_add(1));
        let quoted = self.json.get(at..end).unwrap_or_default();
        let colon = self.blank(end);
        (RawName { unescaped, quoted }, self.blank(colon.saturating_add(1)))
    }

    fn blank(&self, mut at: usize) -> usize {
        while self.json.get(at).is_some_and(u8::is_ascii_whitespace) {
            at = at.saturating_add(1);
        }
        at
    }

    fn spend(&mut self, bytes: usize) {
        match self.budget.checked_sub(bytes) {
            Some(left) => self.budget = left,
            None => {
                self.budget = 0;
                self.is_spent = true;
            }
        }
    }
}
