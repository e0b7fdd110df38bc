//! Durations and times of the standard library, in the one format of serde: an object with seconds
//! and nanoseconds. Serde deserializes them from an array too, which a body must not have instead
//! of an object.

use std::{
    any::TypeId,
    time::{Duration, SystemTime},
};

use super::super::{
    bounded::{Bounded, FieldType},
    field::{Field, Form},
    layout::Layout,
    seal::{InputSeal, input_seal},
    wire::Wire,
};

macro_rules! of_two {
    ($type:ty: $seconds:literal, $nanoseconds:literal) => {
        impl FieldType for $type {
            const FIELD_SEAL: InputSeal = input_seal();

            fn wire() -> Wire {
                static FIELDS: [Field; 2] = [
                    Field::bounded::<u64>($seconds, $seconds),
                    Field::bounded::<u32>($nanoseconds, $nanoseconds),
                ];
                static FORM: Form = Form {
                    fields: &FIELDS,
                    unknown_fields: false,
                    reasons: &[],
                    id: TypeId::of::<$type>(),
                    layout: Layout::Struct,
                    bytes: size_of::<$type>(),
                    #[cfg(feature = "openapi")]
                    docs: "",
                    #[cfg(feature = "openapi")]
                    name: std::any::type_name::<$type>,
                };
                Wire::declared(&FORM)
            }
        }

        impl Bounded for $type {
            const BOUNDED_SEAL: InputSeal = input_seal();
        }
    };
}

of_two!(Duration: "secs", "nanos");
of_two!(SystemTime: "secs_since_epoch", "nanos_since_epoch");
