//! How many rows a page has.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    Input,
    input::private::{
        Bounded, Checked, FieldType, InputNamedFit, InputReport, InputSeal, InputWire, input_seal,
    },
    sql::bind::{Bind, BindError},
    sql::value::{Value, ValueType},
};

/// How many rows a caller requests: at least 1, `DEFAULT` if the parameter is missing, and at most
/// `MAX`.
///
/// In an input type of your own it has `#[serde(default)]`. In a statement it is `LIMIT
/// {page.limit}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit<const DEFAULT: u32 = 50, const MAX: u32 = 100>(u32);

impl<const DEFAULT: u32, const MAX: u32> Limit<DEFAULT, MAX> {
    const FITS: () = assert!(
        1 <= DEFAULT && DEFAULT <= MAX,
        "a limit's default is at least 1, and at most its maximum"
    );

    /// The number of rows.
    pub fn rows(self) -> u32 {
        self.0
    }
}

impl<const DEFAULT: u32, const MAX: u32> Default for Limit<DEFAULT, MAX> {
    fn default() -> Self {
        const { Self::FITS };
        Self(DEFAULT)
    }
}

impl<const DEFAULT: u32, const MAX: u32> From<Limit<DEFAULT, MAX>> for u32 {
    fn from(limit: Limit<DEFAULT, MAX>) -> Self {
        limit.0
    }
}

impl<'de, const DEFAULT: u32, const MAX: u32> Deserialize<'de> for Limit<DEFAULT, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const { Self::FITS };
        let asked = u64::deserialize(deserializer)?;
        match u32::try_from(asked.min(u64::from(MAX))) {
            Ok(0) | Err(_) => Err(de::Error::invalid_value(
                de::Unexpected::Other("no rows"),
                &"a number of rows, at least 1",
            )),
            Ok(rows) => Ok(Self(rows)),
        }
    }
}

impl<const DEFAULT: u32, const MAX: u32> Serialize for Limit<DEFAULT, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.0)
    }
}

impl<const DEFAULT: u32, const MAX: u32> Bind for Limit<DEFAULT, MAX> {
    const KIND: ValueType = ValueType::I64;

    fn value(&self) -> Result<Value<'_>, BindError> {
        Ok(Value::I64(i64::from(self.0)))
    }
}

impl<const DEFAULT: u32, const MAX: u32> FieldType for Limit<DEFAULT, MAX> {
    const NAMED: InputNamedFit = InputNamedFit::One;
    const FIELD_SEAL: InputSeal = {
        let () = Self::FITS;
        input_seal()
    };

    fn wire() -> InputWire {
        // More is taken, and is the most.
        InputWire::SCALAR.shown(|| {
            serde_json::json!({
                "type": "integer", "format": "int64", "minimum": 1, "maximum": u64::MAX,
                "default": DEFAULT, "x-palisade-capped-at": MAX,
            })
        })
    }
}

impl<const DEFAULT: u32, const MAX: u32> Bounded for Limit<DEFAULT, MAX> {
    const BOUNDED_SEAL: InputSeal = input_seal();
}

impl<const DEFAULT: u32, const MAX: u32> Input for Limit<DEFAULT, MAX> {
    const SEAL: InputSeal = input_seal();
    const PATH_SAFE: bool = false;

    // The type is the rule.
    fn check(&self, _: &mut InputReport) -> Checked {
        Checked::new()
    }
}

#[cfg(test)]
mod tests {
    use super::Limit;

    #[test]
    fn a_limit_is_capped_and_never_nothing() {
        let read = |text: &str| serde_json::from_str::<Limit>(text).map(Limit::rows);
        assert_eq!(read("1").unwrap(), 1);
        assert_eq!(read("100").unwrap(), 100);
        for above in ["101", "4294967296", "18446744073709551615"] {
            assert_eq!(read(above).unwrap(), 100);
        }
        for bad in ["0", "-1", "1.5", "\"7\"", "null", "18446744073709551616"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert_eq!(Limit::<10, 20>::default().rows(), 10);
    }
}
