//! Tar (POSIX.1-1988 and later, and what came before) and cpio.

use super::{Found, Place, is_name, u16_at};

const BLOCK: usize = 512;

/// The longest name of an entry that readers of cpio take.
const LONGEST_NAME: u64 = 1 << 20;

/// A header of tar around its magic, which readers look for at any place.
pub(super) fn ustar(place: &Place<'_>) -> bool {
    place.rest().starts_with(b"ustar") && place.before(257).is_some_and(header)
}

/// Whether a block is a header: its checksum is right, by signed or unsigned bytes, and its size is a
/// number or blank. Nothing else of it has to be anything: readers take an empty name too.
pub(super) fn header(block: &[u8]) -> bool {
    let Some(block) = block.get(..BLOCK) else { return false };
    let (Some(sum), Some(size)) = (block.get(148..156), block.get(124..136)) else { return false };
    // A block of zeros has no checksum.
    let Some(sum) = checksum(sum) else { return false };
    let is_size = octal(size).is_some()
        || size.iter().all(is_space)
        || size.first().is_some_and(|first| first & 0x80 != 0);
    if !is_size {
        return false;
    }
    let (mut unsigned, mut signed) = (0_i64, 0_i64);
    for (at, byte) in block.iter().enumerate() {
        let byte = if (148..156).contains(&at) { b' ' } else { *byte };
        unsigned = unsigned.saturating_add(byte.into());
        signed = signed.saturating_add(i8::from_ne_bytes([byte]).into());
    }
    sum == unsigned || sum == signed
}

/// The size in a header, in octal digits with blanks before them and blanks or zeros after them.
/// Any other field is a size that readers do not agree on: to some, a zero before the digits ends
/// it.
pub(super) fn size(block: &[u8]) -> Option<u64> {
    let field = block.get(124..136)?;
    let from = field.iter().position(|byte| *byte != b' ')?;
    let digits = field.get(from..)?;
    let end = digits.iter().position(is_space).unwrap_or(digits.len());
    let is_over = digits.get(end..)?.iter().all(is_space);
    if end == 0 || !is_over { None } else { octal(digits.get(..end)?) }
}

/// A checksum as readers take one: octal digits, or, to Python, a number in bytes.
fn checksum(field: &[u8]) -> Option<i64> {
    match field.split_first()? {
        (0x80 | 0xff, number) => {
            let negative = field.first() == Some(&0xff);
            let start = if negative { -1_i64 } else { 0 };
            Some(number.iter().fold(start, |sum, byte| (sum << 8) | i64::from(*byte)))
        }
        _ => octal(field)?.try_into().ok(),
    }
}

fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | 0 | b'\t'..=b'\r')
}

/// A number in octal digits, with space around it.
fn octal(field: &[u8]) -> Option<u64> {
    let from = field.iter().position(|byte| !is_space(byte))?;
    let digits = field.get(from..)?;
    let end = digits.iter().position(is_space).unwrap_or(digits.len());
    let mut number = 0_u64;
    for digit in digits.get(..end)? {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 8)?;
        number = number.checked_mul(8)?.checked_add(digit.into())?;
    }
    Some(number)
}

/// The newer formats of cpio, whose header is digits. A file may begin with one; away from there digits
/// are an accident, as in the hexadecimal streams of a PDF, unless a zero ends the name where they say.
pub(super) fn cpio_in_digits(rest: &[u8], is_first: bool) -> bool {
    let (head, length, radix) = match rest {
        [b'0', b'7', b'0', b'7', b'0', b'1' | b'2', ..] => (110_usize, 94..102, 16),
        [b'0', b'7', b'0', b'7', b'0', b'7', ..] => (76, 59..65, 8),
        _ => return false,
    };
    let is_digit = |byte: &u8| char::from(*byte).is_digit(radix);
    if !rest.get(..head).is_some_and(|digits| digits.iter().all(is_digit)) {
        return false;
    }
    if is_first {
        return true;
    }
    let length = rest.get(length).and_then(|digits| std::str::from_utf8(digits).ok());
    let Some(length) = length.and_then(|digits| u64::from_str_radix(digits, radix).ok()) else {
        return false;
    };
    if !(2..=LONGEST_NAME).contains(&length) {
        return false;
    }
    let last = usize::try_from(length).unwrap_or(usize::MAX).saturating_sub(1);
    match rest.get(head.saturating_add(last)) {
        Some(end) => *end == 0,
        // What is not there yet is not known.
        None => last > usize::from(u16::MAX),
    }
}

/// The oldest one, in either order of bytes: the type of a file that there is, a size that the file
/// has room for, and a name that ends where it says.
///
/// Random bytes pass once in 5 * 10^9, divided by the share of all sizes that fit: where a file may have
/// 5 MiB, once in 4 * 10^12.
pub(super) fn cpio_in_bytes(place: &Place<'_>, found: &mut Found) -> bool {
    let rest = place.rest();
    let swapped = rest.first() == Some(&0x71);
    let field =
        |at: usize| u16_at(rest, at).map(|two| if swapped { two.swap_bytes() } else { two });
    let (Some(mode), Some(length)) = (field(6), field(20)) else { return false };
    let (Some(high), Some(low)) = (field(22), field(24)) else { return false };
    let size = (u64::from(high) << 16) | u64::from(low);
    let is_type = matches!(mode >> 12, 1 | 2 | 4 | 6 | 8 | 10 | 12);
    if !is_type || length < 2 || size > place.longest.saturating_sub(place.offset()) {
        return false;
    }
    found.work = found.work.saturating_add(u64::from(length) / 16);
    let length = usize::from(length);
    let name = rest.get(26..26_usize.saturating_add(length)).unwrap_or_default();
    name.last() == Some(&0) && is_name(name)
}
