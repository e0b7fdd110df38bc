//! The validity of certificates, for the metrics.

use std::collections::BTreeMap;

use super::certificate::Facts;
use crate::metrics::{Text, Type};

/// The most certificates with a series of their own.
const MOST: usize = 64;

/// The label of all further certificates.
const OTHERS: &str = "others";

/// The most bytes of a label: a certificate may have hundreds of names.
const LONGEST: usize = 100;

/// Writes the start and the end of each certificate's validity, in seconds since 1970.
///
/// Certificates with the same names, such as one with an RSA key and one with an ECDSA key, are one
/// series: that of the one that expires first.
pub(super) fn write(certificates: &[Facts], text: &mut Text) {
    let mut by_label = BTreeMap::<String, (u64, u64)>::new();
    for facts in certificates {
        let mut label = label(facts);
        if by_label.len() >= MOST && !by_label.contains_key(&label) {
            OTHERS.clone_into(&mut label);
        }
        let span = by_label.entry(label).or_insert((facts.not_before, facts.not_after));
        if facts.not_after < span.1 {
            *span = (facts.not_before, facts.not_after);
        }
    }
    let help = "When the certificate expires, in seconds since 1970.";
    text.family("palisade_tls_certificate_expiry_timestamp_seconds", Type::Gauge, help);
    for (label, (_, not_after)) in &by_label {
        text.sample(&[("certificate", label)], not_after);
    }
    let help = "From when the certificate is valid, in seconds since 1970.";
    text.family("palisade_tls_certificate_start_timestamp_seconds", Type::Gauge, help);
    for (label, (not_before, _)) in &by_label {
        text.sample(&[("certificate", label)], not_before);
    }
}

/// The names of a certificate, shortened if they are many.
fn label(facts: &Facts) -> String {
    let title = facts.title();
    if title.len() <= LONGEST {
        return title;
    }
    // Not every name of a certificate is ASCII.
    let mut short: String = title.chars().take(LONGEST - 3).collect();
    short.push_str("...");
    short
}

#[cfg(test)]
mod tests {
    use super::{Facts, MOST, write};
    use crate::metrics::{Format, Text};

    fn facts(name: &str, not_before: u64, not_after: u64) -> Facts {
        let (addresses, subject, issuer) = (Vec::new(), Vec::new(), Vec::new());
        let names = vec![name.into()];
        Facts { names, addresses, not_before, not_after, subject, issuer }
    }

    fn text(certificates: &[Facts]) -> String {
        let mut text = Text::new(Format::Prometheus);
        write(certificates, &mut text);
        text.finish()
    }

    #[test]
    fn certificates_of_the_same_names_are_the_one_that_expires_first() {
        let text = text(&[facts("a", 1, 90), facts("a", 2, 80), facts("b", 3, 70)]);
        for line in [
            "palisade_tls_certificate_expiry_timestamp_seconds{certificate=\"a\"} 80",
            "palisade_tls_certificate_start_timestamp_seconds{certificate=\"a\"} 2",
            "palisade_tls_certificate_expiry_timestamp_seconds{certificate=\"b\"} 70",
        ] {
            assert_eq!(text.lines().filter(|own| *own == line).count(), 1, "{line}: {text}");
        }
    }

    #[test]
    fn labels_are_bounded_in_number_and_length() {
        let long = "é".repeat(300);
        let all: Vec<_> =
            (0..500_u64).map(|n| facts(&format!("{n:03}{long}"), n, 900 - n)).collect();
        let text = text(&all);
        let expiries: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with("palisade_tls_certificate_expiry"))
            .collect();
        assert_eq!(expiries.len(), MOST + 1);
        // Of those without a label of their own, the first that expires.
        assert!(
            expiries.iter().any(|line| line.ends_with("{certificate=\"others\"} 401")),
            "{text}"
        );
        assert!(expiries.iter().all(|line| line.chars().count() < 200), "{text}");
    }
}
