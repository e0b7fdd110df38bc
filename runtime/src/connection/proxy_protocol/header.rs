//! The header of the PROXY protocol, versions 1 and 2, as HAProxy's `proxy-protocol.txt` defines them.
//!
//! It is read in steps; each returns how many bytes are missing at least, so that no byte after it
//! is read. A header has at most 107 bytes in version 1 and 4,112 in version 2.

use std::net::SocketAddr;

use super::{v1, v2};

/// The state of reading a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// This many bytes are missing at least; never 0.
    Partial {
        /// The number of bytes.
        missing: usize,
    },
    /// It is complete, with no bytes after it.
    Whole(Claim),
}

/// The source of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// This client.
    Client(SocketAddr),
    /// The proxy itself, or a client without an address.
    NoAddress,
}

/// Why bytes are not a valid header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// They have another signature.
    Signature,
    /// A line of version 1 with none of the four forms.
    Line,
    /// An undefined version or command of the binary form.
    Command,
    /// An address that is undefined or not of a stream socket.
    Family,
    /// It is longer than permitted, or too short for its addresses.
    Length,
    /// The fields after the addresses are invalid.
    Extension,
    /// The checksum differs.
    Checksum,
}

impl Malformed {
    /// For the log.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "it does not begin with a header",
            Self::Line => "the line of version 1 is malformed",
            Self::Command => "the version or the command is unknown",
            Self::Family => "the address is not that of a stream",
            Self::Length => "the header is too long, or too short for its addresses",
            Self::Extension => "the fields behind the addresses are malformed",
            Self::Checksum => "the checksum is wrong",
        }
    }
}

impl Header {
    /// Parses the beginning of a header. It reads no byte after the header's end, if each call has
    /// as many more bytes as the previous one requested.
    ///
    /// # Errors
    ///
    /// It is invalid.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.is_empty() {
            // The shortest has version 1.
            Ok(Self::Partial { missing: v1::SHORTEST })
        } else if starts_alike(bytes, &v2::SIGNATURE) {
            v2::read(bytes)
        } else if starts_alike(bytes, v1::SIGNATURE) {
            v1::read(bytes)
        } else {
            Err(Malformed::Signature)
        }
    }
}

/// Whether the bytes and the signature are equal as far as both reach.
fn starts_alike(bytes: &[u8], signature: &[u8]) -> bool {
    bytes.iter().zip(signature).all(|(byte, own)| byte == own)
}

#[cfg(test)]
pub(super) mod tests {
    use std::net::SocketAddr;

    use proptest::prelude::*;

    use super::{Claim, Header, Malformed};

    /// Reads a header from bytes as a connection does: returns the result and the number of bytes
    /// that were read.
    pub(in super::super) fn read(bytes: &[u8]) -> (Result<Header, Malformed>, usize) {
        let mut taken = 0;
        loop {
            let header = Header::read(&bytes[..taken]);
            match header {
                Ok(Header::Partial { missing }) => {
                    assert!(missing > 0);
                    if taken + missing > bytes.len() {
                        return (header, taken);
                    }
                    taken += missing;
                }
                Ok(Header::Whole(_)) | Err(_) => return (header, taken),
            }
        }
    }

    fn client(address: &str) -> Result<Header, Malformed> {
        Ok(Header::Whole(Claim::Client(address.parse().unwrap())))
    }

    #[test]
    fn what_is_no_header_is_told_by_its_first_byte() {
        for bytes in [&b"G"[..], b"\x16\x03\x01", b"PRI * HTTP/2.0", b"proxy TCP4", b"\r\n\r\nG"] {
            assert_eq!(Header::read(bytes), Err(Malformed::Signature), "{bytes:?}");
        }
    }

    fn v2(address: SocketAddr) -> Vec<u8> {
        let mut bytes = super::v2::SIGNATURE.to_vec();
        let (family, mut body) = match address {
            SocketAddr::V4(own) => (0x11, [own.ip().octets(), [192, 0, 2, 1]].concat()),
            SocketAddr::V6(own) => (0x21, [own.ip().octets(), [1; 16]].concat()),
        };
        body.extend(address.port().to_be_bytes());
        body.extend(443_u16.to_be_bytes());
        bytes.extend([0x21, family]);
        bytes.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
        bytes.extend(body);
        bytes
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail_or_take_too_many(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let (_, taken) = read(&bytes);
            prop_assert!(taken <= bytes.len());
        }

        #[test]
        fn a_header_is_read_to_its_end_and_no_further(
            address in any::<SocketAddr>(),
            rest in prop::collection::vec(any::<u8>(), 0..80),
            is_text in any::<bool>(),
        ) {
            let address = SocketAddr::new(address.ip(), address.port());
            let kind = if address.is_ipv4() { "TCP4" } else { "TCP6" };
            let own = if address.is_ipv4() { "192.0.2.1" } else { "2001:db8::1" };
            let header = match is_text {
                true => {
                    format!("PROXY {kind} {} {own} {} 443\r\n", address.ip(), address.port()).into()
                }
                false => v2(address),
            };
            let bytes = [header.clone(), rest].concat();
            prop_assert_eq!(read(&bytes), (client(&address.to_string()), header.len()));
            // A part of it is never complete.
            for length in 0..header.len() {
                let (part, _) = read(&header[..length]);
                let is_partial = matches!(part, Ok(Header::Partial { .. }));
                prop_assert!(is_partial, "{part:?} of {length}");
            }
        }

        #[test]
        fn a_signature_and_noise_are_read_to_an_end(
            is_text in any::<bool>(),
            noise in prop::collection::vec(any::<u8>(), 0..5_000),
        ) {
            let begin = if is_text { super::v1::SIGNATURE } else { &super::v2::SIGNATURE[..] };
            let bytes = [begin, &noise].concat();
            let (header, taken) = read(&bytes);
            prop_assert!(taken <= 16 + 4_096);
            if let Ok(Header::Partial { missing }) = header {
                prop_assert!(missing <= 4_112);
            }
        }
    }
}
