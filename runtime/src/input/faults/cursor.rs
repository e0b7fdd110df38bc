//! Walks through the bytes of a well-formed document, without a copy of it.

use std::borrow::Cow;

use super::super::members::{string_end, text};

/// The kind of value at a position.
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

/// Reads a document that is known to be well-formed. For other bytes the results are wrong, but it
/// does not panic.
pub(super) struct Cursor<'j> {
    json: &'j [u8],
    /// The remaining budget in bytes.
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

    /// Whether the budget is spent. From then on the cursor returns no elements.
    pub(super) fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// The position and the kind of the next value.
    pub(super) fn begin(&mut self, at: usize) -> (usize, JsonKind) {
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

    /// The end of the value that begins at `at`.
    pub(super) fn skip(&mut self, at: usize) -> usize {
        let mut next = self.blank(at);
        if self.is_spent {
            return next;
        }
        let at = next;
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

    /// The position of the next element or member, after a comma or the opening bracket; `None` at
    /// the end of the array or object.
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

    /// The position after the closing bracket.
    pub(super) fn close(&mut self, at: usize) -> usize {
        self.blank(at).saturating_add(1)
    }

    /// The name that begins at `at`, and the position of its value.
    pub(super) fn name(&mut self, at: usize) -> (RawName<'j>, usize) {
        if self.is_spent {
            return (RawName { unescaped: Cow::default(), quoted: &[] }, at);
        }
        let (unescaped, end) = text(self.json, at.saturating_add(1));
        let quoted = self.json.get(at..end).unwrap_or_default();
        self.spend(quoted.len());
        let colon = self.blank(end);
        (RawName { unescaped, quoted }, self.blank(colon.saturating_add(1)))
    }

    /// The position after the blanks at `at`, or where the budget is spent.
    fn blank(&mut self, at: usize) -> usize {
        let rest = self.json.get(at..).unwrap_or_default();
        let rest = rest.get(..self.budget.saturating_add(1)).unwrap_or(rest);
        let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.spend(blanks);
        at.saturating_add(blanks)
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

#[cfg(test)]
mod tests {
    use super::Cursor;

    const BUDGET: usize = 10_000;

    /// How many bytes of a document a step has examined, measured by its budget.
    fn looks(json: &str, budget: usize, step: fn(&mut Cursor<'_>)) -> (usize, bool) {
        let mut cursor = Cursor::new(json.as_bytes(), budget);
        step(&mut cursor);
        (budget - cursor.budget, cursor.is_spent())
    }

    type Step = fn(&mut Cursor<'_>);

    const STEPS: [(&str, Step); 5] = [
        ("_1", |cursor| {
            cursor.begin(0);
        }),
        ("_]", |cursor| {
            cursor.close(0);
        }),
        ("\"___\"_:_1", |cursor| {
            cursor.name(0);
        }),
        ("_[_1_,_2_]", |cursor| {
            cursor.skip(0);
        }),
        ("_,_1", |cursor| {
            cursor.element(0);
        }),
    ];

    #[test]
    fn each_byte_that_is_looked_at_is_spent() {
        for (json, step) in STEPS {
            let blanks = json.matches('_').count() * 100;
            let json = json.replace('_', &" ".repeat(100));
            let (spent, is_spent) = looks(&json, BUDGET, step);
            assert!((blanks..=json.len() + 1).contains(&spent), "{json:?}: {spent} bytes");
            assert!(!is_spent, "{json:?}");
        }
    }

    #[test]
    fn no_step_goes_on_where_the_budget_is_spent() {
        for (json, step) in STEPS {
            let json = json.replace('_', &" ".repeat(100));
            assert_eq!(looks(&json, 50, step), (50, true), "{json:?}");
        }
        let mut cursor = Cursor::new(b"   \"name\"   :   [1, 2]   ", 2);
        assert_eq!(cursor.begin(0).0, 3);
        assert!(cursor.is_spent());
        assert!(cursor.name(3).0.quoted.is_empty());
        assert_eq!(cursor.skip(14), 15, "one blank, and nothing of the array");
        assert_eq!(cursor.element(19), None);
    }
}
