//! The mistakes in a policy's text.

use std::fmt;

/// Whether a mistake may be intended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Browsers understand it differently, or ignore it.
    Malformed,
    /// Browsers understand it as written, and it protects less than it should.
    Weakening,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Whether it may be intended.
    pub severity: Severity,
    /// The mistake: lower case, no full stop, with the name of the part.
    pub message: String,
    /// The correct text.
    pub help: Option<String>,
}

impl Fault {
    /// A value that has another meaning than it appears to have.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self { severity: Severity::Malformed, message: message.into(), help: None }
    }

    /// A policy that protects less than it should.
    pub fn weakening(message: impl Into<String>) -> Self {
        Self { severity: Severity::Weakening, message: message.into(), help: None }
    }

    /// Adds the correct text.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the entry of `known` that is similar to `word`, or else this help.
    #[must_use]
    pub fn near<'a>(
        self,
        word: &str,
        known: impl IntoIterator<Item = &'a str>,
        otherwise: &str,
    ) -> Self {
        match did_you_mean(word, known) {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None => self.help(otherwise),
        }
    }

    /// Whether a reason can permit it.
    pub fn is_weakening(&self) -> bool {
        self.severity == Severity::Weakening
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

/// The entry of `known` that is similar to `word`.
fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The word may have any length, and the time of the distance grows with the product of both
    // lengths.
    if word.len() > 64 {
        return None;
    }
    let word = word.to_ascii_lowercase();
    known
        .into_iter()
        .map(|candidate| {
            (strsim::damerau_levenshtein(&word, &candidate.to_ascii_lowercase()), candidate)
        })
        // A third of the letters wrong is still a slip; more is another word.
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
