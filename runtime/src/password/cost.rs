//! The cost of a hash.

use std::fmt;

use argon2::Params;

/// The cost of one hash: memory, passes over it, and lanes.
///
/// The default is the first of OWASP's recommendations: 19 MiB, two passes, one lane.
///
/// ```
/// use palisade::password::PasswordCost;
///
/// assert!(PasswordCost::new(64 * 1024, 3, 1).is_ok());
/// assert!(PasswordCost::new(4 * 1024, 1, 1).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    memory: u32,
    passes: u32,
    lanes: u32,
}

/// OWASP's recommended memory in KiB and passes: each row costs an attacker about the same.
const LEAST: [(u32, u32); 5] =
    [(46 * 1024, 1), (19 * 1024, 2), (12 * 1024, 3), (9 * 1024, 4), (7 * 1024, 5)];

/// More than this per login is a mistake of units, or a stored hash that was tampered with to
/// exhaust the service's memory.
const MOST_MEMORY: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 32;
const MOST_LANES: u32 = 16;

impl PasswordCost {
    /// `memory` in KiB, `passes` over it, and `lanes`, which are processed one after another.
    ///
    /// # Errors
    ///
    /// Less than OWASP's minimum (46 MiB with one pass, 19 with two, 12 with three, 9 with four, 7
    /// with five), or more than 1 GiB, 32 passes or 16 lanes.
    pub fn new(memory: u32, passes: u32, lanes: u32) -> Result<Self, PasswordCostError> {
        let cost = Self { memory, passes, lanes };
        let enough = LEAST.iter().any(|(least, times)| memory >= *least && passes >= *times);
        if enough && cost.is_bearable() { Ok(cost) } else { Err(PasswordCostError(cost)) }
    }

    /// Memory in KiB.
    pub fn memory(&self) -> u32 {
        self.memory
    }

    /// Passes over the memory.
    pub fn passes(&self) -> u32 {
        self.passes
    }

    /// Lanes.
    pub fn lanes(&self) -> u32 {
        self.lanes
    }

    pub(super) fn of(params: &Params) -> Self {
        Self { memory: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() }
    }

    pub(super) fn params(self) -> Option<Params> {
        Params::new(self.memory, self.passes, self.lanes, None).ok()
    }

    /// Whether a server can afford it.
    pub(super) fn is_bearable(self) -> bool {
        self.memory <= MOST_MEMORY
            && (1..=MOST_PASSES).contains(&self.passes)
            && (1..=MOST_LANES).contains(&self.lanes)
    }
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self { memory: 19 * 1024, passes: 2, lanes: 1 }
    }
}

/// A cost that is too low to protect the passwords, or too high for logins to succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCostError(PasswordCost);

impl fmt::Display for PasswordCostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PasswordCost { memory, passes, lanes } = self.0;
        write!(
            f,
            "Argon2id with {memory} KiB, {passes} passes and {lanes} lanes; take at least 19456 \
             KiB and 2 passes, at most {MOST_MEMORY} KiB, {MOST_PASSES} passes and {MOST_LANES} \
             lanes"
        )
    }
}

impl std::error::Error for PasswordCostError {}

#[cfg(test)]
mod tests {
    use super::PasswordCost;

    #[test]
    fn costs_are_bounded_on_both_sides() {
        for (memory, passes, lanes, good) in [
            (19_456, 2, 1, true),
            (19_455, 2, 1, false),
            (19_456, 1, 1, false),
            (47_104, 1, 1, true),
            (7_168, 5, 1, true),
            (7_167, 32, 1, false),
            (65_536, 3, 4, true),
            (1_048_577, 2, 1, false),
            (19_456, 33, 1, false),
            (19_456, 2, 17, false),
            (19_456, 2, 0, false),
        ] {
            assert_eq!(PasswordCost::new(memory, passes, lanes).is_ok(), good, "{memory} {passes}");
        }
        let default = PasswordCost::default();
        assert!(PasswordCost::new(default.memory, default.passes, default.lanes).is_ok());
    }
}
