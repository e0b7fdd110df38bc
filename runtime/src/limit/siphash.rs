//! `SipHash-1-3` of a short key under a secret and a prefix that was hashed before.
//!
//! The standard library has it too, behind a hasher with an incremental interface, which costs more
//! than the hash for the eight bytes of an address. The algorithm is that of Aumasson and Bernstein
//! (2012), with one round for each word and three at the end.

/// The state after a prefix of whole words.
#[derive(Clone, Copy)]
pub(super) struct Prefixed {
    v: [u64; 4],
    length: usize,
}

impl Prefixed {
    /// The state of this secret before any input.
    pub(super) const fn new(secret: [u64; 2]) -> Self {
        let [k0, k1] = secret;
        let v = [
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        ];
        Self { v, length: 0 }
    }

    /// The state after one more word.
    pub(super) const fn word(self, word: u64) -> Self {
        Self { v: absorb(self.v, word), length: self.length + 8 }
    }

    /// The hash of the prefix and these bytes.
    #[inline]
    pub(super) fn hash(self, bytes: &[u8]) -> u64 {
        // An address: no loop, and nothing is left over.
        let (v, last) = match <[u8; 8]>::try_from(bytes) {
            Ok(word) => (absorb(self.v, u64::from_le_bytes(word)), 0),
            Err(_) => absorb_all(self.v, bytes),
        };
        // The lowest byte of the length is above the remaining bytes, of which there are at most
        // seven.
        let length = (self.length.wrapping_add(bytes.len()) as u64) << 56;
        let [v0, v1, v2, v3] = absorb(v, last | length);
        let [v0, v1, v2, v3] = round(round(round([v0, v1, v2 ^ 0xff, v3])));
        v0 ^ v1 ^ v2 ^ v3
    }
}

// What a secret has become is as good as the secret.
impl std::fmt::Debug for Prefixed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Prefixed(..)")
    }
}

/// Absorbs the whole words, and returns the remaining bytes as one word.
#[inline(never)]
fn absorb_all(v: [u64; 4], bytes: &[u8]) -> ([u64; 4], u64) {
    let (words, rest) = bytes.as_chunks::<8>();
    let v = words.iter().fold(v, |v, word| absorb(v, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    for (byte, rest) in last.iter_mut().zip(rest) {
        *byte = *rest;
    }
    (v, u64::from_le_bytes(last))
}

#[inline]
const fn absorb([v0, v1, v2, v3]: [u64; 4], word: u64) -> [u64; 4] {
    let [v0, v1, v2, v3] = round([v0, v1, v2, v3 ^ word]);
    [v0 ^ word, v1, v2, v3]
}

#[inline]
const fn round([v0, v1, v2, v3]: [u64; 4]) -> [u64; 4] {
    let v0 = v0.wrapping_add(v1);
    let v1 = v1.rotate_left(13) ^ v0;
    let v0 = v0.rotate_left(32);
    let v2 = v2.wrapping_add(v3);
    let v3 = v3.rotate_left(16) ^ v2;
    let v0 = v0.wrapping_add(v3);
    let v3 = v3.rotate_left(21) ^ v0;
    let v2 = v2.wrapping_add(v1);
    let v1 = v1.rotate_left(17) ^ v2;
    let v2 = v2.rotate_left(32);
    [v0, v1, v2, v3]
}

#[cfg(test)]
mod tests {
    use super::Prefixed;
    use proptest::prelude::*;
    use std::hash::{DefaultHasher, Hasher as _};

    proptest! {
        /// The standard library's hasher is SipHash-1-3 with a secret of zeroes.
        #[test]
        fn it_is_the_hash_of_the_standard_library(
            prefix in prop::collection::vec(any::<u64>(), 0..3),
            bytes in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let mut hasher = DefaultHasher::new();
            let mut ours = Prefixed::new([0, 0]);
            for word in prefix {
                hasher.write(&word.to_le_bytes());
                ours = ours.word(word);
            }
            hasher.write(&bytes);
            prop_assert_eq!(ours.hash(&bytes), hasher.finish());
        }

        #[test]
        fn every_bit_of_the_secret_counts(k0: u64, k1: u64, bit in 0..64, bytes: [u8; 8]) {
            let hash = |secret| Prefixed::new(secret).hash(&bytes);
            prop_assert_ne!(hash([k0, k1]), hash([k0 ^ (1_u64 << bit), k1]));
            prop_assert_ne!(hash([k0, k1]), hash([k0, k1 ^ (1_u64 << bit)]));
        }
    }
}
