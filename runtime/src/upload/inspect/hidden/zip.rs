//! Zip (APPNOTE 6.3), as its readers find it.
//!
//! Most look for the end record from the end of the file backwards, and take the directory from where
//! it says, or right before it: they look at neither the numbers of disks nor the length of the comment.
//! Others walk from one local header to the next and need no directory.

use super::{Found, Place, is_name, u16_at, u32_at};

const LOCAL: usize = 30;
const CENTRAL: usize = 46;

pub(super) fn is_one(place: &Place<'_>, found: &mut Found) -> bool {
    let rest = place.rest();
    match rest {
        [b'P', b'K', 3, 4, ..] => entry(rest, LOCAL, 26, found).unwrap_or(false),
        [b'P', b'K', 1, 2, ..] => {
            let is_one = entry(rest, CENTRAL, 28, found).unwrap_or(false);
            found.directory |= is_one;
            false
        }
        [b'P', b'K', 5, 6, ..] => end(place, found).unwrap_or(false),
        // The end of an archive of the larger format; the other one follows, for readers that do
        // not know it.
        [b'P', b'K', 6, 6, ..] => found.directory,
        _ => false,
    }
}

/// A header with a name and an extra field behind it.
fn entry(rest: &[u8], head: usize, lengths: usize, found: &mut Found) -> Option<bool> {
    let name = usize::from(u16_at(rest, lengths)?);
    let extra = usize::from(u16_at(rest, lengths.checked_add(2)?)?);
    if head.checked_add(name)?.checked_add(extra)? > 1 << 16 {
        return Some(false);
    }
    // A zero in a name is found many bytes at a time.
    found.work = found.work.saturating_add(name as u64 / 16);
    let end = head.checked_add(name)?.min(rest.len());
    Some(is_name(rest.get(head..end)?))
}

fn end(place: &Place<'_>, found: &Found) -> Option<bool> {
    let rest = place.rest();
    let (length, offset) = (u32_at(rest, 12)?, u32_at(rest, 16)?);
    // An archive without an entry, which readers open too.
    let is_empty = length == 0 && u64::from(offset) <= place.offset() && u16_at(rest, 10)? == 0;
    Some(is_empty || found.directory)
}
