//! JPEG (ITU-T T.81): segments from `SOI` to `EOI`, and one frame.
//!
//! Only data that cameras write may follow it. More images of the same kind (a preview, the
//! brightness map of a photo for bright screens: CIPA DC-007, ISO 21496-1) are inspected, and kept
//! if the index of the first one names them; all of them if it has no index. A film, Samsung's
//! records and filling after the last of these are not kept.

use memchr::memchr;

use super::{
    count::Count,
    gather::{Gather, some_of},
    jpeg_trailer::Trailer,
    multi_picture::{self, Index},
    pixels::Pixels,
};
use crate::upload::flaw::Flaw;

/// A progressive image has ten or so; each of many makes a decoder go over all pixels again.
const MOST_SCANS: u32 = 100;

/// Metadata fills a few hundred of 64 KiB at most.
const MOST_SEGMENTS: u32 = 2_000;

#[derive(Debug)]
pub(super) struct Jpeg {
    at: At,
    gather: Gather,
    pixels: Pixels,
    has_frame: bool,
    /// The size of the first image has come; those behind it are shown instead of it, not after it.
    has_main: bool,
    scans: u32,
    segments: Count,
    trailer: Trailer,
    /// The bytes that came.
    received: u64,
    /// Where each image begins.
    starts: Vec<u64>,
    index: Option<Index>,
    /// Where the last image ends that is kept, and where it ends at the latest by the index.
    kept: u64,
    kept_at_most: u64,
    /// An image that the index does not name came behind that.
    has_unnamed: bool,
}

#[derive(Debug)]
enum At {
    Start,
    /// The `FF` of a marker.
    Marker,
    /// The marker itself; more `FF` may fill the space before it.
    Code,
    Length(u8),
    /// Precision, height and width.
    Frame {
        left: u64,
    },
    Segment {
        left: u64,
        is_scan: bool,
    },
    /// A segment that may be an index.
    Application {
        left: u64,
    },
    /// The index, and where in the file it begins.
    Index {
        left: u64,
        body: Vec<u8>,
        place: u64,
    },
    Scan,
    /// Behind an `FF` among the data of a scan.
    ScanMarker,
    End,
}

impl Jpeg {
    pub(super) const fn new(pixels: Pixels) -> Self {
        Self {
            at: At::Start,
            gather: Gather::new(),
            pixels,
            has_frame: false,
            has_main: false,
            scans: 0,
            segments: Count::new(MOST_SEGMENTS),
            trailer: Trailer::new(),
            received: 0,
            starts: Vec::new(),
            index: None,
            kept: 0,
            kept_at_most: 0,
            has_unnamed: false,
        }
    }

    pub(super) fn feed(&mut self, input: &[u8]) -> Result<(), Flaw> {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        self.received = self.received.saturating_add(input.len() as u64);
        self.parse(input, self.received)?;
        if let Some(index) = &mut self.index {
            index.look(input, self.received);
        }
        Ok(())
    }

