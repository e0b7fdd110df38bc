//! How soon a certificate has to be renewed.

const DAY: u64 = 86_400;

/// The log level for the remaining time of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    None,
    Warning,
    Error,
}

impl Urgency {
    /// Certificates that are valid for some days are renewed in their last days, and would cause
    /// warnings all the time. For them the limits are a third and a tenth of the whole lifetime.
    pub(super) fn of(not_before: u64, not_after: u64, now: u64) -> Self {
        let whole = not_after.saturating_sub(not_before);
        let left = not_after.saturating_sub(now);
        if left < (3 * DAY).min(whole / 10) {
            Self::Error
        } else if left < (21 * DAY).min(whole / 3) {
            Self::Warning
        } else {
            Self::None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, Urgency};

    #[test]
    fn what_expires_soon_is_told_in_time() {
        for (whole, left, expected) in [
            (90, 30, Urgency::None),
            (90, 21, Urgency::None),
            (90, 20, Urgency::Warning),
            (90, 3, Urgency::Warning),
            (90, 2, Urgency::Error),
            (90, 0, Urgency::Error),
            (6, 3, Urgency::None),
            (6, 1, Urgency::Warning),
            (6, 0, Urgency::Error),
            (3_650, 22, Urgency::None),
            (3_650, 20, Urgency::Warning),
        ] {
            let end = 1_000 * DAY + whole * DAY;
            let told = Urgency::of(1_000 * DAY, end, end - left * DAY);
            assert_eq!(told, expected, "{left} of {whole} days");
        }
        assert_eq!(Urgency::of(0, 10 * DAY, 11 * DAY), Urgency::Error, "it has expired");
    }
}
