//! Zip (APPNOTE 6.3): from the first local header to the end record, each byte in one entry, and
//! every entry unpacked and counted.

use std::{
    collections::HashSet,
    io::{Cursor, Read, Seek, SeekFrom},
};

use zip::{
    CompressionMethod, ZipArchive,
    read::{ArchiveOffset, Config},
    result::ZipError,
};

use super::{
    inflate::Budget,
    ooxml::{self, ContentTypes},
    packed::{self, Holds, Unpacked},
};
use crate::{policy::FileKind, upload::flaw::Flaw};

/// The directory of an archive is held in memory: 300 bytes or so for each entry.
const MOST_ENTRIES: u16 = 10_000;

/// The longest name of an entry.
const LONGEST_NAME: usize = 512;

const END_RECORD: usize = 22;

/// As much as the two bytes of its length can say.
const LONGEST_COMMENT: usize = 0xffff;

/// What the parts of an archive show it to be.
#[derive(Debug)]
pub(super) enum Archive {
    /// A document of Office Open XML.
    Document(FileKind),
    /// One that runs macros, or hides what it is.
    Macros,
    /// A package of another kind.
    Package,
    Plain,
}

/// The largest document in a document: it is held in memory while it is looked at.
const LARGEST_EMBEDDED: u64 = 16 << 20;

pub(super) fn inspect<R: Read + Seek>(
    file: &mut R,
    size: u64,
    unpacked: u64,
) -> Result<Archive, Flaw> {
    inspect_in(file, size, &mut Budget::new(unpacked), Holds::Document(LARGEST_EMBEDDED))
}

/// Looks at an archive, or at a document in one, which holds no further one.
fn inspect_in<R: Read + Seek>(
    file: &mut R,
    size: u64,
    budget: &mut Budget,
    embedded: Holds,
) -> Result<Archive, Flaw> {
    check_end(file, size)?;
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    let mut zip = ZipArchive::with_config(config, &mut *file).map_err(broken)?;
    // The names and methods of both headers agree, nothing overlaps, no entry is left unlisted.
    zip.validate_header_consistency().map_err(broken)?;
    let mut names = HashSet::with_capacity(zip.len());
    let mut ends = Vec::with_capacity(zip.len());
    let mut types = ContentTypes::default();
    for index in 0..zip.len() {
        // Raw first: nothing is unpacked of an entry that is not to be.
        let entry = zip.by_index_raw(index).map_err(broken)?;
        if entry.encrypted() {
            return Err(Flaw::Encrypted);
        }
        let name = std::str::from_utf8(entry.name_raw()).map_err(|_| Flaw::EntryName)?.to_owned();
        if !is_plain(entry.external_attributes())
            || !is_inside(&name)
            || !names.insert(name.to_lowercase())
        {
            return Err(Flaw::EntryName);
        }
        if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(Flaw::Structure);
        }
        let data = entry.data_start().ok_or(Flaw::Structure)?;
        let end = data.checked_add(entry.compressed_size()).ok_or(Flaw::Structure)?;
        ends.push((entry.header_start(), end));
        let declared = entry.size();
        drop(entry);
        let mut entry = zip.by_index(index).map_err(broken)?;
        let read = if name == ooxml::CONTENT_TYPES {
            types.read(&mut entry, budget)?
        } else {
            let may_embed = ooxml::may_hold_a_document(&name);
            let holds = if may_embed { embedded } else { Holds::NoArchive };
            let read = Unpacked::read(&mut entry, budget, size, holds)?;
            if let Some(document) = read.document {
                let mut document = Cursor::new(document);
                match inspect_in(&mut document, read.size, budget, Holds::NoArchive)? {
                    Archive::Document(_) | Archive::Package => {}
                    Archive::Macros => return Err(Flaw::Macros),
                    Archive::Plain => return Err(Flaw::NestedArchive),
                }
            }
            read.size
        };
        if read != declared {
            return Err(Flaw::Structure);
        }
    }
    let directory = zip.central_directory_start();
    check_gaps(ends, directory)?;
    let has_macros = names.iter().any(|name| name.ends_with("vbaproject.bin"));
    match types.kind() {
        Archive::Document(_) | Archive::Package if has_macros => Ok(Archive::Macros),
        // An archive in an archive is admitted in the folder where documents embed others.
        Archive::Plain | Archive::Package
            if names.iter().any(|name| ooxml::may_hold_a_document(name)) =>
        {
            Err(Flaw::NestedArchive)
        }
        kind @ (Archive::Document(_) | Archive::Macros | Archive::Package | Archive::Plain) => {
            Ok(kind)
        }
    }
}

