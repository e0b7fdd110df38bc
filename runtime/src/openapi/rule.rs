//! The rules of input, as data.

use serde_json::{Number, Value, json};
use validator::AsRegex;

use super::pattern;

/// A rule of a field: `#[derive(Input)]` emits it together with its check.
#[derive(Clone, Copy, Debug)]
pub enum InputRule {
    /// `length(..)`: the minimum, the maximum, and the exact length.
    Length(fn() -> [Option<u64>; 3]),
    /// `range(..)`: the minimum and the maximum, and the exclusive ones.
    Range(fn() -> [Option<InputNumber>; 4]),
    /// `email`
    Email,
    /// `url`, with the accepted schemes.
    Url(&'static [&'static str]),
    /// `ip`
    Ip,
    /// `ip(v4 = true)`
    Ipv4,
    /// `ip(v6 = true)`
    Ipv6,
    /// `non_control_character`
    NonControlCharacter,
    /// `required`
    Required,
    /// `contains(pattern = ..)`
    Contains(fn() -> String),
    /// `does_not_contain(pattern = ..)`
    Without(fn() -> String),
    /// `regex(path = ..)`
    Pattern(fn() -> String),
    /// A rule that JSON Schema cannot express, by its name.
    Other(&'static str),
}

/// A bound of a range.
#[derive(Clone, Copy, Debug)]
pub enum InputNumber {
    /// A literal, in decimal digits.
    Written(&'static str),
    /// A whole number.
    Whole(i128),
    /// Any other.
    Float(f64),
}

impl InputNumber {
    /// A literal, in decimal digits.
    pub const fn written(text: &'static str) -> Self {
        Self::Written(text)
    }

    /// The value of a constant.
    pub fn of(value: impl Into<Self>) -> Self {
        value.into()
    }

    fn json(self) -> Value {
        let number = match self {
            Self::Written(text) => text
                .parse::<i64>()
                .map(Number::from)
                .or_else(|_| text.parse::<u64>().map(Number::from))
                .ok()
                .or_else(|| text.parse().ok().and_then(Number::from_f64)),
            Self::Whole(value) => i64::try_from(value)
                .map(Number::from)
                .or_else(|_| u64::try_from(value).map(Number::from))
                .ok(),
            Self::Float(value) => Number::from_f64(value),
        };
        number.map_or(Value::Null, Value::Number)
    }
}

macro_rules! whole {
    ($($type:ty),*) => {$(
        impl From<$type> for InputNumber {
            fn from(value: $type) -> Self {
                Self::Whole(value.into())
            }
        }
    )*};
}

whole!(u8, u16, u32, u64, i8, i16, i32, i64, i128);

impl From<usize> for InputNumber {
    fn from(value: usize) -> Self {
        Self::Whole(i128::try_from(value).unwrap_or(i128::MAX))
    }
}

impl From<isize> for InputNumber {
    fn from(value: isize) -> Self {
        Self::Whole(i128::try_from(value).unwrap_or(i128::MAX))
    }
}

impl From<f32> for InputNumber {
    fn from(value: f32) -> Self {
        Self::Float(value.into())
    }
}

impl From<f64> for InputNumber {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl InputRule {
    /// The text of a pattern.
    pub fn pattern_of(pattern: &(impl AsRegex + ?Sized)) -> String {
        pattern.as_regex().as_str().to_owned()
    }

