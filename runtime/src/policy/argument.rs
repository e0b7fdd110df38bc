//! The arguments of a handler, as their types describe them.

use std::{any, fmt};

use actix_web::HttpRequest;

use crate::{
    input::{
        Form, Input, Misfit,
        private::{InputField, InputWire},
    },
    object::Denied,
    upload::FileKind,
};

/// One argument of a handler.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// The type, as written in the source.
    pub written: &'static str,
    /// What the type needs from the request.
    pub shape: Shape,
}

/// What an argument's type needs from the request. Known at compile time, through type aliases too.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Independent of the caller: address, request information.
    Free,
    /// Independent of the caller: a value of the app data.
    State(Needs),
    /// The authenticated caller.
    Identity,
    /// Validated fields of the query string.
    Query {
        /// Whether the type drops unknown fields by its own declaration.
        unknown_fields: bool,
        /// The declarations of the type and of the types of its fields.
        declared: Declared,
    },
    /// Parameters of the path.
    Path {
        /// How the type reads them.
        shape: PathShape,
        /// The declarations of the type.
        declared: Declared,
    },
    /// An object that is loaded by path parameters, if the caller has permission for it.
    Object(Object),
    /// The conditional headers of the request, which the handler evaluates.
    Conditions,
    /// The body, validated.
    Body {
        /// The accepted media type.
        kind: BodyKind,
        /// Whether the type drops unknown fields by its own declaration.
        unknown_fields: bool,
        /// The declarations of the type and of the types of its fields.
        declared: Declared,
    },
    /// The body: files, and the fields of the same form.
    Upload {
        /// The kinds of files that the type accepts.
        kinds: &'static [FileKind],
        /// Whether it accepts more than one file.
        several: bool,
        /// The declarations of the type of the fields; `None` if there are no fields.
        fields: Option<Declared>,
        /// Whether the type of the fields drops unknown ones.
        unknown_fields: bool,
        /// The store.
        needs: Needs,
    },
    /// `Vouched<T>`: read by a foreign extractor, which may read the body.
    Vouched,
    /// No rule permits the type; the compiler reports it elsewhere.
    Unknown,
}

/// The declarations of an input type and of the types of its fields; computed on demand, since a
/// type may contain itself.
#[derive(Clone, Copy)]
pub struct Declared {
    form: fn() -> Form,
    wire: fn() -> InputWire,
    /// The name of the type with its modules.
    name: fn() -> &'static str,
    misfit: Option<Misfit>,
    misfit_in_parts: Option<Misfit>,
}

impl Declared {
    /// The declarations of `T`.
    pub const fn of<T: Input>() -> Self {
        // Named so that what the type checks when it is compiled is checked here too.
        let _proofs = (T::SEAL, T::FIELD_SEAL);
        Form::check_stack::<T>();
        Self {
            form: Form::of::<T>,
            wire: T::wire,
            name: any::type_name::<T>,
            misfit: InputField::misfit(T::FIELDS, false),
            misfit_in_parts: InputField::misfit(T::FIELDS, true),
        }
    }

    /// Why neither a query string nor a form can fill the type; `None` if they can.
    pub(crate) const fn misfit(&self) -> Option<Misfit> {
        self.misfit
    }

    /// Why no form with files can fill the type; `None` if one can.
    pub(crate) const fn misfit_in_parts(&self) -> Option<Misfit> {
        self.misfit_in_parts
    }

    /// The fields, the reasons, and whether unknown fields are dropped.
    pub fn form(self) -> Form {
        (self.form)()
    }

    /// The form of a value on the wire.
    #[cfg(feature = "openapi")]
    pub(crate) fn wire(self) -> InputWire {
        (self.wire)()
    }

    fn is_of(self, other: Self) -> bool {
        (self.name)() == (other.name)()
    }

    /// Whether deserializing a value would never end.
    pub(crate) fn is_endless(self) -> bool {
        self.form().is_endless() || (self.wire)().is_endless()
    }
}

impl fmt::Debug for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Declared")
    }
}

/// An object that a handler receives, and the action on it.
#[derive(Clone, Copy)]
pub struct Object {
    /// The name of its type with its modules.
    pub resource: fn() -> &'static str,
    /// The action of the caller on the object.
    pub action: &'static str,
    /// The response to a caller without permission.
    pub denied: Denied,
    /// How its id is read from the path.
    pub path: PathShape,
    /// The declarations of the type of its id.
    pub declared: Declared,
    /// What loading it and deciding need.
    pub needs: Needs,
    /// Whether the conditional headers of the request are evaluated for it.
    pub is_conditional: bool,
}

impl Object {
    fn is_that_of(&self, own: &Self) -> bool {
        let Self { resource, action, denied, path, declared, needs: _, is_conditional } = self;
        (resource)() == (own.resource)()
            && *action == own.action
            && *denied == own.denied
            && *path == own.path
            && *is_conditional == own.is_conditional
            && declared.is_of(own.declared)
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({} {})", (self.resource)(), self.action)
    }
}