/// One end record with its comment at the very end, and the directory right before it. Programs do
/// not agree which of two records counts, so a comment must be text, which cannot contain one.
fn check_end<R: Read + Seek>(file: &mut R, size: u64) -> Result<(), Flaw> {
    if size < END_RECORD as u64 {
        return Err(Flaw::Structure);
    }
    let tail = size.min((END_RECORD + LONGEST_COMMENT) as u64);
    file.seek(SeekFrom::Start(size - tail))?;
    let mut bytes = Vec::new();
    file.take(tail).read_to_end(&mut bytes)?;
    let is_record = |window: &[u8]| window.starts_with(b"PK\x05\x06");
    let at = bytes.windows(END_RECORD).rposition(is_record).ok_or(Flaw::Polyglot)?;
    let (end, comment) = bytes.split_at(at).1.split_first_chunk().ok_or(Flaw::Polyglot)?;
    let [b'P', b'K', 5, 6, 0, 0, 0, 0, a, b, c, d, s0, s1, s2, s3, o0, o1, o2, o3, l0, l1] = *end
    else {
        return Err(Flaw::Polyglot);
    };
    if usize::from(u16::from_le_bytes([l0, l1])) != comment.len() || !is_comment(comment) {
        return Err(Flaw::Polyglot);
    }
    let at = (size - tail).saturating_add(at as u64);
    let entries = u16::from_le_bytes([a, b]);
    let length = u64::from(u32::from_le_bytes([s0, s1, s2, s3]));
    let offset = u64::from(u32::from_le_bytes([o0, o1, o2, o3]));
    if entries != u16::from_le_bytes([c, d]) || offset.checked_add(length) != Some(at) {
        return Err(Flaw::Structure);
    }
    if entries > MOST_ENTRIES {
        return Err(Flaw::Entries(MOST_ENTRIES.into()));
    }
    Ok(())
}

/// Whether a comment is text, such as the name of a commit: nothing that a program may read as a
/// structure.
fn is_comment(bytes: &[u8]) -> bool {
    let is_text = |c: char| !c.is_control() || matches!(c, '\t' | '\r' | '\n');
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(is_text))
}

/// Between the entries there is room only for a data descriptor.
fn check_gaps(mut entries: Vec<(u64, u64)>, directory: u64) -> Result<(), Flaw> {
    entries.sort_unstable();
    let mut at = 0;
    for (start, end) in entries {
        gap(at, start)?;
        at = end;
    }
    gap(at, directory)
}

fn gap(from: u64, to: u64) -> Result<(), Flaw> {
    match to.checked_sub(from) {
        // With and without a signature, with sizes of four bytes and of eight.
        Some(0) => Ok(()),
        Some(12 | 16 | 20 | 24) if from > 0 => Ok(()),
        _ => Err(Flaw::Polyglot),
    }
}

/// Whether an entry is a file or a folder by its mode, if it has one: not a link, nor a pipe or a device,
/// which some programs make when they unpack it (CWE-59). Which hosts have modes there, programs do not
/// agree on.
fn is_plain(attributes: u32) -> bool {
    matches!((attributes >> 16) & 0o170_000, 0 | 0o100_000 | 0o040_000)
}

/// Whether an entry of this name stays in the folder that the archive is unpacked in, on every
/// system (CWE-22).
pub(super) fn is_inside(name: &str) -> bool {
    let path = name.strip_suffix('/').unwrap_or(name);
    let is_word = |word: &str| !matches!(word, "" | "." | "..") && !word.ends_with([' ', '.']);
    name.len() <= LONGEST_NAME
        && !name.contains(['\\', ':'])
        && !name.chars().any(char::is_control)
        && path.split('/').all(is_word)
}

/// What cannot be read as an archive is none; what the system complains of is not the file's fault.
fn broken(error: ZipError) -> Flaw {
    if let ZipError::Io(error) = error { packed::broken(error) } else { Flaw::Structure }
}

#[cfg(test)]
mod tests {
    use super::is_inside;

    #[test]
    fn names_that_lead_out_are_none() {
        for good in ["a", "a/b.txt", "a/", "ä/ö.xml", "_rels/.rels", "[Content_Types].xml"] {
            assert!(is_inside(good), "{good}");
        }
        for bad in [
            "",
            "/",
            "/etc/passwd",
            "../a",
            "a/../../b",
            "a/..",
            "a\\b",
            "..\\a",
            "C:\\a",
            "c:a",
            "a//b",
            "./a",
            "a\0",
            "a\nb",
            "a/b.",
            "a /b",
            &"x".repeat(513),
        ] {
            assert!(!is_inside(bad), "{bad:?}");
        }
    }
}
