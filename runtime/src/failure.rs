//! Why a service does not start.

use std::fmt;

use crate::causes::with_causes;

/// What `main` returns: nothing, or why the service did not start.
pub type Exit = Result<(), Failure>;

/// Everything that is wrong with a service's settings and endpoints, all of it at once.
///
/// Its `Debug` form is what the standard library prints when `main` returns it, so that is a
/// readable list too.
pub struct Failure {
    complaints: Vec<String>,
}

impl Failure {
    /// A failure for one reason: it names the setting and the fix.
    pub fn new(complaint: impl Into<String>) -> Self {
        Self { complaints: vec![complaint.into()] }
    }

    /// The same, with what it is about before each reason.
    pub(crate) fn about(mut self, label: &str) -> Self {
        for complaint in &mut self.complaints {
            *complaint = format!("{label}: {complaint}");
        }
        self
    }

    pub(crate) fn all(complaints: Vec<String>) -> Result<(), Self> {
        if complaints.is_empty() { Ok(()) } else { Err(Self { complaints }) }
    }

    /// The reasons, one for each mistake.
    pub fn complaints(&self) -> &[String] {
        &self.complaints
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the service does not start")?;
        for complaint in &self.complaints {
            write!(f, "\n  - {complaint}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Any error may end `main`; its sources are printed too.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(with_causes(&error))
    }
}
