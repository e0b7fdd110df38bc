//! Messages about unreadable sources and errors in them.

use std::io::{self, Write};

use crate::place::Place;

/// All messages besides the inventory.
#[derive(Debug, Default)]
pub struct Report {
    messages: Vec<Message>,
}

/// The severity of a message; the highest one decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something that may not be intended: it does not change the exit code.
    Warning,
    /// An error in a handler: the compiler reports it too.
    Wrong,
    /// The sources are unreadable, so the inventory is incomplete.
    Unreadable,
}

/// One message, with its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The severity.
    pub severity: Severity,
    /// The position.
    pub place: Place,
    /// The text.
    pub text: String,
    /// The fix.
    pub help: Option<String>,
}

impl Report {
    /// Reports that a part at `place` is unreadable.
    pub fn unreadable(&mut self, place: Place, text: String) {
        self.add(Severity::Unreadable, place, text, None);
    }

    /// Reports an error in the handler at `place`.
    pub fn wrong(&mut self, place: Place, text: String, help: Option<String>) {
        self.add(Severity::Wrong, place, text, help);
    }

    /// Reports a part at `place` that may not be intended.
    pub fn warn(&mut self, place: Place, text: String) {
        self.add(Severity::Warning, place, text, None);
    }

    /// One file may belong to several targets of a package; each of its messages is reported once.
    fn add(&mut self, severity: Severity, place: Place, text: String, help: Option<String>) {
        let message = Message { severity, place, text, help };
        if !self.messages.contains(&message) {
            self.messages.push(message);
        }
    }

    /// The highest severity.
    pub fn worst(&self) -> Option<Severity> {
        self.messages.iter().map(|message| message.severity).max()
    }

    /// Writes the messages in the format of the compiler.
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
