//! Finds the end of the Rust in a pair of braces, without parsing it.

/// The end of the Rust in a pair of braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    /// The closing brace, or the colon if requested; in bytes.
    pub(super) end: usize,
    /// The first colon that is not part of a path and is outside of brackets; in bytes.
    pub(super) colon: Option<usize>,
}

/// The extent of the Rust that begins at `from`. `None` if its brace is never closed.
pub(super) fn extent(source: &str, from: usize, stop_at_colon: bool) -> Option<Extent> {
    let bytes = source.as_bytes();
    let at = |index: usize| bytes.get(index).copied();
    let mut depth = 0_usize;
    let mut colon = None;
    let mut index = from;
    while let Some(byte) = at(index) {
        let next = index.saturating_add(1);
        index = match byte {
            b'"' => text_end(bytes, next)?,
            b'r' if raw_hashes(bytes, index).is_some() => {
                let hashes = raw_hashes(bytes, index)?;
                let open = next.saturating_add(hashes).saturating_add(1);
                raw_end(bytes, open, hashes)?
            }
            b'\'' => char_end(source, next),
            b'{' | b'(' | b'[' => {
                depth = depth.saturating_add(1);
                next
            }
            b'}' if depth == 0 => return Some(Extent { end: index, colon }),
            b'}' | b')' | b']' => {
                depth = depth.saturating_sub(1);
                next
            }
            b':' if at(next) == Some(b':') => next.saturating_add(1),
            b':' if depth == 0 => {
                if stop_at_colon {
                    return Some(Extent { end: index, colon: Some(index) });
                }
                colon = colon.or(Some(index));
                next
            }
            _ => next,
        };
    }
    None
}

/// The index after a string literal whose opening quote is before `index`.
fn text_end(bytes: &[u8], mut index: usize) -> Option<usize> {
    loop {
        match bytes.get(index)? {
            b'\\' => index = index.saturating_add(2),
            b'"' => return Some(index.saturating_add(1)),
            _ => index = index.saturating_add(1),
        }
    }
}

/// The number of `#` at the start of a raw string at `index`.
fn raw_hashes(bytes: &[u8], index: usize) -> Option<usize> {
    let word_before = index
        .checked_sub(1)
        .and_then(|before| bytes.get(before))
        .is_some_and(|byte| byte.is_ascii_alphanumeric() && *byte != b'b' || *byte == b'_');
    let rest = bytes.get(index.saturating_add(1)..)?;
    let hashes = rest.iter().take_while(|byte| **byte == b'#').count();
    (!word_before && rest.get(hashes) == Some(&b'"')).then_some(hashes)
}

fn raw_end(bytes: &[u8], mut index: usize, hashes: usize) -> Option<usize> {
    loop {
        let byte = *bytes.get(index)?;
        index = index.saturating_add(1);
        let rest = bytes.get(index..)?;
        if byte == b'"' && rest.iter().take_while(|byte| **byte == b'#').count() >= hashes {
            return Some(index.saturating_add(hashes));
        }
    }
}

/// Past a character literal whose quote is before `from`, or `from` for a lifetime.
fn char_end(source: &str, from: usize) -> usize {
    let mut chars = source.get(from..).unwrap_or_default().char_indices();
    match chars.next() {
        Some((_, '\\')) => {
            // The escaped character itself may be a quote.
            chars.next();
            let close = chars.find(|(_, c)| *c == '\'');
            close.map_or(from, |(at, _)| from.saturating_add(at).saturating_add(1))
        }
        Some(_) => match chars.next() {
            Some((at, '\'')) => from.saturating_add(at).saturating_add(1),
            _ => from,
        },
        None => from,
    }
}

#[cfg(test)]
mod tests {
    use super::extent;

    fn inside(source: &str) -> Option<&str> {
        extent(source, 0, false).map(|extent| &source[..extent.end])
    }

    #[test]
    fn braces_in_rust_are_no_end() {
        for (source, expected) in [
            ("name} AND", "name"),
            ("S { a: 1 }.a}", "S { a: 1 }.a"),
            (r#""}"}"#, r#""}""#),
            (r#""\"}"}"#, r#""\"}""#),
            (r##"r#"}"}"#}"##, r##"r#"}"}"#"##),
            ("'}'}", "'}'"),
            (r"'\''}", r"'\''"),
            ("f::<'a>(x)}", "f::<'a>(x)"),
            ("if a { 1 } else { 2 }}", "if a { 1 } else { 2 }"),
            ("r}", "r"),
        ] {
            assert_eq!(inside(source), Some(expected), "{source}");
        }
        for source in ["name", "\"}", "r#\"}\"", "{}", "'}"] {
            assert!(inside(source).is_none() || source == "'}", "{source}");
        }
    }

    #[test]
    fn a_colon_of_a_path_or_in_brackets_is_none() {
        let colon = |source: &str| extent(source, 0, false).and_then(|extent| extent.colon);
        assert_eq!(colon("sort: Sort}"), Some(4));
        assert_eq!(colon("a::b: c::D}"), Some(4));
        assert_eq!(colon("a::b}"), None);
        assert_eq!(colon("S { a: 1 }}"), None);
        assert_eq!(colon("f(|x: u8| x)}"), None);
    }
}
