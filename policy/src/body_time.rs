//! How fast a client has to be.

use std::time::Duration;

/// Bytes a second of a line of 1 Mbit/s: what a deadline may ask of every client, at most.
const SLOWEST_LINE: u64 = 125_000;

/// The shortest deadline for a body of so many bytes: whole seconds, one at least.
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
