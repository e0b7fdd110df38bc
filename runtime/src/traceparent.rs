//! The field `traceparent` of W3C Trace Context level 2, section 3.2.

/// The longest field that is read. Version 00 has 55 bytes; a later version may have more.
const LONGEST: usize = 128;

/// The length of version 00, and of the common part of all later versions.
const LENGTH: usize = 55;

/// A well-formed `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Traceparent<'a> {
    /// 32 lower-case hexadecimal digits, not all zero.
    pub(crate) trace_id: &'a str,
    /// 16 lower-case hexadecimal digits, not all zero.
    pub(crate) parent_id: &'a str,
    /// The bits of the flags.
    pub(crate) flags: u8,
}

impl<'a> Traceparent<'a> {
    /// Parses the value of one field; `None` if it is malformed.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (known, further) = text.split_at_checked(LENGTH)?;
        let mut parts = known.split('-');
        let [version, trace_id, parent_id, flags] = [2, 32, 16, 2].map(|length| {
            parts.next().filter(|part| part.len() == length && part.bytes().all(is_hex))
        });
        let (version, trace_id, parent_id) = (version?, trace_id?, parent_id?);
        let flags = u8::from_str_radix(flags?, 16).ok()?;
        // Version 00 ends here. A later one may continue after another hyphen.
        let is_known = version == "00";
        let ends_well = further.is_empty() || (!is_known && further.starts_with('-'));
        // ff is reserved, and an id of zeros is invalid in every version.
        if !ends_well || version == "ff" || is_zero(trace_id) || is_zero(parent_id) {
            return None;
        }
        Some(Self { trace_id, parent_id, flags })
    }
}

/// Upper-case digits are not allowed.
fn is_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'a'..=b'f')
}

fn is_zero(digits: &str) -> bool {
    digits.bytes().all(|digit| digit == b'0')
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::Traceparent;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_well_formed_field_is_parsed() {
        let expected = Traceparent {
            trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
            parent_id: "00f067aa0ba902b7",
            flags: 1,
        };
        assert_eq!(Traceparent::parse(GOOD), Some(expected));
        for later in [GOOD.replace("00-4", "01-4"), format!("cc{}-what-comes", &GOOD[2..])] {
            assert_eq!(Traceparent::parse(&later), Some(expected), "{later}");
        }
        let flags = Traceparent::parse(&format!("{}ff", &GOOD[..53])).unwrap().flags;
        assert_eq!(flags, 0xff);
    }

    /// One field for each kind of malformed field.
    pub(crate) fn malformed() -> Vec<String> {
        let (zero_trace, zero_parent) = ("0".repeat(32), "0".repeat(16));
        vec![
            String::new(),
            "00".to_owned(),
            GOOD[..54].to_owned(),
            GOOD[1..].to_owned(),
            format!("{GOOD}-"),
            format!("{GOOD}-x"),
            format!("{GOOD}0"),
            format!(" {GOOD}"),
            GOOD.to_uppercase(),
            GOOD.replace('4', "g"),
            GOOD.replace('-', "_"),
            GOOD.replacen('-', "0", 1),
            GOOD.replace("00-4", "ff-4"),
            GOOD.replace("00-4", "0x-4"),
            GOOD.replace("-01", "-0g"),
            GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &zero_trace),
            GOOD.replace("00f067aa0ba902b7", &zero_parent),
            format!("01{}x", &GOOD[2..]),
            format!("01{}-{}", &GOOD[2..], "a".repeat(128)),
            GOOD.replacen("4bf9", "4bé", 1),
            format!("{GOOD},{GOOD}"),
        ]
    }

    #[test]
    fn a_malformed_field_is_not() {
        for bad in malformed() {
            assert_eq!(Traceparent::parse(&bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,60}", at in 0_usize..55, byte in any::<char>()) {
            let _ = Traceparent::parse(&text);
            let mut near = GOOD.to_owned();
            near.replace_range(at..=at, &byte.to_string());
            if let Some(parsed) = Traceparent::parse(&near) {
                prop_assert_eq!((parsed.trace_id.len(), parsed.parent_id.len()), (32, 16));
            }
        }
    }
}
