//! Errors with what led to them, for the log and for errors at the start.

use std::error::Error;

/// An error and its sources, outermost first, with colons between. A source that an error repeats at its end is
/// not written again.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !text.ends_with(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
        source = error.source();
    }
    text
}

/// The same for an error of an HTTP client, without the URL, whose query may hold a key.
#[cfg(any(feature = "otel", feature = "remote-keys", feature = "remote-secrets"))]
pub(crate) fn without_url(error: reqwest::Error) -> String {
    with_causes(&error.without_url())
}

#[cfg(test)]
mod tests {
    use std::{error::Error, fmt, io};

    use super::with_causes;

    #[derive(Debug)]
    struct Outer(&'static str, io::Error);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.1)
        }
    }

    #[test]
    fn each_source_is_written_once() {
        let inner = || io::Error::other("disk 7 is broken");
        for (words, text) in [
            ("cannot read", "cannot read: disk 7 is broken"),
            ("cannot read: disk 7 is broken", "cannot read: disk 7 is broken"),
        ] {
            assert_eq!(with_causes(&Outer(words, inner())), text);
        }
        assert_eq!(with_causes(&inner()), "disk 7 is broken");
    }
}
