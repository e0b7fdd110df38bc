//! The deploy checks: configurations that must not reach production.
//!
//! One list for the start of a service in production and for `cargo palisade check --deploy`. Each
//! check has an id that never changes, a level, the reason, the fix and its source. The checks
//! judge a [`Facts`] value: a running service fills it from its settings and its endpoints, the
//! command from settings and sources. An unknown fact keeps the value of [`Facts::default`], and
//! nothing is reported for it.
//!
//! A finding at the level of an error stops the start. Its id and a reason silence it ([`Silences`]), except
//! where the check [cannot be silenced](Check::can_be_silenced).

mod checks;
mod facts;
mod judge;
mod server;
mod silence;

use std::fmt;

pub use checks::{CHECKS, find, nearest};
pub use facts::{
    Clock, CorsFact, Disk, EndpointFact, Facts, LimitsFact, Replicas, SecretFact, SharedFile,
    SqliteFact,
};
pub use judge::judge;
pub use server::{Server, Tls, is_private_host};
pub use silence::Silences;

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing before a deployment: only the command reports it.
    Note,
    /// Logged at the start.
    Warning,
    /// Stops the start.
    Error,
}

impl Level {
    /// The name in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Where a check is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JudgedBy {
    /// At the start of a service, and by the command as far as settings show.
    Both,
    /// Only at the start: it depends on the machine or the process.
    Start,
    /// Only by the command: it depends on the sources.
    Command,
}

/// One deploy check.
#[derive(Debug)]
pub struct Check {
    /// The id for reports and silences.
    pub id: &'static str,
    /// The highest severity; a finding may have a lower one.
    pub level: Level,
    /// Where it is evaluated.
    pub judged_by: JudgedBy,
    /// The number in the Common Weakness Enumeration.
    pub cwe: u16,
    /// The reason: a sentence without its full stop.
    pub why: &'static str,
    /// The fix.
    pub fix: &'static str,
    /// The source: an RFC, a standard, a manual.
    pub source: &'static str,
}

impl Check {
    /// Whether a reason may silence it. Findings that weaken a production service for all clients
    /// cannot be silenced: causes in responses, and disabled limits.
    pub fn can_be_silenced(&self) -> bool {
        !["detailed_errors", "limits_off"].contains(&self.id)
    }
}

/// The result of a check.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The check.
    pub check: &'static Check,
    /// Its severity.
    pub level: Level,
    /// The mistake: the setting or the endpoint, and its value if it is not a secret.
    pub what: String,
    /// The fix: that of the check, or a more specific one.
    pub fix: String,
    /// The reason that silences it.
    pub silenced: Option<String>,
}

impl Finding {
    /// A finding with the level of its check; `None` for an unknown id.
    pub fn new(id: &str, what: impl Into<String>) -> Option<Self> {
        let check = find(id)?;
        let (level, fix) = (check.level, check.fix.to_owned());
        Some(Self { check, level, what: what.into(), fix, silenced: None })
    }

    /// The same at this level.
    #[must_use]
    pub fn at(self, level: Level) -> Self {
        Self { level, ..self }
    }
}

/// `what: fix [id]`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { check, what, fix, .. } = self;
        write!(f, "{what}: {}; {fix} [{}]", check.why, check.id)
    }
}
