//! What a handler takes, as its types say it.

use std::{any, fmt};

use actix_web::HttpRequest;

use crate::{
    input::{
        Form, Input, Misfit, PathShape,
        private::{InputField, InputWire},
    },
    policy::{Denied, FileKind},
};

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
    /// Independent of the caller: address, request information.
    Free,
    /// Independent of the caller: a value of the app data.
    State(Needs),
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
    /// An object that is loaded by parameters of the path, and granted to the caller.
    Object(Object),
    /// The conditions of the request, which the handler judges.
    Conditions,
    /// The body, validated.
    Body {
        /// The media type that it is read from.
        kind: BodyKind,
        /// Whether the type itself drops fields that it does not know.
        unknown_fields: bool,
        /// What the type and the types of its fields declare.
        declared: Declared,
    },
    /// The body: files, and fields beside them.
    Upload {
        /// The kinds of files that the type takes.
        kinds: &'static [FileKind],
        /// Whether it takes more than one.
        several: bool,
        /// What the type of the fields declares; `None` where no field is taken.
        fields: Option<Declared>,
        /// Whether the type of the fields drops those that it does not know.
        unknown_fields: bool,
        /// The store.
        needs: Needs,
    },
    /// `Vouched<T>`: read by a foreign extractor, the body possibly included.
    Vouched,
    /// The type is admitted by no rule; the compiler reports it elsewhere.
    Unknown,
}

/// What an input type and the types of its fields declare; worked out when asked, since a type may
/// hold itself.
#[derive(Clone, Copy)]
pub struct Declared {
    form: fn() -> Form,
    wire: fn() -> InputWire,
    /// The name of the type, modules included.
    name: fn() -> &'static str,
    misfit: Option<Misfit>,
    misfit_in_parts: Option<Misfit>,
}

impl Declared {
    /// What `T` declares.
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

    /// Why no query string and no form can fill the type, where none can.
    pub(crate) const fn misfit(&self) -> Option<Misfit> {
        self.misfit
    }

    /// Why no form with files can fill the type, where none can.
    pub(crate) const fn misfit_in_parts(&self) -> Option<Misfit> {
        self.misfit_in_parts
    }

    /// Fields, reasons, and whether unknown fields are dropped.
    pub fn form(self) -> Form {
        (self.form)()
    }

    /// What a value is on the wire.
    #[cfg(feature = "openapi")]
    pub(crate) fn wire(self) -> InputWire {
        (self.wire)()
    }

    fn is_of(self, other: Self) -> bool {
        (self.name)() == (other.name)()
    }

    /// Whether reading a value would never end.
    pub(crate) fn is_endless(self) -> bool {
        self.form().is_endless() || (self.wire)().is_endless()
    }
}

impl fmt::Debug for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Declared")
    }
}

/// An object that a handler takes, and what it is taken for.
#[derive(Clone, Copy)]
pub struct Object {
    /// The name of its type, modules included.
    pub resource: fn() -> &'static str,
    /// What the caller wants to do to it.
    pub action: &'static str,
    /// The answer to a denied caller.
    pub denied: Denied,
    /// How its id is taken from the path.
    pub path: PathShape,
    /// What the type of its id declares.
    pub declared: Declared,
    /// What loading and deciding need.
    pub needs: Needs,
    /// Whether the conditions of the request are judged for it.
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

/// What an argument needs of the app's data.
#[derive(Clone, Copy)]
pub struct Needs(fn(&HttpRequest) -> Option<&'static str>);

impl Needs {
    /// `missing` names the first type that the app's data does not hold.
    pub(crate) const fn new(missing: fn(&HttpRequest) -> Option<&'static str>) -> Self {
        Self(missing)
    }

    /// The first type that is needed and that the app's data does not hold.
    pub fn missing(self, request: &HttpRequest) -> Option<&'static str> {
        (self.0)(request)
    }
}

impl fmt::Debug for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Needs")
    }
}

/// The media type of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// `application/json`, `application/*+json` without the types of patches.
    Json,
    /// The same, and `application/merge-patch+json` (RFC 7396).
    MergePatch,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
    /// Whatever a vouched extractor takes.
    Any,
}

impl Shape {
    /// Whether this says of an argument what its type says.
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

    /// What the input type declares, where the argument is input.
    pub fn declared(&self) -> Option<Form> {
        self.input().map(Declared::form)
    }

    /// Whether reading the input would never end.
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

    /// How the argument takes parameters of the path, where it does.
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

    /// What the argument needs of the app's data.
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
