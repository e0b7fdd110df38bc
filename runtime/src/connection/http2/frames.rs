//! Counts the frames of a client while their bytes pass.
//!
//! A frame without a request and without a part of a body costs the client 9 bytes, and the service
//! more: it is parsed, perhaps answered (SETTINGS, PING), or causes other work (`RST_STREAM` of a
//! request that has begun: CVE-2023-44487). Flow control does not count them. So they have a
//! budget, which refills with time, with requests, and with bodies in either direction.

use std::{num::NonZeroU32, time::Duration};

use tokio::time::Instant;

/// The time in which a budget refills.
pub(super) const PERIOD: Duration = Duration::from_secs(30);

/// The start of a connection from the client (RFC 9113, 3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const HEAD: usize = 9;

// Types of frames (RFC 9113, 6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const CONTINUATION: u8 = 9;

// Their flags.
const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;
const PADDED: u8 = 0x8;

/// A setting has 6 bytes. This many of them are as much work as a frame.
const SETTINGS_OF_A_UNIT: u32 = 8 * 6;

/// How many control frames each request adds to the budget: Chromium and Firefox send its priority,
/// and window updates for the response.
const FRAMES_OF_A_REQUEST: u64 = 4;

/// Bytes of a body, in either direction, that add one control frame to the budget. Clients send one
/// or two `WINDOW_UPDATE` for each DATA frame, and a PING to measure the connection.
const BYTES_OF_A_FRAME: u64 = 512;

/// A budget that refills.
#[derive(Debug)]
struct Budget {
    most: u64,
    /// In thousandths.
    spent: u64,
    since: Instant,
}

impl Budget {
    fn new(most: NonZeroU32, now: Instant) -> Self {
        Self { most: u64::from(most.get()), spent: 0, since: now }
    }

    /// Refills it with the time that has passed.
    fn refill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.since);
        let passed = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        let refilled = passed.saturating_mul(self.most) / PERIOD.as_secs();
        if refilled > 0 {
            self.spent = self.spent.saturating_sub(refilled);
            self.since = now;
        }
    }

    /// Spends units; returns whether there were enough.
    fn spend(&mut self, units: u64) -> bool {
        self.spent = self.spent.saturating_add(units.saturating_mul(1_000));
        self.spent <= self.most.saturating_mul(1_000)
    }

    fn credit(&mut self, units: u64) {
        self.spent = self.spent.saturating_sub(units.saturating_mul(1_000));
    }
}

/// Which frames a client has sent too many of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// Resets of streams.
    Resets,
    /// Frames with neither a request nor a part of a body.
    Control,
}

impl Excess {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Resets => "resets",
            Self::Control => "control frames",
        }
    }
}

/// A frame that is incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfinished {
    /// A frame of a body.
    Data,
    /// Another frame, or a header block without its last frame.
    Head,
}

/// Parses the headers of the frames that a client sends.
#[derive(Debug)]
pub struct Frames {
    /// The rest of the preface.
    preface: usize,
    head: [u8; HEAD],
    /// How many bytes of the frame's header have arrived.
    read: usize,
    /// The rest of the payload, and its type.
    left: u32,
    kind: u8,
    /// The payload's length of a DATA frame whose first byte is the length of its padding.
    padded: Option<u32>,
    is_block_open: bool,
    /// When the incomplete frame began.
    since: Option<Instant>,
    /// Since the last turn began.
    in_turn: u32,
    resets: Budget,
    control: Budget,
    /// Bytes of bodies that are not added to the budget yet.
    bytes: u64,
    excess: Option<Excess>,
}

impl Frames {
    /// With these budgets for resets and for control frames.
    pub fn new(resets: NonZeroU32, control: NonZeroU32, now: Instant) -> Self {
        Self {
            preface: PREFACE.len(),
            head: [0; HEAD],
            read: 0,
            left: 0,
            kind: DATA,
            padded: None,
            is_block_open: false,
            since: None,
            in_turn: 0,
            resets: Budget::new(resets, now),
            control: Budget::new(control, now),
            bytes: 0,
            excess: None,
        }
    }

