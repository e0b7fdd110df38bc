//! Compares a JSON document with its declared types.
//!
//! Serde refuses a repeated field of a struct. A map, a free-form value and whatever is dropped take
//! the last one, where a gateway, a log or a signature check may read the first (RFC 8259 section
//! 4, RFC 7493 section 2.3). So the names are compared here, in every object of a document. Serde
//! reads a struct from an array of its values too, and a `Deserialize` by hand drops the fields that
//! it likes: what is declared as an object is one, and has the names that are declared. And a value
//! that is too deep for the stack is known here, before it is read.

use std::borrow::Cow;

use memchr::memchr2;
use smallvec::SmallVec;

use super::{
    pointer::Pointer,
    shapes::Shapes,
    size::{MOST_LEVELS, MOST_STACK},
    tags::Tags,
    wire::{Wire, Wires},
};

/// Up to this many names each is compared with each other one, which is faster than sorting.
const FEW: usize = 8;

/// A name without its escapes: UTF-8, and three bytes for a surrogate without its other half.
type Name<'a> = Cow<'a, [u8]>;

/// The fault of a document.
#[derive(Debug)]
pub(super) enum Finding {
    /// A repeated member.
    Duplicate(Pointer),
    /// A member that no type declares.
    UnknownField(Pointer),
    /// An array instead of an object, or the reverse.
    Type(Pointer),
    /// It has too many levels, or deserializing it needs too much of the stack.
    TooDeep,
}

/// An open array or object around the current position.
struct Level {
    kind: LevelKind,
    shapes: Shapes,
}

enum LevelKind {
    /// An object, whose names begin here in the list.
    Object { first: usize },
    /// An array, and the index of the current element.
    Array { index: usize },
}

/// The pointer of a member that occurs twice, if there is one; the whole document if it has too
/// many levels to be compared.
pub(crate) fn repeated(json: &[u8]) -> Option<Pointer> {
    match compare(json, Wire::ANY)? {
        Finding::Duplicate(pointer) | Finding::UnknownField(pointer) | Finding::Type(pointer) => {
            Some(pointer)
        }
        Finding::TooDeep => Some(Pointer::default()),
    }
}

/// The first fault of a document of this type.
///
/// The time is proportional to the document, to the logarithm of its names and to the fields and
/// tags of its types. The memory is for the open levels, at most 127, for the names of their
/// objects and for the tags of the objects in one of them; the stack does not grow. Any bytes are
/// accepted: the parser refuses invalid JSON.
pub(super) fn compare(json: &[u8], root: Wire) -> Option<Finding> {
    // Enough on the stack for most bodies.
    let mut names: SmallVec<[Name<'_>; 16]> = SmallVec::new();
    let mut open: SmallVec<[Level; 4]> = SmallVec::new();
    let mut tags = Tags::new(json);
    let mut next = Wires::from_elem(root, 1);
    let mut stack: usize = 0;
    let mut is_name = false;
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' if open.len() >= MOST_LEVELS => return Some(Finding::TooDeep),
            b'{' | b'[' => {
                let wires = match open.last() {
                    Some(Level { kind: LevelKind::Array { index }, shapes }) => {
                        shapes.element(*index)
                    }
                    Some(_) | None => std::mem::take(&mut next),
                };
                let is_object = *byte == b'{';
                let shapes = if is_object {
                    Shapes::tagged(&wires, &mut |tag| tags.of(at, tag))
                } else {
                    Shapes::of(&wires)
                };
                stack = stack.saturating_add(shapes.stack);
                if stack > MOST_STACK || shapes.is_endless {
                    return Some(Finding::TooDeep);
                }
                let here = || place(&open, &names);
                let kind = if is_object {
                    if !shapes.permit_object() {
                        return Some(Finding::Type(here()));
                    }
                    if let Some(tag) = shapes.wrong_tag {
                        return Some(Finding::Type(here().name(tag)));
                    }
                    LevelKind::Object { first: names.len() }
                } else {
                    if !shapes.permit_array() {
                        return Some(Finding::Type(here()));
                    }
                    LevelKind::Array { index: 0 }
                };
                is_name = is_object;
                open.push(Level { kind, shapes });
            }
            b'}' | b']' => {
                if let Some(Level { kind, shapes }) = open.pop() {
                    stack = stack.saturating_sub(shapes.stack);
                    if let LevelKind::Object { first } = kind {
                        let own = names.get_mut(first..).unwrap_or_default();
                        if let Some(name) = twice(own) {
                            let name = String::from_utf8_lossy(name).into_owned();
                            names.truncate(first);
                            return Some(Finding::Duplicate(place(&open, &names).name(&name)));
                        }
                        names.truncate(first);
                    }
                }
                is_name = false;
            }
            b',' => match open.last_mut().map(|level| &mut level.kind) {
                Some(LevelKind::Object { .. }) => is_name = true,
                Some(LevelKind::Array { index }) => *index = index.saturating_add(1),
                None => {}
            },
            b'"' => {
                if is_name {
                    let (name, next_byte) = text(json, at);
                    at = next_byte;
                    let declared = open.last().map(|level| level.shapes.member(&name));
                    names.push(name);
                    match declared {
                        Some(Some(wires)) => next = wires,
                        Some(None) => return Some(Finding::UnknownField(place(&open, &names))),
                        None => {}
                    }
                    is_name = false;
                } else {
                    at = string_end(json, at).0.saturating_add(1);
                }
            }
            _ => {}
        }
    }
    None
}

/// The string whose first byte is at `at`, without its escapes, and the position of the next byte.
pub(super) fn text(json: &[u8], at: usize) -> (Name<'_>, usize) {
    let (end, is_escaped) = string_end(json, at);
    let text = json.get(at..end).unwrap_or_default();
    (if is_escaped { unescape(text).into() } else { text.into() }, end.saturating_add(1))
}

/// The end of the string whose first byte is at `at`, and whether it has an escape.
pub(super) fn string_end(json: &[u8], mut at: usize) -> (usize, bool) {
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

/// A repeated name. The order of the names changes.
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

/// The pointer to a value that is about to be opened or was just closed: `names` ends with its
/// name, if it is in an object.
fn place(open: &[Level], names: &[Name<'_>]) -> Pointer {
    let mut pointer = Pointer::default();
    for (level, next) in open.iter().zip(1..) {
        pointer = match &level.kind {
            LevelKind::Array { index } => pointer.index(*index),
            LevelKind::Object { .. } => {
                // The current name of an object is the last one before those of the next object.
                let below = open.get(next..).unwrap_or_default().iter();
                let end = below
                    .filter_map(|level| match level.kind {
                        LevelKind::Object { first } => Some(first),
                        LevelKind::Array { .. } => None,
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

/// Four hexadecimal digits, and the rest.
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
        // A single surrogate, in three bytes: equal ones are one name.
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
    fn what_has_too_many_levels_is_not_compared() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(found(&deep(127)), None);
        assert_eq!(found(&deep(128)).as_deref(), Some(""));
        assert_eq!(found(&"{\"a\":[".repeat(1000)).as_deref(), Some(""));
    }

    #[test]
    fn what_is_not_json_does_no_harm() {
        for json in ["}", "]]", "{\"", "{\"a", "{\"\\", "{\"\\u12\"}", "{]\"a\":1,\"a\":1}", "\"\\"]
        {
            let _ = repeated(json.as_bytes());
        }
    }
}
