//! The lowest permitted speed of clients.

use std::time::Duration;

/// Bytes per second of a line with 1 Mbit/s: a deadline must not require more of every client.
const SLOWEST_LINE: u64 = 125_000;

/// The shortest permitted deadline for a body of this size: whole seconds, at least one.
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(palisade_policy::shortest_body_timeout(64 * 1024), Duration::from_secs(1));
/// assert_eq!(palisade_policy::shortest_body_timeout(5 << 20), Duration::from_secs(42));
/// ```
pub fn shortest_body_timeout(bytes: u64) -> Duration {
    Duration::from_secs(bytes.div_ceil(SLOWEST_LINE).max(1))
}
