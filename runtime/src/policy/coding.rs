//! The content codings of responses and request bodies.

/// Between the tag of a version and the coding of the answer that has it: `"7~gzip"`. No version has it.
pub(crate) const CODING_MARK: char = '~';

#[doc(inline)]
pub use palisade_policy::{Compression, ContentCoding};

/// Every coding, in the order in which palisade prefers them: fast ones that compress well first.
pub(crate) const CODINGS: &[ContentCoding] =
    &[ContentCoding::Zstd, ContentCoding::Brotli, ContentCoding::Gzip];

/// What this build does with a coding.
pub(crate) trait Coding {
    /// Whether `Content-Encoding` names it so (RFC 9110 section 8.4.1).
    fn has_name(self, name: &[u8]) -> bool;

    /// Whether its library was built in.
    fn has_library(self) -> bool;
}

impl Coding for ContentCoding {
    fn has_name(self, name: &[u8]) -> bool {
        name.eq_ignore_ascii_case(self.name().as_bytes())
            || (self == Self::Gzip && name.eq_ignore_ascii_case(b"x-gzip"))
    }

    fn has_library(self) -> bool {
        match self {
            Self::Gzip => cfg!(feature = "compression"),
            Self::Brotli => cfg!(feature = "brotli"),
            Self::Zstd => cfg!(feature = "zstd"),
        }
    }
}
