//! Bodies in a coding, decoded under a cap.
//!
//! What comes is small and what it decodes to may be large (CWE-409). So nothing is decoded beyond the cap
//! of the endpoint; the windows that a body asks for are bounded by those of the codings' standards; and
//! what is taken is one member of gzip, one frame of zstd or one stream of brotli with nothing behind it,
//! since readers differ on what follows: some stop, some go on, and a filter before the service may have
//! seen another body than the handler does.

use std::{
    fmt,
    io::{self, Read},
};

use crate::policy::ContentCoding;

/// What a body may decode to whatever its own size, as what is packed in an uploaded file may.
const FREE: u64 = 16 << 20;

/// And above that, how many times its own size.
const RATIO: u64 = 250;

/// As a power of two, the largest window of zstd as a content coding: 8 MiB (RFC 9659).
#[cfg(feature = "zstd")]
const ZSTD_WINDOW: u32 = 23;

/// What is decoded at once.
const PIECE: usize = 32 << 10;

/// Why a body is not taken.
#[derive(Debug)]
pub(crate) enum Flaw {
    /// It decodes to more than the cap.
    TooLarge,
    /// It decodes to too many times its own size.
    Ratio,
    /// It is cut off, corrupt, or asks for a window that is too large.
    Malformed(io::Error),
    /// It ended, and something follows.
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
/// It is not whole and right in this coding, or decodes to more than `cap` bytes.
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

/// How much may be decoded.
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
            // A reader gives what fits into the piece.
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

    /// A stream that ends where brotli says that it does, and leaves what follows.
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
                // All of it was there.
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
