//! The container types.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    hash::BuildHasher,
};

use super::{
    admitted::{Input, PathInput},
    bounded::{Bounded, BoundedByLength, FieldType, MapKey, Nested, NestedByLength},
    condition::At,
    field::Field,
    named::NamedFit,
    report::Report,
    seal::{Checked, InputSeal, input_seal},
    shown::text as text_schema,
    size,
    wire::Wire,
};
use crate::input::PathShape;

impl<T: FieldType> FieldType for Option<T> {
    const FIELD_SEAL: InputSeal = T::FIELD_SEAL;
    const HELD: usize = T::HELD;
    const OPTIONAL: bool = true;
    const TEXT: bool = T::TEXT;
    const KEYED: bool = T::KEYED;
    const NAMED: NamedFit = T::NAMED;
    const DOUBLE_OPTION: bool = T::NULLABLE || T::PATCH || T::DOUBLE_OPTION;
    const MERGES: bool = T::MERGES;
    const ELEMENTS: u64 = T::ELEMENTS;
    const STACK: usize = size::of_option(size_of::<Self>()).saturating_add(T::STACK);

    fn wire() -> Wire {
        T::wire().optional::<T>()
    }

    fn conditions(&self, at: &At<'_>, report: &mut Report) {
        if let Some(value) = self {
            value.conditions(at, report);
        }
    }
}

impl<T: Bounded> Bounded for Option<T> {
    const BOUNDED_SEAL: InputSeal = T::BOUNDED_SEAL;
}

impl<T: BoundedByLength> BoundedByLength for Option<T> {
    const LENGTH_SEAL: InputSeal = T::LENGTH_SEAL;
}

impl<T: Nested> Nested for Option<T> {
    const NESTED_SEAL: InputSeal = T::NESTED_SEAL;
}

impl<T: NestedByLength> NestedByLength for Option<T> {
    const NESTED_LENGTH_SEAL: InputSeal = T::NESTED_LENGTH_SEAL;
}

// The value in a box is made on the stack too. A type may hold itself in one, so that its size is
// counted where requests are read: for each level that they have.
#[expect(clippy::needless_maybe_sized, reason = "`Box<str>` is told by its bound, not by its size")]
impl<T: FieldType + ?Sized> FieldType for Box<T> {
    const FIELD_SEAL: InputSeal = T::FIELD_SEAL;
    const HELD: usize = size::larger(size_of::<T>(), T::HELD);
    const OPTIONAL: bool = T::OPTIONAL;
    const NULLABLE: bool = T::NULLABLE;
    const TEXT: bool = T::TEXT;
    const PATH_SAFE: bool = T::PATH_SAFE;
    const KEYED: bool = T::KEYED;
    const NAMED: NamedFit = T::NAMED;
    const PATCH: bool = T::PATCH;
    const DOUBLE_OPTION: bool = T::DOUBLE_OPTION;
    const MERGES: bool = T::MERGES;

    fn wire() -> Wire {
        T::wire()
    }

    fn conditions(&self, at: &At<'_>, report: &mut Report) {
        (**self).conditions(at, report);
    }
}

#[expect(clippy::needless_maybe_sized, reason = "`Box<str>` is told by its bound, not by its size")]
impl<T: Bounded + ?Sized> Bounded for Box<T> {
    const BOUNDED_SEAL: InputSeal = T::BOUNDED_SEAL;
}

#[expect(clippy::needless_maybe_sized, reason = "`Box<str>` is told by its bound, not by its size")]
impl<T: Nested + ?Sized> Nested for Box<T> {
    const NESTED_SEAL: InputSeal = T::NESTED_SEAL;
}

// Serde reads arrays of up to 32 elements, and arrays in arrays multiply.
impl<T: FieldType, const N: usize> FieldType for [T; N] {
    const FIELD_SEAL: InputSeal = T::FIELD_SEAL;
    const HELD: usize = T::HELD;
    const NAMED: NamedFit = T::NAMED.in_list();
    const ELEMENTS: u64 = T::ELEMENTS.saturating_mul(N as u64);
    const STACK: usize = size::of_array(size_of::<Self>()).saturating_add(T::STACK);

    fn wire() -> Wire {
        Wire::array::<T, N>()
    }

    fn conditions(&self, at: &At<'_>, report: &mut Report) {
        for (index, element) in self.iter().enumerate() {
            element.conditions(&at.index(index), report);
        }
    }
}

impl<T: Bounded, const N: usize> Bounded for [T; N] {
    const BOUNDED_SEAL: InputSeal = T::BOUNDED_SEAL;
}

impl<T: Nested, const N: usize> Nested for [T; N] {
    const NESTED_SEAL: InputSeal = T::NESTED_SEAL;
}

impl FieldType for String {
    const FIELD_SEAL: InputSeal = input_seal();
    const TEXT: bool = true;
    const NAMED: NamedFit = NamedFit::One;

    fn wire() -> Wire {
        Wire::single::<Self>().shown(|| text_schema(None, None))
    }
}

impl BoundedByLength for String {
    const LENGTH_SEAL: InputSeal = input_seal();
}

macro_rules! list {
    ($($list:ident, keyed = $keyed:literal, element = $element:ident;)*) => {$(
        impl<T: FieldType> FieldType for $list<T> {
            const FIELD_SEAL: InputSeal = T::FIELD_SEAL;
            const HELD: usize = size::larger(size_of::<T>(), T::HELD);
            const KEYED: bool = $keyed;
            const NAMED: NamedFit = T::NAMED.in_list();

            fn wire() -> Wire {
                Wire::list::<T>()
            }

            fn conditions(&self, at: &At<'_>, report: &mut Report) {
                for (index, element) in self.iter().enumerate() {
                    if $keyed {
                        element.conditions(at, report);
                    } else {
                        element.conditions(&at.index(index), report);
                    }
                }
            }
        }

        impl<T: $element> BoundedByLength for $list<T> {
            const LENGTH_SEAL: InputSeal = T::BOUNDED_SEAL;
        }
    )*};
}

