//! The types that a field of an input type may have.

use super::{condition::At, named::NamedFit, report::Report, seal::InputSeal, wire::Wire};

/// What a field's type says about itself. Holds no permission: that is in the traits below.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of an input type",
    label = "no bound of it is known",
    note = "a type of your own derives `Input`"
)]
#[doc(hidden)]
pub trait FieldType: Sized {
    /// The proof; naming it runs the checks of the type when it is compiled. A derived type has
    /// checked its fields at its definition, so that a type may contain itself.
    const FIELD_SEAL: InputSeal;
    /// Whether the field may be absent.
    const OPTIONAL: bool = false;
    /// Whether `null` is read as none. A tuple of one `Option` reads it so, and no absence.
    const NULLABLE: bool = Self::OPTIONAL;
    /// Whether the value is a string that only its rules limit.
    const TEXT: bool = false;
    /// Whether a path may carry the type as it is.
    const PATH_SAFE: bool = false;
    /// Whether elements have no index on the wire: a map, or a set without an order.
    const KEYED: bool = false;
    /// What a query string or a form can make of the type.
    const NAMED: NamedFit = if Self::PATH_SAFE { NamedFit::One } else { NamedFit::Nothing };
    /// Whether a member that is `null` is distinguished from an absent one.
    const PATCH: bool = false;
    /// Whether it is an `Option` of an `Option`, which reads `null` as if the member were absent.
    const DOUBLE_OPTION: bool = false;
    /// Whether it is a type of merge patches: one with a field that is a [`Patch`](super::Patch), or a
    /// newtype of such a type.
    const MERGES: bool = false;

    /// The most that anything takes that lists and boxes in it hold. A derived type says so itself.
    const HELD: usize = 0;
    /// The elements that arrays in arrays have in all.
    const ELEMENTS: u64 = 1;
    /// The stack that deserializing a value needs, without parts that are on the heap.
    const STACK: usize = 0;

    /// What the type is on the wire.
    fn wire() -> Wire {
        Wire::SCALAR
    }

    /// Reports what a value of the type has to be besides its rules, and is not.
    fn conditions(&self, _: &At<'_>, _: &mut Report) {}
}

/// A type whose values are limited in size by the type alone.
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

/// A type whose values are limited in size by `#[validate(length(max = ..))]`: `String`, lists, sets
/// and maps of [`Bounded`] elements, and `Option` of these.
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

/// A type that `#[validate(nested)]` checks: a struct that derives `Input`, `Option` and `Box` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a nested input type",
    label = "`#[validate(nested)]` takes a struct that derives `Input`",
    note = "a list or map of such structs needs `#[validate(length(max = ..))]` besides `nested`"
)]
pub trait Nested: FieldType {
    #[doc(hidden)]
    const NESTED_SEAL: InputSeal;
}

/// A type that `#[validate(nested, length(max = ..))]` checks: a list or map of [`Nested`] types.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of nested input types",
    label = "`nested` with a length takes a list or map of structs that derive `Input`",
    note = "keys have to be bounded by their own type: `HashMap<Slug, Line>`"
)]
pub trait NestedByLength: FieldType {
    #[doc(hidden)]
    const NESTED_LENGTH_SEAL: InputSeal;
}

/// A bounded type that can be a key: strings, integers, `bool`, `char`, `Uuid`, enums without
/// fields.
///
/// Other keys make `validator` panic when it writes the value down for its report.
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
