//! What cameras write behind the end of a JPEG: the film of a motion photo, and Samsung's records.
//!
//! Both are read to their own ends, and so is filling. Anything else behind an image is refused. None of
//! it is kept: see `Jpeg::finish`.

use super::filling::is_filling;
use crate::upload::flaw::Flaw;

/// The boxes that a film has at its top (ISO/IEC 14496-12).
const BOXES: [&[u8; 4]; 17] = [
    b"ftyp", b"free", b"skip", b"wide", b"mdat", b"moov", b"moof", b"mfra", b"uuid", b"meta",
    b"sidx", b"styp", b"emsg", b"pdin", b"udta", b"mpvd", b"sefd",
];

/// How much of the end of Samsung's records is kept: their directory has 12 bytes for each of them.
const TAIL: usize = 4 << 10;

/// The longest filling before another image, a film or records.
const MOST_FILLING: u64 = 64 << 10;

#[derive(Debug)]
pub(super) struct Trailer {
    at: At,
    /// The bytes that decide what follows.
    head: Vec<u8>,
    filling: u64,
}

#[derive(Debug)]
enum At {
    Undecided,
    BoxHead,
    /// The length of a box in eight bytes.
    LongBox,
    BoxBody {
        left: u64,
    },
    /// A box that goes on to the end of the file.
    LastBox,
    /// Nothing but filling, behind the last box.
    Filling,
    Records {
        tail: Vec<u8>,
    },
}

impl Trailer {
    pub(super) const fn new() -> Self {
        Self { at: At::Undecided, head: Vec::new(), filling: 0 }
    }

    /// Takes from `input`. Whether another image follows: its first bytes may be in
    /// [`taken`](Self::taken) already.
    pub(super) fn feed(&mut self, input: &mut &[u8]) -> Result<bool, Flaw> {
        loop {
            match &mut self.at {
                At::Undecided if self.head.is_empty() && input.first() == Some(&0xff) => {
                    self.filling_is_short()?;
                    self.filling = 0;
                    return Ok(true);
                }
                At::Undecided => {
                    self.fill(input);
                    if !gather(&mut self.head, input, 8) {
                        return Ok(false);
                    }
                    if self.head.first() == Some(&0xff) {
                        self.filling_is_short()?;
                        self.filling = 0;
                        return Ok(true);
                    }
                    self.decide()?;
                }
                At::BoxHead => {
                    if !gather(&mut self.head, input, 8) {
                        return Ok(false);
                    }
                    self.at = box_of(&self.head)?;
                    self.head.clear();
                }
                At::LongBox => {
                    if !gather(&mut self.head, input, 8) {
                        return Ok(false);
                    }
                    let length: [u8; 8] =
                        self.head.as_slice().try_into().map_err(|_| Flaw::Polyglot)?;
                    let left = u64::from_be_bytes(length).checked_sub(16).ok_or(Flaw::Polyglot)?;
                    self.head.clear();
                    self.at = At::BoxBody { left };
                }
                At::BoxBody { left: 0 } => self.at = At::BoxHead,
                At::BoxBody { left } => {
                    if input.is_empty() {
                        return Ok(false);
                    }
                    super::gather::some_of(left, input);
                }
                At::LastBox => {
                    *input = &[];
                    return Ok(false);
                }
                At::Filling => {
                    if !input.iter().all(|byte| is_filling(*byte)) {
                        return Err(Flaw::Polyglot);
                    }
                    *input = &[];
                    return Ok(false);
                }
                At::Records { tail } => {
                    let late = input.get(input.len().saturating_sub(TAIL)..).unwrap_or(input);
                    tail.extend_from_slice(late);
                    let keep = tail.len().saturating_sub(TAIL);
                    tail.drain(..keep);
                    *input = &[];
                    return Ok(false);
                }
            }
        }
    }

