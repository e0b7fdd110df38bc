//! The predefined types that can be bound.

use std::{borrow::Cow, fmt, rc::Rc, sync::Arc, time::SystemTime};

use serde::Serialize;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{Bind, BindError, Value, ValueType};
use crate::{Slug, Text};

macro_rules! binds_exactly {
    ($($type:ty => $kind:ident),* $(,)?) => {$(
        impl Bind for $type {
            const KIND: ValueType = ValueType::$kind;

            fn value(&self) -> Result<Value<'_>, BindError> {
                Ok(Value::$kind((*self).into()))
            }
        }
    )*};
}

binds_exactly! {
    bool => Bool,
    i8 => I16, u8 => I16, i16 => I16,
    u16 => I32, i32 => I32,
    u32 => I64, i64 => I64,
    Uuid => Uuid,
    Date => Date,
}

macro_rules! binds_checked {
    ($($type:ty),*) => {$(
        impl Bind for $type {
            const KIND: ValueType = ValueType::I64;

            fn value(&self) -> Result<Value<'_>, BindError> {
                let fits = i64::try_from(*self);
                fits.map(Value::I64).map_err(|_| {
                    BindError::rejected("an integer does not fit into the database's 64 bits")
                })
            }
        }
    )*};
}

binds_checked! { u64, isize, usize }

macro_rules! binds_finite {
    ($($type:ty => $kind:ident),*) => {$(
        impl Bind for $type {
            const KIND: ValueType = ValueType::$kind;

            /// SQLite would store `NULL` for one that is not a number, and MySQL refuses it.
            fn value(&self) -> Result<Value<'_>, BindError> {
                if self.is_finite() {
                    Ok(Value::$kind(*self))
                } else {
                    Err(BindError::rejected("a number is not finite"))
                }
            }
        }
    )*};
}

binds_finite! { f32 => F32, f64 => F64 }

macro_rules! binds_text {
    ($([$($generics:tt)*] $type:ty: $this:ident => $text:expr),* $(,)?) => {$(
        impl<$($generics)*> Bind for $type {
            const KIND: ValueType = ValueType::Text;

            fn value(&self) -> Result<Value<'_>, BindError> {
                let $this = self;
                Ok(Value::Text(Cow::Borrowed($text)))
            }
        }
    )*};
}

binds_text! {
    [] str: this => this,
    [] String: this => this.as_str(),
    [const MAX: usize] Text<MAX>: this => this.as_str(),
    [] Slug: this => this.as_str(),
}

impl Bind for char {
    const KIND: ValueType = ValueType::Text;

    fn value(&self) -> Result<Value<'_>, BindError> {
        Ok(Value::Text(Cow::Owned(self.to_string())))
    }
}

macro_rules! binds_bytes {
    ($([$($generics:tt)*] $type:ty),* $(,)?) => {$(
        impl<$($generics)*> Bind for $type {
            const KIND: ValueType = ValueType::Bytes;

            fn value(&self) -> Result<Value<'_>, BindError> {
                Ok(Value::Bytes(Cow::Borrowed(self.as_ref())))
            }
        }
    )*};
}

binds_bytes! { [] [u8], [] Vec<u8>, [const N: usize] [u8; N] }

/// To the microsecond, which is the precision of Postgres and MySQL.
impl Bind for OffsetDateTime {
    const KIND: ValueType = ValueType::Timestamp;

    fn value(&self) -> Result<Value<'_>, BindError> {
        let micros = self.nanosecond() / 1_000 * 1_000;
        let time = self.checked_to_offset(time::UtcOffset::UTC);
        let time = time.and_then(|time| time.replace_nanosecond(micros).ok());
        // A year above 9999 or before 1 breaks the fixed width that SQLite's comparisons rest on.
        match time.filter(|time| (1..=9999).contains(&time.year())) {
            Some(time) => Ok(Value::Timestamp(time)),
            None => Err(BindError::rejected("a timestamp is outside of the years 1 to 9999")),
        }
    }
}

