//! The words of an endpoint's policy, each declared once.
//!
//! The model of the attributes holds them beside the places of their tokens, the macros emit them, the run
//! time obeys them, and the inventory shows them.

mod endpoint;
mod limit;

pub use endpoint::*;
pub use limit::*;

/// An enum each of whose variants has a name: the word of attributes and of the inventory.
pub trait PolicyWord: Copy + 'static {
    /// Every value, in the order of declaration.
    const ALL: &'static [Self];

    /// The name.
    fn word(self) -> &'static str;

    /// The variant in Rust.
    fn variant(self) -> &'static str;

    /// The value of this name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.word() == name)
    }
}

/// Declares enums, each variant with its name.
macro_rules! words {
    ($(
        $(#[$about:meta])*
        pub enum $word:ident { $($(#[$doc:meta])* $variant:ident $name:literal,)+ }
    )+) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $word { $($(#[$doc])* $variant,)+ }

        impl $word {
            /// The name in attributes and in the inventory.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }

        impl $crate::PolicyWord for $word {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            fn word(self) -> &'static str {
                self.name()
            }

            fn variant(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)+ }
            }
        }

        impl std::fmt::Display for $word {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    )+};
}
use words;

#[cfg(test)]
mod tests {
    use super::{ContentCoding, CrossSite, PolicyWord, Validation};

    #[test]
    fn each_name_is_read_as_its_value() {
        fn read<T: PolicyWord + PartialEq + std::fmt::Debug>() {
            for value in T::ALL {
                assert_eq!(T::named(value.word()), Some(*value));
            }
            assert_eq!(T::named("unknown"), None);
        }
        read::<ContentCoding>();
        read::<CrossSite>();
        read::<Validation>();
        assert_eq!(CrossSite::Refuse.variant(), "Refuse");
        assert_eq!(Validation::NoInput.to_string(), "no_input");
    }
}
