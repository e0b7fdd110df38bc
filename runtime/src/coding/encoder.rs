//! The encoders with a common interface.

use std::io::{self, Write};

use flate2::{Compression, write::GzEncoder};

use crate::policy::ContentCoding;

/// How much time is spent on compressing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// For data that is sent once: fast levels, and a window of 256 KiB at most.
    Answer,
    /// For data that is compressed once and sent often.
    #[cfg(feature = "static-files")]
    File,
}

/// The window for responses, as a power of two: the memory of an encoder while its stream is open.
#[cfg(any(feature = "brotli", feature = "zstd"))]
const ANSWER_WINDOW: u32 = 18;

/// Encodes bytes piece by piece.
pub(crate) enum Encoder {
    Gzip(Box<GzEncoder<Vec<u8>>>),
    #[cfg(feature = "brotli")]
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    #[cfg(feature = "zstd")]
    Zstd(Box<zstd::stream::write::Encoder<'static, Vec<u8>>>),
}

impl Encoder {
    /// # Errors
    ///
    /// Out of memory, or the coding is not compiled in.
    pub(crate) fn new(coding: ContentCoding, effort: Effort) -> io::Result<Self> {
        match coding {
            ContentCoding::Gzip => {
                let level = Compression::new(match effort {
                    Effort::Answer => 6,
                    #[cfg(feature = "static-files")]
                    Effort::File => 9,
                });
                Ok(Self::Gzip(Box::new(GzEncoder::new(Vec::new(), level))))
            }
            #[cfg(feature = "brotli")]
            ContentCoding::Brotli => {
                let (quality, window) = match effort {
                    Effort::Answer => (4, ANSWER_WINDOW),
                    #[cfg(feature = "static-files")]
                    Effort::File => (9, 22),
                };
                let writer = brotli::CompressorWriter::new(Vec::new(), 4 << 10, quality, window);
                Ok(Self::Brotli(Box::new(writer)))
            }
            #[cfg(feature = "zstd")]
            ContentCoding::Zstd => {
                let (level, window) = match effort {
                    Effort::Answer => (3, ANSWER_WINDOW),
                    // Browsers accept 8 MiB at most (RFC 9659).
                    #[cfg(feature = "static-files")]
                    Effort::File => (12, 22),
                };
                let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), level)?;
                encoder.window_log(window)?;
                Ok(Self::Zstd(Box::new(encoder)))
            }
            #[cfg(not(feature = "brotli"))]
            ContentCoding::Brotli => Err(io::ErrorKind::Unsupported.into()),
            #[cfg(not(feature = "zstd"))]
            ContentCoding::Zstd => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// The whole input in a coding.
    pub(crate) fn whole(
        coding: ContentCoding,
        effort: Effort,
        content: &[u8],
    ) -> io::Result<Vec<u8>> {
        let mut encoder = Self::new(coding, effort)?;
        encoder.write(content)?;
        encoder.finish()
    }

    pub(super) fn write(&mut self, content: &[u8]) -> io::Result<()> {
        self.writer().write_all(content)
    }

    /// Makes all written data available.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.writer().flush()
    }

    /// Removes and returns the encoded data so far.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.made())
    }

    /// The number of encoded bytes that were not taken yet.
    pub(super) fn len(&mut self) -> usize {
        self.made().len()
    }

    /// Ends the stream, and returns the remaining data.
    pub(super) fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip(encoder) => encoder.finish(),
            #[cfg(feature = "brotli")]
            Self::Brotli(encoder) => Ok(encoder.into_inner()),
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder.finish(),
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Gzip(encoder) => encoder,
            #[cfg(feature = "brotli")]
            Self::Brotli(encoder) => encoder,
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder,
        }
    }

    fn made(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Gzip(encoder) => encoder.get_mut(),
            #[cfg(feature = "brotli")]
            Self::Brotli(encoder) => encoder.get_mut(),
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder.get_mut(),
        }
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encoder")
    }
}
