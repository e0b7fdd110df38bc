//! What is encoded in lines of text (uuencode, POSIX.1-2017 `uudecode`), which readers of archives decode
//! by themselves.
//!
//! They look for its first line behind other lines, such as the header of a PDF.

use super::Place;

/// Whether a first line is here, followed by a line that decodes.
pub(super) fn is_one(place: &Place<'_>) -> bool {
    let starts_line = place.offset() == 0 || matches!(place.before(1), Some([b'\n' | b'\r', ..]));
    let rest = place.rest();
    if !starts_line {
        return false;
    }
    if let Some(rest) = rest.strip_prefix(b"begin-base64 ") {
        return second_line(rest).is_some_and(is_base64);
    }
    rest.strip_prefix(b"begin ").and_then(second_line).is_some_and(is_uuencoded)
}

/// The line behind a mode of three octal digits, a blank and a name.
fn second_line(rest: &[u8]) -> Option<&[u8]> {
    let [b'0'..=b'7', b'0'..=b'7', b'0'..=b'7', b' ', name @ ..] = rest else { return None };
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let end = name.iter().take(4_096).position(is_end)?;
    let behind = name.get(end..)?;
    let behind = behind.strip_prefix(b"\r\n").or_else(|| behind.get(1..))?;
    let end = behind.iter().take(4_096).position(is_end).unwrap_or(behind.len());
    behind.get(..end)
}

/// A length, and at least as many characters as so many bytes take; a checksum may follow.
fn is_uuencoded(line: &[u8]) -> bool {
    let Some((length, data)) = line.split_first() else { return false };
    let is_character = |byte: &u8| (b' '..=b'`').contains(byte);
    // The checksum, which is the last one, may be a small letter.
    let data_but_last = data.split_last().map_or(data, |(_, before)| before);
    if !is_character(length) || !data_but_last.iter().all(is_character) {
        return false;
    }
    let bytes = usize::from(length.wrapping_sub(b' ') & 0x3f);
    // Four characters for three bytes; some programs fill the last four, and some do not.
    let characters = bytes.saturating_mul(4).div_ceil(3);
    bytes <= 45 && (characters..=characters.saturating_add(4)).contains(&data.len())
}

fn is_base64(line: &[u8]) -> bool {
    let is_character =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    !line.is_empty() && line.trim_ascii_end().iter().all(is_character)
}
