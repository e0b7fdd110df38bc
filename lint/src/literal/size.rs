//! Sizes of bodies and files: `64 KiB`.

use super::{Flaw, amount::Amount};
use crate::diagnostic::Code;

/// What one request may hold in memory at the very most, and one file on the disk.
const MAX: u64 = 1 << 30;

const UNITS: &[(&str, u64)] = &[("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// Reads the size of a body; returns it in bytes, at least 1 and at most 1 GiB.
///
/// # Errors
///
/// What is wrong with the text.
pub fn body_size(text: &str) -> Result<u64, Flaw> {
    match size(text)? {
        Some(0) => Err(Flaw::new(Code::SizeOutOfRange, "a body limit of zero admits no body")
            .help("leave `body_limit` out where no body is read: none reaches the handler then")),
        Some(bytes) if bytes <= MAX => Ok(bytes),
        _ => {
            Err(above(text)
                .help("larger uploads belong on a stream, not in the body of one request"))
        }
    }
}

/// Reads the size of a file; returns it in bytes, at least 1 and at most 1 GiB.
///
/// # Errors
///
/// What is wrong with the text.
pub fn file_size(text: &str) -> Result<u64, Flaw> {
    match size(text)? {
        Some(0) => Err(Flaw::new(Code::SizeOutOfRange, "a size of zero admits no file")
            .help("write the bytes that the largest file may have: `5 MiB`")),
        Some(bytes) if bytes <= MAX => Ok(bytes),
        _ => Err(above(text).help("larger files are best sent in parts, each a request")),
    }
}

fn above(text: &str) -> Flaw {
    Flaw::new(Code::SizeOutOfRange, format!("size `{text}` is above 1 GiB"))
}

/// Reads a size in bytes; `None` where it is more than can be counted.
///
/// Units are `B`, `KiB`, `MiB` and `GiB`. `KB` is refused, because half of its readers take it for
/// 1000 bytes and the other half for 1024.
fn size(text: &str) -> Result<Option<u64>, Flaw> {
    let malformed = |message: String| {
        Flaw::new(Code::MalformedSize, message).help("write a whole number and a unit: `64 KiB`")
    };
    let amount = Amount::split(text);
    if amount.digits.is_empty() {
        return Err(malformed(format!("size `{text}` does not start with a number")));
    }
    if amount.unit.is_empty() {
        return Err(malformed(format!("size `{text}` has no unit")));
    }
    let Some((_, factor)) = UNITS.iter().find(|(unit, _)| *unit == amount.unit) else {
        let flaw = malformed(format!("unknown unit `{}` of a size", amount.unit));
        return Err(match meant(amount.unit) {
            Some(near) => flaw.help(format!("did you mean `{near}`?")),
            None => flaw.help("the units are `B`, `KiB`, `MiB` and `GiB`"),
        });
    };
    Ok(amount.count().and_then(|count| count.checked_mul(*factor)))
}

/// The unit that is meant by another spelling.
pub(super) fn meant(unit: &str) -> Option<&'static str> {
    match unit.to_ascii_lowercase().as_str() {
        "b" | "byte" | "bytes" => Some("B"),
        "k" | "kb" | "ki" | "kib" => Some("KiB"),
        "m" | "mb" | "mi" | "mib" => Some("MiB"),
        "g" | "gb" | "gi" | "gib" => Some("GiB"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Code, MAX, body_size, file_size};

    #[test]
    fn sizes_are_binary() {
        assert_eq!(body_size("512 B"), Ok(512));
        assert_eq!(body_size("64 KiB"), Ok(65_536));
        assert_eq!(body_size("64KiB"), Ok(65_536));
        assert_eq!(body_size("1 GiB"), Ok(MAX));
    }

    #[test]
    fn wrong_sizes_are_refused() {
        for text in ["", "KiB", "64", "64 KB", "1.5 MiB", "-1 B", "64  KiB", "64 KiB ", "１ B"] {
            assert_eq!(body_size(text).unwrap_err().code, Code::MalformedSize, "{text}");
        }
        for text in ["0 B", "2 GiB", "99999999999999999999 B", "18446744073709551615 KiB"] {
            assert_eq!(body_size(text).unwrap_err().code, Code::SizeOutOfRange, "{text}");
        }
        let help = body_size("64 KB").unwrap_err().help.unwrap();
        assert!(help.contains("`KiB`"), "{help}");
    }

    #[test]
    fn sizes_of_files_have_the_same_range() {
        assert_eq!(file_size("5 MiB"), Ok(5 << 20));
        for text in ["0 B", "2 GiB", "18446744073709551615 KiB"] {
            assert_eq!(file_size(text).unwrap_err().code, Code::SizeOutOfRange, "{text}");
        }
        assert_eq!(file_size("5 MB").unwrap_err().code, Code::MalformedSize);
    }

    proptest! {
        #[test]
        fn never_panics_and_stays_in_range(text in ".{0,24}") {
            if let Ok(bytes) = body_size(&text) {
                prop_assert!((1..=MAX).contains(&bytes));
                prop_assert_eq!(file_size(&text), Ok(bytes));
            }
        }
    }
}