/// What an argument needs from the app's data.
#[derive(Clone, Copy)]
pub struct Needs(fn(&HttpRequest) -> Option<&'static str>);

impl Needs {
    /// `missing` returns the name of the first type that is missing from the app's data.
    pub(crate) const fn new(missing: fn(&HttpRequest) -> Option<&'static str>) -> Self {
        Self(missing)
    }

    /// The first needed type that is missing from the app's data.
    pub fn missing(self, request: &HttpRequest) -> Option<&'static str> {
        (self.0)(request)
    }
}

impl fmt::Debug for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Needs")
    }
}

/// How an argument reads the parameters of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathShape {
    /// One value.
    One,
    /// This many values, in order.
    Tuple(usize),
    /// Values by these names.
    Fields(&'static [&'static str]),
}

/// The accepted media type of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// `application/json` and `application/*+json`, except the media types of patches.
    Json,
    /// The same, and `application/merge-patch+json` (RFC 7396).
    MergePatch,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
    /// Whatever a vouched extractor accepts.
    Any,
}

impl Shape {
    /// Whether this describes the argument as its type does.
    pub(crate) fn is_that_of(&self, own: &Self) -> bool {
        match (self, own) {
            (Self::Free, Self::Free)
            | (Self::State(_), Self::State(_))
            | (Self::Identity, Self::Identity)
            | (Self::Conditions, Self::Conditions)
            | (Self::Vouched, Self::Vouched) => true,
            (
                Self::Query { unknown_fields, declared },
                Self::Query { unknown_fields: own_unknown, declared: own },
            ) => unknown_fields == own_unknown && declared.is_of(*own),
            (Self::Path { shape, declared }, Self::Path { shape: own_shape, declared: own }) => {
                shape == own_shape && declared.is_of(*own)
            }
            (Self::Object(object), Self::Object(own)) => object.is_that_of(own),
            (
                Self::Body { kind, unknown_fields, declared },
                Self::Body { kind: own_kind, unknown_fields: own_unknown, declared: own },
            ) => kind == own_kind && unknown_fields == own_unknown && declared.is_of(*own),
            (
                Self::Upload { kinds, several, fields, unknown_fields, needs: _ },
                Self::Upload {
                    kinds: own_kinds,
                    several: own_several,
                    fields: own_fields,
                    unknown_fields: own_unknown,
                    needs: _,
                },
            ) => {
                let same_fields = match (fields, own_fields) {
                    (Some(fields), Some(own)) => fields.is_of(*own),
                    (None, None) => true,
                    (Some(_), None) | (None, Some(_)) => false,
                };
                let same = (kinds, several, unknown_fields);
                same == (own_kinds, own_several, own_unknown) && same_fields
            }
            // What is not known is that of no argument that could be taken.
            (
                Self::Free
                | Self::State(_)
                | Self::Identity
                | Self::Query { .. }
                | Self::Path { .. }
                | Self::Object(_)
                | Self::Conditions
                | Self::Body { .. }
                | Self::Upload { .. }
                | Self::Vouched
                | Self::Unknown,
                _,
            ) => false,
        }
    }

    /// The declarations of the input type, if the argument is input.
    pub fn declared(&self) -> Option<Form> {
        self.input().map(Declared::form)
    }

    /// Whether deserializing the input would never end.
    pub(crate) fn is_endless(&self) -> bool {
        self.input().is_some_and(Declared::is_endless)
    }

    fn input(&self) -> Option<Declared> {
        match self {
            Self::Query { declared, .. }
            | Self::Body { declared, .. }
            | Self::Path { declared, .. }
            | Self::Object(Object { declared, .. }) => Some(*declared),
            Self::Upload { fields, .. } => *fields,
            Self::Free
            | Self::State(_)
            | Self::Identity
            | Self::Conditions
            | Self::Vouched
            | Self::Unknown => None,
        }
    }

    /// How the argument reads path parameters, if it does.
    pub const fn path(&self) -> Option<PathShape> {
        match self {
            Self::Path { shape, .. } => Some(*shape),
            Self::Object(object) => Some(object.path),
            Self::Free
            | Self::State(_)
            | Self::Identity
            | Self::Conditions
            | Self::Query { .. }
            | Self::Body { .. }
            | Self::Upload { .. }
            | Self::Vouched
            | Self::Unknown => None,
        }
    }

    /// What the argument needs from the app's data.
    pub const fn needs(&self) -> Option<Needs> {
        match self {
            Self::State(needs) | Self::Upload { needs, .. } => Some(*needs),
            Self::Object(object) => Some(object.needs),
            Self::Free
            | Self::Identity
            | Self::Conditions
            | Self::Query { .. }
            | Self::Path { .. }
            | Self::Body { .. }
            | Self::Vouched
            | Self::Unknown => None,
        }
    }
}
