//! What a type is on the wire: which values are objects, which names they have, which are arrays.
//!
//! Serde reads more than is declared: a struct from an array of its values, an enum with a tag from
//! an array of the tag and the fields. And a `Deserialize` by hand reads what it likes. So a body is
//! compared with what its types declare before it is read ([`members`](super::members)).

use std::fmt;

use serde::de::DeserializeOwned;
use smallvec::SmallVec;

use super::{
    admitted::Input,
    bounded::FieldType,
    condition::At,
    field::Form,
    json,
    layout::{Layout, Variant},
    report::Report,
    shapes::Shapes,
    size,
};

/// What a type is on the wire, and what reading it takes of the stack.
#[derive(Clone, Copy, Debug)]
pub struct Wire {
    pub(super) kind: Kind,
    pub(super) stack: usize,
    /// Whether `null` means none.
    pub(super) nullable: bool,
    /// How a single value is documented.
    #[cfg(feature = "openapi")]
    pub(super) shown: Option<fn() -> serde_json::Value>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Whatever the type reads, each level of which takes so much of the stack.
    Any(usize),
    /// A string, a number, `true` or `false`; and the check of its type, where that is known.
    Single(Option<Probe>),
    /// An array of any length.
    List(fn() -> Wire),
    /// An array of so many elements.
    Array(fn() -> Wire, usize),
    /// An array with an element for each of these.
    Tuple(&'static [fn() -> Wire]),
    /// An object of any names that the first type takes.
    Map(fn() -> Wire, fn() -> Wire),
    /// A type that derives `Input`.
    Declared(&'static Form),
    /// What a variant of such a type holds.
    Content(&'static Form, &'static Variant),
}

/// Reads a single value as its type does, and reports what is wrong with it.
#[derive(Clone, Copy)]
pub(super) struct Probe(fn(&[u8], &At<'_>, &mut Report));

impl Probe {
    /// What `T` says about a value.
    pub(super) const fn of<T: DeserializeOwned>() -> Self {
        Self(|json, at, report| {
            if let Err(error) = serde_json::from_slice::<T>(json) {
                report.push_once(at, json::code(&error.to_string()));
            }
        })
    }

    /// The same, and what else the value has to be.
    const fn of_field<T: FieldType + DeserializeOwned>() -> Self {
        Self(|json, at, report| match serde_json::from_slice::<T>(json) {
            Ok(value) => value.conditions(at, report),
            Err(error) => report.push_once(at, json::code(&error.to_string())),
        })
    }

    /// Reports what is wrong with a value, which is JSON.
    pub(super) fn ask(self, json: &[u8], at: &At<'_>, report: &mut Report) {
        (self.0)(json, at, report);
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Probe")
    }
}

impl Wire {
    /// A value of no declared form.
    pub(crate) const ANY: Self = Self::any_of(0, 0);

    /// A value of no declared form, of a type of which the size is known: what reading one takes, and what
    /// each level in it takes.
    pub(super) const fn any_of(stack: usize, level: usize) -> Self {
        let least = size::of_free_form();
        Self::new(Kind::Any(size::larger(level, least)), size::larger(stack, least))
    }

    /// A single value: neither an object nor an array.
    pub(crate) const SCALAR: Self = Self::new(Kind::Single(None), 0);

    const fn new(kind: Kind, stack: usize) -> Self {
        Self {
            kind,
            stack,
            nullable: false,
            #[cfg(feature = "openapi")]
            shown: None,
        }
    }

    /// A single value with this schema in the OpenAPI document.
    #[cfg(feature = "openapi")]
    pub(crate) fn shown(self, schema: fn() -> serde_json::Value) -> Self {
        Self { shown: Some(schema), ..self }
    }

    /// A single value; its schema is for the feature `openapi`.
    #[cfg(not(feature = "openapi"))]
    pub(crate) fn shown(self, _: fn() -> serde_json::Value) -> Self {
        self
    }

    /// A single value of this type.
    pub(crate) const fn single<T: FieldType + DeserializeOwned>() -> Self {
        Self::new(Kind::Single(Some(Probe::of_field::<T>())), 0)
    }

    /// The type `T`, which derives `Input`.
    pub const fn of<T: Input>() -> Self {
        Self::declared(const { &Form::of::<T>() })
    }

    /// The newtype `T`, which is read as its field is.
    pub fn newtype<T: Input>() -> Self {
        let own = Self::of::<T>();
        if let (Layout::Newtype, [field]) = (T::LAYOUT, T::FIELDS) {
            let Self { stack, nullable, .. } = field.read_as();
            Self { stack, nullable, ..own }
        } else {
            own
        }
    }

    /// The type on the wire: that of the field if this is a newtype. Types around the newtype, such
    /// as an `Option`, still apply.
    pub(super) fn opened(self) -> Self {
        match self.kind {
            Kind::Declared(Form { layout: Layout::Newtype, fields: [field], .. }) => {
                let inner = field.read_as().opened();
                Self {
                    kind: inner.kind,
                    #[cfg(feature = "openapi")]
                    shown: inner.shown,
                    ..self
                }
            }
            Kind::Any(_)
            | Kind::Single(_)
            | Kind::List(_)
            | Kind::Array(..)
            | Kind::Tuple(_)
            | Kind::Map(..)
            | Kind::Declared(_)
            | Kind::Content(..) => self,
        }
    }

    /// A type that derives `Input`.
    pub(super) const fn declared(form: &'static Form) -> Self {
        Self::new(Kind::Declared(form), size::of_struct(form.bytes))
    }

    /// What a variant holds.
    pub(super) const fn content(form: &'static Form, variant: &'static Variant) -> Self {
        Self::new(Kind::Content(form, variant), size::of_struct(form.bytes))
    }

    /// A list that is kept on the heap.
    pub(super) const fn list<T: FieldType>() -> Self {
        Self::new(Kind::List(T::wire), size::of_list(size_of::<T>()))
    }

    /// An array of `N` elements.
    pub(super) const fn array<T: FieldType, const N: usize>() -> Self {
        Self::new(Kind::Array(T::wire, N), size::of_array(size_of::<[T; N]>()))
    }

    /// A tuple of these members.
    pub(super) const fn tuple<T>(members: &'static [fn() -> Self]) -> Self {
        Self::new(Kind::Tuple(members), size::of_array(size_of::<T>()))
    }

    /// A map of these keys and values.
    pub(super) const fn map<K: FieldType, V: FieldType>() -> Self {
        Self::new(Kind::Map(K::wire, V::wire), size::of_list(size_of::<(K, V)>()))
    }

    /// The same value in an `Option<T>`.
    pub(super) const fn optional<T>(self) -> Self {
        let stack = self.stack.saturating_add(size::of_option(size_of::<Option<T>>()));
        Self { stack, nullable: true, ..self }
    }

    /// Whether deserializing a value would never end.
    pub(crate) fn is_endless(self) -> bool {
        Shapes::of(&[self]).is_endless
    }

    /// What the type declares, or its elements declare. A tuple declares nothing by itself.
    pub(super) fn form(self) -> Option<&'static Form> {
        match self.kind {
            Kind::Declared(form) => Some(form),
            Kind::List(element) | Kind::Array(element, _) | Kind::Map(_, element) => {
                element().form()
            }
            Kind::Any(_) | Kind::Single(_) | Kind::Tuple(_) | Kind::Content(..) => None,
        }
    }

    /// Hands over what the type, its keys, its elements and its members declare.
    pub(super) fn each_form(self, visit: &mut dyn FnMut(&'static Form)) {
        match self.kind {
            Kind::Declared(form) => visit(form),
            Kind::List(element) | Kind::Array(element, _) => element().each_form(visit),
            Kind::Map(key, value) => {
                key().each_form(visit);
                value().each_form(visit);
            }
            Kind::Tuple(members) => members.iter().for_each(|member| member().each_form(visit)),
            Kind::Any(_) | Kind::Single(_) | Kind::Content(..) => {}
        }
    }
}

/// The types that are allowed in one place: the declared type, or one type of several where a
/// variant decides.
pub(super) type Wires = SmallVec<[Wire; 1]>;
