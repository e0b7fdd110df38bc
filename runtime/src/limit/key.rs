//! The key of a request in a limit, as a number.

use std::{
    borrow::Cow,
    hash::{BuildHasher, RandomState},
    net::{IpAddr, Ipv6Addr},
    str,
};

use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN, digest};
use smallvec::SmallVec;
use uuid::Uuid;

use super::siphash::Prefixed;

/// A key of one limit: a hash under a secret of this process, and if the limit is shared, one that
/// all instances agree on.
///
/// The first is `SipHash` with a secret key: with a hash whose collisions can be computed, a caller
/// could spend the units of another, or evict it from the table. The second is SHA-256, cut to 128
/// bits: instances have no secret in common, and finding two strings with one such hash is
/// infeasible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub(super) local: u64,
    pub(super) shared: Option<SharedKey>,
}

/// The key in a shared store.
pub(super) type SharedKey = [u8; 16];

/// The count of a key that a request belongs to: both have the same quota.
///
/// A page of another site makes its visitor's browser send requests, from the visitor's address and
/// with the visitor's cookies. With one count, any page could spend its visitor's quota (CWE-799).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Class {
    /// Requests that the caller sent itself.
    #[default]
    Own,
    /// Requests that a browser marks as sent by another site, and requests that were refused before
    /// they were routed.
    OtherSite,
}

/// Makes the keys of one limit.
#[derive(Clone, Debug)]
pub(super) struct Keyer {
    own: Start,
    other_site: Start,
}

/// Separates the keys of one class of one limit from all others.
#[derive(Clone, Debug)]
struct Start {
    local: Prefixed,
    /// The same in the shared store; `None` if the limit is not counted there.
    shared: Option<[u8; SHA256_OUTPUT_LEN]>,
}

impl Keyer {
    /// `endpoint` and `name` separate the limits of a service.
    pub(super) fn new(state: &RandomState, endpoint: &str, name: &str, shared: bool) -> Self {
        let start = |class: &[&str]| {
            let shared = shared.then(|| {
                let mut digest = Context::new(&SHA256);
                for part in [endpoint, name].iter().chain(class) {
                    digest.update(&part.len().to_le_bytes());
                    digest.update(part.as_bytes());
                }
                let mut limit = [0; SHA256_OUTPUT_LEN];
                limit.copy_from_slice(digest.finish().as_ref());
                limit
            });
            // The secret of a `RandomState` is not accessible, but its hashes of two numbers are
            // secret too.
            let secret = [state.hash_one(0_u8), state.hash_one(1_u8)];
            let limit = state.hash_one((endpoint, name, class));
            Start { local: Prefixed::new(secret).word(limit), shared }
        };
        Self { own: start(&[]), other_site: start(&["other site"]) }
    }

    const fn start(&self, class: Class) -> &Start {
        match class {
            Class::Own => &self.own,
            Class::OtherSite => &self.other_site,
        }
    }

    /// Whether keys for a shared store are made too.
    pub(super) const fn is_shared(&self) -> bool {
        self.own.shared.is_some()
    }

    pub(super) fn key(&self, class: Class, bytes: &[u8]) -> Key {
        let start = self.start(class);
        let shared = start.shared.map(|limit| {
            // At once, which needs no state on the heap.
            let mut text = SmallVec::<[u8; 128]>::from_slice(&limit);
            text.extend_from_slice(bytes);
            let mut key = SharedKey::default();
            // The first half: a digest is longer than a key.
            for (byte, digested) in key.iter_mut().zip(digest(&SHA256, &text).as_ref()) {
                *byte = *digested;
            }
            key
        });
        Key { local: start.local.hash(bytes), shared }
    }

    /// A caller's own key, in the memory of this process.
    #[inline]
    pub(super) fn local(&self, bytes: &[u8]) -> u64 {
        self.own.local.hash(bytes)
    }
}

/// The address that one client counts as: an IPv4 address, or the /56 of an IPv6 address.
///
/// A customer usually gets a /56 and can change single IPv6 addresses freely. An IPv4 address
/// written as IPv6 (`::ffff:192.0.2.1`) is that IPv4 address.
#[inline]
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

/// The address under which all addresses of one client are counted: an IPv4 address, or the first
/// of the /56 of an IPv6 address.
pub(super) fn counted_address(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        address @ IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, ..] = address.octets();
            let counted = [a, b, c, d, e, f, g, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            IpAddr::V6(Ipv6Addr::from(counted))
        }
    }
}

