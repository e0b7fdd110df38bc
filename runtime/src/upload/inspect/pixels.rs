//! How large an image becomes once a program decodes it.

use super::count::Count;
use crate::upload::flaw::Flaw;

/// Counts the frames of an image, and their pixels: each frame as large as the canvas that it is drawn
/// on, because that is what a program that shows them holds in memory.
///
/// Both have a cap. Frames of few pixels cost a program as much as others in everything that it does
/// once for each frame.
#[derive(Debug)]
pub(super) struct Pixels {
    max: u64,
    canvas: u64,
    all: u64,
    most_frames: u32,
    frames: u32,
}

impl Pixels {
    pub(super) const fn new(max: u64, most_frames: u32) -> Self {
        Self { max, canvas: 0, all: 0, most_frames, frames: 0 }
    }

    /// The canvas; an image has one pixel or more.
    pub(super) fn canvas(&mut self, width: u32, height: u32) -> Result<(), Flaw> {
        let pixels = u64::from(width).saturating_mul(u64::from(height));
        if pixels == 0 {
            return Err(Flaw::Structure);
        }
        self.canvas = pixels;
        if pixels > self.max { Err(Flaw::Pixels(self.max)) } else { Ok(()) }
    }

    /// The canvas becomes larger, and with it the frames before.
    pub(super) fn grow(&mut self, width: u32, height: u32) -> Result<(), Flaw> {
        self.canvas(width, height)?;
        self.all = self.canvas.saturating_mul(self.frames.into());
        if self.all > self.max { Err(Flaw::Pixels(self.max)) } else { Ok(()) }
    }

    /// One more frame.
    pub(super) fn frame(&mut self) -> Result<(), Flaw> {
        self.frames = self.frames.saturating_add(1);
        if self.frames > self.most_frames {
            return Err(Flaw::Frames(self.most_frames.into()));
        }
        self.all = self.all.saturating_add(self.canvas);
        if self.all > self.max { Err(Flaw::Pixels(self.max)) } else { Ok(()) }
    }

    /// An additional image, such as a preview: it does not count as a frame, and its pixels count.
    pub(super) fn beside(&mut self) -> Result<(), Flaw> {
        self.all = self.all.saturating_add(self.canvas);
        if self.all > self.max { Err(Flaw::Pixels(self.max)) } else { Ok(()) }
    }

    /// The parts of a file that has so many frames: a few for each of them, and metadata.
    pub(super) fn parts(&self, of_a_frame: u32) -> Count {
        Count::new(self.most_frames.saturating_mul(of_a_frame).saturating_add(1_000))
    }
}
