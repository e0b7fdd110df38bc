//! The parts of a key, and how they are encoded.

use std::{fmt, net::IpAddr};

use super::{
    body_key::{FieldKey, KeyBytes, LimitField},
    key::{address_bytes, one_spelling},
};
use crate::policy::LimitKey;

/// One part of a key, for [`LimitHandle`](super::LimitHandle): it selects a count.
///
/// A limit by one part takes a slice of one; a limit by a tuple takes its parts in the order of the
/// attribute.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum KeyPart<'k> {
    /// For `by = global`.
    Global,
    /// For `by = ip`. An IPv6 address is counted as its /56.
    Address(IpAddr),
    /// For `by = subject`.
    Subject(&'k str),
    /// For `by = client`; `None` for callers without one.
    Client(Option<&'k str>),
    /// For `by = header("..")`; `None` for requests without it.
    Header(Option<&'k str>),
    /// For `by = path("..")`: the value, decoded.
    Path(&'k str),
    /// For `by = function(..)`: the function's result.
    Function(Option<&'k str>),
    /// For `by = body("..")`: the field's value.
    Body(&'k dyn LimitField),
}

impl KeyPart<'_> {
    /// Whether a limit counts by a part of this kind.
    pub(super) const fn is_of(&self, part: &LimitKey) -> bool {
        matches!(
            (self, part),
            (Self::Global, LimitKey::Global)
                | (Self::Address(_), LimitKey::Address)
                | (Self::Subject(_), LimitKey::Subject)
                | (Self::Client(_), LimitKey::Client)
                | (Self::Header(_), LimitKey::Header(_))
                | (Self::Path(_), LimitKey::Path(_))
                | (Self::Function(_), LimitKey::Function(..) | LimitKey::FunctionOf(..))
                | (Self::Body(_), LimitKey::Body(_))
        )
    }

    /// Encodes the part as that of a request.
    pub(crate) fn write(&self, bytes: &mut KeyBytes) {
        match self {
            Self::Global => {}
            Self::Address(address) => bytes.extend_from_slice(&address_bytes(*address)),
            Self::Subject(subject) => bytes.extend_from_slice(subject.as_bytes()),
            Self::Client(text) | Self::Function(text) => {
                // An empty text is not an absent one.
                if let Some(text) = text {
                    bytes.push(b'=');
                    bytes.extend_from_slice(text.as_bytes());
                }
            }
            Self::Header(value) => write_header(bytes, value.map(str::as_bytes).into_iter()),
            Self::Path(value) => write_path(bytes, value.as_bytes()),
            Self::Body(field) => FieldKey::new(bytes).write(*field),
        }
    }
}

/// A key may contain input of a caller, such as an address, which must not be logged.
impl fmt::Debug for KeyPart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Global => "Global",
            Self::Address(_) => "Address",
            Self::Subject(_) => "Subject",
            Self::Client(_) => "Client",
            Self::Header(_) => "Header",
            Self::Path(_) => "Path",
            Self::Function(_) => "Function",
            Self::Body(_) => "Body",
        })
    }
}

/// Encodes all values of a header. A present and empty one differs from an absent one; two differ
/// from their joined text.
pub(crate) fn write_header<'v>(bytes: &mut KeyBytes, values: impl Iterator<Item = &'v [u8]>) {
    for value in values {
        bytes.push(b'=');
        bytes.extend_from_slice(value);
        bytes.push(b'\n');
    }
}

/// Encodes the decoded value of a path parameter.
pub(crate) fn write_path(bytes: &mut KeyBytes, value: &[u8]) {
    bytes.extend_from_slice(&one_spelling(value));
}

/// Encodes several parts as one key, each with its length: `a` and `bc` differ from `ab` and `c`.
pub(crate) fn write_all<P, E>(
    parts: &[P],
    mut write: impl FnMut(&mut KeyBytes, &P) -> Result<(), E>,
) -> Result<KeyBytes, E> {
    let mut bytes = KeyBytes::new();
    if let [part] = parts {
        write(&mut bytes, part)?;
        return Ok(bytes);
    }
    for part in parts {
        let start = bytes.len();
        write(&mut bytes, part)?;
        let length = bytes.len().saturating_sub(start);
        bytes.extend_from_slice(&length.to_le_bytes());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{KeyPart, write_all};
    use std::{collections::HashSet, convert::Infallible};

    fn key(parts: &[KeyPart<'_>]) -> Vec<u8> {
        let write = |bytes: &mut _, part: &KeyPart<'_>| {
            part.write(bytes);
            Ok::<_, Infallible>(())
        };
        let Ok(bytes) = write_all(parts, write);
        bytes.to_vec()
    }

    #[test]
    fn parts_that_follow_each_other_are_not_their_joint_text() {
        use KeyPart::{Client, Function, Header, Path, Subject};
        let mut seen = HashSet::new();
        for parts in [
            &[Subject("a"), Subject("bc")][..],
            &[Subject("ab"), Subject("c")],
            &[Subject("abc"), Subject("")],
            &[Subject(""), Subject("abc")],
            &[Subject("abc")],
            &[Client(None), Path("x")],
            &[Client(Some("")), Path("x")],
            &[Header(None), Path("x")],
            &[Header(Some("")), Path("x")],
            &[Function(Some("x")), Path("x"), Path("")],
        ] {
            let fresh = seen.insert(key(parts));
            // A client and a header that are absent write the same nothing, in limits apart.
            assert!(fresh || matches!(parts, [Header(None), _]), "{parts:?}");
        }
    }

    #[test]
    fn spellings_of_a_part_are_one() {
        use KeyPart::{Address, Body, Path};
        let id = "550e8400-e29b-41d4-a716-446655440000";
        assert_eq!(key(&[Path(id)]), key(&[Path(&id.to_uppercase())]));
        assert_eq!(key(&[Body(&"Bob ")]), key(&[Body(&"bob")]));
        let address = |text: &str| key(&[Address(text.parse().unwrap())]);
        assert_eq!(address("2001:db8::1"), address("2001:db8:0:ff::9"));
        assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
    }
}
