//! A member of a merge patch.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use validator::{
    AsRegex, ValidateEmail, ValidateIp, ValidateLength, ValidateRange, ValidateRegex, ValidateUrl,
};

use std::borrow::Cow;

use super::{
    bounded::{Bounded, BoundedByLength, FieldType, Nested, NestedByLength},
    condition::At,
    report::Report,
    seal::InputSeal,
    size,
    wire::Wire,
};

/// A member of a JSON merge patch (RFC 7396): absent, `null`, or a value.
///
/// `Option` does not distinguish `null` and an absent member, so that a request to remove a value
/// would succeed without effect. A type with a field of this type is a merge patch: `Json<T>`
/// accepts `application/merge-patch+json` for it, in addition to `application/json`. The field has
/// `#[serde(default)]`, and its rules only apply to a value.
///
/// ```
/// use palisade::{input::Patch, prelude::*};
///
/// #[derive(Deserialize, Validate, Input)]
/// #[serde(deny_unknown_fields)]
/// struct NoteChange {
///     #[serde(default)]
///     title: Patch<Text<80>>,
/// }
///
/// # fn main() {
/// let read = |body: &str| palisade::input::from_json::<NoteChange>(body.as_bytes()).unwrap().title;
/// assert_eq!(read("{}"), Patch::Absent);
/// assert_eq!(read(r#"{"title": null}"#), Patch::Null);
/// assert_eq!(read(r#"{"title": "Tea"}"#), Patch::Value(Text::new("Tea").unwrap()));
///
/// let mut title = Some("Coffee".to_owned());
/// read("{}").map(String::from).apply(&mut title);
/// assert_eq!(title.as_deref(), Some("Coffee"));
/// read(r#"{"title": null}"#).map(String::from).apply(&mut title);
/// assert_eq!(title, None);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// The member is absent: the present value remains.
    #[default]
    Absent,
    /// The member is `null`: the present value is removed.
    Null,
    /// The present value is replaced.
    Value(T),
}

impl<T> Patch<T> {
    /// Whether the member is absent; for `#[serde(skip_serializing_if = "Patch::is_absent")]`.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The value, if there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// The same with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(change(value)),
        }
    }

    /// Changes the present value.
    pub fn apply(self, to: &mut Option<T>) {
        match self {
            Self::Absent => {}
            Self::Null => *to = None,
            Self::Value(value) => *to = Some(value),
        }
    }

    /// The new value of the member; `None` if it does not change.
    pub fn into_change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // This is not called for an absent member, which has the default.
        let value = Option::deserialize(deserializer)?;
        Ok(value.map_or(Self::Null, Self::Value))
    }
}

/// `null` for both: for a field that may be absent use `#[serde(skip_serializing_if =
/// "Patch::is_absent")]`.
impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<T: FieldType> FieldType for Patch<T> {
    const FIELD_SEAL: InputSeal = T::FIELD_SEAL;
    const HELD: usize = T::HELD;
    const TEXT: bool = T::TEXT;
    const KEYED: bool = T::KEYED;
    const PATCH: bool = true;
    const DOUBLE_OPTION: bool = T::NULLABLE || T::PATCH || T::DOUBLE_OPTION;
    const ELEMENTS: u64 = T::ELEMENTS;
    const STACK: usize = size::of_option(size_of::<Self>()).saturating_add(T::STACK);

    fn wire() -> Wire {
        T::wire().optional::<T>()
    }

    fn conditions(&self, at: &At<'_>, report: &mut Report) {
        if let Some(value) = self.value() {
            value.conditions(at, report);
        }
    }
}

impl<T: Bounded> Bounded for Patch<T> {
    const BOUNDED_SEAL: InputSeal = T::BOUNDED_SEAL;
}

impl<T: BoundedByLength> BoundedByLength for Patch<T> {
    const LENGTH_SEAL: InputSeal = T::LENGTH_SEAL;
}

impl<T: Nested> Nested for Patch<T> {
    const NESTED_SEAL: InputSeal = T::NESTED_SEAL;
}

impl<T: NestedByLength> NestedByLength for Patch<T> {
    const NESTED_LENGTH_SEAL: InputSeal = T::NESTED_LENGTH_SEAL;
}

impl<T: ValidateLength<u64>> ValidateLength<u64> for Patch<T> {
    fn length(&self) -> Option<u64> {
        self.value()?.length()
    }
}

impl<T: ValidateRange<U>, U> ValidateRange<U> for Patch<T> {
    fn greater_than(&self, max: U) -> Option<bool> {
        self.value()?.greater_than(max)
    }

    fn less_than(&self, min: U) -> Option<bool> {
        self.value()?.less_than(min)
    }
}

impl<T: ValidateRegex> ValidateRegex for Patch<T> {
    fn validate_regex(&self, regex: impl AsRegex) -> bool {
        self.value().is_none_or(|value| value.validate_regex(regex))
    }
}

impl<T: ValidateEmail> ValidateEmail for Patch<T> {
    fn as_email_string(&self) -> Option<Cow<'_, str>> {
        self.value()?.as_email_string()
    }
}

impl<T: ValidateUrl> ValidateUrl for Patch<T> {
    fn as_url_string(&self) -> Option<Cow<'_, str>> {
        self.value()?.as_url_string()
    }
}

impl<T: ValidateIp> ValidateIp for Patch<T> {
    fn validate_ipv4(&self) -> bool {
        self.value().is_none_or(ValidateIp::validate_ipv4)
    }

    fn validate_ipv6(&self) -> bool {
        self.value().is_none_or(ValidateIp::validate_ipv6)
    }

    fn validate_ip(&self) -> bool {
        self.value().is_none_or(ValidateIp::validate_ip)
    }
}

/// For `#[validate(nested)]`: the rules of a value.
impl<'v_a, T: validator::ValidateArgs<'v_a>> validator::ValidateArgs<'v_a> for Patch<T> {
    type Args = T::Args;

    fn validate_with_args(&self, args: Self::Args) -> Result<(), validator::ValidationErrors> {
        self.value().map_or(Ok(()), |value| value.validate_with_args(args))
    }
}

impl<T: validator::Validate> validator::Validate for Patch<T> {
    fn validate(&self) -> Result<(), validator::ValidationErrors> {
        self.value().map_or(Ok(()), validator::Validate::validate)
    }
}
