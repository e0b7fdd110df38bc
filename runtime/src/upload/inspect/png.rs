//! PNG (W3C, third edition): chunks from the signature to `IEND`, each with its checksum, and
//! nothing but filling behind. What is packed in them is unpacked and counted.

use flate2::Crc;

use super::{
    count::Count,
    filling::Filling,
    gather::{Gather, some_of},
    inflate::{Budget, Inflater},
    pixels::Pixels,
};
use crate::upload::flaw::Flaw;

pub(super) const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// The standard's own bound of a chunk.
const LONGEST_CHUNK: u32 = i32::MAX as u32;

/// Chunks of pixel data: a writer that makes one of each row has as many as the image has rows.
const MOST_DATA: u32 = 100_000;

#[derive(Debug)]
pub(super) struct Png {
    at: At,
    gather: Gather,
    crc: Crc,
    header: Option<Header>,
    seen: Seen,
    /// The pixel data of the image, and that of the frame under way.
    image: Option<Inflater>,
    frame: Option<(Inflater, u64)>,
    pixels: Pixels,
    budget: Budget,
    /// Chunks of pixel data, and the others.
    data: Count,
    others: Count,
    behind: Filling,
}

#[derive(Debug)]
enum At {
    Signature,
    Head,
    Body {
        chunk: Chunk,
        left: u64,
    },
    Sum,
    /// `IEND` is over except for its checksum.
    LastSum,
    End,
}

/// What a chunk is, for as long as its body comes.
#[derive(Debug)]
enum Chunk {
    Header,
    Data,
    FrameControl,
    FrameNumber,
    FrameData,
    Animation,
    /// A compressed part behind some texts.
    Packed {
        before: &'static [Step],
        packed: bool,
        stream: Option<Box<Inflater>>,
    },
    Other,
}

/// The part of a chunk before its compressed data.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Text and the zero after it.
    Text,
    Byte,
    /// Whether what follows is compressed.
    Flag,
}

#[derive(Clone, Copy, Debug)]
struct Header {
    width: u32,
    height: u32,
    bits: u64,
    interlaced: bool,
}

#[derive(Debug, Default)]
struct Seen {
    palette: bool,
    data: bool,
    /// Another chunk came after the pixel data: there may be no more of it.
    data_over: bool,
    animation: bool,
    first_control: bool,
}

impl Png {
    pub(super) fn new(pixels: Pixels, unpacked: u64) -> Self {
        Self {
            data: Count::new(MOST_DATA),
            others: pixels.parts(1),
            at: At::Signature,
            gather: Gather::new(),
            crc: Crc::new(),
            header: None,
            seen: Seen::default(),
            image: None,
            frame: None,
            pixels,
            budget: Budget::new(unpacked),
            behind: Filling::new(),
        }
    }

    pub(super) fn feed(&mut self, mut input: &[u8]) -> Result<(), Flaw> {
        loop {
            match &mut self.at {
                At::Signature => {
                    let Some(bytes) = self.gather.take::<8>(&mut input) else { return Ok(()) };
                    if bytes != SIGNATURE {
                        return Err(Flaw::Structure);
                    }
                    self.at = At::Head;
                }
                At::Head => {
                    let Some([a, b, c, d, name @ ..]) = self.gather.take::<8>(&mut input) else {
                        return Ok(());
                    };
                    self.crc.reset();
                    self.crc.update(&name);
                    let length = u32::from_be_bytes([a, b, c, d]);
                    self.at = self.begin(name, length)?;
                }
                At::Body { left: 0, .. } => self.finish_chunk()?,
                At::Body { left, chunk } => {
                    if input.is_empty() {
                        return Ok(());
                    }
                    // What is wanted whole stays a piece of the body until it is.
                    let mut rest = some_of(left, &mut input);
                    self.crc.update(rest);
                    let body = Body {
                        header: &mut self.header,
                        gather: &mut self.gather,
                        pixels: &mut self.pixels,
                        budget: &mut self.budget,
                        image: &mut self.image,
                        frame: &mut self.frame,
                        seen: &mut self.seen,
                    };
                    body.feed(chunk, &mut rest)?;
                }
                At::Sum | At::LastSum => {
                    let Some(sum) = self.gather.take::<4>(&mut input) else { return Ok(()) };
                    if u32::from_be_bytes(sum) != self.crc.sum() {
                        return Err(Flaw::Structure);
                    }
                    self.at = if matches!(self.at, At::LastSum) { At::End } else { At::Head };
                }
                At::End => {
                    return self.behind.feed(input, b"");
                }
            }
        }
    }

