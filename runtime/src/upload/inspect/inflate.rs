//! Unpacks compressed data only to count its size: sizes in headers can be wrong.

use flate2::{Decompress, FlushDecompress, Status};

use crate::upload::flaw::Flaw;

const ROOM: usize = 32 << 10;

/// Deflate gets to 1,032 bytes of a byte; what people pack does not get to this.
const MOST_OF_A_BYTE: u64 = 250;

/// Below this size, the ratio does not matter: a white page compresses well.
const SMALL: u64 = 16 << 20;

/// How much may still be unpacked.
#[derive(Debug)]
pub(super) struct Budget {
    max: u64,
    left: u64,
}

impl Budget {
    pub(super) const fn new(max: u64) -> Self {
        Self { max, left: max }
    }

    /// How many bytes may still come out.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// So many more bytes came out.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), Flaw> {
        let bytes = u64::try_from(bytes).map_err(|_| Flaw::Unpacked(self.max))?;
        self.left = self.left.checked_sub(bytes).ok_or(Flaw::Unpacked(self.max))?;
        Ok(())
    }

    /// Whether what came out is in proportion to so many packed bytes.
    pub(super) fn proportion(&self, packed: u64) -> Result<(), Flaw> {
        let out = self.max.saturating_sub(self.left);
        if out > SMALL && out > packed.saturating_mul(MOST_OF_A_BYTE) {
            return Err(Flaw::Unpacked(self.max));
        }
        Ok(())
    }
}

/// A zlib stream (RFC 1950) that comes in pieces.
pub(super) struct Inflater {
    zlib: Decompress,
    room: Box<[u8]>,
    out: u64,
    ended: bool,
}

impl Inflater {
    pub(super) fn new() -> Self {
        let room = vec![0; ROOM].into_boxed_slice();
        Self { zlib: Decompress::new(true), room, out: 0, ended: false }
    }

    /// Unpacks the next piece.
    pub(super) fn feed(&mut self, mut input: &[u8], budget: &mut Budget) -> Result<(), Flaw> {
        loop {
            if self.ended {
                // Bytes after the end are not part of the stream.
                return if input.is_empty() { Ok(()) } else { Err(Flaw::Structure) };
            }
            let (read_before, out_before) = (self.zlib.total_in(), self.zlib.total_out());
            let status = self
                .zlib
                .decompress(input, &mut self.room, FlushDecompress::None)
                .map_err(|_| Flaw::Structure)?;
            let count = |now: u64, before: u64| usize::try_from(now.saturating_sub(before));
            let read = count(self.zlib.total_in(), read_before).map_err(|_| Flaw::Structure)?;
            let out = count(self.zlib.total_out(), out_before).map_err(|_| Flaw::Structure)?;
            budget.spend(out)?;
            self.out = self.out.saturating_add(out as u64);
            input = input.get(read..).unwrap_or_default();
            self.ended = matches!(status, Status::StreamEnd);
            if !self.ended && read == 0 && out == 0 {
                return if input.is_empty() { Ok(()) } else { Err(Flaw::Structure) };
            }
        }
    }

    /// How many bytes came out.
    pub(super) fn out(&self) -> u64 {
        self.out
    }

    /// Whether the stream has come to its end.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflater").field("out", &self.out).finish_non_exhaustive()
    }
}
