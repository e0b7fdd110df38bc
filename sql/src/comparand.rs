//! What a value is compared with.

use crate::schema::Kind;

/// What a value is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparand {
    /// Numbers, truths among them.
    Number,
    /// Text or bytes.
    Text,
}

impl Comparand {
    pub(crate) fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Integer | Kind::Real | Kind::Boolean => Some(Self::Number),
            Kind::Text | Kind::Blob => Some(Self::Text),
            Kind::Uuid | Kind::Timestamp | Kind::Json | Kind::Search | Kind::Unknown => None,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Number => "numbers",
            Self::Text => "text",
        }
    }
}
