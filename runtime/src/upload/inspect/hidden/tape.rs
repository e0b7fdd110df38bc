//! Tar (POSIX.1-1988 and later, and what came before) and cpio.

use super::{Place, is_name, u16_at};

const BLOCK: usize = 512;

/// A header of tar around its magic, which readers look for at any place.
pub(super) fn ustar(place: &Place<'_>) -> bool {
    place.rest().starts_with(b"ustar") && place.before(257).is_some_and(header)
}

/// Whether a block is a header: its checksum is right, by signed or unsigned bytes, and its size is a
/// number. Nothing else of it has to be anything.
pub(super) fn header(block: &[u8]) -> bool {
    let Some(block) = block.get(..BLOCK) else { return false };
    let (Some(sum), Some(size)) = (block.get(148..156), block.get(124..136)) else { return false };
    let Some(sum) = octal(sum) else { return false };
    let is_size = octal(size).is_some() || size.first().is_some_and(|first| first & 0x80 != 0);
    if !is_size || block.first().is_none_or(|first| *first == 0) {
        return false;
    }
    let (mut unsigned, mut signed) = (0_i64, 0_i64);
    for (at, byte) in block.iter().enumerate() {
        let byte = if (148..156).contains(&at) { b' ' } else { *byte };
        unsigned = unsigned.saturating_add(byte.into());
        signed = signed.saturating_add(i8::from_ne_bytes([byte]).into());
    }
    i64::try_from(sum).is_ok_and(|sum| sum == unsigned || sum == signed)
}

/// The size that a header tells, in octal digits.
pub(super) fn size(block: &[u8]) -> Option<u64> {
    octal(block.get(124..136)?)
}

/// A number in octal digits, with space around it.
fn octal(field: &[u8]) -> Option<u64> {
    let is_space = |byte: &u8| matches!(byte, b' ' | 0);
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

/// The newer formats of cpio, whose header is digits.
pub(super) fn cpio_in_digits(rest: &[u8]) -> bool {
    let all = |range: std::ops::Range<usize>, is_digit: fn(&u8) -> bool| {
        rest.get(range).is_some_and(|digits| digits.iter().all(is_digit))
    };
    let is_octal = |byte: &u8| matches!(byte, b'0'..=b'7');
    match rest {
        [b'0', b'7', b'0', b'7', b'0', b'1' | b'2', ..] => all(6..110, u8::is_ascii_hexdigit),
        [b'0', b'7', b'0', b'7', b'0', b'7', ..] => all(6..76, is_octal),
        _ => false,
    }
}

/// The oldest one, in either order of bytes: the type of a file that there is, and a name that ends
/// where it says.
pub(super) fn cpio_in_bytes(rest: &[u8]) -> bool {
    let swapped = rest.first() == Some(&0x71);
    let field =
        |at: usize| u16_at(rest, at).map(|two| if swapped { two.swap_bytes() } else { two });
    let (Some(mode), Some(length)) = (field(6), field(20)) else { return false };
    let is_type = matches!(mode >> 12, 1 | 2 | 4 | 6 | 8 | 10 | 12);
    let length = usize::from(length);
    let name = rest.get(26..26_usize.saturating_add(length)).unwrap_or_default();
    let is_size = field(22).is_some_and(|high| high < 0x4000);
    is_type && is_size && (2..=1024).contains(&length) && name.last() == Some(&0) && is_name(name)
}