impl Bind for SystemTime {
    const KIND: ValueType = ValueType::Timestamp;

    fn value(&self) -> Result<Value<'_>, BindError> {
        let outside = BindError::rejected("a timestamp is outside of the years 1 to 9999");
        // `OffsetDateTime::from` panics far from the present: an attacker's clock must not.
        let micros = match self.duration_since(Self::UNIX_EPOCH) {
            Ok(after) => i128::try_from(after.as_micros()),
            Err(before) => i128::try_from(before.duration().as_micros()).map(|micros| -micros),
        };
        let nanos = micros.ok().and_then(|micros| micros.checked_mul(1_000));
        let time = nanos.and_then(|nanos| OffsetDateTime::from_unix_timestamp_nanos(nanos).ok());
        match time.filter(|time| (1..=9999).contains(&time.year())) {
            Some(time) => Ok(Value::Timestamp(time)),
            None => Err(outside),
        }
    }
}

impl Bind for serde_json::Value {
    const KIND: ValueType = ValueType::Json;

    fn value(&self) -> Result<Value<'_>, BindError> {
        Ok(Value::Json(Cow::Borrowed(self)))
    }
}

/// Any type that serializes, stored as JSON; and a type that is deserialized from JSON.
///
/// ```
/// use palisade::sql::{AsJson, Bind, ValueType};
///
/// let tags = AsJson(vec!["a", "b"]);
/// assert_eq!(tags.value()?.kind(), ValueType::Json);
/// # Ok::<(), palisade::sql::BindError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct AsJson<T>(pub T);

impl<T: Serialize> Bind for AsJson<T> {
    const KIND: ValueType = ValueType::Json;

    fn value(&self) -> Result<Value<'_>, BindError> {
        match serde_json::to_value(&self.0) {
            Ok(json) => Ok(Value::Json(Cow::Owned(json))),
            Err(_) => Err(BindError::defect("a value does not serialize to JSON")),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for AsJson<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Bind> Bind for Option<T> {
    const KIND: ValueType = T::KIND;

    fn value(&self) -> Result<Value<'_>, BindError> {
        match self {
            Some(some) => some.value(),
            None => Ok(Value::Null(T::KIND)),
        }
    }
}

macro_rules! binds_through {
    ($($type:ty),* $(,)?) => {$(
        impl<T: Bind + ?Sized> Bind for $type {
            const KIND: ValueType = T::KIND;

            fn value(&self) -> Result<Value<'_>, BindError> {
                T::value(self)
            }
        }
    )*};
}

binds_through! { &T, &mut T, Box<T>, Arc<T>, Rc<T> }

impl<T: Bind + ToOwned + ?Sized> Bind for Cow<'_, T> {
    const KIND: ValueType = T::KIND;

    fn value(&self) -> Result<Value<'_>, BindError> {
        T::value(self)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn integers_are_converted_with_a_check() {
        assert!(matches!((i64::MAX as u64).value(), Ok(Value::I64(i64::MAX))));
        for above in [i64::MAX as u64 + 1, u64::MAX] {
            assert!(above.value().unwrap_err().to_string().contains("64 bits"));
        }
        assert!(matches!(u32::MAX.value(), Ok(Value::I64(4_294_967_295))));
        assert!(matches!(i8::MIN.value(), Ok(Value::I16(-128))));
    }

    #[test]
    fn numbers_are_finite_and_times_within_their_years() {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(number.value().is_err());
        }
        assert!(1.5_f64.value().is_ok());
        let far = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1 << 50));
        assert!(far.is_none_or(|far| far.value().is_err()));
        assert!(SystemTime::now().value().is_ok());
    }

    #[test]
    fn a_value_does_not_show_itself() {
        let secret = "hunter2".to_owned();
        assert_eq!(format!("{:?}", secret.value().unwrap()), "a text");
        assert_eq!(format!("{:?}", None::<i32>.value().unwrap()), "NULL a 32-bit integer");
    }
}
