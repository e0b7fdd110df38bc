//! The types that fields of an input type may have.

use super::{condition::At, named::NamedFit, report::Report, seal::InputSeal, wire::Wire};

/// Properties of a field's type. It permits no type by itself: the traits below do.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of an input type",
    label = "no bound of it is known",
    note = "a type of your own derives `Input`"
)]
#[doc(hidden)]
pub trait FieldType: Sized {
    /// The proof; its evaluation runs the checks of the type at compile time. A derived type has
    /// checked its fields at its definition, so that a type may contain itself.
    const FIELD_SEAL: InputSeal;
    /// Whether the field may be absent.
    const OPTIONAL: bool = false;
    /// Whether `null` is deserialized as none. A tuple with one `Option` accepts `null`, but its
    /// member must be present.
    const NULLABLE: bool = Self::OPTIONAL;
    /// Whether the value is a string whose length only its rules limit.
    const TEXT: bool = false;
    /// Whether the type is permitted in a path without further rules.
    const PATH_SAFE: bool = false;
    /// Whether elements have no index on the wire: a map, or a set without an order.
    const KEYED: bool = false;
    /// How a query string or a form can fill the type.
    const NAMED: NamedFit = if Self::PATH_SAFE { NamedFit::One } else { NamedFit::Nothing };
    /// Whether `null` and an absent member are distinguished.
    const PATCH: bool = false;
    /// Whether it is an `Option` of an `Option`, which would read `null` like an absent member.
    const DOUBLE_OPTION: bool = false;
    /// Whether it is a merge patch: a type with a field of the type [`Patch`](super::Patch), or a
    /// newtype of such a type.
    const MERGES: bool = false;

    /// The size of the largest value in its lists and boxes. A derived type computes its own.
    const HELD: usize = 0;
    /// The number of elements in nested arrays.
    const ELEMENTS: u64 = 1;
    /// The stack that deserializing a value needs, without parts on the heap.
    const STACK: usize = 0;

    /// The form of the type on the wire.
    fn wire() -> Wire {
        Wire::SCALAR
    }

    /// Reports the conditions that a value of the type violates, in addition to its rules.
    fn conditions(&self, _: &At<'_>, _: &mut Report) {}
}

/// A type that limits the size of its values by itself.
///
/// Numbers (128-bit ones excepted), `bool`, `char`, `Uuid`, addresses, durations, [`Text`](super::Text),
/// [`Slug`](super::Slug), enums and newtypes that derive `Input`; with features of their names the dates
/// of `chrono`, `jiff` and `time`, decimals of `rust_decimal` and `url::Url`; and `Option`,
/// [`Patch`](super::Patch), `Box`, arrays and tuples of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no bound of its own",
    label = "a request could make this as large as it likes",
    note = "a string or a list needs `#[validate(length(max = ..))]`; `Text<64>` carries its bound",
    note = "a type that derives `Input` needs `#[validate(nested)]`; a list of texts is a list of \
            `Text<64>` with a length"
)]
pub trait Bounded: FieldType {
    #[doc(hidden)]
    const BOUNDED_SEAL: InputSeal;
}

/// A type whose values are limited by `#[validate(length(max = ..))]`: `String`, lists, sets and
/// maps of [`Bounded`] elements, and `Option` of these.
#[diagnostic::on_unimplemented(
    message = "a length alone does not bound `{Self}`",
    label = "its elements could still be as large as a request likes",
    note = "elements and keys have to be bounded by their own type: `Vec<Text<64>>`, \
            `HashMap<Slug, u32>`",
    note = "a list of types that derive `Input` needs `#[validate(nested)]` besides the length"
)]
pub trait BoundedByLength: FieldType {
    #[doc(hidden)]
    const LENGTH_SEAL: InputSeal;
}

/// A type for `#[validate(nested)]`: a struct that derives `Input`, or `Option` or `Box` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a nested input type",
    label = "`#[validate(nested)]` takes a struct that derives `Input`",
    note = "a list or map of such structs needs `#[validate(length(max = ..))]` besides `nested`"
)]
pub trait Nested: FieldType {
    #[doc(hidden)]
    const NESTED_SEAL: InputSeal;
}

/// A type for `#[validate(nested, length(max = ..))]`: a list or map of [`Nested`] types.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of nested input types",
    label = "`nested` with a length takes a list or map of structs that derive `Input`",
    note = "keys have to be bounded by their own type: `HashMap<Slug, Line>`"
)]
pub trait NestedByLength: FieldType {
    #[doc(hidden)]
    const NESTED_LENGTH_SEAL: InputSeal;
}

/// A bounded type that may be a key: strings, integers, `bool`, `char`, `Uuid`, enums without
/// fields.
///
/// With other keys, `validator` panics when it serializes the value for its report.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a bounded key",
    label = "a request could make the keys as large as it likes",
    note = "take `Text<64>`, `Slug`, an integer, `Uuid` or an enum without fields that derives \
            `Input`"
)]
pub trait MapKey: Bounded {
    #[doc(hidden)]
    const KEY_SEAL: InputSeal;
}
