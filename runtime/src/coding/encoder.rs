//! The encoders, behind one face.

use std::io::{self, Write};

use flate2::{Compression, write::GzEncoder};

use crate::policy::ContentCoding;

/// How much work goes into a coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// What is made for one request: fast levels, and a window of 256 KiB at most.
    Answer,
    /// What is made once and sent often.
    #[cfg(feature = "static-files")]
    File,
}

/// The window of answers, as a power of two: what an encoder keeps of a stream while it is open.
#[cfg(any(feature = "brotli", feature = "zstd"))]
const ANSWER_WINDOW: u32 = 18;

/// What turns bytes into a coding, piece by piece.
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
    /// There is no memory for it, or it was not built in.
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
                    // Browsers take 8 MiB at most (RFC 9659).
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

    /// The whole of it in a coding.
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

    /// Makes all that was written readable.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.writer().flush()
    }

    /// What has been made so far.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.made())
    }

    /// How much has been made and not taken.
    pub(super) fn len(&mut self) -> usize {
        self.made().len()
    }

    /// Ends it, and gives what had not been taken.
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
