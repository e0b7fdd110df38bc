//! Archives inside of other files.
//!
//! Programs find an archive wherever it begins: behind the end of an image, in a comment, in a chunk
//! that viewers skip. Such a file is a picture to one program and an archive to another.
//!
//! The search goes over every byte, and judges what it finds by what the readers of a format need:
//! a field that readers ignore decides nothing here. A signature that is too short to be no accident
//! is followed by what a reader reads next, so ordinary files pass.

mod encoded;
mod packed;
mod tape;
mod zip;

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::upload::{flaw::Flaw, intake::extend_within};

/// What is looked at together. Not more: each file under way holds it.
const BLOCK: usize = 16 << 10;

/// What a format's judgement may look at behind a position: a local header of a zip with the longest
/// name and extra field.
const AHEAD: usize = 66 << 10;

/// What it may look at before one: the header of a tar begins 257 bytes before its magic.
const BEHIND: usize = 512;

/// The most that is held of a file.
const WINDOW: usize = BEHIND + BLOCK + AHEAD;

/// What judging the candidates may cost, in bytes looked at: for each byte of the file, and beyond. A
/// file that is nothing but beginnings of archives is refused by this.
const WORK_OF_A_BYTE: u64 = 4;
const WORK: u64 = 16 << 20;

/// Which formats are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// An image: a PDF in it is looked for too.
    All,
    Pdf,
    /// A zip, whose own headers are judged by its directory.
    InZip,
    /// One that is a gzip from its first byte, which is judged by unpacking it.
    InGzip,
    /// Text, which has no control characters: a tar needs none, and neither do the formats that
    /// [`is_archive_of_text`] recognises by their beginning.
    InText,
    /// What came out of an archive, whose beginning is judged by itself.
    InEntry,
    /// A tar that came out of a gzip.
    InTar,
}

/// Looks for archives in a file that comes in pieces.
#[derive(Debug)]
pub(super) struct Search {
    scope: Scope,
    window: Vec<u8>,
    /// Where in the file the window begins.
    start: u64,
    /// The first place in the window that was not looked at.
    next: usize,
    /// The most bytes that the file can have.
    longest: u64,
    found: Found,
}

/// What was found so far, of formats that several places make.
#[derive(Debug, Default)]
struct Found {
    /// An entry of a zip's directory.
    directory: bool,
    /// What PDF readers start from, where there is no header.
    start_of_xref: bool,
    /// Objects of a PDF: two are the fewest of one.
    objects: u32,
    /// `RSFX` at the place where an old self-extracting RAR has it.
    old_rar: bool,
    work: u64,
}

impl Search {
    pub(super) fn new(scope: Scope, longest: u64) -> Self {
        let found = Found::default();
        Self { scope, window: Vec::new(), start: 0, next: 0, longest, found }
    }

    /// Looks at the next bytes.
    pub(super) fn feed(&mut self, mut input: &[u8]) -> Result<(), Flaw> {
        while !input.is_empty() {
            let room = WINDOW.saturating_sub(self.window.len()).min(input.len());
            let (now, later) = input.split_at_checked(room).unwrap_or((input, &[]));
            extend_within(&mut self.window, now, BLOCK, WINDOW);
            input = later;
            if self.window.len() >= WINDOW {
                self.look(self.window.len().saturating_sub(AHEAD))?;
                let seen = self.next.saturating_sub(BEHIND);
                self.window.drain(..seen);
                self.next = self.next.saturating_sub(seen);
                self.start = self.start.saturating_add(seen as u64);
            }
        }
        Ok(())
    }

    /// The last bytes came.
    pub(super) fn finish(&mut self) -> Result<(), Flaw> {
        self.look(self.window.len())
    }

    fn look(&mut self, end: usize) -> Result<(), Flaw> {
        let from = std::mem::replace(&mut self.next, end);
        // A beginning may cross the end: then its first byte decides.
        let last = end.saturating_add(16).min(self.window.len());
        let places = self.window.get(from..last).unwrap_or_default();
        let finders = FINDERS.iter().filter(|finder| match self.scope {
            Scope::InText => finder.needle() == b"ustar",
            Scope::Pdf => true,
            Scope::All | Scope::InZip | Scope::InGzip | Scope::InEntry | Scope::InTar => {
                finder.needle() != IN_LINES
            }
        });
        for finder in finders {
            for at in finder.find_iter(places) {
                let place = Place {
                    window: &self.window,
                    at: from.saturating_add(at),
                    start: self.start,
                    longest: self.longest,
                };
                if place.at >= end {
                    break;
                }
                if is_archive(&place, self.scope, &mut self.found) {
                    return Err(Flaw::Polyglot);
                }
                let most = place.whole().saturating_mul(WORK_OF_A_BYTE).saturating_add(WORK);
                if self.found.work > most {
                    return Err(Flaw::Polyglot);
                }
            }
        }
        if self.scope == Scope::InTar || !self.has_block(from, end) {
            return Ok(());
        }
        Err(Flaw::Polyglot)
    }

