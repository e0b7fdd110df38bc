//! How many parts a file has.

use crate::upload::flaw::Flaw;

/// Counts chunks, segments or blocks: each costs a reader time and memory of its own, however short it
/// is (CWE-770).
#[derive(Debug)]
pub(super) struct Count {
    max: u32,
    left: u32,
}

impl Count {
    pub(super) const fn new(max: u32) -> Self {
        Self { max, left: max }
    }

    /// One more.
    pub(super) fn one(&mut self) -> Result<(), Flaw> {
        self.left = self.left.checked_sub(1).ok_or(Flaw::Parts(self.max.into()))?;
        Ok(())
    }
}
