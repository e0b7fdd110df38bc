//! Secrets of `secrecy`: `SecretBox<Text<128>>`. A `SecretString` has no limit, and no rule can
//! read it.

use ::secrecy::{ExposeSecret as _, SecretBox, zeroize::Zeroize};

use super::super::{
    bounded::{Bounded, FieldType},
    condition::At,
    named::NamedFit,
    report::Report,
    seal::InputSeal,
    size,
    text::Text,
    wire::Wire,
};

impl<const MAX: usize> Zeroize for Text<MAX> {
    fn zeroize(&mut self) {
        self.wipe();
    }
}

impl<T: FieldType + Zeroize> FieldType for SecretBox<T> {
    const FIELD_SEAL: InputSeal = T::FIELD_SEAL;
    const HELD: usize = size::larger(size_of::<T>(), T::HELD);
    const OPTIONAL: bool = T::OPTIONAL;
    const NULLABLE: bool = T::NULLABLE;
    const DOUBLE_OPTION: bool = T::DOUBLE_OPTION;
    const TEXT: bool = T::TEXT;
    const NAMED: NamedFit = T::NAMED;

    fn wire() -> Wire {
        T::wire()
    }

    fn conditions(&self, at: &At<'_>, report: &mut Report) {
        self.expose_secret().conditions(at, report);
    }
}

impl<T: Bounded + Zeroize> Bounded for SecretBox<T> {
    const BOUNDED_SEAL: InputSeal = T::BOUNDED_SEAL;
}
