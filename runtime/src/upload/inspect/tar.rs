//! Tar (POSIX.1-2001, GNU), as it comes out of a gzip: headers one after another, each name judged as
//! those of a zip are.

use super::{archive, gather::some_of, hidden};
use crate::upload::flaw::Flaw;

const BLOCK: usize = 512;

/// The longest name that a header of its own may hold, including its surroundings.
const LONGEST: u64 = 64 << 10;

/// As many as a zip may have.
const MOST_ENTRIES: u32 = 10_000;

#[derive(Debug)]
pub(super) struct Tar {
    at: At,
    block: Vec<u8>,
    /// A name that a header of its own gave to the next entry.
    named: Option<Vec<u8>>,
    entries: u32,
    /// Blocks of zeros: two are the end.
    zeros: u32,
}

#[derive(Debug)]
enum At {
    Header,
    /// An entry's content: `size` bytes of it, and the filling behind it.
    Content {
        size: u64,
        left: u64,
        is_first: bool,
    },
    /// A name, in the form that this kind of header has, and the filling behind it.
    Name {
        kind: u8,
        size: u64,
        left: u64,
    },
}

impl Tar {
    pub(super) const fn new() -> Self {
        Self { at: At::Header, block: Vec::new(), named: None, entries: 0, zeros: 0 }
    }

    pub(super) fn feed(&mut self, mut input: &[u8]) -> Result<(), Flaw> {
        while !input.is_empty() {
            match &mut self.at {
                At::Content { size, left, is_first } => {
                    let missing = BLOCK.saturating_sub(self.block.len()) as u64;
                    let mut wanted = missing.min(*left);
                    let now = some_of(&mut wanted, &mut input);
                    *left = left.saturating_sub(now.len() as u64);
                    self.block.extend_from_slice(now);
                    if self.block.len() >= BLOCK {
                        check_content(&self.block, *size, *is_first)?;
                        *is_first = false;
                        self.block.clear();
                    }
                    if *left == 0 {
                        self.at = At::Header;
                    }
                }
                At::Name { left, .. } => {
                    let now = some_of(left, &mut input);
                    self.block.extend_from_slice(now);
                    if *left == 0 {
                        self.name()?;
                    }
                }
                At::Header => {
                    let missing = BLOCK.saturating_sub(self.block.len()).min(input.len());
                    let (now, rest) = input.split_at_checked(missing).unwrap_or((input, &[]));
                    self.block.extend_from_slice(now);
                    input = rest;
                    if self.block.len() >= BLOCK {
                        self.header()?;
                    }
                }
            }
        }
        Ok(())
    }

