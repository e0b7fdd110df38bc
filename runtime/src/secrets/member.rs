//! The member of a JSON object that is a secret, read without keeping the others.

use std::{cell::Cell, fmt};

use secrecy::SecretString;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::SourceError;

/// The string at this path of members; `None` if a member is missing or null.
///
/// # Errors
///
/// The bytes are not a JSON object; a member on the way is not an object; the last one is not a
/// string; or a member of the path occurs more than once: readers differ in which one they use.
pub(super) fn member(json: &[u8], path: &[&str]) -> Result<Option<SecretString>, SourceError> {
    let mismatch = Cell::new(Mismatch::NotAnObject(0));
    let mut reader = serde_json::Deserializer::from_slice(json);
    let found = Member { path, depth: 0, mismatch: &mismatch }.deserialize(&mut reader);
    let found = found.and_then(|found| {
        reader.end()?;
        Ok(found)
    });
    found.map_err(|error| {
        // The text of the library's error may quote what was read.
        SourceError::malformed(if error.is_data() {
            mismatch.get().describe(path)
        } else {
            format!("not a JSON object at line {}, column {}", error.line(), error.column())
        })
    })
}

/// The expected type. The number is that of the members that lead to the value.
#[derive(Clone, Copy, Debug)]
enum Mismatch {
    NotAnObject(usize),
    NotAString(usize),
    Duplicate(usize),
}

impl Mismatch {
    fn describe(self, path: &[&str]) -> String {
        let name = |depth: usize| path.get(..depth).unwrap_or(path).join(".");
        match self {
            Self::NotAnObject(0) => "not a JSON object".to_owned(),
            Self::NotAnObject(depth) => format!("`{}` is not an object", name(depth)),
            Self::NotAString(depth) => format!("`{}` is not a string", name(depth)),
            Self::Duplicate(depth) => format!("`{}` occurs more than once", name(depth)),
        }
    }
}

/// The value after the first `depth` members of the path.
#[derive(Clone, Copy)]
struct Member<'p> {
    path: &'p [&'p str],
    depth: usize,
    /// The error for a value of the wrong type.
    mismatch: &'p Cell<Mismatch>,
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = Option<SecretString>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        self.mismatch.set(if self.depth < self.path.len() {
            Mismatch::NotAnObject(self.depth)
        } else {
            Mismatch::NotAString(self.depth)
        });
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<SecretString>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.depth < self.path.len() { "an object" } else { "a string" })
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if self.depth < self.path.len() {
            // The error of the library would quote the string.
            return Err(E::custom("a string in place of an object"));
        }
        Ok(Some(SecretString::from(text)))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        if self.depth == 0 { Err(E::custom("null in place of an object")) } else { Ok(None) }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some(own) = self.path.get(self.depth) else {
            return Err(A::Error::custom("an object in place of a string"));
        };
        let inner = Member { depth: self.depth.saturating_add(1), ..self };
        let (mut found, mut is_there) = (None, false);
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if name != *own {
                let _skipped: IgnoredAny = map.next_value()?;
                continue;
            }
            if std::mem::replace(&mut is_there, true) {
                self.mismatch.set(Mismatch::Duplicate(inner.depth));
                return Err(A::Error::custom("a duplicate member"));
            }
            found = map.next_value_seed(inner)?;
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::member;

    fn read(json: &str, path: &[&str]) -> Result<Option<String>, String> {
        member(json.as_bytes(), path)
            .map(|found| found.map(|text| text.expose_secret().to_owned()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn one_member_is_read() {
        let kv = r#"{"data":{"data":{"a":"x","b":"yA"},"metadata":{"version":1}}}"#;
        assert_eq!(read(kv, &["data", "data", "b"]), Ok(Some("yA".to_owned())));
        assert_eq!(read(kv, &["data", "data", "c"]), Ok(None));
        assert_eq!(read(kv, &["data", "other", "c"]), Ok(None));
        assert_eq!(read(r#"{"data":null}"#, &["data", "data"]), Ok(None));
    }

    #[test]
    fn each_mismatch_has_its_own_message_and_no_value() {
        let path = ["a", "b"];
        for (bad, says) in [
            // Secrets that are not JSON, whatever they begin with.
            ("hunter22", "not a JSON object at line 1, column 1"),
            ("7hunter22", "not a JSON object"),
            ("7e3hunter22", "not a JSON object"),
            ("9hunter22\n", "not a JSON object"),
            ("-hunter22", "not a JSON object at line 1, column 2"),
            ("true", "not a JSON object"),
            ("null", "not a JSON object"),
            ("[]", "not a JSON object"),
            ("17", "not a JSON object"),
            (r#""hunter22""#, "not a JSON object"),
            ("", "not a JSON object at line 1, column 0"),
            (r#"{"a":{"b":"hunter22""#, "not a JSON object at line 1, column 20"),
            (r#"{"a":{"b":"hunter22"}}{"#, "not a JSON object at line 1, column 23"),
            // Objects.
            (r#"{"a":"hunter22"}"#, "`a` is not an object"),
            (r#"{"a":["hunter22"]}"#, "`a` is not an object"),
            (r#"{"a":{"b":17}}"#, "`a.b` is not a string"),
            (r#"{"a":{"b":true}}"#, "`a.b` is not a string"),
            (r#"{"a":{"b":["hunter22"]}}"#, "`a.b` is not a string"),
            (r#"{"a":{"b":{"c":"hunter22"}}}"#, "`a.b` is not a string"),
            (r#"{"a":{"b":"hunter22","b":"hunter22"}}"#, "`a.b` occurs more than once"),
            (r#"{"a":{"b":"hunter22"},"a":{"b":"hunter22"}}"#, "`a` occurs more than once"),
            (r#"{"a":null,"a":{"b":"hunter22"}}"#, "`a` occurs more than once"),
        ] {
            assert_eq!(read(bad, &path), Err(says.to_owned()), "{bad}");
        }
    }
}
