//! The permitted input of a request, and how it is read.
//!
//! A type is permitted by [`Input`], which `#[derive(Input)]` implements after every field has
//! proved a limit: a number, an id, a [`Text`], a `String` with `#[validate(length(max = ..))]`, a
//! list with a length and bounded elements, a nested input type. The limits are traits, so that an
//! alias or a type with a familiar name makes no difference.
//!
//! The result is the value or a [`Rejection`]. A rejection contains positions and broken rules, but
//! neither a value from the client nor the text of the parser.

mod admitted;
mod anchor;
mod bounded;
mod condition;
mod container;
mod email;
mod encoded;
mod faults;
mod field;
mod foreign;
mod json;
mod layout;
mod lines;
#[cfg(feature = "look-alikes")]
mod look_alike;
mod members;
mod named;
mod pairs;
#[cfg(feature = "uploads")]
mod part_fields;
mod parts;
mod patch;
pub(crate) mod path_shape;
mod pointer;
pub(crate) mod private;
pub(crate) mod reason;
mod rejection;
mod report;
mod rules;
mod scalar;
#[cfg(feature = "openapi")]
mod schema;
mod seal;
mod shapes;
mod shown;
mod size;
mod slug;
mod tags;
mod text;
mod url;
mod violation;
mod wire;

pub use admitted::{Input, NamedFields, PathInput};
pub use bounded::{Bounded, BoundedByLength, MapKey, Nested, NestedByLength};
pub(crate) use encoded::{FormBody, from_query_of_page};
#[cfg(feature = "uploads")]
pub(crate) use encoded::{body_pointer, from_pairs};
pub use encoded::{from_form, from_path, from_query};
pub use field::{Field, Form};
pub use json::from_json;
pub use lines::{line, lines};
#[cfg(feature = "look-alikes")]
pub use look_alike::skeleton;
pub(crate) use members::repeated;
pub(crate) use named::Misfit;
pub use named::{ListStyle, NamedFit};
#[cfg(feature = "uploads")]
pub(crate) use part_fields::{PartFields, PartKind};
pub use patch::Patch;
pub(crate) use path_shape::PathShape;
pub(crate) use reason::Reason;
pub use rejection::Rejection;
pub use report::{FieldError, Place, Report};
#[cfg(feature = "openapi")]
pub(crate) use schema::Parameter;
pub(crate) use shown::text as text_schema;
pub use slug::{NotASlug, Slug};
pub use text::{Text, TextTooLong};

#[cfg(test)]
mod tests;
