//! The size of a type that is not a field type, for `allow(unbounded)`.
//!
//! The reason is for the length of a value. Its size on the stack is still computed, from the types
//! in the name of the type and from the elements of the standard containers behind an alias. The
//! heap use of the fields of a foreign type is unknown.

use std::{
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque},
    marker::PhantomData,
    rc::Rc,
    sync::Arc,
};

use super::size;

/// The sizes of the types in the name of a type.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    /// The bytes of the largest value among them.
    pub(super) bytes: usize,
    /// The bytes of the largest value that is neither an array nor a tuple.
    single: usize,
    /// The stack for deserializing the arrays and tuples.
    around: usize,
}

impl Parts {
    /// No type.
    pub const NONE: Self = Self { bytes: 0, single: 0, around: 0 };

    /// A type of this size, without its parts on the heap.
    #[must_use]
    pub const fn of(bytes: usize) -> Self {
        Self { bytes, single: bytes, around: 0 }
    }

    /// Combined with others.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            bytes: size::larger(self.bytes, other.bytes),
            single: size::larger(self.single, other.single),
            around: size::larger(self.around, other.around),
        }
    }

    /// These in an array or a tuple of this many bytes.
    #[must_use]
    pub const fn within(self, bytes: usize) -> Self {
        Self {
            bytes: size::larger(self.bytes, bytes),
            around: self.around.saturating_add(size::of_array(bytes)),
            ..self
        }
    }

    /// The stack for deserializing one level of objects or lists in a value.
    pub(super) const fn level(self) -> usize {
        size::larger(size::of_free_form(), size::of_struct(self.single))
    }

    /// The stack of a value, without parts on the heap.
    pub(super) const fn stack(self) -> usize {
        self.around.saturating_add(self.level())
    }
}

/// The size of a type that may be unsized, such as `str`.
#[derive(Debug)]
pub struct Measured<T: ?Sized>(PhantomData<T>);

impl<T> Measured<T> {
    /// The size of a value, without its parts on the heap.
    pub const BYTES: usize = size_of::<T>();
}

/// The size of a type without a known one; used only if [`Measured`] has no inherent constant.
pub trait Unmeasured {
    /// It is on the heap.
    const BYTES: usize = 0;
}

impl<T: ?Sized> Unmeasured for Measured<T> {}

/// A container of the standard library.
pub trait Container {
    /// The type of its elements; of a map, the values.
    type Element;
    /// The size of an element, including the key of a map.
    const BYTES: usize = size_of::<Self::Element>();
}

/// The elements of a container in `DEPTH` containers, as an alias may hide it.
#[derive(Debug)]
pub struct Kept<T: ?Sized, const DEPTH: usize>(PhantomData<T>);

impl<T: Container> Kept<T, 1> {
    /// The elements.
    pub const PARTS: Parts = Parts::of(T::BYTES);
}

impl<T> Kept<T, 2>
where
    T: Container,
    T::Element: Container,
{
    /// The elements of the elements.
    pub const PARTS: Parts = Parts::of(<T::Element as Container>::BYTES);
}

impl<T> Kept<T, 3>
where
    T: Container,
    T::Element: Container,
    <T::Element as Container>::Element: Container,
{
    /// The elements of those.
    pub const PARTS: Parts = Parts::of(<<T::Element as Container>::Element as Container>::BYTES);
}

/// The parts of every other type; used only if [`Kept`] has no inherent constant.
pub trait KeptByNone {
    /// Unknown.
    const PARTS: Parts = Parts::NONE;
}

impl<T: ?Sized, const DEPTH: usize> KeptByNone for Kept<T, DEPTH> {}

macro_rules! container {
    ($($container:ident<T $(, $hasher:ident)?>),* $(,)?) => {$(
        impl<T $(, $hasher)?> Container for $container<T $(, $hasher)?> {
            type Element = T;
        }
    )*};
}

container! {
    Arc<T>,
    BTreeSet<T>,
    BinaryHeap<T>,
    Box<T>,
    HashSet<T, S>,
    LinkedList<T>,
    Option<T>,
    Rc<T>,
    Vec<T>,
    VecDeque<T>,
}

impl<T, const N: usize> Container for [T; N] {
    type Element = T;
}

impl<K, V> Container for BTreeMap<K, V> {
    type Element = V;
    const BYTES: usize = size_of::<(K, V)>();
}

impl<K, V, S> Container for HashMap<K, V, S> {
    type Element = V;
    const BYTES: usize = size_of::<(K, V)>();
}
