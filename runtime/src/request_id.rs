//! The id of a request in the log.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// A 128-bit id of a request, in its response (`X-Request-Id`), in the log and in the audit log.
///
/// It is generated for every request. An id from the client is not used, since a client that
/// chooses an id could hide among the log lines of another one. It does not reveal how many
/// requests came before: a counter is hashed with a key of this process.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(u64, u64);

impl RequestId {
    pub(crate) fn next() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        static KEYS: LazyLock<(RandomState, foldhash::fast::RandomState)> =
            LazyLock::new(Default::default);

        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        // The first half hides the count from clients; the second distinguishes ids whose first
        // halves are equal.
        let first = KEYS.0.hash_one(count);
        Self(first, KEYS.1.hash_one((first, count)))
    }

    /// Thirty-two lower-case hexadecimal digits.
    pub(crate) fn hex(self) -> [u8; 32] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let bytes = ((u128::from(self.0) << 64) | u128::from(self.1)).to_be_bytes();
        let mut text = [b'0'; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
            if let [high, low] = pair {
                *high = *DIGITS.get(usize::from(byte >> 4)).unwrap_or(&b'0');
                *low = *DIGITS.get(usize::from(byte & 15)).unwrap_or(&b'0');
            }
        }
        text
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.0, self.1)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::RequestId;

    #[test]
    fn ids_differ_and_read_the_same_in_both_forms() {
        let ids: Vec<_> = (0..1000).map(|_| RequestId::next()).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
        for id in ids {
            assert_eq!(id.hex(), *id.to_string().as_bytes());
        }
    }
}