    /// Whether a header of tar begins where one of its blocks may, from the beginning of the file on:
    /// some programs go on to the next one until there is one. Its magic is not needed for that.
    fn has_block(&self, from: usize, end: usize) -> bool {
        const BLOCK: usize = 512;
        let into = usize::try_from(self.start % 512).unwrap_or(0);
        let mut at = from.saturating_add(into).next_multiple_of(BLOCK).saturating_sub(into);
        while at < end {
            let is_first = self.start == 0 && at == 0;
            // Text may have numbers at such places; a tar that is text has its header first.
            let counts = match self.scope {
                Scope::InText => is_first,
                Scope::InEntry | Scope::InGzip => !is_first,
                Scope::All | Scope::Pdf | Scope::InZip | Scope::InTar => true,
            };
            if counts && self.window.get(at..).is_some_and(tape::header) {
                return true;
            }
            at = at.saturating_add(BLOCK);
        }
        false
    }
}

/// A place of the file, and what is known around it.
struct Place<'a> {
    window: &'a [u8],
    at: usize,
    start: u64,
    longest: u64,
}

impl<'a> Place<'a> {
    /// The bytes at this place and after it.
    fn rest(&self) -> &'a [u8] {
        self.window.get(self.at..).unwrap_or_default()
    }

    /// The bytes from so many bytes before it on.
    fn before(&self, bytes: usize) -> Option<&'a [u8]> {
        self.window.get(self.at.checked_sub(bytes)?..)
    }

    /// Where in the file it is.
    fn offset(&self) -> u64 {
        self.start.saturating_add(self.at as u64)
    }

    /// The bytes of the file that came so far.
    fn whole(&self) -> u64 {
        self.start.saturating_add(self.window.len() as u64)
    }
}

/// What is encoded in lines, which readers look for in texts alone: a PDF may be one.
const IN_LINES: &[u8] = b"begin";

/// How everything begins that is looked for. `startxref` comes before the end mark that needs it.
const BEGINNINGS: [&[u8]; 30] = [
    b"PK",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"RSFX",
    b"RE\x7e\x5e",
    b"\xfd7zXZ\0",
    b"BZh",
    b"\x28\xb5\x2f\xfd",
    b"\x1f\x8b\x08",
    b"MSCF",
    b"MSWIM\0\0\0",
    b"WLPWM\0\0\0",
    b"CD001\x01",
    b"NSR0",
    b"ustar",
    b"0707",
    b"\xc7\x71",
    b"\x71\xc7",
    b"\x60\xea",
    b"-l",
    b"-pm",
    IN_LINES,
    b"xar!",
    b"%PDF-",
    b"startxref",
    b"%%EOF",
    b"koly",
    b"hsqs",
    b"\xed\xab\xee\xdb",
    b"obj",
];

/// Many bytes are looked at with one instruction each time, for one beginning after the other.
static FINDERS: LazyLock<Vec<Finder<'static>>> =
    LazyLock::new(|| BEGINNINGS.iter().map(|beginning| Finder::new(*beginning)).collect());

