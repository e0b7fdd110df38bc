//! A serde format for named texts.
//!
//! It is used for forms, query strings and paths, so that a value is parsed by the same rules
//! everywhere, and so that an error contains its field.

mod error;
mod value;

use std::{borrow::Cow, slice};

use serde::{
    Deserializer,
    de::{self, Error as _, IntoDeserializer as _, Visitor},
    forward_to_deserialize_any,
};

pub(super) use error::PairError;
use value::{Value, Values};

use super::json;

/// A name and its text, both decoded.
pub(super) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The value of a name.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) texts: Texts<'a>,
}

/// One text, those of a list, or a JSON document.
#[derive(Debug)]
pub(super) enum Texts<'a> {
    One(&'a str),
    Many(Vec<&'a str>),
    Json(&'a str),
}

impl<'a> Entry<'a> {
    fn read<T>(&'a self, seed: impl de::DeserializeSeed<'a, Value = T>) -> Result<T, PairError> {
        let value = match &self.texts {
            Texts::One(text) => seed.deserialize(Value(text)),
            Texts::Many(texts) => seed.deserialize(Values(texts)),
            Texts::Json(text) => json::read_seed(text, seed).map_err(PairError::in_document),
        };
        value.map_err(|error| error.at(self.name))
    }
}

/// Deserializes a struct or map by name, a tuple in order, a single value from a single pair.
pub(super) struct Pairs<'a> {
    pairs: &'a [Entry<'a>],
}

impl<'a> Pairs<'a> {
    pub(super) fn new(pairs: &'a [Entry<'a>]) -> Self {
        Self { pairs }
    }

    fn entries(&self) -> Entries<'a> {
        Entries { rest: self.pairs.iter(), current: None }
    }

    /// Deserializes the only value.
    fn single<T>(
        self,
        read: impl FnOnce(Value<'a>) -> Result<T, PairError>,
    ) -> Result<T, PairError> {
        match self.pairs {
            [Entry { name, texts: Texts::One(text) }] => {
                read(Value(text)).map_err(|error| error.at(name))
            }
            _ => Err(PairError::custom("")),
        }
    }
}

macro_rules! single {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairError> {
            self.single(|value| value.$method(visitor))
        }
    )*};
}

impl<'de> Deserializer<'de> for Pairs<'de> {
    type Error = PairError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairError> {
        visitor.visit_map(self.entries())
    }

    single! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_string deserialize_bytes deserialize_byte_buf deserialize_option
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, PairError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PairError> {
        self.single(|value| value.deserialize_enum(name, variants, visitor))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, PairError> {
        if self.pairs.len() != len {
            return Err(PairError::invalid_length(self.pairs.len(), &visitor));
        }
        visitor.visit_seq(self.entries())
    }

    forward_to_deserialize_any! {
        unit unit_struct seq tuple_struct map struct identifier ignored_any
    }
}

/// Returns the pairs one after the other.
struct Entries<'a> {
    rest: slice::Iter<'a, Entry<'a>>,
    current: Option<&'a Entry<'a>>,
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = PairError;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, PairError> {
        self.current = self.rest.next();
        match self.current {
            Some(entry) => seed.deserialize(entry.name.into_deserializer()).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<S: de::DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, PairError> {
        match self.current.take() {
            Some(entry) => entry.read(seed),
            None => Err(PairError::custom("")),
        }
    }
}

impl<'de> de::SeqAccess<'de> for Entries<'de> {
    type Error = PairError;

    fn next_element_seed<S: de::DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, PairError> {
        match self.rest.next() {
            Some(entry) => entry.read(seed).map(Some),
            None => Ok(None),
        }
    }
}
