//! The lists in which proxies record their clients, read from the right: the left part is the
//! client's own text, which must not decide how the rest is read.
//!
//! `Forwarded` has the grammar of RFC 7239 section 4; `X-Forwarded-For` is a list of addresses without
//! quotes. Empty elements of either are skipped (RFC 9110 section 5.6.1.2).

use std::borrow::Cow;

/// The elements of one line of a list, from the last to the first, without empty ones. An element
/// that cannot be delimited is the last one that is returned.
pub(crate) struct Elements<'a> {
    rest: Option<&'a str>,
    has_quotes: bool,
}

/// Of a list whose elements have no quotes.
pub(crate) fn plain(line: &str) -> Elements<'_> {
    Elements { rest: Some(line), has_quotes: false }
}

/// Of a list in which a quoted string may hold a comma.
pub(crate) fn quoted(line: &str) -> Elements<'_> {
    Elements { rest: Some(line), has_quotes: true }
}

impl<'a> Iterator for Elements<'a> {
    /// `Err` where a quote has no other.
    type Item = Result<&'a str, Unbalanced>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(line) = self.rest.take() {
            let comma = match self.has_quotes {
                true => match last_comma(line) {
                    Ok(comma) => comma,
                    Err(unbalanced) => return Some(Err(unbalanced)),
                },
                false => line.rfind(','),
            };
            let element = match comma.and_then(|at| line.split_at_checked(at)) {
                Some((rest, element)) => {
                    self.rest = Some(rest);
                    element.strip_prefix(',').unwrap_or(element)
                }
                None => line,
            };
            let element = element.trim_matches([' ', '\t']);
            if !element.is_empty() {
                return Some(Ok(element));
            }
        }
        None
    }
}

/// A quote without another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unbalanced;

/// The last comma that is in no quoted string.
///
/// A quoted string that is well formed is found from its end as it is from its beginning: quotes
/// within it have an odd number of backslashes before them, and the one that opens it follows `=`.
fn last_comma(line: &str) -> Result<Option<usize>, Unbalanced> {
    let mut quoted = false;
    let bytes = line.as_bytes();
    for (at, byte) in bytes.iter().enumerate().rev() {
        match byte {
            b'"' => {
                let before = bytes.get(..at).unwrap_or_default();
                let slashes = before.iter().rev().take_while(|byte| **byte == b'\\').count();
                match (quoted, slashes % 2 == 1) {
                    (true, true) => {}
                    (false, true) => return Err(Unbalanced),
                    (_, false) => quoted = !quoted,
                }
            }
            b',' if !quoted => return Ok(Some(at)),
            _ => {}
        }
    }
    if quoted { Err(Unbalanced) } else { Ok(None) }
}

/// The `for` parameter of one element of `Forwarded`; `None` where it has none or two, or where the
/// element is not of the grammar.
pub(crate) fn parameter_for(element: &str) -> Option<Cow<'_, str>> {
    let mut found = None;
    let mut rest = element;
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        // Between two semicolons, or behind the last, there may be nothing.
        if let Some(behind) = rest.strip_prefix(';') {
            rest = behind;
            continue;
        }
        if rest.is_empty() {
            return found;
        }
        let (name, behind) = rest.split_once('=')?;
        if name.is_empty() || !name.bytes().all(is_token) {
            return None;
        }
        let (value, behind) = value(behind)?;
        let behind = behind.trim_start_matches([' ', '\t']);
        rest = match behind.strip_prefix(';') {
            Some(rest) => rest,
            None if behind.is_empty() => behind,
            None => return None,
        };
        if name.eq_ignore_ascii_case("for") {
            // Two of them: which one did the proxy write?
            if found.is_some() {
                return None;
            }
            found = Some(value);
        }
    }
}

/// A value, and what is behind it.
fn value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        // Addresses with a port and of IPv6 are not tokens, but they are often written without
        // quotes.
        let is_bare = |byte: u8| is_token(byte) || matches!(byte, b':' | b'[' | b']');
        let end = text.bytes().position(|byte| !is_bare(byte)).unwrap_or(text.len());
        let (value, behind) = text.split_at_checked(end)?;
        return (!value.is_empty()).then_some((Cow::Borrowed(value), behind));
    };
    let mut plain = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => {
                let behind = quoted.get(at + 1..)?;
                return Some((Cow::Owned(plain), behind));
            }
            '\\' => plain.push(characters.next()?.1),
            other => plain.push(other),
        }
    }
    None
}

/// RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Unbalanced, parameter_for, plain, quoted};

    #[test]
    fn elements_are_told_from_the_right_without_empty_ones() {
        let told: Vec<_> = plain("a, ,b ,\t, c,").collect();
        assert_eq!(told, [Ok("c"), Ok("b"), Ok("a")]);
        assert_eq!(plain(" , ,").count(), 0);
        let told: Vec<_> = quoted(r#"for="a,b";host="c\",d", for=e"#).collect();
        assert_eq!(told, [Ok("for=e"), Ok(r#"for="a,b";host="c\",d""#)]);
        // Of an open quote on the left nothing is believed, and what is on the right is read.
        let told: Vec<_> = quoted(r#"for="6.6.6.6, for=1.1.1.1;host="a,b""#).collect();
        assert_eq!(told.first(), Some(&Ok(r#"for=1.1.1.1;host="a,b""#)));
        assert_eq!(told.last(), Some(&Err(Unbalanced)));
        assert_eq!(quoted(r#"for="a\""#).collect::<Vec<_>>(), [Err(Unbalanced)]);
    }

    #[test]
    fn the_parameter_is_read_by_the_grammar() {
        for (element, expected) in [
            ("for=203.0.113.7", Some("203.0.113.7")),
            ("For=203.0.113.7;", Some("203.0.113.7")),
            (";;proto=https;; for=203.0.113.7 ;by=_x", Some("203.0.113.7")),
            (r#"for=203.0.113.7;host="a;for=6.6.6.6,b""#, Some("203.0.113.7")),
            (r#"for="[2001:db8::1]:4711""#, Some("[2001:db8::1]:4711")),
            (r#"for="203\.0.113.7""#, Some("203.0.113.7")),
            ("for=203.0.113.7:80", Some("203.0.113.7:80")),
            ("proto=https", None),
            ("", None),
            (";", None),
            ("for", None),
            ("for=", None),
            ("for=;proto=https", None),
            ("for =1.1.1.1", None),
            ("for= 1.1.1.1", None),
            ("for=1.1.1.1 2.2.2.2", None),
            ("for=1.1.1.1;for=2.2.2.2", None),
            (r#"for="1.1.1.1"#, None),
            (r#"for="1.1.1.1"x"#, None),
            (r#"for=1.1.1.1";host=a"#, None),
        ] {
            assert_eq!(parameter_for(element).as_deref(), expected, "{element}");
        }
    }

    proptest! {
        #[test]
        fn what_stands_on_the_left_does_not_decide(left in "[ -~]{0,60}", host in "[ -~]{0,20}") {
            let host = host.replace('\\', "\\\\").replace('"', "\\\"");
            let own = format!("for=198.51.100.1;host=\"{host}\"");
            let line = format!("{left},{own}");
            prop_assert_eq!(quoted(&line).next(), Some(Ok(own.as_str())));
            let read = parameter_for(&own);
            prop_assert_eq!(read.as_deref(), Some("198.51.100.1"));
        }

        #[test]
        fn nothing_makes_it_panic(line in "\\PC{0,80}") {
            for element in quoted(&line).flatten() {
                let _ = parameter_for(element);
            }
        }
    }
}
