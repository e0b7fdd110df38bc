//! How large an image becomes once somebody decodes it.

use crate::upload::flaw::Flaw;

/// Counts the frames of an image, each as large as the canvas that it is drawn on: that is what a
/// program that shows them holds in memory.
#[derive(Debug)]
pub(super) struct Pixels {
    max: u64,
    canvas: u64,
    all: u64,
}

impl Pixels {
    pub(super) const fn new(max: u64) -> Self {
        Self { max, canvas: 0, all: 0 }
    }

    /// The canvas. An image without pixels is none.
    pub(super) fn canvas(&mut self, width: u32, height: u32) -> Result<(), Flaw> {
        let pixels = u64::from(width).saturating_mul(u64::from(height));
        if pixels == 0 {
            return Err(Flaw::Structure);
        }
        self.canvas = pixels;
        if pixels > self.max { Err(Flaw::Pixels(self.max)) } else { Ok(()) }
    }

    /// One more frame.
    pub(super) fn frame(&mut self) -> Result<(), Flaw> {
        self.all = self.all.saturating_add(self.canvas);
        if self.all > self.max { Err(Flaw::Pixels(self.max)) } else { Ok(()) }
    }
}
