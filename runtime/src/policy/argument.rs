//! What a handler takes, as its types say it.

/// One argument of a handler.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// The type, as written in the source.
    pub written: &'static str,
    /// What the type asks of the request.
    pub shape: Shape,
}

/// What an argument's type asks of the request. Known when compiled, through aliases too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing of the caller's: state, address, request information.
    Free,
    /// The authenticated caller.
    Identity,
    /// Validated fields of the query string.
    Query {
        /// Whether the type drops fields that it does not know.
        unknown_fields: bool,
    },
    /// Parameters of the path.
    Path(PathShape),
    /// The body, validated.
    Body {
        /// The media type that it is read from.
        kind: BodyKind,
        /// Whether the type drops fields that it does not know.
        unknown_fields: bool,
    },
    /// `Vouched<T>`: read by a foreign extractor, the body possibly included.
    Vouched,
    /// The type is admitted by no rule; the compiler reports it elsewhere.
    Unknown,
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
