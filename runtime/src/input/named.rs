//! Whether a field can be filled by name: by a query string or a form.

use super::size;

/// The types that a named string value can be parsed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedFit {
    /// None: the type is an object, a map, a tuple or a list of such.
    Nothing,
    /// One value.
    One,
    /// `true` or `false`.
    Bool,
    /// A list of values, if the field declares its style.
    List,
    /// Unknown: the field has a reason.
    Unknown,
}

impl NamedFit {
    /// The fit of a list of such values.
    pub const fn in_list(self) -> Self {
        match self {
            Self::One | Self::Bool => Self::List,
            Self::Unknown => Self::Unknown,
            Self::Nothing | Self::List => Self::Nothing,
        }
    }
}

/// How the elements of a list are written in a query string or a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListStyle {
    /// The name is repeated for each element: `tag=a&tag=b`.
    Repeat,
    /// All elements in one value: `tags=a,b`. An element has no comma.
    Comma,
}

/// A field that no query string and no form can fill.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Misfit {
    /// A list without a declared style.
    List(&'static str),
    /// A type that cannot be parsed from a string.
    Type(&'static str),
    /// A JSON document, which only a form with files can contain.
    Json(&'static str),
}

impl Misfit {
    /// Rejects the type at compile time.
    #[track_caller]
    pub(crate) const fn refuse(self) {
        match self {
            Self::List(name) => size::refuse_text(
                "the field `",
                name,
                "` is a list, and its form in a query string or form is not declared: add \
                 `#[input(list = repeat)]` for `a=1&a=2`, or `#[input(list = comma)]` for `a=1,2`",
            ),
            Self::Type(name) => size::refuse_text(
                "no query string or form can fill the field `",
                name,
                "`: an object, a map, a tuple or a list of such has no text; take it as `Json`, take \
                 single values, or beside files say `#[input(json)]`",
            ),
            Self::Json(name) => size::refuse_text(
                "the field `",
                name,
                "` says `#[input(json)]`, and no query string or form without files has a part of \
                 type `application/json`: take it beside an `Upload`, or take the whole body as `Json`",
            ),
        }
    }
}
