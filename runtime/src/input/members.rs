//! Objects in which a member is named twice.
//!
//! Serde refuses a repeated field of a struct. A map, a free-form value and whatever is dropped take
//! the last one, where a gateway, a log or a signature check may read the first (RFC 8259 section
//! 4, RFC 7493 section 2.3). So the names are compared here, in every object of a document.

use std::borrow::Cow;

use memchr::memchr2;
use smallvec::SmallVec;

use super::pointer::Pointer;

/// Up to as many names each is compared with each other one, which takes less than sorting them.
const FEW: usize = 8;

/// A name without its escapes: UTF-8, and three bytes for a surrogate without its other half.
type Name<'a> = Cow<'a, [u8]>;

/// What is open around the present place.
enum Level {
    /// An object, whose names begin here in the list.
    Object { first: usize },
    /// An array, and the index of the present element.
    Array { index: usize },
}

/// The place of a member that is named twice, if there is one, in a document that was parsed.
///
/// Takes time in proportion to the document and to the logarithm of its names, and memory for the
/// names of the objects that are open. Any bytes are fine: what is not JSON is for the parser.
pub(crate) fn repeated(json: &[u8]) -> Option<Pointer> {
    // What most bodies need is on the stack.
    let mut names: SmallVec<[Name<'_>; 16]> = SmallVec::new();
    let mut open: SmallVec<[Level; 8]> = SmallVec::new();
    let mut is_name = false;
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'{' => {
                open.push(Level::Object { first: names.len() });
                is_name = true;
            }
            b'[' => {
                open.push(Level::Array { index: 0 });
                is_name = false;
            }
            b'}' => {
                if let Some(Level::Object { first }) = open.pop() {
                    let own = names.get_mut(first..).unwrap_or_default();
                    if let Some(name) = twice(own) {
                        let name = String::from_utf8_lossy(name).into_owned();
                        names.truncate(first);
                        return Some(place(&open, &names).name(&name));
                    }
                    names.truncate(first);
                }
                is_name = false;
            }
            b']' => {
                open.pop();
            }
            b',' => match open.last_mut() {
                Some(Level::Object { .. }) => is_name = true,
                Some(Level::Array { index }) => *index = index.saturating_add(1),
                None => {}
            },
            b'"' => {
                let (end, is_escaped) = string_end(json, at);
                if is_name {
                    let name = json.get(at..end).unwrap_or_default();
                    names.push(if is_escaped { unescape(name).into() } else { name.into() });
                    is_name = false;
                }
                at = end.saturating_add(1);
            }
            _ => {}
        }
    }
    None
}

/// Where the string ends whose first byte is at `at`, and whether it has an escape.
fn string_end(json: &[u8], mut at: usize) -> (usize, bool) {
    let mut is_escaped = false;
    loop {
        let rest = json.get(at..).unwrap_or_default();
        let Some(next) = memchr2(b'"', b'\\', rest) else { return (json.len(), is_escaped) };
        if rest.get(next) == Some(&b'"') {
            return (at + next, is_escaped);
        }
        is_escaped = true;
        at += next + 2;
    }
}

