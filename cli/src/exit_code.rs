//! The exit codes of the commands that report findings.

/// The exit code where nothing is refused.
pub const CLEAN: u8 = 0;
/// The exit code where a deny finding is reported.
pub const FOUND: u8 = 1;
/// The exit code where something could not be read, or the question makes no sense.
pub const UNREADABLE: u8 = 2;
