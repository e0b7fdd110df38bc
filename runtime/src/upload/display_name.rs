//! The client's name for its file.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// The most characters that are kept.
const LONGEST: usize = 120;

/// The client's name for a file: for display, and never a path.
///
/// The part before the last slash or backslash is dropped, and so are control characters,
/// characters that change the direction of writing or are invisible, those that some system does
/// not allow in a name, and dots and spaces at the ends. At most 120 characters are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DisplayName(String);

impl DisplayName {
    /// The rest of a name; `None` if nothing is left.
    pub fn new(name: &str) -> Option<Self> {
        let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let shown = last.chars().filter(|c| !is_hidden(*c) && !"\"*:<>?|".contains(*c));
        let short: String = shown.take(LONGEST).collect();
        let name = short.trim_matches(|c: char| c == '.' || c.is_whitespace());
        (!name.is_empty()).then(|| Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Characters that make a name look like another one.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A store may hold data of other writers: a name is made safe whenever it is read.
impl<'de> Deserialize<'de> for DisplayName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).ok_or_else(|| serde::de::Error::custom("no name"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::DisplayName;

    fn shown(name: &str) -> Option<String> {
        DisplayName::new(name).map(|name| name.0)
    }

    #[test]
    fn a_path_becomes_its_last_name() {
        for (name, expected) in [
            ("a.png", "a.png"),
            ("../../etc/passwd", "passwd"),
            ("C:\\fakepath\\photo.jpg", "photo.jpg"),
            ("Bild vom Sommer ä.png", "Bild vom Sommer ä.png"),
            ("..hidden..", "hidden"),
            ("na\u{fffd}ve.png", "na\u{fffd}ve.png"),
            ("a\"b 100%.png", "ab 100%.png"),
            ("a\r\nSet-Cookie: x", "aSet-Cookie x"),
            ("invoice\u{202e}gnp.exe", "invoicegnp.exe"),
            ("a\"; filename=\"b", "a; filename=b"),
        ] {
            assert_eq!(shown(name).as_deref(), Some(expected), "{name:?}");
        }
        for nothing in ["", "..", "/", "a/", "\u{200b}", " . "] {
            assert_eq!(shown(nothing), None, "{nothing:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_is_kept_again(name in any::<String>()) {
            if let Some(once) = shown(&name) {
                prop_assert!(once.chars().count() <= super::LONGEST);
                prop_assert!(!once.contains(['/', '\\', '"']) && !once.chars().any(char::is_control));
                prop_assert_eq!(shown(&once), Some(once));
            }
        }
    }
}