/// The canonical form, as a key, of a value that a typed argument parses from several spellings.
///
/// An id may have capitals, braces or the form of a URN, an address all its zeros, a number an
/// exponent: with a key for each spelling, a caller could multiply its quota. A string that only
/// looks like one of these shares its count with the spellings of the same value, which is
/// stricter. Whole numbers, names and strings have one spelling by their type.
pub(crate) fn one_spelling(value: &[u8]) -> Cow<'_, [u8]> {
    let Ok(text) = str::from_utf8(value) else { return Cow::Borrowed(value) };
    if let Ok(id) = Uuid::try_parse(text) {
        return Cow::Owned(id.into_bytes().to_vec());
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Cow::Owned(address.to_canonical().to_string().into_bytes());
    }
    // A single: two numbers that differ as doubles may be equal as singles.
    if text.contains(['.', 'e', 'E'])
        && let Ok(number) = text.parse::<f32>()
    {
        return Cow::Owned(number.to_string().into_bytes());
    }
    Cow::Borrowed(value)
}

#[cfg(test)]
mod tests {
    use super::{Class, Keyer, address_bytes, counted_address, one_spelling};
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
    fn what_counts_as_one_address_has_one_address_that_stands_for_it() {
        let addresses = ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2", "2001:db8:1:22ff::1"];
        for address in addresses.into_iter().chain(["2001:db8:1:2200::2", "2001:db8:1:2300::1"]) {
            let address = address.parse().unwrap();
            let counted = counted_address(address);
            assert_eq!(address_bytes(counted), address_bytes(address), "{address}");
            assert_eq!(counted_address(counted), counted, "{address}");
        }
    }

    #[test]
    fn the_spellings_of_a_value_are_one_key() {
        for spellings in [
            &[
                "550e8400-e29b-41d4-a716-446655440000",
                "550E8400-e29b-41d4-A716-446655440000",
                "550e8400e29b41d4a716446655440000",
                "{550e8400-e29b-41d4-a716-446655440000}",
                "urn:uuid:550e8400-e29b-41d4-a716-446655440000",
            ][..],
            &["2001:db8::1", "2001:DB8::1", "2001:db8:0:0::0001"],
            &["192.0.2.1", "::ffff:192.0.2.1", "::FFFF:c000:201", "0:0:0:0:0:ffff:192.0.2.1"],
            &["1.5", "1.50", "15e-1", "0.15E1", "1.50000000001"],
        ] {
            let keys: HashSet<_> = spellings.iter().map(|s| one_spelling(s.as_bytes())).collect();
            assert_eq!(keys.len(), 1, "{keys:?}");
        }
        for text in ["7", "16777217", "report", "Report", "", "e", "\u{e9}"] {
            assert_eq!(one_spelling(text.as_bytes()), text.as_bytes());
        }
        assert_eq!(one_spelling(b"\xff"), &b"\xff"[..]);
    }

    #[test]
    fn endpoints_limits_classes_and_bytes_are_kept_apart() {
        let state = RandomState::new();
        let mut seen = HashSet::new();
        for (endpoint, name) in [("a", "bc"), ("ab", "c"), ("a", "b"), ("", "abc")] {
            for key in [&b""[..], b"x", b"xy", b"\0"] {
                for class in [Class::Own, Class::OtherSite] {
                    let key = Keyer::new(&state, endpoint, name, true).key(class, key);
                    assert!(seen.insert(key.local.to_le_bytes().to_vec()));
                    assert!(seen.insert(key.shared.unwrap().to_vec()));
                }
            }
        }
        let keyer = || Keyer::new(&state, "a", "b", false);
        assert_eq!(keyer().key(Class::Own, b"x"), keyer().key(Class::Own, b"x"));
        assert_eq!(keyer().key(Class::Own, b"x").local, keyer().local(b"x"));
        assert_eq!(keyer().key(Class::Own, b"x").shared, None);
    }

    #[test]
    fn another_process_has_the_same_shared_key() {
        let key = || Keyer::new(&RandomState::new(), "a", "b", true).key(Class::Own, b"x");
        assert_eq!(key().shared, key().shared);
        assert_ne!(key().local, key().local);
    }

    #[test]
    fn another_process_has_another_secret() {
        let hash = |state: RandomState| state.build_hasher().finish();
        assert_ne!(hash(RandomState::new()), hash(RandomState::new()));
    }
}
