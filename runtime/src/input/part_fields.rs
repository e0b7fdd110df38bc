//! The fields of a multipart form, and the content of their parts.

use super::{admitted::NamedFields, field::Field, named::ListStyle, shapes::Shapes};

/// The declared fields of a form with files.
#[derive(Debug)]
pub(crate) struct PartFields {
    fields: &'static [Field],
    /// Including those of flattened types.
    shapes: Shapes,
}

/// The content of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartKind {
    /// A string.
    Text,
    /// One element of a list, which may have several parts.
    Element,
    /// A JSON document.
    Json,
    /// An undeclared field, which the type drops.
    Dropped,
}

impl PartFields {
    /// Those of `T`.
    pub(crate) fn of<T: NamedFields>() -> Self {
        Self { fields: T::FIELDS, shapes: Shapes::of(&[T::wire()]) }
    }

    /// The content of a part with this name; `None` if the type does not declare the field, and
    /// refuses undeclared ones.
    pub(crate) fn kind_of(&self, name: &str) -> Option<PartKind> {
        if let Some(field) = self.fields.iter().find(|field| field.is_named(name)) {
            return Some(match field.list {
                _ if field.json => PartKind::Json,
                Some(ListStyle::Repeat) => PartKind::Element,
                Some(ListStyle::Comma) | None => PartKind::Text,
            });
        }
        self.shapes.member(name.as_bytes())?;
        Some(if self.shapes.declares(name.as_bytes()) { PartKind::Text } else { PartKind::Dropped })
    }
}
