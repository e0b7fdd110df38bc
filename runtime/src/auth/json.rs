//! JSON objects in which no member is named twice, at any depth.
//!
//! RFC 7515 section 4 and RFC 7519 section 4 let a reader use the last of two members with one
//! name. Two readers that differ there see two different tokens under one signature, so both
//! members are refused.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// Comparing names takes quadratic time, and a header is read before its signature is checked.
const MAX_MEMBERS: usize = 256;

/// The name that `serde_json` gives to the one member of a number if some crate in the build
/// enables its `arbitrary_precision`.
const NUMBER: &str = "$serde_json::private::Number";

/// A value, in the detail that a token's members need: a wrong type is a value, not an error.
#[derive(Debug, Default, PartialEq)]
pub(super) enum Value<'a> {
    #[default]
    Absent,
    Text(Cow<'a, str>),
    /// A number that was written without sign, fraction or exponent.
    Whole(u64),
    /// An array of strings alone.
    Texts(Vec<Cow<'a, str>>),
    Other,
}

/// The members of an object that the caller reads.
pub(super) trait Members<'a>: Default {
    /// The slot of the member called `name`; `None` if it is not read.
    fn slot(&mut self, name: &str) -> Option<&mut Value<'a>>;
}

/// Reads one object and nothing after it.
pub(super) fn read_object<'a, M: Members<'a>>(json: &'a str) -> Result<M, serde_json::Error> {
    let mut members = M::default();
    let mut reader = serde_json::Deserializer::from_str(json);
    Object(&mut members, PhantomData).deserialize(&mut reader)?;
    reader.end()?;
    Ok(members)
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The names that occurred and have no slot.
#[derive(Default)]
struct Names<'a>(Vec<Cow<'a, str>>);

impl<'a> Names<'a> {
    fn note<E: Error>(&mut self, name: Cow<'a, str>) -> Result<(), E> {
        if self.0.contains(&name) {
            return Err(E::custom("a member is named twice"));
        }
        if self.0.len() >= MAX_MEMBERS {
            return Err(E::custom("too many members"));
        }
        self.0.push(name);
        Ok(())
    }
}

struct Object<'m, 'a, M>(&'m mut M, PhantomData<&'a ()>);

impl<'a, M: Members<'a>> DeserializeSeed<'a> for Object<'_, 'a, M> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a, M: Members<'a>> Visitor<'a> for Object<'_, 'a, M> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let mut others = Names::default();
        while let Some(Name(name)) = map.next_key()? {
            match self.0.slot(&name) {
                Some(slot @ Value::Absent) => *slot = map.next_value()?,
                Some(_) => return Err(A::Error::custom("a member is named twice")),
                None => {
                    others.note(name)?;
                    map.next_value::<Value<'a>>()?;
                }
            }
        }
        Ok(())
    }
}

impl<'a> Deserialize<'a> for Value<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'a> Visitor<'a> for AnyValue {
    type Value = Value<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Value<'a>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'a>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'a>, E> {
        Ok(Value::Whole(number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value<'a>, E> {
        Ok(Value::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'a>, E> {
        Ok(Value::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value<'a>, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E>(self) -> Result<Value<'a>, E> {
        Ok(Value::Other)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<Value<'a>, A::Error> {
        let mut texts = Vec::new();
        let mut only_texts = true;
        while let Some(element) = seq.next_element::<Value<'a>>()? {
            match element {
                Value::Text(text) => texts.push(text),
                Value::Absent | Value::Whole(_) | Value::Texts(_) | Value::Other => {
                    only_texts = false;
                }
            }
        }
        Ok(if only_texts { Value::Texts(texts) } else { Value::Other })
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Value<'a>, A::Error> {
        let mut names = Names::default();
        let mut number = None;
        while let Some(Name(name)) = map.next_key()? {
            if name == NUMBER && names.0.is_empty() {
                let Value::Text(digits) = map.next_value()? else { return Ok(Value::Other) };
                number = digits.parse().ok();
                // The representation of a number has no further member.
                if map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    return Err(A::Error::custom("a reserved member name"));
                }
                break;
            }
            names.note(name)?;
            map.next_value::<Value<'a>>()?;
        }
        Ok(number.map_or(Value::Other, Value::Whole))
    }
}

#[cfg(test)]
mod tests {
    use super::{Members, Value, read_object};

    #[derive(Debug, Default)]
    struct Exp<'a>(Value<'a>);

    impl<'a> Members<'a> for Exp<'a> {
        fn slot(&mut self, name: &str) -> Option<&mut Value<'a>> {
            (name == "exp").then_some(&mut self.0)
        }
    }

    fn exp(json: &str) -> Option<Value<'_>> {
        read_object::<Exp<'_>>(json).ok().map(|exp| exp.0)
    }

    #[test]
    fn values_keep_their_kind() {
        assert_eq!(exp(r#"{"exp":7}"#), Some(Value::Whole(7)));
        assert_eq!(exp(r#" {"exp" : "7"} "#), Some(Value::Text("7".into())));
        assert_eq!(exp(r#"{"exp":["a","b"]}"#), Some(Value::Texts(vec!["a".into(), "b".into()])));
        assert_eq!(exp("{}"), Some(Value::Absent));
        for other in ["null", "true", "-1", "-0", "1.0", "1e3", "1e400", "{}", "[1]", "[[\"a\"]]"] {
            let json = format!(r#"{{"exp":{other}}}"#);
            assert!(matches!(exp(&json), Some(Value::Other) | None), "{other}");
        }
    }

    #[test]
    fn a_member_named_twice_is_refused_at_any_depth() {
        for json in [
            r#"{"exp":1,"exp":1}"#,
            r#"{"x":1,"x":1}"#,
            r#"{"x":1,"\u0078":1}"#,
            r#"{"e\u0078p":1,"exp":1}"#,
            r#"{"x":{"y":1,"y":1}}"#,
            r#"{"x":[{"y":{"z":1,"z":1}}]}"#,
        ] {
            assert_eq!(exp(json), None, "{json}");
        }
        assert_eq!(exp(r#"{"x":{"y":1},"y":{"y":1}}"#), Some(Value::Absent));
    }

    #[test]
    fn what_is_not_one_object_is_refused() {
        for json in
            ["", "[]", "1", "null", "\"{}\"", "{}{}", "{} x", "\u{feff}{}", "{,}", "{\"a\"}"]
        {
            assert_eq!(exp(json), None, "{json:?}");
        }
    }
}