    fn begin(&mut self, name: [u8; 4], length: u32) -> Result<At, Flaw> {
        const TEXT_AND_METHOD: &[Step] = &[Step::Text, Step::Byte];
        const INTERNATIONAL: &[Step] =
            &[Step::Text, Step::Flag, Step::Byte, Step::Text, Step::Text];

        let is_name = name.iter().all(u8::is_ascii_alphabetic);
        let is_first = self.header.is_none();
        if !is_name || length > LONGEST_CHUNK || is_first != (&name == b"IHDR") {
            return Err(Flaw::Structure);
        }
        let is_pixels = matches!(&name, b"IDAT" | b"fdAT");
        let count = if is_pixels { &mut self.data } else { &mut self.others };
        count.one()?;
        let seen = &mut self.seen;
        let is_data = &name == b"IDAT";
        seen.data_over |= seen.data && !is_data;
        let (chunk, fits) = match &name {
            b"IHDR" => (Chunk::Header, length == 13),
            b"PLTE" => {
                let once = !std::mem::replace(&mut seen.palette, true);
                (
                    Chunk::Other,
                    once && !seen.data && length.is_multiple_of(3) && (3..=768).contains(&length),
                )
            }
            b"IDAT" => {
                if !std::mem::replace(&mut seen.data, true) {
                    self.pixels.frame()?;
                    self.image = Some(Inflater::new());
                }
                (Chunk::Data, !seen.data_over)
            }
            b"acTL" => {
                let once = !std::mem::replace(&mut seen.animation, true);
                (Chunk::Animation, once && !seen.data && length == 8)
            }
            b"fcTL" => (Chunk::FrameControl, seen.animation && length == 26),
            b"fdAT" => (Chunk::FrameNumber, self.frame.is_some() && length >= 4),
            b"iCCP" | b"zTXt" => (packed(TEXT_AND_METHOD, true), true),
            b"iTXt" => (packed(INTERNATIONAL, false), true),
            b"IEND" => {
                self.whole()?;
                return if length == 0 { Ok(At::LastSum) } else { Err(Flaw::Structure) };
            }
            // A critical chunk that is not of the standard: no reader knows what to do with it.
            [first, ..] => (Chunk::Other, first.is_ascii_lowercase()),
        };
        if !fits {
            return Err(Flaw::Structure);
        }
        Ok(At::Body { chunk, left: u64::from(length) })
    }

    fn finish_chunk(&mut self) -> Result<(), Flaw> {
        let At::Body { chunk, .. } = std::mem::replace(&mut self.at, At::Sum) else {
            return Ok(());
        };
        match chunk {
            Chunk::Packed { before: [], stream, .. } => match stream {
                Some(stream) if !stream.ended() => Err(Flaw::Structure),
                _ => Ok(()),
            },
            // The texts are not over.
            Chunk::Packed { .. } => Err(Flaw::Structure),
            Chunk::Header
            | Chunk::Data
            | Chunk::FrameControl
            | Chunk::FrameNumber
            | Chunk::FrameData
            | Chunk::Animation
            | Chunk::Other => Ok(()),
        }
    }

    /// Whether all pixels are there, and nothing but them.
    fn whole(&self) -> Result<(), Flaw> {
        let image = self.image.as_ref().zip(self.header);
        let Some((image, header)) = image else { return Err(Flaw::Structure) };
        let expected = header.bytes(header.width, header.height);
        if !image.ended() || image.out() != expected {
            return Err(Flaw::Structure);
        }
        whole_frame(self.frame.as_ref())
    }

    /// The number of bytes after the end.
    pub(super) fn finish(&self) -> Result<u64, Flaw> {
        if matches!(self.at, At::End) { Ok(self.behind.length()) } else { Err(Flaw::Structure) }
    }
}

fn packed(before: &'static [Step], packed: bool) -> Chunk {
    Chunk::Packed { before, packed, stream: None }
}

fn whole_frame(frame: Option<&(Inflater, u64)>) -> Result<(), Flaw> {
    match frame {
        Some((data, expected)) if !data.ended() || data.out() != *expected => Err(Flaw::Structure),
        _ => Ok(()),
    }
}

/// The parts of the parser that the body of a chunk needs.
struct Body<'a> {
    header: &'a mut Option<Header>,
    gather: &'a mut Gather,
    pixels: &'a mut Pixels,
    budget: &'a mut Budget,
    image: &'a mut Option<Inflater>,
    frame: &'a mut Option<(Inflater, u64)>,
    seen: &'a mut Seen,
}