list! {
    Vec, keyed = false, element = Bounded;
    VecDeque, keyed = false, element = Bounded;
    BTreeSet, keyed = true, element = Bounded;
}

impl<T: Nested> NestedByLength for Vec<T> {
    const NESTED_LENGTH_SEAL: InputSeal = T::NESTED_SEAL;
}

impl<T: Nested> NestedByLength for VecDeque<T> {
    const NESTED_LENGTH_SEAL: InputSeal = T::NESTED_SEAL;
}

impl<T: FieldType, S> FieldType for HashSet<T, S> {
    const FIELD_SEAL: InputSeal = T::FIELD_SEAL;
    const HELD: usize = size::larger(size_of::<T>(), T::HELD);
    const KEYED: bool = true;
    const NAMED: NamedFit = T::NAMED.in_list();

    fn wire() -> Wire {
        Wire::list::<T>()
    }

    fn conditions(&self, at: &At<'_>, report: &mut Report) {
        for element in self {
            element.conditions(at, report);
        }
    }
}

impl<T: Bounded, S: BuildHasher> BoundedByLength for HashSet<T, S> {
    const LENGTH_SEAL: InputSeal = T::BOUNDED_SEAL;
}

macro_rules! map {
    ($map:ident<K, V $(, $hasher:ident)?>) => {
        impl<K: FieldType, V: FieldType $(, $hasher)?> FieldType for $map<K, V $(, $hasher)?> {
            const FIELD_SEAL: InputSeal = V::FIELD_SEAL;
            const HELD: usize = size::larger(size_of::<V>(), V::HELD);
            const KEYED: bool = true;

            fn wire() -> Wire {
                Wire::map::<K, V>()
            }

            fn conditions(&self, at: &At<'_>, report: &mut Report) {
                // A key may be a newtype with rules. The text of the key is not known here, so a
                // fault is reported at the member that holds the map, as a fault of a value is.
                for (key, value) in self {
                    key.conditions(at, report);
                    value.conditions(at, report);
                }
            }
        }

        impl<K: MapKey, V: Bounded $(, $hasher)?> BoundedByLength for $map<K, V $(, $hasher)?> {
            const LENGTH_SEAL: InputSeal = {
                let _key = K::KEY_SEAL;
                V::BOUNDED_SEAL
            };
        }

        impl<K: MapKey, V: Nested $(, $hasher)?> NestedByLength for $map<K, V $(, $hasher)?> {
            const NESTED_LENGTH_SEAL: InputSeal = {
                let _key = K::KEY_SEAL;
                V::NESTED_SEAL
            };
        }
    };
}

map!(HashMap<K, V, S>);
map!(BTreeMap<K, V>);

macro_rules! for_each_in_order {
    ($at:ident, $report:ident, $($value:ident),*) => {
        for (index, check) in (0_usize..).zip([
            $(&(|at: &At<'_>, report: &mut Report| $value.conditions(at, report))
                as &dyn Fn(&At<'_>, &mut Report)),*
        ]) {
            check(&$at.index(index), $report);
        }
    };
}

macro_rules! tuple {
    ($count:literal: $($type:ident $value:ident),*) => {
        impl<$($type: FieldType),*> FieldType for ($($type,)*) {
            const FIELD_SEAL: InputSeal = {
                $(let _proof = $type::FIELD_SEAL;)*
                input_seal()
            };
            const HELD: usize = {
                let mut held = 0;
                $(held = size::larger(held, $type::HELD);)*
                held
            };
            const ELEMENTS: u64 = {
                let mut elements: u64 = 0;
                $(elements = elements.saturating_add($type::ELEMENTS);)*
                elements
            };
            const STACK: usize = {
                let mut most = 0;
                $(most = size::larger(most, $type::STACK);)*
                size::of_array(size_of::<Self>()).saturating_add(most)
            };

            fn wire() -> Wire {
                Wire::tuple::<Self>(const { &[$($type::wire as fn() -> Wire),*] })
            }

            fn conditions(&self, at: &At<'_>, report: &mut Report) {
                let ($($value,)*) = self;
                for_each_in_order!(at, report, $($value),*);
            }
        }

        impl<$($type: Bounded),*> Bounded for ($($type,)*) {
            const BOUNDED_SEAL: InputSeal = {
                $(let _proof = $type::BOUNDED_SEAL;)*
                input_seal()
            };
        }

        impl<$($type: PathInput),*> Input for ($($type,)*) {
            const SEAL: InputSeal = {
                $(let _proof = $type::SEAL;)*
                input_seal()
            };
            const FIELDS: &'static [Field] = &[$(Field::member::<$type>()),*];
            const PATH: PathShape = PathShape::Tuple($count);
            const PATH_SAFE: bool = true;

            fn check(&self, report: &mut Report) -> Checked {
                let ($($value,)*) = self;
                $(let Checked { .. } = $value.check(report);)*
                Checked::new()
            }
        }

        impl<$($type: PathInput),*> PathInput for ($($type,)*) {
            const PATH_SEAL: InputSeal = {
                $(let _proof = $type::PATH_SEAL;)*
                input_seal()
            };
        }
    };
}

tuple!(1: A a);
tuple!(2: A a, B b);
tuple!(3: A a, B b, C c);
tuple!(4: A a, B b, C c, D d);
tuple!(5: A a, B b, C c, D d, E e);
tuple!(6: A a, B b, C c, D d, E e, F f);
