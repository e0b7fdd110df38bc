//! What went wrong while reading: what could not be read, and what does not compile.

use std::io::{self, Write};

use crate::place::Place;

/// Everything that is to be said besides the inventory.
#[derive(Debug, Default)]
pub struct Report {
    messages: Vec<Message>,
}

/// How bad a message is; the worst one decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something may not be meant: no exit code is made of it.
    Warning,
    /// A handler is wrong: the compiler refuses it too.
    Wrong,
    /// The sources could not be read, so the inventory is not whole.
    Unreadable,
}

/// One message, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What.
    pub text: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Report {
    /// Says that something at `place` could not be read.
    pub fn unreadable(&mut self, place: Place, text: String) {
        self.add(Severity::Unreadable, place, text, None);
    }

    /// Says that the handler at `place` is wrong.
    pub fn wrong(&mut self, place: Place, text: String, help: Option<String>) {
        self.add(Severity::Wrong, place, text, help);
    }

    /// Says that what is at `place` may not be meant.
    pub fn warn(&mut self, place: Place, text: String) {
        self.add(Severity::Warning, place, text, None);
    }

    /// One file may belong to several targets of a package; what it says is said once.
    fn add(&mut self, severity: Severity, place: Place, text: String, help: Option<String>) {
        let message = Message { severity, place, text, help };
        if !self.messages.contains(&message) {
            self.messages.push(message);
        }
    }

    /// How bad the worst message is.
    pub fn worst(&self) -> Option<Severity> {
        self.messages.iter().map(|message| message.severity).max()
    }

    /// Writes the messages as the compiler would.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for Message { severity, place, text, help } in &self.messages {
            let word = match severity {
                Severity::Warning => "warning",
                Severity::Wrong | Severity::Unreadable => "error",
            };
            writeln!(out, "{word}: {text}\n  --> {place}")?;
            if let Some(help) = help {
                writeln!(out, "  = help: {help}")?;
            }
        }
        Ok(())
    }
}