    /// Adds the rule to the schema of a value that is not `null`.
    pub(crate) fn describe(self, schema: &mut Value) {
        let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(schema) = schema.as_object_mut() else { return };
        match self {
            Self::Length(limits) => {
                let [min, max, equal] = limits();
                let (least, most) = match kind.as_str() {
                    "array" => ("minItems", "maxItems"),
                    "object" => ("minProperties", "maxProperties"),
                    _ => ("minLength", "maxLength"),
                };
                // Of two rules the stricter one applies.
                if let Some(min) = equal.or(min) {
                    let own = schema.get(least).and_then(Value::as_u64).unwrap_or(0);
                    schema.insert(least.to_owned(), json!(min.max(own)));
                }
                if let Some(max) = equal.or(max) {
                    let own = schema.get(most).and_then(Value::as_u64).unwrap_or(u64::MAX);
                    schema.insert(most.to_owned(), json!(max.min(own)));
                }
            }
            Self::Range(limits) => {
                let words = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
                for (word, limit) in words.into_iter().zip(limits()) {
                    if let Some(limit) = limit.map(InputNumber::json).filter(Value::is_number) {
                        schema.insert(word.to_owned(), limit);
                    }
                }
            }
            Self::Email => set_format(schema, "email"),
            Self::Url(schemes) => {
                set_format(schema, "uri");
                if let Some(pattern) = pattern::ecma(&format!("(?i)^(?:{}):", schemes.join("|"))) {
                    add(schema, json!({ "pattern": pattern }));
                }
            }
            Self::Ipv4 => set_format(schema, "ipv4"),
            Self::Ipv6 => set_format(schema, "ipv6"),
            Self::Ip => {
                add(schema, json!({ "anyOf": [{ "format": "ipv4" }, { "format": "ipv6" }] }));
            }
            Self::NonControlCharacter => {
                add(schema, json!({ "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$" }));
            }
            Self::Contains(text) => {
                add(schema, json!({ "pattern": pattern::literal(&text()) }));
            }
            Self::Without(text) => {
                // For texts only: `null` and values of other types pass any pattern.
                let pattern = pattern::literal(&text());
                add(schema, json!({ "not": { "type": "string", "pattern": pattern } }));
            }
            Self::Pattern(text) => match pattern::ecma(&text()) {
                Some(pattern) => add(schema, json!({ "pattern": pattern })),
                None => note(schema, "regex"),
            },
            // It is a property of the field, not of its value.
            Self::Required => {}
            Self::Other(name) => note(schema, name),
        }
    }
}

fn set_format(schema: &mut serde_json::Map<String, Value>, format: &str) {
    schema.insert("format".to_owned(), json!(format));
}

/// Adds a condition that may be combined with others of its kind.
fn add(schema: &mut serde_json::Map<String, Value>, condition: Value) {
    let is_free =
        condition.as_object().is_some_and(|one| one.keys().all(|word| !schema.contains_key(word)));
    if let (true, Value::Object(condition)) = (is_free, &condition) {
        schema.extend(condition.clone());
        return;
    }
    let all = schema.entry("allOf").or_insert_with(|| json!([]));
    if let Some(all) = all.as_array_mut() {
        all.push(condition);
    }
}

/// Records a rule that JSON Schema cannot express.
fn note(schema: &mut serde_json::Map<String, Value>, name: &str) {
    let rules = schema.entry("x-palisade-rules").or_insert_with(|| json!([]));
    if let Some(rules) = rules.as_array_mut() {
        rules.push(json!(name));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{InputNumber, InputRule};

    fn described(mut schema: Value, rules: &[InputRule]) -> Value {
        for rule in rules {
            rule.describe(&mut schema);
        }
        schema
    }

    #[test]
    fn a_length_is_of_what_the_value_is() {
        let rules = [InputRule::Length(|| [Some(1), Some(9), None])];
        assert_eq!(
            described(json!({ "type": "string", "maxLength": 4 }), &rules),
            json!({ "type": "string", "minLength": 1, "maxLength": 4 })
        );
        assert_eq!(
            described(json!({ "type": "array" }), &rules),
            json!({ "type": "array", "minItems": 1, "maxItems": 9 })
        );
        let rules = [InputRule::Length(|| [None, None, Some(3)])];
        assert_eq!(
            described(json!({ "type": "object" }), &rules),
            json!({ "type": "object", "minProperties": 3, "maxProperties": 3 })
        );
    }

    #[test]
    fn a_range_takes_literals_and_constants() {
        let rules = [InputRule::Range(|| {
            [
                Some(InputNumber::written("-5")),
                Some(InputNumber::of(u64::MAX)),
                Some(InputNumber::of(0.5_f64)),
                Some(InputNumber::written("1.25")),
            ]
        })];
        assert_eq!(
            described(json!({ "type": "number" }), &rules),
            json!({
                "type": "number", "minimum": -5, "maximum": 18_446_744_073_709_551_615_u64,
                "exclusiveMinimum": 0.5, "exclusiveMaximum": 1.25,
            })
        );
    }

    #[test]
    fn conditions_of_one_kind_stand_beside_each_other() {
        let rules = [
            InputRule::Contains(|| "a.b".to_owned()),
            InputRule::Pattern(|| "^[a-z.]+$".to_owned()),
            InputRule::Other("is_name"),
            InputRule::Pattern(|| r"^\b$".to_owned()),
        ];
        assert_eq!(
            described(json!({ "type": "string" }), &rules),
            json!({
                "type": "string", "pattern": r"a\.b",
                "allOf": [{ "pattern": r"^[\.a-z]+$" }],
                "x-palisade-rules": ["is_name", "regex"],
            })
        );
    }
}