fn is_archive(place: &Place<'_>, scope: Scope, found: &mut Found) -> bool {
    let is_own = matches!(scope, Scope::InGzip | Scope::InEntry | Scope::InTar);
    if is_own && place.offset() == 0 {
        return false;
    }
    let rest = place.rest();
    match rest {
        _ if scope == Scope::InText => tape::ustar(place),
        [b'P', b'K', ..] => scope != Scope::InZip && zip::is_one(place, found),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => true,
        [b'R', b'a', b'r', b'!', 0x1a, 7, 0, ..] | [b'R', b'a', b'r', b'!', 0x1a, 7, 1, 0, ..] => {
            true
        }
        [b'R', b'S', b'F', b'X', ..] => {
            found.old_rar |= place.offset() == 28;
            false
        }
        [b'R', b'E', 0x7e, 0x5e, ..] => found.old_rar,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => true,
        [b'B', b'Z', ..] => packed::bzip2(rest),
        [0x28, 0xb5, ..] => packed::zstd(rest),
        [0x1f, 0x8b, ..] => packed::gzip(rest, found),
        [b'M', b'S', b'C', b'F', ..] => packed::cabinet(place),
        [b'M', b'S', b'W', b'I', b'M', 0, 0, 0, ..]
        | [b'W', b'L', b'P', b'W', b'M', 0, 0, 0, ..] => true,
        [b'C', b'D', b'0', b'0', b'1', 1, ..] => {
            matches!(place.before(1), Some([0..=3 | 255, ..])) && place.offset() > 32_768
        }
        [b'N', b'S', b'R', b'0', b'2' | b'3', 1, ..] => {
            matches!(place.before(1), Some([0, ..])) && place.offset() > 32_768
        }
        [b'u', b's', ..] => scope != Scope::InTar && tape::ustar(place),
        [b'0', b'7', ..] => tape::cpio_in_digits(rest, place.offset() == 0),
        [0xc7, 0x71, ..] | [0x71, 0xc7, ..] => tape::cpio_in_bytes(place, found),
        [0x60, 0xea, ..] => packed::arj(rest, found),
        [b'-', b'l', ..] | [b'-', b'p', b'm', ..] => packed::lha(place, found),
        [b'b', b'e', b'g', b'i', b'n', ..] => scope == Scope::Pdf && encoded::is_one(place),
        [b'x', b'a', b'r', b'!', size @ ..] => packed::xar(size),
        // A PDF is not an archive; an image that is a PDF too is still a polyglot.
        [b'%', b'P', b'D', b'F', b'-', b'0'..=b'9', ..] => scope == Scope::All,
        [b's', b't', b'a', b'r', b't', b'x', b'r', b'e', b'f', ..] => {
            found.start_of_xref = true;
            false
        }
        [b'%', b'%', b'E', b'O', b'F', ..] => scope == Scope::All && found.start_of_xref,
        [b'o', b'b', b'j', next, ..] if !next.is_ascii_alphanumeric() => {
            // Readers find the objects of a PDF without its header, its table and its end.
            found.objects = found.objects.saturating_add(u32::from(is_object(place)));
            scope == Scope::All && found.objects >= 2
        }
        [b'k', b'o', b'l', b'y', 0, 0, 0, 4, 0, 0, 2, 0, ..] => true,
        [b'h', b's', b'q', b's', ..] => matches!(rest.get(28..32), Some([4, 0, 0, 0])),
        [0xed, 0xab, 0xee, 0xdb, ..] => matches!(rest.get(96..99), Some([0x8e, 0xad, 0xe8])),
        _ => false,
    }
}

/// Whether a file, or what comes out of one, begins as an archive, or as something that unpacks
/// further.
pub(super) fn is_archive_by_head(head: &[u8]) -> bool {
    let mut found = Found::default();
    match head {
        // Whatever zip it is: its readers look for an end.
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => true,
        // gzip, compress, pack, and what gzip unpacks besides.
        [0x1f, 0x8b, 8, ..] | [0x1f, 0x9d | 0x9e | 0x1e | 0xa0, ..] => true,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [4, 0x22, 0x4d, 0x18, ..] | [2, 0x21, 0x4c, 0x18, ..] => {
            true
        }
        [b'L', b'Z', b'I', b'P', 0 | 1, ..]
        | [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', ..] => true,
        [0xed, 0xab, 0xee, 0xdb, ..] => true,
        _ => {
            let place = Place { window: head, at: 0, start: 1, longest: u64::MAX };
            is_tar(head)
                || tape::cpio_in_digits(head, true)
                || is_archive(&place, Scope::InZip, &mut found)
        }
    }
}

/// Whether text begins as an archive that can be text to its end.
pub(super) fn is_archive_of_text(head: &[u8]) -> bool {
    head.starts_with(b"!<arch>\n") || tape::cpio_in_digits(head, true)
}

/// Whether two numbers precede the word at this place.
fn is_object(place: &Place<'_>) -> bool {
    let before = place.window.get(..place.at).unwrap_or_default();
    let late = before.get(before.len().saturating_sub(24)..).unwrap_or(before);
    let mut words = late.rsplit(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let mut is_number = || {
        let word = words.next().unwrap_or_default();
        word.last().is_some_and(u8::is_ascii_digit)
    };
    late.last().is_some_and(u8::is_ascii_whitespace) && is_number() && is_number()
}

/// Whether it begins as a tar.
pub(super) fn is_tar(head: &[u8]) -> bool {
    tape::header(head)
}

/// The size in the header of a tar entry; `None` for one of eight gibibytes and more, and for one
/// that readers do not agree on.
pub(super) fn tar_size(header: &[u8]) -> Option<u64> {
    tape::size(header)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(u16::from_le_bytes(two))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(u32::from_le_bytes(four))
}

/// Whether a name is valid in an archive: text to its end, which a zero may close.
fn is_name(name: &[u8]) -> bool {
    match name.split_last() {
        Some((_, name)) => memchr::memchr(0, name).is_none(),
        None => true,
    }
}

#[cfg(test)]
mod tests;
