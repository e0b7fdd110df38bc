//! The tags of a document's objects.
//!
//! An object may name its variant behind everything else that it holds. So the members are looked
//! through when an object is opened, those of the objects in it at the same time: each part of a
//! document is looked through once for each tag, however deep it is.

use smallvec::SmallVec;

use super::{
    members::{string_end, text},
    shapes::Tag,
    size::MOST_LEVELS,
};

/// The tags of a document, as far as they were looked up.
#[derive(Debug)]
pub(super) struct Tags<'j> {
    json: &'j [u8],
    known: SmallVec<[Known; 1]>,
}

/// Where the objects of one part of a document have a member of this name.
#[derive(Debug)]
struct Known {
    tag: &'static str,
    /// The part: an object with all that it holds.
    first: usize,
    end: usize,
    /// Where an object begins, and where the name of such a member ends; in order.
    members: Vec<(usize, usize)>,
}

impl<'j> Tags<'j> {
    /// No tag is known yet.
    pub(super) fn new(json: &'j [u8]) -> Self {
        Self { json, known: SmallVec::new() }
    }

    /// The value of a tag of the object whose first member is at `object`. Members that are named
    /// twice are found later: the first one counts here.
    pub(super) fn of(&mut self, object: usize, tag: &'static str) -> Tag<'j> {
        let json = self.json;
        let place = self.known.iter().position(|known| known.tag == tag);
        match place.and_then(|place| self.known.get_mut(place)) {
            Some(known) if known.covers(object) => known.value(json, object),
            Some(known) => {
                *known = Known::new(json, object, tag);
                known.value(json, object)
            }
            None => {
                let known = Known::new(json, object, tag);
                let value = known.value(json, object);
                self.known.push(known);
                value
            }
        }
    }
}

impl Known {
    fn new(json: &[u8], first: usize, tag: &'static str) -> Self {
        let mut members = Vec::new();
        // Where each open object begins; nothing for an array.
        let mut open: SmallVec<[Option<usize>; 16]> = SmallVec::from_elem(Some(first), 1);
        let (mut at, mut is_name) = (first, true);
        while let Some(byte) = json.get(at) {
            at += 1;
            match byte {
                // Such a document is refused when this place is reached.
                b'{' | b'[' if open.len() >= MOST_LEVELS => break,
                b'{' | b'[' => {
                    is_name = *byte == b'{';
                    open.push(is_name.then_some(at));
                }
                b'}' | b']' => {
                    is_name = false;
                    open.pop();
                    if open.is_empty() {
                        break;
                    }
                }
                b',' => is_name = matches!(open.last(), Some(Some(_))),
                b'"' if is_name => {
                    let (name, next) = text(json, at);
                    at = next;
                    is_name = false;
                    if let Some(Some(object)) = open.last()
                        && *name == *tag.as_bytes()
                    {
                        members.push((*object, at));
                    }
                }
                b'"' => at = string_end(json, at).0.saturating_add(1),
                _ => {}
            }
        }
        members.sort_unstable();
        Self { tag, first, end: at, members }
    }

    fn covers(&self, object: usize) -> bool {
        (self.first..self.end).contains(&object)
    }

    fn value<'j>(&self, json: &'j [u8], object: usize) -> Tag<'j> {
        let member = self.members.partition_point(|(own, _)| *own < object);
        let Some((_, end)) = self.members.get(member).filter(|(own, _)| *own == object) else {
            return Tag::Absent;
        };
        let value = json.get(*end..).unwrap_or_default().trim_ascii_start();
        let Some(value) = value.strip_prefix(b":") else { return Tag::Absent };
        match value.trim_ascii_start() {
            [b'"', rest @ ..] => Tag::Text(text(rest, 0).0),
            _ => Tag::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tags;
    use crate::input::shapes::Tag;

    #[test]
    fn tags_of_nested_objects_are_those_of_each() {
        let json = br#"{"in":[{"x":{},"t":"a"},{"t":1,"n":{"n":{"t":"c"}}}],"\u0074":"b","t":"d"}"#;
        let mut tags = Tags::new(json);
        let mut found = Vec::new();
        for (at, _) in json.iter().enumerate().filter(|(_, byte)| **byte == b'{') {
            found.push(match tags.of(at + 1, "t") {
                Tag::Text(text) => String::from_utf8_lossy(&text).into_owned(),
                Tag::Other => "other".to_owned(),
                Tag::Absent => "absent".to_owned(),
            });
        }
        assert_eq!(found, ["b", "a", "absent", "other", "absent", "c"]);
        assert_eq!(tags.of(1, "x"), Tag::Absent);
        assert_eq!(tags.of(1, "in"), Tag::Other);
    }

    #[test]
    fn a_document_is_looked_through_once_for_each_tag() {
        let json = r#"{"a":"#.repeat(100) + &"}".repeat(100);
        let mut tags = Tags::new(json.as_bytes());
        let mut parts = Vec::new();
        for level in 0..100 {
            let _ = tags.of(level * 5 + 1, "t");
            parts.extend(tags.known.first().map(|known| (known.first, known.end)));
        }
        parts.dedup();
        assert_eq!(parts, [(1, json.len())]);
        let _ = tags.of(1, "u");
        assert_eq!(tags.known.len(), 2);
    }

    #[test]
    fn what_is_not_json_does_no_harm() {
        for json in ["{", "{\"t\"", "{\"t\":", "{\"t\":\"", "{\"t\\", "{]}", "{\"t\":}}}\"t\":1"] {
            let _ = Tags::new(json.as_bytes()).of(1, "t");
        }
        let deep = "{\"a\":[".repeat(1000);
        assert_eq!(Tags::new(deep.as_bytes()).of(1, "t"), Tag::Absent);
    }
}
