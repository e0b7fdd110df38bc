//! The types that hold other values.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    hash::BuildHasher,
};

use super::{
    admitted::{Input, PathInput},
    bounded::{Bounded, BoundedByLength, FieldType, MapKey, Nested, NestedByLength},
    condition::At,
    field::Form,
    private::InputSeal,
    report::Report,
};
use crate::policy::PathShape;

impl<T: FieldType> FieldType for Option<T> {
    const OPTIONAL: bool = true;
    const TEXT: bool = T::TEXT;
    const KEYED: bool = T::KEYED;

    fn form() -> Option<Form> {
        T::form()
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
    const NESTED_SEAL: InputSeal = InputSeal;
}

impl<T: NestedByLength> NestedByLength for Option<T> {
    const NESTED_LENGTH_SEAL: InputSeal = InputSeal;
}

impl<T: FieldType + ?Sized> FieldType for Box<T> {
    const OPTIONAL: bool = T::OPTIONAL;
    const TEXT: bool = T::TEXT;
    const PATH_SAFE: bool = T::PATH_SAFE;
    const KEYED: bool = T::KEYED;

    fn form() -> Option<Form> {
        T::form()
    }

    fn conditions(&self, at: &At<'_>, report: &mut Report) {
        (**self).conditions(at, report);
    }
}

impl<T: Bounded + ?Sized> Bounded for Box<T> {
    // Not `T`'s proof: an enum may hold itself in a box, and the constant would ask for itself.
    const BOUNDED_SEAL: InputSeal = InputSeal;
}

impl<T: Nested + ?Sized> Nested for Box<T> {
    const NESTED_SEAL: InputSeal = InputSeal;
}

// Serde reads arrays of up to 32 elements, so the length is bounded by what compiles.
impl<T: FieldType, const N: usize> FieldType for [T; N] {
    fn form() -> Option<Form> {
        T::form()
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
    const NESTED_SEAL: InputSeal = InputSeal;
}

impl FieldType for String {
    const TEXT: bool = true;
}

impl BoundedByLength for String {
    const LENGTH_SEAL: InputSeal = InputSeal;
}

macro_rules! list {
    ($($list:ident, keyed = $keyed:literal, element = $element:ident;)*) => {$(
        impl<T: FieldType> FieldType for $list<T> {
            const KEYED: bool = $keyed;

            fn form() -> Option<Form> {
                T::form()
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
    const NESTED_LENGTH_SEAL: InputSeal = InputSeal;
}

impl<T: Nested> NestedByLength for VecDeque<T> {
    const NESTED_LENGTH_SEAL: InputSeal = InputSeal;
}

impl<T: FieldType, S> FieldType for HashSet<T, S> {
    const KEYED: bool = true;

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
        impl<K, V: FieldType $(, $hasher)?> FieldType for $map<K, V $(, $hasher)?> {
            const KEYED: bool = true;

            fn form() -> Option<Form> {
                V::form()
            }

            fn conditions(&self, at: &At<'_>, report: &mut Report) {
                for value in self.values() {
                    value.conditions(at, report);
                }
            }
        }

        impl<K: MapKey, V: Bounded $(, $hasher)?> BoundedByLength for $map<K, V $(, $hasher)?> {
            const LENGTH_SEAL: InputSeal = {
                let _key = K::BOUNDED_SEAL;
                V::BOUNDED_SEAL
            };
        }

        impl<K: MapKey, V: Nested $(, $hasher)?> NestedByLength for $map<K, V $(, $hasher)?> {
            const NESTED_LENGTH_SEAL: InputSeal = {
                let _key = K::BOUNDED_SEAL;
                InputSeal
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
            fn conditions(&self, at: &At<'_>, report: &mut Report) {
                let ($($value,)*) = self;
                for_each_in_order!(at, report, $($value),*);
            }
        }

        impl<$($type: Bounded),*> Bounded for ($($type,)*) {
            const BOUNDED_SEAL: InputSeal = {
                $(let _proof = $type::BOUNDED_SEAL;)*
                InputSeal
            };
        }

        impl<$($type: PathInput),*> Input for ($($type,)*) {
            const SEAL: InputSeal = InputSeal;
            const PATH: PathShape = PathShape::Tuple($count);
            const PATH_SAFE: bool = true;

            fn check(&self, report: &mut Report) {
                let ($($value,)*) = self;
                $($value.check(report);)*
            }
        }

        impl<$($type: PathInput),*> PathInput for ($($type,)*) {
            const PATH_SEAL: InputSeal = InputSeal;
        }
    };
}

tuple!(1: A a);
tuple!(2: A a, B b);
tuple!(3: A a, B b, C c);
tuple!(4: A a, B b, C c, D d);
tuple!(5: A a, B b, C c, D d, E e);
tuple!(6: A a, B b, C c, D d, E e, F f);
