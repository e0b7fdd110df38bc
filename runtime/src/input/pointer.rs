//! JSON pointers (RFC 6901) that are safe in responses.

use std::fmt::Write as _;

/// The most characters of a name from the request in a pointer.
const NAME_CHARACTERS: usize = 64;

/// A position in a document, by the names on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pointer(String);

impl Pointer {
    /// A step down, by name. Names may come from the client: they are truncated, and control
    /// characters are removed, so that a report can be displayed and logged.
    pub(super) fn name(&self, name: &str) -> Self {
        let mut pointer = self.0.clone();
        pointer.push('/');
        for character in name.chars().filter(|c| !c.is_control()).take(NAME_CHARACTERS) {
            match character {
                '~' => pointer.push_str("~0"),
                '/' => pointer.push_str("~1"),
                other => pointer.push(other),
            }
        }
        Self(pointer)
    }

    /// A step down, by index.
    pub(super) fn index(&self, index: usize) -> Self {
        let mut pointer = self.0.clone();
        // Writing to a string cannot fail.
        let _ = write!(pointer, "/{index}");
        Self(pointer)
    }

    /// The same position, for a document that is at `above`.
    pub(super) fn below(self, above: &Self) -> Self {
        Self(above.0.clone() + &self.0)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Pointer;

    #[test]
    fn escapes_are_those_of_rfc_6901() {
        let pointer = Pointer::default().name("a/b").name("m~n").index(7).name("");
        assert_eq!(pointer.into_string(), "/a~1b/m~0n/7/");
    }

    #[test]
    fn long_names_are_cut_and_control_characters_dropped() {
        let pointer = Pointer::default().name(&format!("a\r\n\0{}", "x".repeat(200)));
        assert_eq!(pointer.into_string(), format!("/a{}", "x".repeat(63)));
    }

    proptest! {
        #[test]
        fn a_name_survives_the_way_there_and_back(name in "[^\\p{Cc}]{0,64}") {
            let pointer = Pointer::default().name(&name).into_string();
            prop_assert_eq!(pointer.matches('/').count(), 1);
            let back = pointer[1..].replace("~1", "/").replace("~0", "~");
            prop_assert_eq!(back, name);
        }

        #[test]
        fn any_name_is_one_short_printable_step(name in any::<String>()) {
            let pointer = Pointer::default().name(&name).into_string();
            prop_assert_eq!(pointer.matches('/').count(), 1);
            prop_assert!(pointer.chars().count() <= 129);
            prop_assert!(!pointer.chars().any(char::is_control));
        }
    }
}
