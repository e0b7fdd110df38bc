//! Bytes behind the end of a file that carry nothing: zeros of a disk block, line ends of a tool.

use crate::upload::flaw::Flaw;

/// Counts the filling behind a file's own end, which is not kept. Anything else is refused.
#[derive(Debug, Default)]
pub(super) struct Filling {
    length: u64,
}

impl Filling {
    pub(super) const fn new() -> Self {
        Self { length: 0 }
    }

    /// Takes all of `input`, which is filling or one of `also`.
    pub(super) fn feed(&mut self, input: &[u8], also: &[u8]) -> Result<(), Flaw> {
        if !input.iter().all(|byte| is_filling(*byte) || also.contains(byte)) {
            return Err(Flaw::Polyglot);
        }
        self.length = self.length.saturating_add(input.len() as u64);
        Ok(())
    }

    pub(super) const fn length(&self) -> u64 {
        self.length
    }
}

/// A zero, or white space.
pub(super) const fn is_filling(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | b'\r' | b' ')
}
