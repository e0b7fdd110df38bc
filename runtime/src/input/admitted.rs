//! The types that may be deserialized from a request.

use super::{
    bounded::{FieldType, MapKey},
    condition::At,
    field::Field,
    layout::Layout,
    report::Report,
    seal::{Checked, InputSeal},
};
use crate::input::{PathShape, Reason};

/// A type that may be deserialized from a request.
///
/// `#[derive(Input)]` implements it; numbers, `bool`, `Uuid`, [`Slug`](super::Slug) and
/// [`Text`](super::Text) implement it already. It cannot be implemented by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an input type",
    label = "request input is admitted through types that derive `Input`",
    note = "write `#[derive(Deserialize, Validate, Input)]` and `#[serde(deny_unknown_fields)]` \
            on a type of your own"
)]
pub trait Input: FieldType + 'static {
    #[doc(hidden)]
    const SEAL: InputSeal;

    /// The declared fields, in order; for an enum, those of all variants; for a newtype, its field;
    /// none for a single value.
    const FIELDS: &'static [Field] = &[];

    /// Whether undeclared fields are dropped instead of refused.
    const UNKNOWN_FIELDS: bool = false;

    /// The weakened defaults of this type, with reasons; without those of its fields' types (see
    /// [`Form::reasons`](super::Form::reasons)).
    const REASONS: &'static [Reason] = &[];

    /// The layout of the type on the wire.
    #[doc(hidden)]
    const LAYOUT: Layout = Layout::Opaque;

    /// The documentation of the type, for the OpenAPI document.
    #[cfg(feature = "openapi")]
    #[doc(hidden)]
    const DOCS: &'static str = "";

    /// How the type reads the parameters of a path.
    const PATH: PathShape = PathShape::One;

    /// Whether every text in the type has a pattern, so that it may come from a path.
    const PATH_SAFE: bool = Field::all_fit_path(Self::FIELDS);

    /// Checks the declared rules and reports each broken one.
    fn check(&self, report: &mut Report) -> Checked {
        self.conditions(&At::root(), report);
        Checked::new()
    }
}

/// An input type with named fields, as query strings and forms need it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no named fields",
    label = "a query string and a form carry values by name",
    note = "take a struct that derives `Input`"
)]
pub trait NamedFields: Input {
    #[doc(hidden)]
    const NAMED_SEAL: InputSeal;
}

/// An input type for paths: numbers, `bool`, `Uuid`, [`Slug`](super::Slug), tuples of these, and
/// derived structs whose texts all have a pattern in addition to their length.
#[diagnostic::on_unimplemented(
    message = "`{Self}` may not come from a path",
    label = "a path takes numbers, `bool`, `Uuid`, `Slug`, tuples of these, and structs of these",
    note = "a string in a path needs `#[validate(length(max = ..), regex(path = ..))]` in a struct \
            that derives `Input`, or the type `Slug`"
)]
pub trait PathInput: Input {
    #[doc(hidden)]
    const PATH_SEAL: InputSeal;
}

/// Turns [`Input::PATH_SAFE`] into a bound. The lifetime prevents the compiler from checking that
/// bound where the type is declared: a type that is never used in a path need not satisfy it.
#[derive(Debug)]
pub struct PathFit<'a, const SAFE: bool>(std::marker::PhantomData<&'a ()>);

/// Implemented for the types that paths may have.
#[diagnostic::on_unimplemented(
    message = "this input type has a field that may not come from a path",
    label = "a field of this type is a string without a pattern, optional, a list or a nested type",
    note = "give the text `#[validate(length(max = ..), regex(path = ..))]` or the type `Slug`"
)]
pub trait FitsPath {}

impl FitsPath for PathFit<'_, true> {}

/// Turns the type in a newtype into a bound, as [`PathFit`] does: a newtype that is never used as a
/// key need not satisfy it.
#[derive(Debug)]
pub struct KeyFit<'a, T>(std::marker::PhantomData<&'a T>);

/// Implemented for the types that may be keys of maps.
#[diagnostic::on_unimplemented(
    message = "the type in this newtype is not a bounded key",
    label = "take a newtype of `Text<64>`, `Slug`, an integer or `Uuid`"
)]
pub trait FitsKey {}

impl<T: MapKey> FitsKey for KeyFit<'_, T> {}