    /// Which frames the client has sent too many of.
    pub fn excess(&self) -> Option<Excess> {
        self.excess
    }

    /// The number of frames since [`begin_turn`](Self::begin_turn).
    pub(super) fn in_turn(&self) -> u32 {
        self.in_turn
    }

    pub(super) fn begin_turn(&mut self) {
        self.in_turn = 0;
    }

    /// The incomplete frame, and when it began.
    pub fn unfinished(&self) -> Option<(Unfinished, Instant)> {
        let is_data = self.left > 0 && self.kind == DATA && !self.is_block_open;
        let kind = if is_data { Unfinished::Data } else { Unfinished::Head };
        self.since.map(|since| (kind, since))
    }

    /// Counts bytes that were sent to the client.
    pub fn sent(&mut self, bytes: usize) {
        self.worth(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// Counts received bytes.
    pub fn take(&mut self, mut bytes: &[u8], now: Instant) {
        self.resets.refill(now);
        self.control.refill(now);
        let preface = self.preface.min(bytes.len());
        self.preface = self.preface.saturating_sub(preface);
        bytes = bytes.get(preface..).unwrap_or_default();
        while let Some(first) = bytes.first() {
            if self.left > 0 {
                if let Some(length) = self.padded.take() {
                    self.judge_data(length.saturating_sub(u32::from(*first).saturating_add(1)));
                }
                let some = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                self.left = self.left.saturating_sub(u32::try_from(some).unwrap_or(u32::MAX));
                bytes = bytes.get(some..).unwrap_or_default();
            } else {
                if let Some(place) = self.head.get_mut(self.read) {
                    *place = *first;
                }
                self.read = self.read.saturating_add(1);
                self.since.get_or_insert(now);
                bytes = bytes.get(1..).unwrap_or_default();
                if self.read == HEAD {
                    self.read = 0;
                    self.judge();
                }
            }
            if self.left == 0 && self.read == 0 && !self.is_block_open {
                self.since = None;
            }
        }
    }

    /// The frame's header is complete.
    fn judge(&mut self) {
        let [a, b, c, kind, flags, ..] = self.head;
        let length = u32::from_be_bytes([0, a, b, c]);
        (self.left, self.kind) = (length, kind);
        self.in_turn = self.in_turn.saturating_add(1);
        match kind {
            DATA if flags & END_STREAM != 0 => self.worth(u64::from(length)),
            DATA if flags & PADDED != 0 && length > 0 => self.padded = Some(length),
            DATA => self.judge_data(length),
            HEADERS => {
                self.is_block_open = flags & END_HEADERS == 0;
                self.control.credit(FRAMES_OF_A_REQUEST);
            }
            RST_STREAM => {
                if !self.resets.spend(1) {
                    self.excess.get_or_insert(Excess::Resets);
                }
            }
            SETTINGS => self.spend(1_u64.saturating_add(u64::from(length / SETTINGS_OF_A_UNIT))),
            PUSH_PROMISE | CONTINUATION => {
                self.is_block_open = flags & END_HEADERS == 0;
                self.spend(1);
            }
            // Unknown types too: they are skipped (RFC 9113, 5.5), and cost the same.
            _ => self.spend(1),
        }
    }

    /// The number of bytes in a DATA frame without its padding.
    fn judge_data(&mut self, length: u32) {
        if length == 0 {
            self.spend(1);
        } else {
            self.worth(u64::from(length));
        }
    }

    fn spend(&mut self, units: u64) {
        if !self.control.spend(units) {
            self.excess.get_or_insert(Excess::Control);
        }
    }

    fn worth(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.control.credit(self.bytes / BYTES_OF_A_FRAME);
        self.bytes %= BYTES_OF_A_FRAME;
    }
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, time::Duration};

    use tokio::time::Instant;

    use super::{Excess, Frames, PERIOD, PREFACE, Unfinished};

    const MOST: u32 = 50;

    fn frames(now: Instant) -> Frames {
        let most = NonZeroU32::new(MOST).unwrap();
        let mut frames = Frames::new(most, most, now);
        frames.take(PREFACE, now);
        frames
    }

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags, 0, 0, 0, 1], payload].concat()
    }

    #[test]
    fn what_brings_nothing_has_a_budget() {
        let settings = [0; 48];
        for (bytes, each, excess) in [
            (frame(3, 0, &[0; 4]), 1, Excess::Resets),
            (frame(0, 0, b""), 1, Excess::Control),
            // Only padding.
            (frame(0, 8, &[3, 0, 0, 0]), 1, Excess::Control),
            (frame(2, 0, &[0; 5]), 1, Excess::Control),
            (frame(4, 0, b""), 1, Excess::Control),
            (frame(4, 0, &settings), 2, Excess::Control),
            (frame(6, 0, &[0; 8]), 1, Excess::Control),
            (frame(8, 0, &[0; 4]), 1, Excess::Control),
            (frame(9, 4, b"x"), 1, Excess::Control),
            (frame(0x10, 0, b"x"), 1, Excess::Control),
        ] {
            // All at once, and byte by byte.
            for step in [bytes.len(), 1] {
                let now = Instant::now();
                let mut frames = frames(now);
                let mut send = |now| bytes.chunks(step).for_each(|some| frames.take(some, now));
                (0..MOST / each).for_each(|_| send(now));
                let later = now + PERIOD / 10;
                (0..MOST / each / 10).for_each(|_| send(later));
                assert_eq!(frames.excess(), None, "{bytes:?}");
                bytes.chunks(step).for_each(|some| frames.take(some, later));
                assert_eq!(frames.excess(), Some(excess), "{bytes:?}");
            }
        }
    }

    #[test]
    fn requests_and_bodies_are_no_flood() {
        let now = Instant::now();
        let mut frames = frames(now);
        for _ in 0..10 * MOST {
            frames.take(&frame(1, 5, b"head"), now);
            frames.take(&frame(0x10, 0, b"u=1"), now);
            frames.take(&frame(0, 0, &[0; 2_048]), now);
            frames.take(&frame(0, 8, &[0; 2_048]), now);
            frames.take(&frame(0, 1, b""), now);
            frames.sent(2_048);
            (0..4).for_each(|_| frames.take(&frame(8, 0, &[0; 4]), now));
        }
        assert_eq!(frames.excess(), None);
    }

    #[test]
    fn the_end_of_a_body_costs_nothing_and_each_byte_counts_once() {
        let now = Instant::now();
        let mut ends = frames(now);
        (0..10 * MOST).for_each(|_| ends.take(&frame(0, 1, b""), now));
        assert_eq!(ends.excess(), None);
        // Two of these bodies go with one control frame.
        let mut halves = frames(now);
        for _ in 0..4 * MOST {
            halves.take(&frame(0, 0, &[0; 256]), now);
            halves.take(&frame(6, 0, &[0; 8]), now);
        }
        assert_eq!(halves.excess(), Some(Excess::Control));
    }

    #[test]
    fn what_is_not_whole_is_known_by_its_beginning() {
        let now = Instant::now();
        let later = now + Duration::from_secs(1);
        for (bytes, unfinished) in [
            (&[][..], None),
            (&frame(6, 0, &[0; 8])[..], None),
            (&frame(6, 0, &[0; 8])[..1], Some(Unfinished::Head)),
            (&frame(6, 0, &[0; 8])[..12], Some(Unfinished::Head)),
            (&frame(1, 0, b"some")[..], Some(Unfinished::Head)),
            (&frame(1, 4, b"all")[..], None),
            (&frame(0, 0, b"some")[..10], Some(Unfinished::Data)),
            (&frame(0, 0, b"some")[..], None),
        ] {
            let mut frames = frames(now);
            frames.take(bytes, now);
            frames.take(&[], later);
            assert_eq!(frames.unfinished(), unfinished.map(|kind| (kind, now)), "{bytes:?}");
        }
        let mut frames = frames(now);
        frames.take(&frame(1, 0, b"some"), now);
        frames.take(&frame(9, 0, b"more"), later);
        assert_eq!(frames.unfinished(), Some((Unfinished::Head, now)));
        frames.take(&frame(9, 4, b"all"), later);
        assert_eq!(frames.unfinished(), None);
    }
}
