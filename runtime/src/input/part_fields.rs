//! The fields of a form that comes in parts: which of them there are, and what a part of each holds.

use super::{admitted::NamedFields, field::Field, named::ListStyle, shapes::Shapes};

/// What the fields beside files declare.
#[derive(Debug)]
pub(crate) struct PartFields {
    fields: &'static [Field],
    /// With those of flattened types.
    shapes: Shapes,
}

/// What a part holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartKind {
    /// A string.
    Text,
    /// One element of a list, which may have several parts.
    Element,
    /// A JSON document.
    Json,
    /// A field that is not declared, which the type drops.
    Dropped,
}

impl PartFields {
    /// Those of `T`.
    pub(crate) fn of<T: NamedFields>() -> Self {
        Self { fields: T::FIELDS, shapes: Shapes::of(&[T::wire()]) }
    }

    /// What a part of this name holds; `None` where the type declares no such field, and refuses what it
    /// does not declare.
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
