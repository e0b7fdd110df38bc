//! The arguments of handlers.
//!
//! [`Extract`] is the only way to an argument, and it is sealed. Its implementations depend on two
//! facts that the macros put into its parameters: whether the endpoint identifies its callers, and
//! whether it has `#[validated]`. The compiler decides by the type itself, so an alias or a type of
//! the same name changes nothing.
//!
//! | argument | endpoint |
//! |---|---|
//! | [`Principal`](crate::Principal) | [`Authenticated`] |
//! | `Json<T>`, `Form<T>`, `Query<T>`, `Path<T>` with `T:` [`Input`](crate::Input) | [`Validated`] |
//! | [`Owned<T, A>`](crate::object::Owned) with `T:` [`Permits<A>`](crate::object::Permits) | [`Authenticated`] |
//! | [`Current<T, A>`](crate::conditional::Current) with `T:` [`Versioned`](crate::conditional::Versioned) too | [`Authenticated`], under `#[conditional]` |
//! | [`Preconditions`](crate::conditional::Preconditions) | any, under `#[conditional]` |
//! | `Data<T>`, [`ClientAddr`](crate::ClientAddr), [`RequestInfo`], [`Nonce`](crate::Nonce), [`FormToken`](crate::FormToken) | any |
//! | [`Vouched<T>`](Vouched) with `T: FromRequest` | any; shows in the inventory |

mod arguments;
mod check;
mod extraction;
mod vouched;

use std::marker::PhantomData;

pub use arguments::RequestInfo;
pub(crate) use arguments::TakenBack;
pub(crate) use arguments::own_parameters;
#[doc(hidden)]
#[doc(hidden)]
pub use extraction::{BodyExtraction, Extraction};
pub use vouched::Vouched;

use crate::{pipeline::Cleared, policy::Shape};

/// An endpoint that identifies its callers.
#[derive(Debug)]
pub struct Authenticated;

/// A `#[public]` endpoint: there is no identity.
#[derive(Debug)]
pub struct Public;

/// An endpoint with `#[validated]`.
#[derive(Debug)]
pub struct Validated;

/// An endpoint that takes no input.
#[derive(Debug)]
pub struct NotValidated;

/// A type that may be an argument of a handler. Sealed: use [`Vouched`] for other types.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of this endpoint",
    label = "not admitted here",
    note = "a parameter of the path comes as `Path<u32>`, `Path<Slug>` or a struct in `Path<..>`",
    note = "`Json`, `Form`, `Query` and `Path` need `#[validated]` on the handler",
    note = "`Principal` needs `#[require_scope(..)]` or `#[authenticated]` on the handler",
    note = "`Owned<T, A>` needs an identity too, and `T: Permits<A>`",
    note = "`Data`, `ClientAddr` and `RequestInfo` are admitted everywhere",
    note = "any other extractor comes in as `Vouched<T>`, and shows in the inventory"
)]
pub trait Extract<A, C>: Sized + sealed::Sealed {
    /// What the type needs of the request.
    const SHAPE: Shape;

    /// Whether it is extracted after all other arguments: when all input has been validated.
    #[doc(hidden)]
    const LATE: bool = false;

    /// Whether a handler takes it to put a secret into answers, or to decide who they are for:
    /// `#[compress]` needs a reason then.
    #[doc(hidden)]
    const IS_SECRET: bool = false;

    /// Extracts the value from a request that every guard admitted.
    #[doc(hidden)]
    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self>;
}

pub(crate) mod sealed {
    #[expect(unnameable_types, reason = "that is what seals `Extract`")]
    pub trait Sealed {}
}

#[doc(hidden)]
/// Finds the shape of an argument without failing if there is none: a type that is not admitted is
/// reported once, where it is extracted.
#[derive(Debug)]
pub struct Probe<T, A, C>(PhantomData<(T, A, C)>);

impl<T: Extract<A, C>, A, C> Probe<T, A, C> {
    /// The shape of a type that is admitted.
    pub const SHAPE: Shape = T::SHAPE;

    /// Whether an admitted type represents a secret.
    pub const IS_SECRET: bool = T::IS_SECRET;
}

#[doc(hidden)]
/// The shape of every other type, found only if [`Probe`] has none of its own.
pub trait NoShape {
    /// Unknown.
    const SHAPE: Shape = Shape::Unknown;

    /// Unknown, and reported elsewhere.
    const IS_SECRET: bool = false;
}

impl<T, A, C> NoShape for Probe<T, A, C> {}