    fn header(&mut self) -> Result<(), Flaw> {
        let block = std::mem::take(&mut self.block);
        if block.iter().all(|byte| *byte == 0) {
            self.zeros = self.zeros.saturating_add(1);
            return Ok(());
        }
        // Some programs continue after the end, so that the content there is another reading.
        if self.zeros > 0 {
            return Err(Flaw::Polyglot);
        }
        if !hidden::is_tar(&block) {
            return Err(Flaw::Structure);
        }
        let size = hidden::tar_size(&block).ok_or(Flaw::Structure)?;
        let whole = size.checked_next_multiple_of(BLOCK as u64).ok_or(Flaw::Structure)?;
        let kind = block.get(156).copied().unwrap_or_default();
        match kind {
            b'x' | b'g' | b'L' => {
                if size > LONGEST {
                    return Err(Flaw::EntryName);
                }
                self.at =
                    if whole == 0 { At::Header } else { At::Name { kind, size, left: whole } };
                return Ok(());
            }
            // A file, a folder. A link leads elsewhere, and a device is none of either.
            0 | b'0' | b'7' | b'5' => {}
            _ => return Err(Flaw::EntryName),
        }
        self.entries = self.entries.saturating_add(1);
        if self.entries > MOST_ENTRIES {
            return Err(Flaw::Entries(MOST_ENTRIES.into()));
        }
        let name = text(&block, 0, 100);
        let prefix = text(&block, 345, 155);
        // Some programs read the prefix whatever the magic is, and some never.
        let joined = if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() };
        let named = self.named.take();
        if named.is_some() {
            // The name in the header is cut off, and programs that know no other use it.
            check_cut_off(name)?;
            check_cut_off(&joined)?;
        } else {
            check(name)?;
            check(&joined)?;
        }
        // A folder has nothing in it. To some programs a name makes one, whatever the kind is: the old
        // kind by the name in the header, the others by the name in the end.
        let ends_as_folder = |name: &[u8]| name.ends_with(b"/");
        let is_folder = kind == b'5'
            || ends_as_folder(named.as_deref().unwrap_or(name))
            || (kind == 0 && ends_as_folder(name));
        if is_folder && size > 0 {
            return Err(Flaw::Structure);
        }
        if whole > 0 {
            self.at = At::Content { size, left: whole, is_first: true };
        }
        Ok(())
    }

    fn name(&mut self) -> Result<(), Flaw> {
        let held = std::mem::take(&mut self.block);
        let At::Name { kind, size, .. } = std::mem::replace(&mut self.at, At::Header) else {
            return Ok(());
        };
        let size = usize::try_from(size).map_err(|_| Flaw::EntryName)?;
        let held = held.get(..size).ok_or(Flaw::Structure)?;
        if kind == b'L' {
            let end = held.iter().position(|byte| *byte == 0).unwrap_or(held.len());
            let (name, filling) = held.split_at_checked(end).ok_or(Flaw::Structure)?;
            if filling.iter().any(|byte| *byte != 0) {
                return Err(Flaw::EntryName);
            }
            return self.rename(name);
        }
        for (key, value) in records(held)? {
            match key {
                // For all that follow, or for a size that the header does not have: programs
                // differ.
                b"path" if kind == b'g' => return Err(Flaw::EntryName),
                b"size" => return Err(Flaw::Structure),
                b"path" => self.rename(value)?,
                b"linkpath" => return Err(Flaw::EntryName),
                // GNU's way to write files with holes: another name, and parts.
                _ if key.starts_with(b"GNU.sparse") => return Err(Flaw::Structure),
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes the name of the next entry. Of two, programs do not agree which one counts.
    fn rename(&mut self, name: &[u8]) -> Result<(), Flaw> {
        check(name)?;
        match self.named.replace(name.to_vec()) {
            None => Ok(()),
            Some(_) => Err(Flaw::EntryName),
        }
    }

    pub(super) fn finish(&self) -> Result<(), Flaw> {
        // One block of zeros is enough for most programs, and none for some.
        if matches!(self.at, At::Header) && self.block.is_empty() {
            Ok(())
        } else {
            Err(Flaw::Structure)
        }
    }
}

fn text(block: &[u8], at: usize, most: usize) -> &[u8] {
    let field = block.get(at..at.saturating_add(most)).unwrap_or_default();
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    field.get(..end).unwrap_or_default()
}

/// `./` before a name is how a folder is packed from inside of it.
fn check(name: &[u8]) -> Result<(), Flaw> {
    let name = std::str::from_utf8(name).map_err(|_| Flaw::EntryName)?;
    let inside = name.strip_prefix("./").unwrap_or(name);
    let is_top = matches!(name, "." | "./");
    if is_top || archive::is_inside(inside) { Ok(()) } else { Err(Flaw::EntryName) }
}

/// A name that may be cut off anywhere, in a character too: no part of it leads out.
fn check_cut_off(name: &[u8]) -> Result<(), Flaw> {
    let climbs = name.split(|byte| *byte == b'/').any(|part| part == b"..");
    if climbs || name.starts_with(b"/") || name.contains(&b'\\') {
        Err(Flaw::EntryName)
    } else {
        Ok(())
    }
}

/// No archive begins where an entry does, and no tar where one of its blocks may: see `hidden`.
fn check_content(block: &[u8], size: u64, is_first: bool) -> Result<(), Flaw> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let content = block.get(..size).unwrap_or(block);
    let is_archive =
        if is_first { hidden::is_archive_by_head(content) } else { hidden::is_tar(block) };
    if is_archive { Err(Flaw::NestedArchive) } else { Ok(()) }
}

/// A key and its value.
type Record<'a> = (&'a [u8], &'a [u8]);

/// The records of a header of POSIX: `length key=value` and a line's end, the length counting itself.
fn records(mut held: &[u8]) -> Result<Vec<Record<'_>>, Flaw> {
    let mut records = Vec::new();
    while !held.is_empty() {
        let space = held.iter().position(|byte| *byte == b' ').ok_or(Flaw::Structure)?;
        let digits = held.get(..space).and_then(|digits| std::str::from_utf8(digits).ok());
        let length: usize = digits.and_then(|digits| digits.parse().ok()).ok_or(Flaw::Structure)?;
        let record = held.get(space.saturating_add(1)..length).ok_or(Flaw::Structure)?;
        let record = record.strip_suffix(b"\n").ok_or(Flaw::Structure)?;
        let equal = record.iter().position(|byte| *byte == b'=').ok_or(Flaw::Structure)?;
        let (key, value) = record.split_at_checked(equal).ok_or(Flaw::Structure)?;
        records.push((key, value.get(1..).unwrap_or_default()));
        held = held.get(length..).unwrap_or_default();
    }
    Ok(records)
}
