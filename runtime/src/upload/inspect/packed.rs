//! What comes out of an archive.

use std::io::{self, Read};

use super::{
    hidden::{self, Scope, Search},
    inflate::Budget,
    tar::Tar,
};
use crate::upload::flaw::Flaw;

const ROOM: usize = 64 << 10;

/// As much as the header of a tar.
const HEAD: usize = 512;

/// What may come out of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Nothing that is an archive.
    NoArchive,
    /// A tar.
    Tar,
    /// A document, which is a zip, of at most so many bytes; it is kept.
    Document(u64),
}

/// One entry, unpacked and forgotten.
#[derive(Debug)]
pub(super) struct Unpacked {
    pub(super) size: u64,
    /// The document that it is.
    pub(super) document: Option<Vec<u8>>,
}

impl Unpacked {
    /// Reads to the end, `packed` being the bytes that everything comes out of.
    pub(super) fn read(
        from: &mut dyn Read,
        budget: &mut Budget,
        packed: u64,
        holds: Holds,
    ) -> Result<Self, Flaw> {
        let mut room = vec![0; ROOM];
        let mut unpacked = Self { size: 0, document: None };
        let mut head = Vec::with_capacity(HEAD);
        let mut search = None;
        let mut tar = None;
        loop {
            let count = match from.read(&mut room) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(broken(error)),
            };
            budget.spend(count)?;
            budget.proportion(packed)?;
            unpacked.size = unpacked.size.saturating_add(count as u64);
            let bytes = room.get(..count).unwrap_or_default();
            if search.is_none() {
                head.extend_from_slice(bytes);
                if head.len() < HEAD && count > 0 {
                    continue;
                }
                search = Some(unpacked.begin(&head, holds, budget.left())?);
                tar = (holds == Holds::Tar && hidden::is_tar(&head)).then(Tar::new);
                if let Some(tar) = &mut tar {
                    tar.feed(&head)?;
                }
                if let Some(document) = &mut unpacked.document {
                    document.append(&mut head);
                } else if let Some(Some(search)) = &mut search {
                    search.feed(&head).map_err(nested)?;
                }
            } else if let (Some(document), Holds::Document(most)) = (&mut unpacked.document, holds)
            {
                if unpacked.size > most {
                    return Err(Flaw::NestedArchive);
                }
                document.extend_from_slice(bytes);
            } else if let Some(Some(search)) = &mut search {
                search.feed(bytes).map_err(nested)?;
                if let Some(tar) = &mut tar {
                    tar.feed(bytes)?;
                }
            }
            if count == 0 {
                if let Some(tar) = &tar {
                    tar.finish()?;
                }
                if let Some(Some(search)) = &mut search {
                    search.finish().map_err(nested)?;
                }
                return Ok(unpacked);
            }
        }
    }

    /// Decides by the first bytes what the others are looked at for.
    fn begin(&mut self, head: &[u8], holds: Holds, most: u64) -> Result<Option<Search>, Flaw> {
        if holds == Holds::Tar && hidden::is_tar(head) {
            return Ok(Some(Search::new(Scope::InTar, most)));
        }
        if matches!(holds, Holds::Document(_)) {
            if head.starts_with(b"PK\x03\x04") {
                self.document = Some(Vec::new());
                return Ok(None);
            }
            // An object of OLE: a file system of its own, in which Office keeps such documents too.
            if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
                return Ok(None);
            }
        }
        if hidden::is_archive_by_head(head) {
            return Err(Flaw::NestedArchive);
        }
        Ok(Some(Search::new(Scope::InEntry, most)))
    }
}

/// An archive that hides in an entry is an archive in an archive.
fn nested(flaw: Flaw) -> Flaw {
    if matches!(flaw, Flaw::Polyglot) { Flaw::NestedArchive } else { flaw }
}

/// What a decoder complains of is the file's fault; what the system complains of is not.
pub(super) fn broken(error: io::Error) -> Flaw {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};

    if matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof | Other) {
        return Flaw::Structure;
    }
    Flaw::Io(error)
}
