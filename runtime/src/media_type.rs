//! Media types and their parameters (RFC 9110 section 8.3.1), read in one way everywhere: the type of
//! a body, of a part of a form, of a report.
//!
//! Parameters are split where the grammar splits them: a `;` or `=` in a quoted value belongs to the
//! value. A reader that splits elsewhere would see another charset or boundary than the peers of this
//! service do.

use std::borrow::Cow;

/// The labels under which the WHATWG Encoding Standard knows UTF-8, and those of US-ASCII, which is a
/// part of it: what is no ASCII under such a label is read as UTF-8, and refused where it is none.
const UTF_8: [&str; 8] = [
    "unicode-1-1-utf-8",
    "unicode11utf8",
    "unicode20utf8",
    "utf-8",
    "utf8",
    "x-unicode20utf8",
    "us-ascii",
    "ascii",
];

/// Media types whose JSON says how a resource changes.
const PATCH_TYPES: [&str; 2] = ["application/merge-patch+json", "application/json-patch+json"];

/// A media type with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MediaType<'a> {
    /// Type and subtype, in lower case.
    essence: String,
    /// Names as they were written, and values without their quotes.
    parameters: Vec<(&'a str, Cow<'a, str>)>,
}

/// What is said of the charset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    /// Nothing.
    Absent,
    /// UTF-8, or a part of it.
    Utf8,
    /// Another one, several that differ, or one in the extended form of RFC 8187.
    Other,
}

impl<'a> MediaType<'a> {
    /// Reads the value of a `Content-Type` field. `None` for a malformed media type, for a quoted
    /// value without an end, and for text after one.
    ///
    /// A value without quotes ends with the next `;`: common libraries write
    /// `boundary=----=_Part_1`, although `=` is not allowed in a token. A parameter without a value
    /// has no meaning and is left out, as in the WHATWG MIME Sniffing Standard, unless the caller
    /// decides by it.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (essence, mut rest) = match text.find(';') {
            Some(end) => text.split_at(end),
            None => (text, ""),
        };
        let essence = essence.trim_matches(is_blank);
        let (kind, subtype) = essence.split_once('/')?;
        if !is_token(kind) || !is_token(subtype) {
            return None;
        }
        let mut parameters = Vec::new();
        while let Some(behind) = rest.strip_prefix(';') {
            let behind = behind.trim_start_matches(is_blank);
            let name_end = behind.find([';', '=']).unwrap_or(behind.len());
            let (name, behind) = behind.split_at(name_end);
            let name = name.trim_end_matches(is_blank);
            let Some(value) = behind.strip_prefix('=') else {
                if is_deciding(name) {
                    return None;
                }
                rest = behind;
                continue;
            };
            if !is_token(name) {
                return None;
            }
            let value = value.trim_start_matches(is_blank);
            let (value, behind) = match value.strip_prefix('"') {
                Some(quoted) => unquote(quoted)?,
                None => {
                    let (value, behind) = value.split_at(value.find(';').unwrap_or(value.len()));
                    let value = value.trim_end_matches(is_blank);
                    if value.contains('"') {
                        return None;
                    }
                    (Cow::Borrowed(value), behind)
                }
            };
            parameters.push((name, value));
            rest = behind;
        }
        rest.is_empty().then(|| Self { essence: essence.to_ascii_lowercase(), parameters })
    }

    /// Type and subtype, in lower case: `application/json`.
    pub(crate) fn essence(&self) -> &str {
        &self.essence
    }

    /// Whether it is one of JSON documents: `application/json` or `application/*+json`, and none of
    /// patches. Read as a plain document a patch would mean something else: null removes a member in one
    /// of them, and a list holds operations in the other.
    pub(crate) fn is_json(&self) -> bool {
        let subtype = self.essence.strip_prefix("application/");
        !PATCH_TYPES.contains(&self.essence())
            && subtype.is_some_and(|s| s == "json" || (s.ends_with("+json") && s.len() > 5))
    }

    /// The values of a parameter, and whether its name has the extended form of RFC 8187 or RFC 2231
    /// (`name*`, `name*0`).
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = (&str, bool)> {
        self.parameters.iter().filter_map(move |(own, value)| {
            let (plain, extension) =
                own.split_once('*').map_or((*own, None), |(plain, rest)| (plain, Some(rest)));
            plain.eq_ignore_ascii_case(name).then_some((&**value, extension.is_some()))
        })
    }

    /// The charset.
    pub(crate) fn charset(&self) -> Charset {
        let mut charset = Charset::Absent;
        for (label, is_extended) in self.values("charset") {
            let label = label.trim_matches(is_blank);
            if is_extended || !UTF_8.iter().any(|own| label.eq_ignore_ascii_case(own)) {
                return Charset::Other;
            }
            charset = Charset::Utf8;
        }
        charset
    }
}

