//! Decodes compressed bodies within a size limit.
//!
//! A small body may decode to a large one (CWE-409). So no more bytes are decoded than the
//! endpoint's limit; the windows are limited to those of the codings' standards; and a body must
//! consist of exactly one gzip member, zstd frame or brotli stream. Decoders handle trailing data
//! differently: some stop, some continue, and a filter in front of the service may have seen
//! another body than the handler.

use std::{
    fmt,
    io::{self, Read},
};

use crate::policy::ContentCoding;

/// The most decoded bytes regardless of the encoded size, as for compressed content in an uploaded
/// file.
const FREE: u64 = 16 << 20;

/// Above that, the greatest ratio to the encoded size.
const RATIO: u64 = 250;

/// As a power of two, the largest window of zstd as a content coding: 8 MiB (RFC 9659).
#[cfg(feature = "zstd")]
const ZSTD_WINDOW: u32 = 23;

/// How many bytes are decoded at once.
const PIECE: usize = 32 << 10;

/// Why a body is refused.
#[derive(Debug)]
pub(crate) enum Flaw {
    /// It decodes to more bytes than the limit.
    TooLarge,
    /// Its ratio of decoded to encoded bytes is too high.
    Ratio,
    /// It is incomplete, corrupt, or needs a window that is too large.
    Malformed(io::Error),
    /// It has data after its end.
    Trailing,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("it decodes to more than the cap"),
            Self::Ratio => write!(f, "it decodes to more than {RATIO} times its own size"),
            Self::Malformed(error) => write!(f, "{error}"),
            Self::Trailing => f.write_str("something follows its end"),
        }
    }
}

/// Decodes a whole body.
///
/// # Errors
///
/// It is incomplete or invalid in this coding, or decodes to more than `cap` bytes.
pub(crate) fn decode(coding: ContentCoding, coded: &[u8], cap: u64) -> Result<Vec<u8>, Flaw> {
    if coded.is_empty() {
        return Err(cut_off());
    }
    let by_ratio = u64::try_from(coded.len()).unwrap_or(u64::MAX).saturating_mul(RATIO).max(FREE);
    let room = Room { cap, by_ratio };
    let mut rest = coded;
    let decoded = match coding {
        ContentCoding::Gzip => room.fill(&mut flate2::bufread::GzDecoder::new(&mut rest))?,
        #[cfg(feature = "brotli")]
        ContentCoding::Brotli => room.fill(&mut brotli_stream::Stream::new(&mut rest))?,
        #[cfg(feature = "zstd")]
        ContentCoding::Zstd => {
            let decoder =
                zstd::stream::read::Decoder::with_buffer(&mut rest).map_err(Flaw::Malformed)?;
            let mut decoder = decoder.single_frame();
            decoder.window_log_max(ZSTD_WINDOW).map_err(Flaw::Malformed)?;
            room.fill(&mut decoder)?
        }
        #[cfg(not(feature = "brotli"))]
        ContentCoding::Brotli => return Err(Flaw::Malformed(io::ErrorKind::Unsupported.into())),
        #[cfg(not(feature = "zstd"))]
        ContentCoding::Zstd => return Err(Flaw::Malformed(io::ErrorKind::Unsupported.into())),
    };
    if rest.is_empty() { Ok(decoded) } else { Err(Flaw::Trailing) }
}

/// How many bytes may be decoded.
struct Room {
    cap: u64,
    by_ratio: u64,
}

impl Room {
    fn fill(&self, reader: &mut dyn Read) -> Result<Vec<u8>, Flaw> {
        let mut decoded = Vec::new();
        let mut piece = vec![0; PIECE];
        loop {
            let length = match reader.read(&mut piece) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Flaw::Malformed(error)),
            };
            // A reader returns as many bytes as fit into the piece.
            let Some(read) = piece.get(..length).filter(|read| !read.is_empty()) else {
                return Ok(decoded);
            };
            let whole = u64::try_from(decoded.len().saturating_add(length)).unwrap_or(u64::MAX);
            if whole > self.cap {
                return Err(Flaw::TooLarge);
            }
            if whole > self.by_ratio {
                return Err(Flaw::Ratio);
            }
            decoded.extend_from_slice(read);
        }
    }
}

fn cut_off() -> Flaw {
    Flaw::Malformed(io::ErrorKind::UnexpectedEof.into())
}

/// The window of brotli is 16 MiB at most (RFC 7932 section 9.1); "large window brotli" is another format,
/// and refused.
#[cfg(feature = "brotli")]
mod brotli_stream {
    use std::io::{self, ErrorKind, Read};

    use brotli::{BrotliDecompressStream, BrotliResult, BrotliState, enc::StandardAlloc};

    /// A stream that ends at brotli's end marker, and leaves the rest of the input.
    pub(super) struct Stream<'a, 'b> {
        rest: &'a mut &'b [u8],
        state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
        total: usize,
        is_over: bool,
    }

    impl<'a, 'b> Stream<'a, 'b> {
        pub(super) fn new(rest: &'a mut &'b [u8]) -> Self {
            let new = StandardAlloc::default;
            let state = BrotliState::new_strict(new(), new(), new());
            Self { rest, state, total: 0, is_over: false }
        }
    }

    impl Read for Stream<'_, '_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if self.is_over || out.is_empty() {
                return Ok(0);
            }
            let (mut available, mut offset) = (self.rest.len(), 0);
            let (mut room, mut written) = (out.len(), 0);
            let rest = *self.rest;
            let result = BrotliDecompressStream(
                &mut available,
                &mut offset,
                rest,
                &mut room,
                &mut written,
                out,
                &mut self.total,
                &mut self.state,
            );
            *self.rest = rest.get(offset..).unwrap_or_default();
            match result {
                BrotliResult::ResultSuccess => self.is_over = true,
                BrotliResult::NeedsMoreOutput => {}
                // The input is complete.
                BrotliResult::NeedsMoreInput if written == 0 => {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
                BrotliResult::NeedsMoreInput => {}
                BrotliResult::ResultFailure => return Err(ErrorKind::InvalidData.into()),
            }
            Ok(written)
        }
    }
}

#[cfg(test)]
mod tests;
