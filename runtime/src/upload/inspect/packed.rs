//! What comes out of an archive.

use std::io::{self, Read};

use super::inflate::Budget;
use crate::upload::flaw::Flaw;

const ROOM: usize = 64 << 10;
const HEAD: usize = 8;

/// One entry, unpacked and forgotten.
#[derive(Debug)]
pub(super) struct Unpacked {
    /// Its first bytes.
    pub(super) head: Vec<u8>,
    pub(super) size: u64,
}

impl Unpacked {
    /// Reads to the end, `packed` being the bytes that everything comes out of.
    pub(super) fn read(
        from: &mut dyn Read,
        budget: &mut Budget,
        packed: u64,
    ) -> Result<Self, Flaw> {
        let mut room = vec![0; ROOM];
        let mut unpacked = Self { head: Vec::with_capacity(HEAD), size: 0 };
        loop {
            let count = match from.read(&mut room) {
                Ok(0) => return Ok(unpacked),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(broken(error)),
            };
            budget.spend(count)?;
            budget.proportion(packed)?;
            unpacked.size = unpacked.size.saturating_add(count as u64);
            let missing = HEAD.saturating_sub(unpacked.head.len()).min(count);
            unpacked.head.extend_from_slice(room.get(..missing).unwrap_or_default());
        }
    }
}

/// What a decoder complains of is the file's fault; what the system complains of is not.
pub(super) fn broken(error: io::Error) -> Flaw {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};

    if matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof | Other) {
        return Flaw::Structure;
    }
    Flaw::Io(error)
}

/// Whether these bytes begin something that unpacks further.
pub(super) fn is_compressed(head: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 9] = [
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\x1f\x8b",
        b"BZh",
        b"\xfd7zXZ",
        b"7z\xbc\xaf\x27\x1c",
        b"Rar!",
        b"\x28\xb5\x2f\xfd",
        b"\x04\x22\x4d\x18",
    ];
    BEGINNINGS.iter().any(|beginning| head.starts_with(beginning))
}