    /// Parses bytes that end at this place in the file.
    fn parse(&mut self, mut input: &[u8], end: u64) -> Result<(), Flaw> {
        loop {
            match &mut self.at {
                At::Start => match self.gather.take::<2>(&mut input) {
                    Some([0xff, 0xd8]) => self.at = At::Marker,
                    Some(_) => return Err(Flaw::Structure),
                    None => return Ok(()),
                },
                At::Marker => match self.gather.take::<1>(&mut input) {
                    Some([0xff]) => self.at = At::Code,
                    Some(_) => return Err(Flaw::Structure),
                    None => return Ok(()),
                },
                At::Code => match self.gather.take::<1>(&mut input) {
                    Some([0xff]) => {}
                    Some([code]) => self.marker(code, end.saturating_sub(input.len() as u64))?,
                    None => return Ok(()),
                },
                At::Length(code) => {
                    let code = *code;
                    let Some(length) = self.gather.take::<2>(&mut input) else { return Ok(()) };
                    let length = u64::from(u16::from_be_bytes(length));
                    let left = length.checked_sub(2).ok_or(Flaw::Structure)?;
                    self.at = self.segment(code, left)?;
                }
                At::Frame { left } => {
                    let Some([_, a, b, c, d]) = self.gather.take::<5>(&mut input) else {
                        return Ok(());
                    };
                    // A height of zero says that it comes later (`DNL`): no pixels to count.
                    let height = u16::from_be_bytes([a, b]);
                    let width = u16::from_be_bytes([c, d]);
                    self.pixels.canvas(width.into(), height.into())?;
                    if self.has_main {
                        self.pixels.beside()?;
                    } else {
                        self.pixels.frame()?;
                    }
                    self.has_main = true;
                    self.at = At::Segment { left: *left, is_scan: false };
                }
                At::Segment { left: 0, is_scan } => {
                    self.at = if *is_scan { At::Scan } else { At::Marker };
                }
                At::Segment { left, .. } => {
                    if input.is_empty() {
                        return Ok(());
                    }
                    some_of(left, &mut input);
                }
                At::Application { left } => {
                    let Some(mark) = self.gather.take::<4>(&mut input) else { return Ok(()) };
                    let left = *left;
                    self.at = if mark != multi_picture::MARK {
                        At::Segment { left, is_scan: false }
                    } else if self.index.is_some() {
                        // Readers would differ in which one counts.
                        return Err(Flaw::Structure);
                    } else {
                        let place = end.saturating_sub(input.len() as u64);
                        At::Index { left, body: Vec::new(), place }
                    };
                }
                At::Index { left: 0, body, place } => {
                    self.index = Index::read(body, *place)?;
                    self.at = At::Marker;
                }
                At::Index { left, body, .. } => {
                    if input.is_empty() {
                        return Ok(());
                    }
                    body.extend_from_slice(some_of(left, &mut input));
                }
                At::Scan => {
                    let Some(at) = memchr(0xff, input) else { return Ok(()) };
                    input =
                        input.split_at_checked(at.saturating_add(1)).map_or(&[], |(_, rest)| rest);
                    self.at = At::ScanMarker;
                }
                At::ScanMarker => match self.gather.take::<1>(&mut input) {
                    // A stuffed zero, or a restart.
                    Some([0x00 | 0xd0..=0xd7]) => self.at = At::Scan,
                    Some([0xff]) => {}
                    Some([code]) => self.marker(code, end.saturating_sub(input.len() as u64))?,
                    None => return Ok(()),
                },
                At::End => {
                    if input.is_empty() || !self.trailer.feed(&mut input)? {
                        return Ok(());
                    }
                    let here = end.saturating_sub(input.len() as u64);
                    let taken = self.trailer.taken();
                    self.starts.push(here.saturating_sub(taken.len() as u64));
                    self.at = At::Start;
                    (self.has_frame, self.scans) = (false, 0);
                    // At most eight bytes, which end no image.
                    self.parse(&taken, here)?;
                }
            }
        }
    }

    /// Goes on behind a marker, which ends at this place in the file.
    fn marker(&mut self, code: u8, place: u64) -> Result<(), Flaw> {
        self.at = match code {
            // Something of the image must have come.
            0xd9 if self.scans > 0 => {
                self.ended(place)?;
                At::End
            }
            // Markers without a segment, reserved ones, and the height after the fact.
            0x00..=0xbf | 0xd0..=0xd9 | 0xdc | 0xff => return Err(Flaw::Structure),
            _ => At::Length(code),
        };
        Ok(())
    }

    /// An image ended at this place in the file.
    fn ended(&mut self, place: u64) -> Result<(), Flaw> {
        let at_most = match (self.starts.as_slice(), &self.index) {
            ([_], _) | (_, None) => place,
            ([.., start], Some(index)) => match index.end_of(*start) {
                Some(end) => end,
                None => {
                    self.has_unnamed = true;
                    return Ok(());
                }
            },
            ([], Some(_)) => return Err(Flaw::Structure),
        };
        if place > at_most {
            return Err(Flaw::Structure);
        }
        // Bytes between images that are kept would be kept with them.
        if self.has_unnamed {
            return Err(Flaw::Polyglot);
        }
        (self.kept, self.kept_at_most) = (place, at_most);
        Ok(())
    }

    fn segment(&mut self, code: u8, left: u64) -> Result<At, Flaw> {
        self.segments.one()?;
        match code {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let once = !std::mem::replace(&mut self.has_frame, true);
                let left = left.checked_sub(5).filter(|_| once).ok_or(Flaw::Structure)?;
                Ok(At::Frame { left })
            }
            0xda => {
                self.scans = self.scans.saturating_add(1);
                if !self.has_frame || self.scans > MOST_SCANS {
                    return Err(Flaw::Structure);
                }
                Ok(At::Segment { left, is_scan: true })
            }
            // `APP2` of the first image.
            0xe2 if left >= 4 && self.starts.len() == 1 => {
                Ok(At::Application { left: left.saturating_sub(4) })
            }
            _ => Ok(At::Segment { left, is_scan: false }),
        }
    }

    /// The number of bytes after the last image that is kept, and the filling that its index counts
    /// to it.
    pub(super) fn finish(&self) -> Result<u64, Flaw> {
        if !matches!(self.at, At::End) {
            return Err(Flaw::Structure);
        }
        self.trailer.finish()?;
        let filling = if self.has_unnamed { 0 } else { self.trailer.filling() };
        let kept = self.kept.saturating_add(filling).min(self.kept_at_most.max(self.kept));
        if self.index.as_ref().is_some_and(|index| index.leads_elsewhere(&self.starts, kept)) {
            return Err(Flaw::Polyglot);
        }
        Ok(self.received.saturating_sub(kept))
    }
}
