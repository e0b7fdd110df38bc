//! What a handler takes, as its types say it.

use std::fmt;

use crate::input::{Form, Input};

/// One argument of a handler.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// The type, as written in the source.
    pub written: &'static str,
    /// What the type asks of the request.
    pub shape: Shape,
}

/// What an argument's type asks of the request. Known when compiled, through aliases too.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Nothing of the caller's: state, address, request information.
    Free,
    /// The authenticated caller.
    Identity,
    /// Validated fields of the query string.
    Query {
        /// Whether the type itself drops fields that it does not know.
        unknown_fields: bool,
        /// What the type and the types of its fields declare.
        declared: Declared,
    },
    /// Parameters of the path.
    Path {
        /// How they are taken.
        shape: PathShape,
        /// What the type declares.
        declared: Declared,
    },
    /// The body, validated.
    Body {
        /// The media type that it is read from.
        kind: BodyKind,
        /// Whether the type itself drops fields that it does not know.
        unknown_fields: bool,
        /// What the type and the types of its fields declare.
        declared: Declared,
    },
    /// `Vouched<T>`: read by a foreign extractor, the body possibly included.
    Vouched,
    /// The type is admitted by no rule; the compiler reports it elsewhere.
    Unknown,
}

/// What an input type and the types of its fields declare; worked out when asked, since a type may
/// hold itself.
#[derive(Clone, Copy)]
pub struct Declared(fn() -> Form);

impl Declared {
    /// What `T` declares.
    pub const fn of<T: Input>() -> Self {
        Self(Form::of::<T>)
    }

    /// Fields, reasons, and whether unknown fields are dropped.
    pub fn form(self) -> Form {
        (self.0)()
    }
}

impl fmt::Debug for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Declared")
    }
}

/// How an argument takes the parameters of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathShape {
    /// One value.
    One,
    /// So many values, in order.
    Tuple(usize),
    /// Values by these names.
    Fields(&'static [&'static str]),
}

/// The media type of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// `application/json`, `application/*+json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// Whatever a vouched extractor takes.
    Any,
}

impl Shape {
    /// What the input type declares, where the argument is input.
    pub fn declared(&self) -> Option<Form> {
        match self {
            Self::Query { declared, .. }
            | Self::Body { declared, .. }
            | Self::Path { declared, .. } => Some(declared.form()),
            Self::Free | Self::Identity | Self::Vouched | Self::Unknown => None,
        }
    }
}
