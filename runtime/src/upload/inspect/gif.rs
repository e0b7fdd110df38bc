//! GIF (87a, 89a): blocks from the header to the trailer, and nothing but filling behind.

use super::{
    count::Count,
    filling::Filling,
    gather::{Gather, some_of},
    pixels::Pixels,
};
use crate::upload::flaw::Flaw;

#[derive(Debug)]
pub(super) struct Gif {
    at: At,
    gather: Gather,
    pixels: Pixels,
    canvas: (u16, u16),
    has_frame: bool,
    /// Extensions besides the frames: how long a frame is shown, comments, data of programs.
    extensions: Count,
    behind: Filling,
}

#[derive(Debug)]
enum At {
    Header,
    Table { left: u64, then: Then },
    Block,
    Label,
    Frame,
    CodeSize,
    Length,
    Data { left: u64 },
    End,
}

#[derive(Clone, Copy, Debug)]
enum Then {
    Block,
    CodeSize,
}

impl Gif {
    pub(super) fn new(pixels: Pixels) -> Self {
        Self {
            extensions: pixels.parts(3),
            at: At::Header,
            gather: Gather::new(),
            pixels,
            canvas: (0, 0),
            has_frame: false,
            behind: Filling::new(),
        }
    }

    pub(super) fn feed(&mut self, mut input: &[u8]) -> Result<(), Flaw> {
        loop {
            match &mut self.at {
                At::Header => {
                    let Some(bytes) = self.gather.take::<13>(&mut input) else { return Ok(()) };
                    let [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', w, x, h, y, flags, _, _] =
                        bytes
                    else {
                        return Err(Flaw::Structure);
                    };
                    self.canvas = (u16::from_le_bytes([w, x]), u16::from_le_bytes([h, y]));
                    self.pixels.canvas(self.canvas.0.into(), self.canvas.1.into())?;
                    self.at = At::Table { left: table(flags), then: Then::Block };
                }
                At::Table { left: 0, then } => {
                    self.at = match then {
                        Then::Block => At::Block,
                        Then::CodeSize => At::CodeSize,
                    };
                }
                At::Table { left, .. } => {
                    if input.is_empty() {
                        return Ok(());
                    }
                    some_of(left, &mut input);
                }
                At::Block => {
                    let Some([kind]) = self.gather.take::<1>(&mut input) else { return Ok(()) };
                    self.at = match kind {
                        b'!' => {
                            self.extensions.one()?;
                            At::Label
                        }
                        b',' => At::Frame,
                        b';' if self.has_frame => At::End,
                        _ => return Err(Flaw::Structure),
                    };
                }
                At::Label => {
                    if self.gather.take::<1>(&mut input).is_none() {
                        return Ok(());
                    }
                    self.at = At::Length;
                }
                At::Frame => {
                    let Some([_, _, _, _, w, x, h, y, flags]) = self.gather.take::<9>(&mut input)
                    else {
                        return Ok(());
                    };
                    self.frame(u16::from_le_bytes([w, x]), u16::from_le_bytes([h, y]))?;
                    self.at = At::Table { left: table(flags), then: Then::CodeSize };
                }
                At::CodeSize => {
                    let Some([size]) = self.gather.take::<1>(&mut input) else { return Ok(()) };
                    if !(2..=11).contains(&size) {
                        return Err(Flaw::Structure);
                    }
                    self.at = At::Length;
                }
                At::Length => {
                    let Some([length]) = self.gather.take::<1>(&mut input) else { return Ok(()) };
                    self.at = match length {
                        0 => At::Block,
                        _ => At::Data { left: length.into() },
                    };
                }
                At::Data { left: 0 } => self.at = At::Length,
                At::Data { left } => {
                    if input.is_empty() {
                        return Ok(());
                    }
                    some_of(left, &mut input);
                }
                At::End => {
                    // Some programs write the trailer twice.
                    return self.behind.feed(input, b";");
                }
            }
        }
    }

    fn frame(&mut self, width: u16, height: u16) -> Result<(), Flaw> {
        self.has_frame = true;
        // A frame that is larger than the canvas makes some programs take a larger canvas.
        let canvas = (self.canvas.0.max(width), self.canvas.1.max(height));
        if canvas != self.canvas {
            self.canvas = canvas;
            self.pixels.grow(canvas.0.into(), canvas.1.into())?;
        }
        if width == 0 || height == 0 { Err(Flaw::Structure) } else { self.pixels.frame() }
    }

    /// The number of bytes after the end.
    ///
    /// Some programs write no trailer: an image may end with the file, between two blocks.
    pub(super) fn finish(&self) -> Result<u64, Flaw> {
        match self.at {
            At::Block if self.has_frame => Ok(0),
            At::End => Ok(self.behind.length()),
            At::Header
            | At::Table { .. }
            | At::Block
            | At::Label
            | At::Frame
            | At::CodeSize
            | At::Length
            | At::Data { .. } => Err(Flaw::Structure),
        }
    }
}

/// The bytes of a table of colours that these flags announce.
fn table(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}
