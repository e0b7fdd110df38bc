//! The results of the rules: one [`Finding`] per unsafe place, with the path of the data.

use std::fmt;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing; never fails a check.
    Note,
    /// Likely wrong, but the analysis cannot be sure.
    Warn,
    /// Unsafe: the macros refuse to compile it.
    Deny,
}

impl Level {
    /// The word used on the command line and in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Note, Self::Warn, Self::Deny].into_iter().find(|level| level.word() == word)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A place in a source file; lines and columns count from one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// First line.
    pub line: usize,
    /// First column, in characters.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// The column after the last character.
    pub end_column: usize,
}

impl Place {
    /// The place that a span covers.
    #[must_use]
    pub fn of(span: proc_macro2::Span) -> Self {
        let (start, end) = (span.start(), span.end());
        Self {
            line: start.line,
            column: start.column.saturating_add(1),
            end_line: end.line,
            end_column: end.column.saturating_add(1),
        }
    }

    /// Whether `other` lies wholly inside this place.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        (self.line, self.column) <= (other.line, other.column)
            && (other.end_line, other.end_column) <= (self.end_line, self.end_column)
    }
}

/// One step of the way from a source to a sink.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// The file of the step.
    pub file: String,
    /// Its line, from one.
    pub line: usize,
    /// What happens there.
    pub note: String,
}

/// A replacement that repairs a finding with certainty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fix {
    /// What is replaced.
    pub place: Place,
    /// The text that replaces it.
    pub replacement: String,
}

/// One unsafe place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Finding {
    /// The file of the sink.
    pub file: String,
    /// The sink itself.
    pub place: Place,
    /// The name of the rule, as `allow_unsafe` takes it.
    pub rule: &'static str,
    /// The number in the Common Weakness Enumeration.
    pub cwe: u16,
    /// How much it weighs.
    pub level: Level,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to write in its place.
    pub help: String,
    /// Source, each step, sink. Empty where a rule looks at syntax only.
    pub trace: Vec<Step>,
    /// A certain repair.
    pub fix: Option<Fix>,
}
