//! The content codings of answers and bodies.

/// Between the tag of a version and the coding of the answer that has it: `"7~gzip"`. No version has it.
pub(crate) const CODING_MARK: char = '~';

/// A content coding (RFC 9110 section 8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentCoding {
    /// `gzip` (RFC 1952)
    Gzip,
    /// `br` (RFC 7932)
    Brotli,
    /// `zstd` (RFC 8878, RFC 9659)
    Zstd,
}

impl ContentCoding {
    /// Every coding, in the order in which palisade prefers them: fast ones that compress well first.
    pub(crate) const ALL: &'static [Self] = &[Self::Zstd, Self::Brotli, Self::Gzip];

    /// The name in `Content-Encoding` and in `Accept-Encoding`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// Whether `Content-Encoding` says it by this name (RFC 9110 section 8.4.1).
    pub(crate) fn is_called(self, name: &[u8]) -> bool {
        name.eq_ignore_ascii_case(self.name().as_bytes())
            || (self == Self::Gzip && name.eq_ignore_ascii_case(b"x-gzip"))
    }

    /// Whether its library was built in.
    pub(crate) const fn is_built(self) -> bool {
        match self {
            Self::Gzip => cfg!(feature = "compression"),
            Self::Brotli => cfg!(feature = "brotli"),
            Self::Zstd => cfg!(feature = "zstd"),
        }
    }
}

/// Whether an endpoint's answers are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Never: there is no `#[compress]`.
    Never,
    /// `#[compress]`: no answer is for one caller alone.
    WithoutSecrets,
    /// `#[compress(reason = "..")]`
    ForAReason,
}
