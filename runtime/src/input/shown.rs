//! How single values are documented: their schemas.

use serde_json::{Value, json};

/// A string of these lengths and this pattern.
pub(crate) fn text(length: Option<(usize, usize)>, pattern: Option<&str>) -> Value {
    let mut schema = json!({ "type": "string" });
    if let Some((least, most)) = length {
        if least > 0 {
            set(&mut schema, "minLength", json!(least));
        }
        set(&mut schema, "maxLength", json!(most));
    }
    if let Some(pattern) = pattern {
        set(&mut schema, "pattern", json!(pattern));
    }
    schema
}

fn set(schema: &mut Value, word: &str, value: Value) {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert(word.to_owned(), value);
    }
}

/// The schema of a type that requests carry as it is.
#[cfg(not(feature = "openapi"))]
#[expect(clippy::extra_unused_type_parameters, reason = "it is asked with the feature alone")]
pub(super) fn of<T>() -> Value {
    Value::Null
}

/// The schema of a type that requests carry as it is.
#[cfg(feature = "openapi")]
pub(super) fn of<T: 'static>() -> Value {
    use std::{
        any::TypeId,
        net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
        num::NonZero,
    };

    use uuid::Uuid;

    let id = TypeId::of::<T>();
    macro_rules! integers {
        ($($type:ty as $format:literal,)*) => {$(
            if id == TypeId::of::<$type>() {
                return json!({
                    "type": "integer", "format": $format,
                    "minimum": <$type>::MIN, "maximum": <$type>::MAX,
                });
            }
            if id == TypeId::of::<NonZero<$type>>() {
                let least = <$type>::MIN;
                return if least == 0 {
                    json!({
                        "type": "integer", "format": $format, "minimum": 1, "maximum": <$type>::MAX,
                    })
                } else {
                    json!({
                        "type": "integer", "format": $format, "minimum": least,
                        "maximum": <$type>::MAX, "not": { "const": 0 },
                    })
                };
            }
        )*};
    }
    // The least of these formats that holds every value.
    integers! {
        u8 as "int32", u16 as "int32", u32 as "int64", u64 as "int64", usize as "int64",
        i8 as "int32", i16 as "int32", i32 as "int32", i64 as "int64", isize as "int64",
    }
    macro_rules! texts {
        ($($type:ty: $schema:tt;)*) => {$(
            if id == TypeId::of::<$type>() {
                return json!($schema);
            }
        )*};
    }
    texts! {
        bool: { "type": "boolean" };
        f32: { "type": "number", "format": "float" };
        f64: { "type": "number", "format": "double" };
        char: { "type": "string", "minLength": 1, "maxLength": 1 };
        Uuid: { "type": "string", "format": "uuid", "maxLength": 45 };
        Ipv4Addr: { "type": "string", "format": "ipv4", "maxLength": 15 };
        Ipv6Addr: { "type": "string", "format": "ipv6", "maxLength": 45 };
        IpAddr: {
            "type": "string", "maxLength": 45,
            "anyOf": [{ "format": "ipv4" }, { "format": "ipv6" }]
        };
        SocketAddr: { "type": "string", "maxLength": 64 };
        SocketAddrV4: { "type": "string", "maxLength": 64 };
        SocketAddrV6: { "type": "string", "maxLength": 64 };
    }
    #[cfg(feature = "chrono")]
    texts! {
        ::chrono::NaiveDate: { "type": "string", "format": "date", "maxLength": 16 };
        ::chrono::DateTime<::chrono::Utc>: { "type": "string", "format": "date-time", "maxLength": 64 };
        ::chrono::DateTime<::chrono::FixedOffset>: {
            "type": "string", "format": "date-time", "maxLength": 64
        };
    }
    #[cfg(feature = "jiff")]
    texts! {
        ::jiff::Timestamp: { "type": "string", "format": "date-time", "maxLength": 64 };
        ::jiff::civil::Date: { "type": "string", "format": "date", "maxLength": 64 };
        ::jiff::SignedDuration: { "type": "string", "format": "duration", "maxLength": 128 };
        ::jiff::Span: { "type": "string", "format": "duration", "maxLength": 256 };
    }
    #[cfg(feature = "time")]
    texts! {
        ::time::Date: { "type": "string", "format": "date", "maxLength": 16 };
    }
    #[cfg(feature = "rust_decimal")]
    texts! {
        ::rust_decimal::Decimal: {
            "type": ["string", "number"], "maxLength": 64,
            "pattern": "^[+-]?[0-9_]*\\.?[0-9_]*(?:[eE][+-]?[0-9]+)?$"
        };
    }
    // Times and names of the crates' own forms.
    json!({ "type": "string", "maxLength": 128 })
}

#[cfg(all(test, feature = "openapi"))]
mod tests {
    use std::num::NonZero;

    use serde_json::json;

    use super::{of, text};

    #[test]
    fn types_bound_their_values() {
        assert_eq!(of::<u8>()["maximum"], 255);
        assert_eq!(of::<i64>()["minimum"], i64::MIN);
        assert_eq!(of::<NonZero<u16>>()["minimum"], 1);
        assert_eq!(of::<NonZero<i8>>()["not"], json!({ "const": 0 }));
        assert_eq!(of::<uuid::Uuid>()["format"], "uuid");
        assert_eq!(of::<bool>(), json!({ "type": "boolean" }));
        assert_eq!(
            text(Some((0, 4)), Some("^a$")),
            json!({ "type": "string", "maxLength": 4, "pattern": "^a$" })
        );
    }
}
