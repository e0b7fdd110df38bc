//! Whose requests are counted together, as a number.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    net::IpAddr,
};

/// A key of one limit: a hash under a secret of this process.
///
/// The hash is `SipHash`: one whose collisions can be computed would let a caller spend the units
/// of another, or push it out of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(pub(super) u64);

/// Makes the keys of one limit.
#[derive(Clone, Debug)]
pub(super) struct Keyer {
    state: RandomState,
    limit: u64,
}

impl Keyer {
    /// `endpoint` and `name` keep the limits of a service apart.
    pub(super) fn new(state: &RandomState, endpoint: &str, name: &str) -> Self {
        Self { state: state.clone(), limit: state.hash_one((endpoint, name)) }
    }

    pub(super) fn key(&self, bytes: &[u8]) -> Key {
        let mut hasher = self.state.build_hasher();
        hasher.write_u64(self.limit);
        // Nothing follows, so the length need not be written.
        hasher.write(bytes);
        Key(hasher.finish())
    }
}

/// What counts as one client address: an IPv4 address, or the /56 of an IPv6 address.
///
/// One customer is usually given a /56, so single IPv6 addresses are free to change. An IPv4
/// address written as IPv6 (`::ffff:192.0.2.1`) is that IPv4 address.
pub fn address_bytes(address: IpAddr) -> [u8; 8] {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            [4, a, b, c, d, 0, 0, 0]
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, ..] = address.octets();
            [6, a, b, c, d, e, f, g]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Keyer, address_bytes};
    use std::{
        collections::HashSet,
        hash::{BuildHasher, Hasher, RandomState},
    };

    fn bytes(address: &str) -> [u8; 8] {
        address_bytes(address.parse().unwrap())
    }

    #[test]
    fn ipv6_counts_by_its_56_bits() {
        assert_eq!(bytes("2001:db8:1:2200::1"), bytes("2001:db8:1:22ff:ffff::9"));
        assert_ne!(bytes("2001:db8:1:2200::1"), bytes("2001:db8:1:2300::1"));
    }

    #[test]
    fn ipv4_stays_whole_in_either_spelling() {
        assert_eq!(bytes("192.0.2.1"), bytes("::ffff:192.0.2.1"));
        assert_ne!(bytes("192.0.2.1"), bytes("192.0.2.2"));
        assert_ne!(bytes("::ffff:192.0.2.1"), bytes("::ffff:192.0.2.2"));
        assert_ne!(bytes("1.2.3.4"), bytes("102:304::"));
    }

    #[test]
    fn endpoints_limits_and_bytes_are_kept_apart() {
        let state = RandomState::new();
        let mut seen = HashSet::new();
        for (endpoint, name) in [("a", "bc"), ("ab", "c"), ("a", "b"), ("", "abc")] {
            for key in [&b""[..], b"x", b"xy", b"\0"] {
                assert!(seen.insert(Keyer::new(&state, endpoint, name).key(key).0));
            }
        }
        assert_eq!(Keyer::new(&state, "a", "b").key(b"x"), Keyer::new(&state, "a", "b").key(b"x"));
    }

    #[test]
    fn another_process_has_another_secret() {
        let hash = |state: RandomState| state.build_hasher().finish();
        assert_ne!(hash(RandomState::new()), hash(RandomState::new()));
    }
}
