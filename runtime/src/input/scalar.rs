//! The single values that are input types by themselves.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num::NonZero,
};

use uuid::Uuid;

use super::{
    admitted::{Input, PathInput},
    bounded::{Bounded, FieldType, MapKey},
    condition::At,
    named::NamedFit,
    report::Report,
    seal::{Checked, InputSeal, input_seal},
    shown,
    wire::Wire,
};

/// Types that are permitted in a path; `key` if they can also be a key of a map.
macro_rules! scalar {
    (key $($type:ty),* $(,)?) => {
        scalar!($($type),*);
        $(impl MapKey for $type {
            const KEY_SEAL: InputSeal = input_seal();
        })*
    };
    ($($type:ty),* $(,)?) => {
        $(scalar!($type as One);)*
    };
    ($type:ty as $named:ident) => {
        impl FieldType for $type {
            const FIELD_SEAL: InputSeal = input_seal();
            const PATH_SAFE: bool = true;
            const NAMED: NamedFit = NamedFit::$named;

            fn wire() -> Wire {
                Wire::single::<Self>().shown(shown::of::<Self>)
            }
        }

        impl Bounded for $type {
            const BOUNDED_SEAL: InputSeal = input_seal();
        }

        impl Input for $type {
            const SEAL: InputSeal = input_seal();
            const PATH_SAFE: bool = true;

            // The type itself is the rule.
            fn check(&self, _: &mut Report) -> Checked {
                Checked::new()
            }
        }

        impl PathInput for $type {
            const PATH_SEAL: InputSeal = input_seal();
        }
    };
}

#[cfg(any(feature = "chrono", feature = "jiff", feature = "rust_decimal", feature = "time"))]
pub(super) use scalar;

// `u128` and `i128` are omitted on purpose: `validator` serializes a refused value to JSON and
// panics on one above 64 bits, so that a bad request would become a 500.
scalar!(bool as Bool);
scalar!(key u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, Uuid);
scalar!(f64, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6);
scalar!(NonZero<u8>, NonZero<u16>, NonZero<u32>, NonZero<u64>, NonZero<usize>);
scalar!(NonZero<i8>, NonZero<i16>, NonZero<i32>, NonZero<i64>, NonZero<isize>);

// JSON has no infinite numbers, but one that is too large for 32 bits becomes infinite: serde reads
// it with 64 bits and converts it.
impl FieldType for f32 {
    const FIELD_SEAL: InputSeal = input_seal();
    const PATH_SAFE: bool = true;

    fn wire() -> Wire {
        Wire::single::<Self>().shown(shown::of::<Self>)
    }

    fn conditions(&self, at: &At<'_>, report: &mut Report) {
        if !self.is_finite() {
            report.push_once(at, "value");
        }
    }
}

impl Bounded for f32 {
    const BOUNDED_SEAL: InputSeal = input_seal();
}

impl Input for f32 {
    const SEAL: InputSeal = input_seal();
    const PATH_SAFE: bool = true;

    fn check(&self, report: &mut Report) -> Checked {
        self.conditions(&At::root(), report);
        Checked::new()
    }
}

impl PathInput for f32 {
    const PATH_SEAL: InputSeal = input_seal();
}

// A character may be `/` or a control character: bounded, but not permitted in a path.
impl FieldType for char {
    const FIELD_SEAL: InputSeal = input_seal();
    const NAMED: NamedFit = NamedFit::One;

    fn wire() -> Wire {
        Wire::single::<Self>().shown(shown::of::<Self>)
    }
}

impl Bounded for char {
    const BOUNDED_SEAL: InputSeal = input_seal();
}

impl MapKey for bool {
    const KEY_SEAL: InputSeal = input_seal();
}

impl MapKey for char {
    const KEY_SEAL: InputSeal = input_seal();
}
