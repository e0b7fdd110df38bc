//! WebP (RFC 9649): one RIFF list as long as it says, of the chunks that the format has, and nothing but
//! filling behind it.

use super::{
    count::Count,
    filling::Filling,
    gather::{Gather, some_of},
    pixels::Pixels,
};
use crate::upload::flaw::Flaw;

#[derive(Debug)]
pub(super) struct Webp {
    at: At,
    gather: Gather,
    pixels: Pixels,
    canvas: Option<(u32, u32)>,
    /// What the list still has to hold.
    left: u64,
    /// What the frame under way still has to hold.
    frame_left: u64,
    has_image: bool,
    animated: bool,
    chunks: Count,
    behind: Filling,
}

#[derive(Debug)]
enum At {
    Header,
    Head,
    Extended { left: u64 },
    Frame,
    Lossy { left: u64 },
    Lossless { left: u64 },
    Body { left: u64 },
    End,
}

impl Webp {
    pub(super) fn new(pixels: Pixels) -> Self {
        Self {
            chunks: pixels.parts(4),
            at: At::Header,
            gather: Gather::new(),
            pixels,
            canvas: None,
            left: 0,
            frame_left: 0,
            has_image: false,
            animated: false,
            behind: Filling::new(),
        }
    }

    pub(super) fn feed(&mut self, mut input: &[u8]) -> Result<(), Flaw> {
        loop {
            match &mut self.at {
                At::Header => {
                    let Some(bytes) = self.gather.take::<12>(&mut input) else { return Ok(()) };
                    let [b'R', b'I', b'F', b'F', a, b, c, d, b'W', b'E', b'B', b'P'] = bytes else {
                        return Err(Flaw::Structure);
                    };
                    let size = u64::from(u32::from_le_bytes([a, b, c, d]));
                    self.left = size.checked_sub(4).ok_or(Flaw::Structure)?;
                    self.at = self.next();
                }
                At::Head => {
                    let Some(bytes) = self.gather.take::<8>(&mut input) else { return Ok(()) };
                    let [k0, k1, k2, k3, a, b, c, d] = bytes;
                    let size = u64::from(u32::from_le_bytes([a, b, c, d]));
                    self.at = self.chunk([k0, k1, k2, k3], size)?;
                }
                At::Extended { left } => {
                    let Some([_, _, _, _, a, b, c, d, e, f]) = self.gather.take::<10>(&mut input)
                    else {
                        return Ok(());
                    };
                    let left = *left;
                    let (width, height) = (one_more([a, b, c]), one_more([d, e, f]));
                    self.canvas = Some((width, height));
                    self.pixels.canvas(width, height)?;
                    self.at = At::Body { left };
                }
                At::Frame => {
                    let Some(bytes) = self.gather.take::<16>(&mut input) else { return Ok(()) };
                    let [_, _, _, _, _, _, a, b, c, d, e, f, ..] = bytes;
                    self.fits(one_more([a, b, c]), one_more([d, e, f]))?;
                    self.pixels.frame()?;
                    self.at = self.next();
                }
                At::Lossy { left } => {
                    let Some(bytes) = self.gather.take::<10>(&mut input) else { return Ok(()) };
                    let [_, _, _, 0x9d, 0x01, 0x2a, a, b, c, d] = bytes else {
                        return Err(Flaw::Structure);
                    };
                    let left = *left;
                    let size = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
                    self.bitstream(size(a, b), size(c, d))?;
                    self.at = At::Body { left };
                }
                At::Lossless { left } => {
                    let Some(bytes) = self.gather.take::<5>(&mut input) else { return Ok(()) };
                    let [0x2f, a, b, c, d] = bytes else { return Err(Flaw::Structure) };
                    let left = *left;
                    let bits = u32::from_le_bytes([a, b, c, d]);
                    let size = |bits: u32| (bits & 0x3fff).saturating_add(1);
                    self.bitstream(size(bits), size(bits >> 14))?;
                    self.at = At::Body { left };
                }
                At::Body { left: 0 } => self.at = self.next(),
                At::Body { left } => {
                    if input.is_empty() {
                        return Ok(());
                    }
                    some_of(left, &mut input);
                }
                At::End => {
                    return self.behind.feed(input, b"");
                }
            }
        }
    }

    fn next(&self) -> At {
        if self.left == 0 { At::End } else { At::Head }
    }

    fn chunk(&mut self, kind: [u8; 4], size: u64) -> Result<At, Flaw> {
        self.chunks.one()?;
        // Chunks are padded to an even length, and the list counts that.
        let padded = size.saturating_add(size & 1);
        let whole = padded.saturating_add(8);
        self.left = self.left.checked_sub(whole).ok_or(Flaw::Structure)?;
        let in_frame = self.frame_left > 0;
        if in_frame {
            self.frame_left = self.frame_left.checked_sub(whole).ok_or(Flaw::Structure)?;
        }
        let is_first = self.canvas.is_none() && !self.has_image;
        let after = |bytes: u64| padded.checked_sub(bytes).ok_or(Flaw::Structure);
        match &kind {
            b"VP8X" if is_first && size == 10 => Ok(At::Extended { left: after(10)? }),
            b"ANMF" if self.canvas.is_some() && !in_frame => {
                self.animated = true;
                self.frame_left = after(16)?;
                // What the frame holds is read as chunks of its own.
                self.left = self.left.saturating_add(self.frame_left);
                Ok(At::Frame)
            }
            // One bitstream is the image; those of an animation are in its frames.
            b"VP8 " | b"VP8L" if in_frame == self.animated && (in_frame || !self.has_image) => {
                self.has_image = true;
                match kind[3] {
                    b'L' => Ok(At::Lossless { left: after(5)? }),
                    _ => Ok(At::Lossy { left: after(10)? }),
                }
            }
            b"ALPH" | b"ICCP" | b"ANIM" | b"EXIF" | b"XMP " if self.canvas.is_some() => {
                Ok(At::Body { left: padded })
            }
            _ => Err(Flaw::Structure),
        }
    }

    fn bitstream(&mut self, width: u32, height: u32) -> Result<(), Flaw> {
        if self.canvas.is_none() {
            self.canvas = Some((width, height));
            self.pixels.canvas(width, height)?;
        }
        self.fits(width, height)?;
        if self.animated { Ok(()) } else { self.pixels.frame() }
    }

    fn fits(&self, width: u32, height: u32) -> Result<(), Flaw> {
        let fits = |(w, h)| (1..=w).contains(&width) && (1..=h).contains(&height);
        if self.canvas.is_some_and(fits) { Ok(()) } else { Err(Flaw::Structure) }
    }

    /// The number of bytes after the end.
    pub(super) fn finish(&self) -> Result<u64, Flaw> {
        let is_whole = matches!(self.at, At::End) && self.has_image && self.frame_left == 0;
        if is_whole { Ok(self.behind.length()) } else { Err(Flaw::Structure) }
    }
}

/// A number of three bytes that is one less than what it means.
fn one_more([a, b, c]: [u8; 3]) -> u32 {
    u32::from_le_bytes([a, b, c, 0]).saturating_add(1)
}