impl Body<'_> {
    fn feed(self, chunk: &mut Chunk, rest: &mut &[u8]) -> Result<(), Flaw> {
        match chunk {
            Chunk::Other => {}
            Chunk::Header => {
                if let Some(bytes) = self.gather.take::<13>(rest) {
                    let header = Header::parse(bytes)?;
                    self.pixels.canvas(header.width, header.height)?;
                    *self.header = Some(header);
                }
            }
            Chunk::Animation => {
                // Its number of frames is not believed: the frames are counted.
                let _frames_and_plays = self.gather.take::<8>(rest);
            }
            Chunk::FrameControl => {
                if let Some(bytes) = self.gather.take::<26>(rest) {
                    self.begin_frame(bytes)?;
                }
            }
            Chunk::Data => {
                if let Some(image) = self.image {
                    image.feed(rest, self.budget)?;
                }
            }
            Chunk::FrameNumber => {
                if self.gather.take::<4>(rest).is_some() {
                    *chunk = Chunk::FrameData;
                    if let Some((frame, _)) = self.frame {
                        frame.feed(rest, self.budget)?;
                    }
                }
            }
            Chunk::FrameData => {
                if let Some((frame, _)) = self.frame {
                    frame.feed(rest, self.budget)?;
                }
            }
            Chunk::Packed { before, packed, stream } => {
                while let ([step, later @ ..], [byte, behind @ ..]) = (*before, *rest) {
                    *rest = behind;
                    match step {
                        Step::Text if *byte != 0 => continue,
                        Step::Text | Step::Byte => {}
                        Step::Flag => *packed = *byte != 0,
                    }
                    *before = later;
                }
                if *packed && !rest.is_empty() {
                    stream
                        .get_or_insert_with(|| Box::new(Inflater::new()))
                        .feed(rest, self.budget)?;
                }
            }
        }
        Ok(())
    }

    fn begin_frame(self, bytes: [u8; 26]) -> Result<(), Flaw> {
        let number = |at: usize| -> Option<u32> {
            let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
            Some(u32::from_be_bytes(four))
        };
        let all = (number(4), number(8), number(12), number(16));
        let (Some(width), Some(height), Some(x), Some(y)) = all else {
            return Err(Flaw::Structure);
        };
        let Some(header) = *self.header else { return Err(Flaw::Structure) };
        let fits = |size: u32, at: u32, whole: u32| {
            size > 0 && size.checked_add(at).is_some_and(|end| end <= whole)
        };
        if !fits(width, x, header.width) || !fits(height, y, header.height) {
            return Err(Flaw::Structure);
        }
        // The first frame may be the image itself, whose data was or will be counted.
        if !self.seen.data {
            let once = !std::mem::replace(&mut self.seen.first_control, true);
            return if once { Ok(()) } else { Err(Flaw::Structure) };
        }
        whole_frame(self.frame.as_ref())?;
        self.pixels.frame()?;
        *self.frame = Some((Inflater::new(), header.bytes(width, height)));
        Ok(())
    }
}

impl Header {
    fn parse(bytes: [u8; 13]) -> Result<Self, Flaw> {
        let [a, b, c, d, e, f, g, h, depth, colour, compression, filter, interlace] = bytes;
        let channels = match (colour, depth) {
            (0, 1 | 2 | 4 | 8 | 16) | (3, 1 | 2 | 4 | 8) => 1,
            (2, 8 | 16) => 3,
            (4, 8 | 16) => 2,
            (6, 8 | 16) => 4,
            _ => return Err(Flaw::Structure),
        };
        if compression != 0 || filter != 0 || interlace > 1 {
            return Err(Flaw::Structure);
        }
        Ok(Self {
            width: u32::from_be_bytes([a, b, c, d]),
            height: u32::from_be_bytes([e, f, g, h]),
            bits: channels * u64::from(depth),
            interlaced: interlace == 1,
        })
    }

    /// What the pixels of an image of this size unpack to: rows with their filter bytes.
    fn bytes(&self, width: u32, height: u32) -> u64 {
        /// Where each pass of Adam7 begins and how far it steps, across and down.
        const PASSES: [(u32, u32, u32, u32); 7] = [
            (0, 8, 0, 8),
            (4, 8, 0, 8),
            (0, 4, 4, 8),
            (2, 4, 0, 4),
            (0, 2, 2, 4),
            (1, 2, 0, 2),
            (0, 1, 1, 2),
        ];
        let rows = |width: u32, height: u32| {
            if width == 0 || height == 0 {
                return 0;
            }
            let row = u64::from(width).saturating_mul(self.bits).div_ceil(8).saturating_add(1);
            row.saturating_mul(u64::from(height))
        };
        if !self.interlaced {
            return rows(width, height);
        }
        let part = |size: u32, from: u32, step: u32| size.saturating_sub(from).div_ceil(step);
        PASSES
            .iter()
            .map(|(x, dx, y, dy)| rows(part(width, *x, *dx), part(height, *y, *dy)))
            .fold(0, u64::saturating_add)
    }
}
