//! The bytes of a request's target.
//!
//! One pass over the raw bytes, with a table of the classes of bytes. Nothing is decoded into
//! memory unless there are bytes beyond ASCII.

use percent_encoding::percent_decode;

use super::Refusal;

/// The class of a byte in a path or in the name of a parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// It has no special meaning.
    Plain,
    /// `/`
    Slash,
    /// `.`
    Dot,
    /// `%`
    Percent,
    /// An intermediary may read it as another character.
    Refused,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Refused; 256];
    let mut byte = 0_u8;
    loop {
        #[expect(clippy::indexing_slicing, reason = "a byte is below 256, and this is constant")]
        {
            classes[byte as usize] = match byte {
                b'/' => Class::Slash,
                b'.' => Class::Dot,
                b'%' => Class::Percent,
                // The separator of path parameters, which some remove before they compare; and
                // what some take for a slash.
                b';' | b'\\' => Class::Refused,
                // No browser sends these raw in a path, and intermediaries read them in different
                // ways.
                b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'}' | b'#' => Class::Refused,
                0x21..=0x7e => Class::Plain,
                _ => Class::Refused,
            };
        }
        if byte == u8::MAX {
            break;
        }
        byte += 1;
    }
    classes
};

fn class(byte: u8) -> Class {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(Class::Refused)
}

/// Refuses an ambiguous path.
pub(super) fn path(path: &[u8]) -> Result<(), Refusal> {
    let mut bytes = path.iter().copied();
    if bytes.next() != Some(b'/') {
        return Err(Refusal::Malformed("the path does not begin with a slash"));
    }
    // Of the segment that is being read.
    let (mut length, mut dots) = (0_usize, 0_usize);
    let mut is_wide = false;
    while let Some(byte) = bytes.next() {
        match class(byte) {
            Class::Plain => length += 1,
            Class::Dot => {
                length += 1;
                dots += 1;
            }
            Class::Slash if length == 0 => {
                return Err(Refusal::Malformed("the path has an empty segment"));
            }
            Class::Slash => {
                not_only_dots(length, dots)?;
                (length, dots) = (0, 0);
            }
            Class::Percent => {
                let decoded = escape(&mut bytes)?;
                if decoded == b'/' || decoded == b'.' {
                    return Err(Refusal::Malformed("the path has an encoded slash or dot"));
                }
                plain(decoded)?;
                is_wide |= !decoded.is_ascii();
                length += 1;
            }
            Class::Refused => {
                return Err(Refusal::Malformed("the path has a character that it may not have"));
            }
        }
    }
    not_only_dots(length, dots)?;
    if is_wide { text(path) } else { Ok(()) }
}

/// Refuses a query whose parameters' names are ambiguous. Values are data: they may have any byte,
/// properly encoded.
pub(super) fn query(query: &[u8]) -> Result<(), Refusal> {
    for pair in query.split(|byte| *byte == b'&') {
        let mut bytes = pair.iter().copied();
        let mut length = 0_usize;
        let mut is_wide = false;
        let mut in_name = true;
        while let Some(byte) = bytes.next() {
            match byte {
                b'%' => {
                    let decoded = escape(&mut bytes)?;
                    if in_name {
                        if decoded == b'=' || decoded == b'&' {
                            return Err(Refusal::Malformed("a parameter's name has a separator"));
                        }
                        plain(decoded)?;
                        is_wide |= !decoded.is_ascii();
                        length += 3;
                    }
                }
                b'=' if in_name => in_name = false,
                b';' | b'\\' if in_name => {
                    return Err(Refusal::Malformed(
                        "a parameter's name has a character that it may not have",
                    ));
                }
                0x21..=0x7e => length += usize::from(in_name),
                _ => return Err(Refusal::Malformed("the query has a byte that is not printable")),
            }
        }
        if is_wide {
            text(pair.get(..length).unwrap_or(pair))?;
        }
    }
    Ok(())
}

/// The byte that the two digits after a percent sign encode.
fn escape(bytes: &mut impl Iterator<Item = u8>) -> Result<u8, Refusal> {
    let mut digit = || {
        let digit = char::from(bytes.next()?).to_digit(16)?;
        u8::try_from(digit).ok()
    };
    match (digit(), digit()) {
        (Some(high), Some(low)) => Ok(high << 4 | low),
        _ => Err(Refusal::Malformed("the target has a malformed escape")),
    }
}

/// Refuses bytes that must not be encoded.
fn plain(decoded: u8) -> Result<(), Refusal> {
    match decoded {
        0..=0x1f | 0x7f => Err(Refusal::Malformed("the target has an encoded control character")),
        b'%' => Err(Refusal::Malformed("the target is encoded twice")),
        b';' | b'\\' => Err(Refusal::Malformed("the target has an encoded separator")),
        _ => Ok(()),
    }
}

fn not_only_dots(length: usize, dots: usize) -> Result<(), Refusal> {
    if length == dots && (dots == 1 || dots == 2) {
        return Err(Refusal::Malformed("the path has a dot segment"));
    }
    Ok(())
}

/// Refuses bytes that are not UTF-8 (an overlong `/`, for instance), and characters that end a
/// line.
fn text(encoded: &[u8]) -> Result<(), Refusal> {
    let decoded = percent_decode(encoded)
        .decode_utf8()
        .map_err(|_| Refusal::Malformed("the target is not UTF-8"))?;
    if decoded.chars().any(|c| c.is_control() || ends_line(c)) {
        return Err(Refusal::Malformed("the target has an encoded control character"));
    }
    Ok(())
}

/// Line and paragraph separators: JavaScript and some logs end a line at them.
pub(super) const fn ends_line(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}
