//! Formats that are recognised by the fields that their readers check before they unpack.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::{Found, Place, u16_at, u32_at};

/// What a hidden gzip has to unpack to before it is taken for one, if it does not end before.
const GZIP_OUT: usize = 4 << 10;

/// Bzip2: the level, and the first block or the end.
pub(super) fn bzip2(rest: &[u8]) -> bool {
    matches!(
        rest,
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', b'&', b'S', b'Y', ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..]
    )
}

/// Zstandard (RFC 8878): a header, and blocks whose sizes fit.
pub(super) fn zstd(rest: &[u8]) -> bool {
    let Some([0x28, 0xb5, 0x2f, 0xfd, flags]) = rest.get(..5) else { return false };
    // A reserved bit, which readers refuse.
    if flags & 8 != 0 {
        return false;
    }
    let single = flags & 0x20 != 0;
    let window = usize::from(!single);
    let dictionary = [0, 1, 2, 4].get(usize::from(flags & 3)).copied().unwrap_or(0);
    let size = match flags >> 6 {
        0 => usize::from(single),
        1 => 2,
        2 => 4,
        _ => 8,
    };
    let mut at = 5_usize.saturating_add(window).saturating_add(dictionary).saturating_add(size);
    // Two blocks that fit, or one that is the last, are not a coincidence.
    for _ in 0..2 {
        let Some([a, b, c]) = rest.get(at..at.saturating_add(3)) else { return false };
        let block = u32::from_le_bytes([*a, *b, *c, 0]);
        let (last, kind, length) = (block & 1 == 1, (block >> 1) & 3, block >> 3);
        if kind == 3 || length > 128 << 10 {
            return false;
        }
        // A compressed block has a header of its literals and one of its sequences.
        if kind == 2 && length < 2 {
            return false;
        }
        if last {
            return true;
        }
        let held = if kind == 1 { 1 } else { usize::try_from(length).unwrap_or(usize::MAX) };
        at = at.saturating_add(3).saturating_add(held);
        // The rest of a large block is not looked at.
        if at > rest.len() {
            return true;
        }
    }
    true
}

/// Gzip (RFC 1952): a header, and something that unpacks. Its checksum does not decide: programs
/// complain of a wrong one when they have unpacked already.
pub(super) fn gzip(rest: &[u8], found: &mut Found) -> bool {
    let Some([0x1f, 0x8b, 8, flags, ..]) = rest.get(..10) else { return false };
    if flags & 0xe0 != 0 {
        return false;
    }
    let mut data = rest.get(10..).unwrap_or_default();
    if flags & 4 != 0 {
        let Some(extra) = u16_at(data, 0) else { return false };
        data = data.get(2_usize.saturating_add(extra.into())..).unwrap_or_default();
    }
    for text in [8, 16] {
        if flags & text != 0 {
            // Before the search, which may go to the end of what is there and find nothing.
            found.work = found.work.saturating_add(data.len() as u64 / 16);
            let Some(end) = memchr::memchr(0, data) else { return false };
            data = data.get(end.saturating_add(1)..).unwrap_or_default();
        }
    }
    if flags & 2 != 0 {
        data = data.get(2..).unwrap_or_default();
    }
    let mut out = vec![0; GZIP_OUT];
    let mut unpacker = Decompress::new(false);
    let status = unpacker.decompress(data, &mut out, FlushDecompress::None);
    let length = usize::try_from(unpacker.total_out()).unwrap_or(0);
    found.work = found.work.saturating_add(4_096).saturating_add(unpacker.total_out());
    if length >= GZIP_OUT {
        return true;
    }
    if !matches!(status, Ok(Status::StreamEnd)) {
        return false;
    }
    // So few bytes come out of an accident too, but not with their checksum.
    let mut sum = Crc::new();
    sum.update(out.get(..length).unwrap_or_default());
    let read = usize::try_from(unpacker.total_in()).unwrap_or(0);
    length >= 64 || u32_at(data, read) == Some(sum.sum())
}

/// Cabinet: the sizes that readers which look for one in other files check. The fields between are
/// reserved, and ignored.
pub(super) fn cabinet(place: &Place<'_>) -> bool {
    let rest = place.rest();
    let (Some(length), Some(files)) = (u32_at(rest, 8), u32_at(rest, 16)) else { return false };
    let most = place.longest.saturating_sub(place.offset());
    files < length && u64::from(files) < most && u64::from(length) < most.saturating_add(32)
}

/// ARJ: a header with its checksum.
pub(super) fn arj(rest: &[u8], found: &mut Found) -> bool {
    let Some(size) = u16_at(rest, 2).map(usize::from) else { return false };
    let Some(head) = rest.get(4..4_usize.saturating_add(size)) else { return false };
    // The size of the fixed part, and the kind of the header: that of a whole archive.
    let is_main = head.first().is_some_and(|first| (30..=size).contains(&usize::from(*first)))
        && head.get(6) == Some(&2);
    if size > 2_600 || !is_main {
        return false;
    }
    found.work = found.work.saturating_add(size as u64);
    let mut sum = Crc::new();
    sum.update(head);
    u32_at(rest, 4_usize.saturating_add(size)) == Some(sum.sum())
}

/// LHA: the method, and for the older headers a checksum.
pub(super) fn lha(place: &Place<'_>, found: &mut Found) -> bool {
    match place.rest() {
        [b'-', b'l', b'h' | b'z', b'0'..=b'9' | b'd' | b's' | b'x', b'-', ..]
        | [b'-', b'p', b'm', b'0'..=b'2' | b's', b'-', ..] => {}
        _ => return false,
    }
    let Some(head) = place.before(2) else { return false };
    let (Some([size, sum]), Some(level)) = (head.get(..2), head.get(20)) else { return false };
    match level {
        0 | 1 => {
            let end = 2_usize.saturating_add(usize::from(*size));
            let bytes = head.get(2..end).unwrap_or_default();
            found.work = found.work.saturating_add(bytes.len() as u64);
            *size >= 20 && bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)) == *sum
        }
        // As long as its two bytes can say.
        2 => u16_at(head, 0).is_some_and(|size| size >= 21),
        3 => head.starts_with(&[4, 0]),
        _ => false,
    }
}

/// Xar: the size of its header and its version.
pub(super) fn xar(behind: &[u8]) -> bool {
    matches!(behind, [size @ (0 | 1), low, 0, 1, ..] if *size > 0 || *low >= 28)
}