/// Whether a parameter of this name decides how a body is read.
fn is_deciding(name: &str) -> bool {
    let plain = name.split('*').next().unwrap_or_default();
    ["charset", "boundary"].iter().any(|own| plain.eq_ignore_ascii_case(own))
}

/// The value of a quoted string behind its first quote, and what is behind it: a `;`, or nothing.
fn unquote(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut owned: Option<String> = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => {
                let plain = text.get(..at).unwrap_or_default();
                let rest = text.get(at.saturating_add(1)..).unwrap_or_default();
                let rest = rest.trim_start_matches(is_blank);
                let value = owned.map_or(Cow::Borrowed(plain), Cow::Owned);
                return (rest.is_empty() || rest.starts_with(';')).then_some((value, rest));
            }
            '\\' => {
                let value =
                    owned.get_or_insert_with(|| text.get(..at).unwrap_or_default().to_owned());
                value.push(characters.next()?.1);
            }
            other => {
                if let Some(value) = &mut owned {
                    value.push(other);
                }
            }
        }
    }
    None
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

/// RFC 9110 section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Charset, MediaType};

    #[test]
    fn parameters_are_split_where_the_grammar_splits_them() {
        let parsed = MediaType::parse(
            "Application/JSON ; profile=\"a;charset=utf-16\"; q=\"a\\\"b\" ;; charset = utf-8 ;",
        )
        .unwrap();
        assert_eq!(parsed.essence(), "application/json");
        assert_eq!(parsed.values("Profile").collect::<Vec<_>>(), [("a;charset=utf-16", false)]);
        assert_eq!(parsed.values("q").collect::<Vec<_>>(), [("a\"b", false)]);
        assert_eq!(parsed.charset(), Charset::Utf8);
        let parts = MediaType::parse("multipart/form-data; boundary=----=_Part_1_2.3").unwrap();
        assert_eq!(parts.values("boundary").collect::<Vec<_>>(), [("----=_Part_1_2.3", false)]);
        assert!(MediaType::parse("application/json; odata").is_some());
    }

    #[test]
    fn what_is_no_media_type_is_none() {
        for bad in [
            "",
            "json",
            "/",
            "a/",
            "/b",
            "a/b c",
            "a/b, c/d",
            "a/b; charset",
            "a/b; boundary",
            "a/b; x=\"y",
            "a/b; x=\"y\\",
            "a/b; x=\"y\"z",
            "a/b; x=y\"z\"",
            "a/b; x y=z",
            "a/b; =z",
        ] {
            assert_eq!(MediaType::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn labels_of_utf_8_are_those_of_the_encoding_standard() {
        for (parameters, charset) in [
            ("", Charset::Absent),
            ("; x=charset", Charset::Absent),
            ("; charset=utf8", Charset::Utf8),
            ("; charset=UTF-8", Charset::Utf8),
            ("; charset=\"utf-8\"", Charset::Utf8),
            ("; charset=us-ascii", Charset::Utf8),
            ("; charset=utf-8; charset=utf8", Charset::Utf8),
            ("; charset=", Charset::Other),
            ("; charset=utf-16", Charset::Other),
            ("; charset=iso-8859-1", Charset::Other),
            ("; charset=utf-8; Charset=utf-7", Charset::Other),
            ("; charset*=utf-8''utf-8", Charset::Other),
            ("; charset*0=utf-8", Charset::Other),
        ] {
            let text = format!("text/plain{parameters}");
            assert_eq!(MediaType::parse(&text).unwrap().charset(), charset, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_read_alike_when_it_is_quoted(text in "[a-z]/[a-z](;[ -~]{0,12}){0,4}") {
            if let Some(once) = MediaType::parse(&text) {
                let mut quoted = once.essence.clone();
                for (name, value) in &once.parameters {
                    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
                    quoted.push_str(&format!("; {name}=\"{value}\""));
                }
                prop_assert_eq!(MediaType::parse(&quoted), Some(once.clone()), "{}", quoted);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = MediaType::parse(&text);
        }
    }
}
