//! Bytes of a fixed number, collected over the borders of the pieces that a file comes in.

/// The longest thing that a parser wants to see whole.
const ROOM: usize = 64;

/// Collects the next bytes until there are as many as the parser needs.
#[derive(Debug)]
pub(super) struct Gather {
    bytes: [u8; ROOM],
    len: usize,
}

impl Gather {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; ROOM], len: 0 }
    }

    /// Moves bytes from `input` until `N` are here; then gives them, and begins anew.
    pub(super) fn take<const N: usize>(&mut self, input: &mut &[u8]) -> Option<[u8; N]> {
        const { assert!(N > 0 && N <= ROOM) };
        let wanted = N.saturating_sub(self.len).min(input.len());
        let (now, rest) = input.split_at_checked(wanted)?;
        self.bytes.get_mut(self.len..self.len.checked_add(wanted)?)?.copy_from_slice(now);
        self.len = self.len.checked_add(wanted)?;
        *input = rest;
        if self.len < N {
            return None;
        }
        self.len = 0;
        self.bytes.first_chunk::<N>().copied()
    }
}

/// Takes what there is of the next `left` bytes.
pub(super) fn some_of<'a>(left: &mut u64, input: &mut &'a [u8]) -> &'a [u8] {
    let wanted = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
    let (now, rest) = input.split_at_checked(wanted).unwrap_or((&[], input));
    *input = rest;
    *left = left.saturating_sub(now.len() as u64);
    now
}