/// A name that is there twice. The order of the names is not kept.
fn twice<'n>(names: &'n mut [Name<'_>]) -> Option<&'n [u8]> {
    if names.len() > FEW {
        names.sort_unstable();
        return names.windows(2).find_map(|pair| match pair {
            [one, other] if one == other => Some(&**one),
            _ => None,
        });
    }
    let mut rest: &[Name<'_>] = names;
    while let [name, others @ ..] = rest {
        if others.contains(name) {
            return Some(name);
        }
        rest = others;
    }
    None
}

/// Where the object stands that is about to be closed: `names` ends with the name under which it
/// stands, if it stands in an object.
fn place(open: &[Level], names: &[Name<'_>]) -> Pointer {
    let mut pointer = Pointer::default();
    for (level, next) in open.iter().zip(1..) {
        pointer = match level {
            Level::Array { index } => pointer.index(*index),
            Level::Object { .. } => {
                // The present name of an object is the last one before those of the next object.
                let below = open.get(next..).unwrap_or_default().iter();
                let end = below
                    .filter_map(|level| match level {
                        Level::Object { first } => Some(*first),
                        Level::Array { .. } => None,
                    })
                    .next()
                    .unwrap_or(names.len());
                let name = end.checked_sub(1).and_then(|last| names.get(last));
                pointer.name(&String::from_utf8_lossy(name.map_or(&[][..], |name| name)))
            }
        };
    }
    pointer
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte != b'\\' {
            plain.push(*byte);
            continue;
        }
        let Some((escape, behind)) = rest.split_first() else { break };
        rest = behind;
        match escape {
            b'b' => plain.push(8),
            b'f' => plain.push(12),
            b'n' => plain.push(b'\n'),
            b'r' => plain.push(b'\r'),
            b't' => plain.push(b'\t'),
            b'u' => {
                let Some((mut code, behind)) = unit(rest) else { break };
                rest = behind;
                if (0xd800..0xdc00).contains(&code)
                    && let Some(behind) = rest.strip_prefix(b"\\u")
                    && let Some((low, behind)) = unit(behind)
                    && (0xdc00..0xe000).contains(&low)
                {
                    code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                    rest = behind;
                }
                push(code, &mut plain);
            }
            other => plain.push(*other),
        }
    }
    plain
}

/// Four hexadecimal digits, and what is behind them.
fn unit(text: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(4)?;
    let digits = std::str::from_utf8(digits).ok()?;
    Some((u32::from_str_radix(digits, 16).ok()?, rest))
}

fn push(code: u32, to: &mut Vec<u8>) {
    match char::from_u32(code) {
        Some(character) => {
            to.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        // A surrogate alone, of three bytes as its value has. Two of them are one name.
        None => {
            let six =
                |shift: u32| u8::try_from(0x80 | ((code >> shift) & 0x3f)).unwrap_or_default();
            to.extend_from_slice(&[0xed, six(6), six(0)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::repeated;

    fn found(json: &str) -> Option<String> {
        repeated(json.as_bytes()).map(super::Pointer::into_string)
    }

    #[test]
    fn the_place_of_a_repeated_name_is_told() {
        let many: String = (0..20).map(|n| format!("\"n{n}\":{{\"a\":[1,{{}}]}},")).collect();
        for (json, place) in [
            (r#"{"a":1,"a":1}"#, "/a"),
            (r#"{"m":{"a":1,"a":2}}"#, "/m/a"),
            (r#"{"m":{"a":1,"\u0061":2}}"#, "/m/a"),
            (r#"{"m":{"\/":1,"/":2}}"#, "/m/~1"),
            (r#"{"x":[0,[{"y":1},{"b":{"c":[]},"z":{"q":"}","q":1}}]]}"#, "/x/1/1/z/q"),
            (r#"[[],{"":0,"":0}]"#, "/1/"),
            (r#"{"\ud83d\ude00":1,"😀":2}"#, "/😀"),
            (r#"{"\ud800":1,"\uD800":2}"#, "/\u{fffd}\u{fffd}\u{fffd}"),
            (r#"{"a\nb":1,"a\u000Ab":2}"#, "/ab"),
            (r#"{"a\"":1,"b":"\\","a\u0022":2}"#, "/a\""),
            (&format!("{{{many}\"n7\":1}}"), "/n7"),
            (&format!("{{{many}\"last\":{{\"x\":{{\"y\":1,\"y\":2}}}}}}"), "/last/x/y"),
        ] {
            assert_eq!(found(json).as_deref(), Some(place), "{json}");
        }
    }

    #[test]
    fn names_that_differ_are_let_through() {
        for json in [
            r#"{"a":{"a":{"a":"a"}},"b":["a","a",{"a":1},{"a":1}],"":0," ":0,"A":1}"#,
            // Composed and decomposed are two names.
            "{\"\u{e1}\":1,\"a\u{301}\":1}",
            r#"{"a\u0000":1,"a":2,"\\u0061":3,"\ud83d":4,"\ude00":5,"\ud83d\ude00":6}"#,
            r#""a,a""#,
            "[]",
            "7",
            "",
        ] {
            assert_eq!(found(json), None, "{json}");
        }
    }

    #[test]
    fn what_is_not_json_does_no_harm() {
        for json in ["}", "]]", "{\"", "{\"a", "{\"\\", "{\"\\u12\"}", "{]\"a\":1,\"a\":1}", "\"\\"]
        {
            let _ = repeated(json.as_bytes());
        }
        let deep = "{\"a\":[".repeat(100_000);
        assert_eq!(found(&deep), None);
    }
}
