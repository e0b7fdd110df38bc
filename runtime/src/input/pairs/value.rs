//! A string, deserialized to any single type.

use serde::{
    Deserializer,
    de::{self, Error as _, IntoDeserializer as _, Unexpected, Visitor, value::StrDeserializer},
    forward_to_deserialize_any,
};

use super::error::PairError;

/// A string, deserialized to any single type.
pub(super) struct Value<'a>(pub(super) &'a str);

macro_rules! number {
    ($($method:ident => $visit:ident: $type:ty, $grammar:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairError> {
            match self.0.parse::<$type>() {
                Ok(number) if $grammar(self.0) => visitor.$visit(number),
                _ => Err(self.wrong(&visitor)),
            }
        }
    )*};
}

impl Value<'_> {
    fn wrong<'de>(&self, visitor: &impl Visitor<'de>) -> PairError {
        PairError::invalid_type(Unexpected::Other("text"), visitor)
    }
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = PairError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairError> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairError> {
        match self.0 {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(self.wrong(&visitor)),
        }
    }

    number! {
        deserialize_i8 => visit_i8: i8, is_integer;
        deserialize_i16 => visit_i16: i16, is_integer;
        deserialize_i32 => visit_i32: i32, is_integer;
        deserialize_i64 => visit_i64: i64, is_integer;
        deserialize_i128 => visit_i128: i128, is_integer;
        deserialize_u8 => visit_u8: u8, is_integer;
        deserialize_u16 => visit_u16: u16, is_integer;
        deserialize_u32 => visit_u32: u32, is_integer;
        deserialize_u64 => visit_u64: u64, is_integer;
        deserialize_u128 => visit_u128: u128, is_integer;
        deserialize_f32 => visit_f32: f32, is_small_number;
        deserialize_f64 => visit_f64: f64, is_number;
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairError> {
        visitor.visit_some(self)
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
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PairError> {
        let variant: StrDeserializer<'de, PairError> = self.0.into_deserializer();
        visitor.visit_enum(variant)
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

/// The texts of a list, deserialized to any single type.
pub(super) struct Values<'a>(pub(super) &'a [&'a str]);

impl<'de> Deserializer<'de> for Values<'de> {
    type Error = PairError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairError> {
        visitor.visit_seq(Elements { rest: self.0, index: 0 })
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, PairError> {
        if self.0.len() != len {
            return Err(PairError::invalid_length(self.0.len(), &visitor));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, PairError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple_struct map struct enum identifier ignored_any
    }
}

struct Elements<'a> {
    rest: &'a [&'a str],
    index: usize,
}

impl<'de> de::SeqAccess<'de> for Elements<'de> {
    type Error = PairError;

    fn next_element_seed<S: de::DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, PairError> {
        let Some((text, rest)) = self.rest.split_first() else { return Ok(None) };
        let index = self.index;
        self.rest = rest;
        self.index = index.saturating_add(1);
        seed.deserialize(Value(text)).map(Some).map_err(|error| error.at_index(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// `-?(0|[1-9][0-9]*)` without `-0`: one spelling for each number, so that one value has one key in
/// every cache, log and limit.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.bytes().all(|byte| byte.is_ascii_digit())
        && text != "-0"
        && (digits == "0" || !digits.starts_with('0'))
}

/// The number of RFC 8259 section 6, if it is finite. JSON permits white space around it, but no
/// text with white space gets here: `parse` refuses it.
fn is_number(text: &str) -> bool {
    let json = serde_json::from_str::<serde_json::Value>(text);
    matches!(json, Ok(serde_json::Value::Number(_)))
}

fn is_small_number(text: &str) -> bool {
    is_number(text) && text.parse::<f32>().is_ok_and(f32::is_finite)
}
