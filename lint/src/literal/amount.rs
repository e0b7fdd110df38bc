//! A count and a unit: `64 KiB`, `5 s`, `30s`.

/// A string split at the end of its leading digits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Amount<'a> {
    /// The digits; may be empty.
    pub(super) digits: &'a str,
    /// What follows them, without the space between.
    pub(super) unit: &'a str,
}

impl<'a> Amount<'a> {
    /// Splits `text`.
    pub(super) fn split(text: &'a str) -> Self {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits, rest) = text.split_at(end);
        // One space at most: what needs more was not meant as one amount.
        Self { digits, unit: rest.strip_prefix(' ').unwrap_or(rest) }
    }

    /// The count; `None` when there are no digits or they exceed a `u64`.
    pub(super) fn count(&self) -> Option<u64> {
        self.digits.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    #[test]
    fn digits_end_where_the_unit_starts() {
        assert_eq!(Amount::split("64 KiB"), Amount { digits: "64", unit: "KiB" });
        assert_eq!(Amount::split("30s"), Amount { digits: "30", unit: "s" });
        assert_eq!(Amount::split("1.5 s"), Amount { digits: "1", unit: ".5 s" });
        assert_eq!(Amount::split(""), Amount { digits: "", unit: "" });
        assert_eq!(Amount::split("99999999999999999999 B").count(), None);
    }
}
