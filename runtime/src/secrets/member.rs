//! The member of a JSON object that is a secret, read without keeping the others.

use std::fmt;

use secrecy::SecretString;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::SourceError;

/// The text at this path of members; `None` where a member is missing or null. A number or a
/// boolean is not a text, and an object that has a member twice is refused: which one is meant
/// depends on the reader.
pub(super) fn member(json: &[u8], path: &[&str]) -> Result<Option<SecretString>, SourceError> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let found = Member(path).deserialize(&mut reader).and_then(|found| {
        reader.end()?;
        Ok(found)
    });
    // The place and the category alone: the text of an error may quote what was read.
    found.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let path = path.join(".");
        SourceError::malformed(if error.is_data() {
            format!("`{path}` is not a text, or a member is there twice")
        } else {
            format!("not a JSON object at line {line}, column {column}")
        })
    })
}

struct Member<'p>(&'p [&'p str]);

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = Option<SecretString>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<SecretString>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "a text" } else { "an object" })
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        match self.0 {
            [] => Ok(Some(SecretString::from(text))),
            // The error of the library would quote the text.
            _ => Err(E::custom("a text in place of an object")),
        }
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some((first, rest)) = self.0.split_first() else {
            return Err(A::Error::custom("an object in place of a text"));
        };
        let (mut found, mut is_there) = (None, false);
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if name == *first {
                if std::mem::replace(&mut is_there, true) {
                    return Err(A::Error::custom("a member is there twice"));
                }
                found = map.next_value_seed(Member(rest))?;
            } else {
                let _skipped: IgnoredAny = map.next_value()?;
            }
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
    fn what_has_two_readings_is_refused_and_not_repeated() {
        for bad in [
            r#"{"a":"hunter22","a":"hunter22"}"#,
            r#"{"a":17}"#,
            r#"{"a":true}"#,
            r#"{"a":["hunter22"]}"#,
            r#"{"a":{"b":"hunter22"}}"#,
            r#"{"a":"hunter22""#,
            r#"{"a":"hunter22"}{"#,
            r#""hunter22""#,
            "hunter22",
            "[]",
            "17",
            "",
        ] {
            let error = read(bad, &["a"]).expect_err(bad);
            assert!(!error.contains("hunter22"), "{error}");
        }
    }
}