    /// The first bytes of the image that follows.
    pub(super) fn taken(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.head)
    }

    fn decide(&mut self) -> Result<(), Flaw> {
        match self.head.as_slice() {
            [_, _, _, _, b'f', b't', b'y', b'p'] => {
                self.filling_is_short()?;
                self.at = box_of(&self.head)?;
                self.head.clear();
            }
            // Two zeros, the kind of the record, and the length of its name.
            [0, 0, kind @ .., length, 0, 0, 0] if *kind != [0, 0] && (1..=64).contains(length) => {
                self.filling_is_short()?;
                self.at = At::Records { tail: std::mem::take(&mut self.head) };
            }
            [first, ..] if is_filling(*first) => {
                self.filling = self.filling.saturating_add(1);
                self.head.remove(0);
            }
            _ => return Err(Flaw::Polyglot),
        }
        Ok(())
    }

    /// Takes filling, except for the last bytes: a box and a record begin with zeros.
    fn fill(&mut self, input: &mut &[u8]) {
        let filling = input.iter().take_while(|byte| is_filling(**byte)).count();
        let Some(taken) = filling.checked_sub(8) else { return };
        if !self.head.iter().all(|byte| is_filling(*byte)) {
            return;
        }
        *input = input.get(taken..).unwrap_or_default();
        let all = taken.saturating_add(self.head.len());
        self.head.clear();
        self.filling = self.filling.saturating_add(u64::try_from(all).unwrap_or(u64::MAX));
    }

    /// What follows the filling is found by its place: not behind more than a program would search.
    fn filling_is_short(&self) -> Result<(), Flaw> {
        if self.filling > MOST_FILLING { Err(Flaw::Polyglot) } else { Ok(()) }
    }

    /// The number of filling bytes right after the last image.
    pub(super) fn filling(&self) -> u64 {
        let undecided = match self.at {
            At::Undecided => self.head.len() as u64,
            At::BoxHead
            | At::LongBox
            | At::BoxBody { .. }
            | At::LastBox
            | At::Filling
            | At::Records { .. } => 0,
        };
        self.filling.saturating_add(undecided)
    }

    /// Whether the file may end here.
    pub(super) fn finish(&self) -> Result<(), Flaw> {
        let ends = match &self.at {
            At::Undecided => self.head.iter().all(|byte| is_filling(*byte)),
            At::BoxHead => self.head.iter().all(|byte| is_filling(*byte)),
            At::LastBox | At::Filling => true,
            At::LongBox | At::BoxBody { .. } => false,
            At::Records { tail } => ends_with_directory(tail),
        };
        if ends { Ok(()) } else { Err(Flaw::Polyglot) }
    }
}

/// Moves bytes until `wanted` are there.
fn gather(head: &mut Vec<u8>, input: &mut &[u8], wanted: usize) -> bool {
    let missing = wanted.saturating_sub(head.len()).min(input.len());
    let (now, rest) = input.split_at_checked(missing).unwrap_or((input, &[]));
    head.extend_from_slice(now);
    *input = rest;
    head.len() >= wanted
}

fn box_of(head: &[u8]) -> Result<At, Flaw> {
    if head.iter().all(|byte| is_filling(*byte)) {
        return Ok(At::Filling);
    }
    let [a, b, c, d, kind @ ..] = head else { return Err(Flaw::Polyglot) };
    if !BOXES.iter().any(|known| kind == *known) {
        return Err(Flaw::Polyglot);
    }
    match u32::from_be_bytes([*a, *b, *c, *d]) {
        0 => Ok(At::LastBox),
        1 => Ok(At::LongBox),
        length => {
            let left = length.checked_sub(8).ok_or(Flaw::Polyglot)?;
            Ok(At::BoxBody { left: left.into() })
        }
    }
}

/// The directory of the records: `SEFH`, so many bytes, their number, `SEFT`.
fn ends_with_directory(tail: &[u8]) -> bool {
    let Some(body) = tail.strip_suffix(b"SEFT") else { return false };
    let Some((body, length)) = body.split_last_chunk::<4>() else { return false };
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    body.len()
        .checked_sub(length)
        .and_then(|at| body.get(at..))
        .is_some_and(|directory| directory.starts_with(b"SEFH"))
}
