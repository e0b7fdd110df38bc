//! Zip (APPNOTE 6.3), as its readers find it.
//!
//! Most look for the end record from the end of the file backwards, and take the directory from where
//! it says, or right before it: they look at neither the numbers of disks nor the length of the comment.
//! Others walk from one local header to the next and need no directory. A name may be any bytes.

use super::{Found, Place, is_name, u16_at, u32_at};

const LOCAL: usize = 30;

pub(super) fn is_one(place: &Place<'_>, found: &mut Found) -> bool {
    let rest = place.rest();
    match rest {
        [b'P', b'K', 3, 4, ..] => local(rest, found).unwrap_or(false),
        // Its name and its extra field may be anything, and as long as their fields can say.
        [b'P', b'K', 1, 2, ..] => {
            found.directory = true;
            false
        }
        [b'P', b'K', 5, 6, ..] => end(place, found).unwrap_or(false),
        // The end of an archive of the larger format; the other one follows, for readers that do
        // not know it.
        [b'P', b'K', 6, 6, ..] => found.directory,
        _ => false,
    }
}

/// A header before the data of an entry: its method is one that readers unpack, or its name is text.
fn local(rest: &[u8], found: &mut Found) -> Option<bool> {
    let name = usize::from(u16_at(rest, 26)?);
    // Those of APPNOTE 4.4.5, the reserved ones left out.
    let method = u16_at(rest, 8)?;
    if matches!(method, 0..=6 | 8..=10 | 12 | 14 | 18..=20 | 93..=99) {
        return Some(true);
    }
    // A zero in a name is found many bytes at a time.
    found.work = found.work.saturating_add(name as u64 / 16);
    let end = LOCAL.checked_add(name)?.min(rest.len());
    Some(is_name(rest.get(LOCAL..end)?))
}

fn end(place: &Place<'_>, found: &Found) -> Option<bool> {
    let rest = place.rest();
    let (length, offset) = (u32_at(rest, 12)?, u32_at(rest, 16)?);
    // An archive without an entry, which readers open too.
    let is_empty = length == 0 && u64::from(offset) <= place.offset() && u16_at(rest, 10)? == 0;
    Some(is_empty || found.directory)
}
