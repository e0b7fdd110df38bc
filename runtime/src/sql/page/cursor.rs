//! The position between two rows.

use std::{fmt, marker::PhantomData};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeOwned},
};

use crate::{
    Input,
    input::{
        private::{
            Bounded, Checked, FieldType, InputNamedFit, InputReport, InputSeal, InputWire,
            input_seal,
        },
        text_schema,
    },
};

/// A longer cursor is refused before it is decoded, and none is issued.
const LONGEST: usize = 2048;

/// The key of the last row of a page, as an opaque string that clients return.
///
/// It is not signed, and need not be. It is parsed into the key's type, so it holds values and
/// nothing else; the values are bound, so they are never part of a statement; and a statement uses
/// them to say where in *its* rows a page begins. A client that forges one begins at another place
/// among the rows that it may see anyway. So the condition on the owner of the rows belongs into
/// every statement (`WHERE owner = {who.subject()}`), and never into the cursor.
///
/// It is not encrypted either: the caller may see the key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor<K>(K);

impl<K> Cursor<K> {
    /// The position after the row with this key.
    pub fn new(key: K) -> Self {
        Self(key)
    }

    /// The key.
    pub fn key(&self) -> &K {
        &self.0
    }

    /// The key.
    pub fn into_key(self) -> K {
        self.0
    }
}

impl<K: Serialize> Cursor<K> {
    /// The string for clients; `None` for a key that does not serialize or is too long.
    pub fn encode(&self) -> Option<String> {
        let json = serde_json::to_vec(&self.0).ok()?;
        let text = URL_SAFE_NO_PAD.encode(json);
        (text.len() <= LONGEST).then_some(text)
    }
}

/// A key may contain input of a user.
impl<K> fmt::Debug for Cursor<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cursor(..)")
    }
}

impl<K: Serialize> Serialize for Cursor<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.encode() {
            Some(text) => serializer.serialize_str(&text),
            None => Err(serde::ser::Error::custom("the key does not make a cursor")),
        }
    }
}

impl<'de, K: DeserializeOwned> Deserialize<'de> for Cursor<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reader(PhantomData))
    }
}

struct Reader<K>(PhantomData<fn() -> K>);

impl<K: DeserializeOwned> de::Visitor<'_> for Reader<K> {
    type Value = Cursor<K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the `next` of an answer, as it was")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let refused = || E::invalid_value(de::Unexpected::Other("another text"), &self);
        if text.len() > LONGEST {
            return Err(refused());
        }
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| refused())?;
        serde_json::from_slice(&json).map(Cursor).map_err(|_| refused())
    }
}

impl<K> FieldType for Cursor<K> {
    const NAMED: InputNamedFit = InputNamedFit::One;
    const FIELD_SEAL: InputSeal = input_seal();

    fn wire() -> InputWire {
        InputWire::SCALAR.shown(|| text_schema(Some((1, LONGEST)), Some("^[A-Za-z0-9_-]+$")))
    }
}

impl<K> Bounded for Cursor<K> {
    const BOUNDED_SEAL: InputSeal = input_seal();
}

impl<K: 'static> Input for Cursor<K> {
    const SEAL: InputSeal = input_seal();
    const PATH_SAFE: bool = false;

    // Its length is checked when it is read.
    fn check(&self, _: &mut InputReport) -> Checked {
        Checked::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_and_nothing_else_does() {
        let cursor = Cursor::new(("it's".to_owned(), 7_i64));
        let text = serde_json::to_string(&cursor).unwrap();
        assert_eq!(serde_json::from_str::<Cursor<(String, i64)>>(&text).unwrap(), cursor);
        let encode = |json: &str| serde_json::to_string(&URL_SAFE_NO_PAD.encode(json)).unwrap();
        for bad in [
            "7".to_owned(),
            "\"\"".to_owned(),
            "\"a b\"".to_owned(),
            encode(r#"["a", 7] "#).replace('"', "\"="),
            encode(r#"["a", 7, 8]"#),
            encode(r#"["a", "7"]"#),
            encode(r#"["a", 7] x"#),
            encode(r#"{"0": "a", "1": 7}"#),
            encode(&format!(r#"["{}", 7]"#, "x".repeat(LONGEST))),
        ] {
            assert!(serde_json::from_str::<Cursor<(String, i64)>>(&bad).is_err(), "{bad}");
        }
        assert!(Cursor::new("x".repeat(LONGEST)).encode().is_none());
        assert_eq!(format!("{cursor:?}"), "Cursor(..)");
    }
}
