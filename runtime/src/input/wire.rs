//! What a type is on the wire: which values are objects, which names they have, which are arrays.
//!
//! Serde reads more than is declared: a struct from an array of its values, an enum with a tag from
//! an array of the tag and the fields. And a `Deserialize` by hand reads what it likes. So a body is
//! compared with what its types declare before it is read ([`members`](super::members)).

use smallvec::SmallVec;

use super::{
    admitted::Input, bounded::FieldType, field::Form, layout::Variant, shapes::Shapes, size,
};

/// What a type is on the wire, and what reading it takes of the stack.
#[derive(Clone, Copy, Debug)]
pub struct Wire {
    pub(super) kind: Kind,
    pub(super) stack: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Whatever the type reads.
    Any,
    /// A text, a number, `true` or `false`.
    Scalar,
    /// An array of any length.
    List(fn() -> Wire),
    /// An array with an element for each of these.
    Tuple(&'static [fn() -> Wire]),
    /// An object of any names.
    Map(fn() -> Wire),
    /// A type that derives `Input`.
    Declared(&'static Form),
    /// What a variant of such a type holds.
    Content(&'static Form, &'static Variant),
}

impl Wire {
    /// A value of no declared form.
    pub(crate) const ANY: Self = Self { kind: Kind::Any, stack: size::of_free_form() };

    /// A single value: neither an object nor an array.
    pub(super) const SCALAR: Self = Self { kind: Kind::Scalar, stack: 0 };

    /// The type `T`, which derives `Input`.
    pub const fn of<T: Input>() -> Self {
        Self::declared(const { &Form::of::<T>() })
    }

    /// A type that derives `Input`.
    const fn declared(form: &'static Form) -> Self {
        Self { kind: Kind::Declared(form), stack: size::of_struct(form.bytes) }
    }

    /// What a variant holds.
    pub(super) const fn content(form: &'static Form, variant: &'static Variant) -> Self {
        Self { kind: Kind::Content(form, variant), stack: size::of_struct(form.bytes) }
    }

    /// A list that is kept on the heap.
    pub(super) const fn list<T: FieldType>() -> Self {
        Self { kind: Kind::List(T::wire), stack: size::of_list(size_of::<T>()) }
    }

    /// An array of `N` elements.
    pub(super) const fn array<T: FieldType, const N: usize>() -> Self {
        Self { kind: Kind::List(T::wire), stack: size::of_array(size_of::<[T; N]>()) }
    }

    /// A tuple of these members.
    pub(super) const fn tuple<T>(members: &'static [fn() -> Self]) -> Self {
        Self { kind: Kind::Tuple(members), stack: size::of_array(size_of::<T>()) }
    }

    /// A map of these values.
    pub(super) const fn map<K, V: FieldType>() -> Self {
        Self { kind: Kind::Map(V::wire), stack: size::of_list(size_of::<(K, V)>()) }
    }

    /// The same value in an `Option<T>`.
    pub(super) const fn optional<T>(self) -> Self {
        Self { stack: self.stack.saturating_add(size::of_option(size_of::<Option<T>>())), ..self }
    }

    /// Whether reading a value would never end.
    pub(crate) fn is_endless(self) -> bool {
        Shapes::of(&[self]).is_endless
    }

    /// What the type declares, or its elements declare. A tuple declares nothing by itself.
    pub(super) fn form(self) -> Option<&'static Form> {
        match self.kind {
            Kind::Declared(form) => Some(form),
            Kind::List(element) | Kind::Map(element) => element().form(),
            Kind::Any | Kind::Scalar | Kind::Tuple(_) | Kind::Content(..) => None,
        }
    }

    /// Hands over what the type, its elements and its members declare.
    pub(super) fn each_form(self, visit: &mut dyn FnMut(&'static Form)) {
        match self.kind {
            Kind::Declared(form) => visit(form),
            Kind::List(element) | Kind::Map(element) => element().each_form(visit),
            Kind::Tuple(members) => members.iter().for_each(|member| member().each_form(visit)),
            Kind::Any | Kind::Scalar | Kind::Content(..) => {}
        }
    }
}

/// What may stand in one place: the declared type, or one type of several where a variant decides.
pub(super) type Wires = SmallVec<[Wire; 1]>;
