//! The index of a file of several images: the Multi-Picture Format (CIPA DC-007), which cameras write
//! for previews and stereo pictures, and phones for the maps of brightness of their photos.
//!
//! Readers go to an image by its offset, and ignore the bytes before it. So an index may only name
//! images that were inspected, whose length it does not exceed.

use crate::upload::flaw::Flaw;

/// What the segment (`APP2`) begins with.
pub(super) const MARK: [u8; 4] = *b"MPF\0";

/// The tag of the list of images.
const ENTRIES: u16 = 0xb002;

/// The bytes of one image in that list.
const ENTRY: usize = 16;

/// More than a camera takes of one scene.
const MOST_IMAGES: usize = 100;

/// The first bytes of an image.
const IMAGE: [u8; 3] = [0xff, 0xd8, 0xff];

/// Where the images behind the first one are.
#[derive(Debug)]
pub(super) struct Index {
    images: Vec<Declared>,
    /// The places among them that begin as an image does.
    found: Vec<u64>,
    /// The end of what came: a place may lie across two pieces.
    tail: Vec<u8>,
}

/// An image that an index names.
#[derive(Clone, Copy, Debug)]
struct Declared {
    start: u64,
    end: u64,
}

impl Index {
    /// Reads the index after the mark, at this place in the file. `None` if it lists no images.
    pub(super) fn read(body: &[u8], place: u64) -> Result<Option<Self>, Flaw> {
        let reader = Reader::new(body).ok_or(Flaw::Structure)?;
        let Some(entries) = reader.entries()? else { return Ok(None) };
        if entries.len() / ENTRY > MOST_IMAGES {
            return Err(Flaw::Parts(MOST_IMAGES as u64));
        }
        let own_end = place.saturating_add(body.len() as u64);
        let mut images = Vec::new();
        for entry in entries.chunks_exact(ENTRY) {
            let size = reader.long(entry, 4).ok_or(Flaw::Structure)?;
            let offset = reader.long(entry, 8).ok_or(Flaw::Structure)?;
            // The first image is at no offset, and so is a place that was not used.
            if offset == 0 {
                continue;
            }
            let start = place.saturating_add(offset.into());
            if start < own_end {
                return Err(Flaw::Structure);
            }
            images.push(Declared { start, end: start.saturating_add(size.into()) });
        }
        Ok(Some(Self { images, found: Vec::new(), tail: Vec::new() }))
    }

    /// Looks at what came to the places that the index names; `end` is where these bytes end.
    pub(super) fn look(&mut self, bytes: &[u8], end: u64) {
        let begin = end.saturating_sub(bytes.len() as u64);
        let begin_of_tail = begin.saturating_sub(self.tail.len() as u64);
        let byte = |place: u64| {
            let (part, from) =
                if place < begin { (&*self.tail, begin_of_tail) } else { (bytes, begin) };
            let at = usize::try_from(place.checked_sub(from)?).ok()?;
            part.get(at).copied()
        };
        for image in &self.images {
            let is_image = (image.start..).zip(IMAGE).all(|(at, own)| byte(at) == Some(own));
            if is_image && !self.found.contains(&image.start) {
                self.found.push(image.start);
            }
        }
        let late = bytes.get(bytes.len().saturating_sub(IMAGE.len())..).unwrap_or(bytes);
        self.tail.extend_from_slice(late);
        let keep = self.tail.len().saturating_sub(IMAGE.len());
        self.tail.drain(..keep);
    }

    /// Where the image that begins here ends at the latest, if the index names it.
    pub(super) fn end_of(&self, start: u64) -> Option<u64> {
        // One without a length is looked at, and does not say where it ends.
        let is_here = |image: &&Declared| image.start == start && image.end > start;
        self.images.iter().find(is_here).map(|image| image.end)
    }

    /// Whether the index points to an image before `end` that is not one of these.
    pub(super) fn leads_elsewhere(&self, starts: &[u64], end: u64) -> bool {
        self.found.iter().any(|found| *found < end && !starts.contains(found))
    }
}

/// The fields of TIFF, in the order of bytes that the header names.
struct Reader<'a> {
    body: &'a [u8],
    is_little: bool,
}

impl<'a> Reader<'a> {
    fn new(body: &'a [u8]) -> Option<Self> {
        let is_little = match body.first_chunk::<4>()? {
            b"II*\0" => true,
            b"MM\0*" => false,
            _ => return None,
        };
        Some(Self { body, is_little })
    }

    /// The list of images, where the first directory has one.
    fn entries(&self) -> Result<Option<&'a [u8]>, Flaw> {
        let directory = self.from(self.long(self.body, 4)).ok_or(Flaw::Structure)?;
        let count = self.short(directory, 0).ok_or(Flaw::Structure)?;
        let fields = directory.get(2..).ok_or(Flaw::Structure)?.chunks_exact(12);
        if fields.len() < usize::from(count) {
            return Err(Flaw::Structure);
        }
        for field in fields.take(count.into()) {
            if self.short(field, 0) != Some(ENTRIES) {
                continue;
            }
            let length = self.long(field, 4).and_then(|length| usize::try_from(length).ok());
            let length = length.ok_or(Flaw::Structure)?;
            // Up to four bytes would be in the field itself, and cannot be an image.
            if length < ENTRY {
                return Ok(None);
            }
            let list = self.from(self.long(field, 8)).and_then(|rest| rest.get(..length));
            return list.map(Some).ok_or(Flaw::Structure);
        }
        Ok(None)
    }

    fn from(&self, offset: Option<u32>) -> Option<&'a [u8]> {
        self.body.get(usize::try_from(offset?).ok()?..)
    }

    fn short(&self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = *bytes.get(at..)?.first_chunk::<2>()?;
        Some(if self.is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn long(&self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = *bytes.get(at..)?.first_chunk::<4>()?;
        Some(if self.is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }
}
