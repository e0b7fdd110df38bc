//! The size of a type that is not a field type: what `allow(unbounded)` vouches for.
//!
//! The reason speaks of the length of a value. Its size on the stack is counted all the same, by the
//! types that the name of the type shows and by the elements of the standard containers behind an
//! alias. What the fields of a foreign type keep on the heap is not known.

use std::{
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque},
    marker::PhantomData,
    rc::Rc,
    sync::Arc,
};

use super::size;

/// What the types in the name of a type take.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    /// The bytes of the largest value among them.
    pub(super) bytes: usize,
    /// The bytes of the largest value that is neither an array nor a tuple.
    single: usize,
    /// What reading the arrays and tuples takes.
    around: usize,
}

impl Parts {
    /// No type.
    pub const NONE: Self = Self { bytes: 0, single: 0, around: 0 };

    /// A type of this many bytes, the heap aside.
    #[must_use]
    pub const fn of(bytes: usize) -> Self {
        Self { bytes, single: bytes, around: 0 }
    }

    /// These beside others.
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

    /// What reading a level of objects or lists in a value takes.
    pub(super) const fn level(self) -> usize {
        size::larger(size::of_free_form(), size::of_struct(self.single))
    }

    /// The stack of a value, without parts that are on the heap.
    pub(super) const fn stack(self) -> usize {
        self.around.saturating_add(self.level())
    }
}

/// The bytes of a type that may have no size of its own, such as `str`.
#[derive(Debug)]
pub struct Measured<T: ?Sized>(PhantomData<T>);

impl<T> Measured<T> {
    /// The bytes of a value, the heap aside.
    pub const BYTES: usize = size_of::<T>();
}

/// The size of a type without a known one, found only if [`Measured`] has no implementation of its
/// own.
pub trait Unmeasured {
    /// It is on the heap.
    const BYTES: usize = 0;
}

impl<T: ?Sized> Unmeasured for Measured<T> {}

/// A container of the standard library.
pub trait Container {
    /// What it holds; the values of a map.
    type Element;
    /// The bytes of an element, with the key of a map.
    const BYTES: usize = size_of::<Self::Element>();
}

/// What a container holds, `DEPTH` containers deep, as an alias may hide it.
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

/// The parts of every other type, found only if [`Kept`] has no implementation of its own.
pub trait KeptByNone {
    /// Nothing is known.
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
