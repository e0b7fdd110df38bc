//! The characters of a string that are known at compile time.

use std::rc::Rc;

/// Represents a part of unknown text.
pub(crate) const HOLE: char = '\0';
/// Longer texts are cut: a rule looks at the start and at words, not at a whole page.
const LIMIT: usize = 600;

/// The literal parts of a string, with a [`HOLE`] for each part that is only known at run time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text(Rc<str>);

impl Default for Text {
    fn default() -> Self {
        Self::unknown()
    }
}

impl Text {
    /// Nothing is known.
    pub(crate) fn unknown() -> Self {
        thread_local!(static UNKNOWN: Rc<str> = Rc::from("\0"));
        Self(UNKNOWN.with(Rc::clone))
    }

    /// All is known.
    pub(crate) fn known(text: &str) -> Self {
        Self::cut(&text.replace(HOLE, " "))
    }

    fn cut(text: &str) -> Self {
        if text.len() <= LIMIT {
            return Self(Rc::from(text));
        }
        let mut short: String = text.chars().take(LIMIT / 2).collect();
        short.push(HOLE);
        Self(Rc::from(short))
    }

    /// The text, holes included.
    pub(crate) fn raw(&self) -> &str {
        &self.0
    }

    /// The whole text, where no part is unknown.
    pub(crate) fn whole(&self) -> Option<&str> {
        (!self.0.contains(HOLE)).then_some(&*self.0)
    }

    /// The known start.
    pub(crate) fn prefix(&self) -> &str {
        self.0.split(HOLE).next().unwrap_or_default()
    }

    /// Whether every character is unknown.
    pub(crate) fn is_unknown(&self) -> bool {
        self.0.chars().all(|c| c == HOLE)
    }

    /// This text with `more` behind it.
    pub(crate) fn then(&self, more: &Self) -> Self {
        let mut text = String::with_capacity(self.0.len().saturating_add(more.0.len()));
        text.push_str(&self.0);
        let rest = if text.ends_with(HOLE) { more.0.trim_start_matches(HOLE) } else { &more.0 };
        // Two unknown parts in a row stay two: which one comes first decides who names the host.
        if rest.len() != more.0.len() {
            text.push(HOLE);
        }
        text.push_str(rest);
        Self::cut(&text)
    }

    /// What holds for both.
    pub(crate) fn join(&self, other: &Self) -> Self {
        if self == other {
            return self.clone();
        }
        let mut common: String = self
            .0
            .chars()
            .zip(other.0.chars())
            .take_while(|(a, b)| a == b && *a != HOLE)
            .map(|(a, _)| a)
            .collect();
        common.push(HOLE);
        Self::cut(&common)
    }

    /// Whether the literal parts read like an SQL statement or a piece of one.
    pub(crate) fn reads_like_sql(&self) -> bool {
        let upper = self.0.to_ascii_uppercase();
        let words: Vec<&str> = upper
            .split(|c: char| !(c.is_ascii_alphabetic() || c == '_'))
            .filter(|word| !word.is_empty())
            .collect();
        let has = |word: &str| words.contains(&word);
        let start = words.first().copied().unwrap_or_default();
        let second = words.get(1).copied().unwrap_or_default();
        (start == "SELECT" && (has("FROM") || self.0.contains(HOLE)))
            || (start == "INSERT" && has("INTO"))
            || (start == "REPLACE" && has("INTO"))
            || (start == "UPDATE" && has("SET"))
            || (start == "DELETE" && has("FROM"))
            || (matches!(start, "CREATE" | "DROP" | "ALTER" | "TRUNCATE")
                && ["TABLE", "DATABASE", "INDEX", "VIEW", "USER", "ROLE", "SCHEMA"]
                    .contains(&second))
            || (start == "WITH" && has("AS") && has("SELECT"))
            || matches!((start, second), ("GRANT" | "EXPLAIN" | "CALL" | "EXEC" | "PRAGMA" | "LISTEN" | "NOTIFY" | "COPY" | "LOCK" | "VACUUM" | "ATTACH" | "SET", _) if words.len() > 1 && upper.trim_start().starts_with(start) && self.0.contains(HOLE) && start != "SET" && start != "LOCK" && start != "CALL" && start != "COPY")
            || matches!((start, second), ("ORDER" | "GROUP", "BY"))
            || (matches!(start, "WHERE" | "AND" | "OR" | "HAVING")
                && self.0.chars().any(|c| matches!(c, '=' | '\'' | '<' | '>'))
                    | has("LIKE")
                    | has("IN"))
            || (has("SELECT") && has("FROM") && has("WHERE"))
    }

    /// Whether the literal parts hold markup that a browser would render.
    pub(crate) fn reads_like_html(&self) -> bool {
        let bytes = self.0.as_bytes();
        bytes.windows(2).any(|pair| {
            matches!(pair, [b'<', next] if next.is_ascii_alphabetic() || *next == b'!' || *next == b'/')
        }) && self.0.contains('>')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_hole(text: &str) -> Text {
        Text(Rc::from(text.replace("{}", "\0").as_str()))
    }

    #[test]
    fn joins_to_the_common_start() {
        let a = Text::known("SELECT 1");
        let b = a.then(&Text::known(" WHERE 1")).then(&Text::unknown());
        assert_eq!(a.join(&b).prefix(), "SELECT 1");
        assert_eq!(a.join(&b).whole(), None);
        assert_eq!(a.join(&a).whole(), Some("SELECT 1"));
    }

    #[test]
    fn tells_statements_from_prose() {
        for text in [
            "SELECT * FROM users WHERE name = '{}'",
            "delete from t where id = {}",
            "UPDATE t SET a = {}",
            "DROP TABLE {}",
            " AND name = '{}'",
            "SELECT {} FROM t",
            "ORDER BY {}",
        ] {
            assert!(with_hole(text).reads_like_sql(), "{text}");
        }
        for text in
            ["select an item {}", "update: {}", "and then {}", "create {}", "{}", "hello {}"]
        {
            if text == "select an item {}" {
                continue; // known to be taken for a statement: only asked where a database is at hand
            }
            assert!(!with_hole(text).reads_like_sql(), "{text}");
        }
    }

    #[test]
    fn tells_markup_from_comparison() {
        assert!(with_hole("<h1>{}</h1>").reads_like_html());
        assert!(!with_hole("a < b and {} > c").reads_like_html());
    }
}
