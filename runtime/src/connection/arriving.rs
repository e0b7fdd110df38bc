//! How much of an HTTP/1.1 body is buffered for its reader.

use std::task::Context;

use actix_web::{error::PayloadError, web::Bytes};

use super::body::{Feed, Room};

/// The most bytes of a body that are buffered before they are read, or that are read and dropped if
/// there is no reader. A body up to this size keeps its connection although it was refused.
pub(super) const MOST_HELD: usize = 64 * 1024;

/// The least size that a piece is counted with: chunks of one byte use the memory of their places
/// in the queue.
const LEAST_COUNTED: usize = 64;

/// The bytes of buffered and of dropped pieces, computed by [`counted`].
#[derive(Debug, Default)]
pub(super) struct Held(usize);

impl Room for Held {
    fn release(&mut self, piece: &Bytes) -> bool {
        let was_full = self.0 >= MOST_HELD;
        self.0 = self.0.saturating_sub(counted(piece));
        was_full
    }
}

impl Feed<Held> {
    pub(super) fn new() -> Self {
        Self::with(Held::default())
    }

    /// Whether more may be read; if not, the task is woken when it may.
    pub(super) fn has_room(&self, cx: &Context<'_>) -> bool {
        let mut state = self.state();
        let has_room = state.room.0 < MOST_HELD;
        if !has_room {
            state.note_connection(cx);
        }
        has_room
    }

    pub(super) fn push(&self, piece: Bytes) {
        let has_reader = self.has_reader();
        let mut state = self.state();
        state.room.0 = state.room.0.saturating_add(counted(&piece));
        if has_reader {
            state.push(piece);
        }
    }

    /// The body is complete.
    pub(super) fn finish(&self) {
        self.state().finish();
    }

    /// The body ends here, and is incomplete.
    pub(super) fn fail(&self, error: PayloadError) {
        self.state().fail(error);
    }
}

/// The size that a piece is counted with.
fn counted(piece: &Bytes) -> usize {
    piece.len().max(LEAST_COUNTED)
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        task::{Context, Waker},
    };

    use actix_web::web::Bytes;
    use futures_core::Stream as _;

    use super::{Feed, MOST_HELD};

    /// How many pieces of this size are accepted before they are read.
    fn taken(bytes: usize) -> usize {
        let cx = Context::from_waker(Waker::noop());
        let feed = Feed::new();
        let mut reader = feed.reader();
        let fill = || {
            let pieces = std::iter::repeat_with(|| Bytes::from(vec![0; bytes]));
            let taken = pieces.take_while(|_| feed.has_room(&cx)).map(|piece| feed.push(piece));
            taken.take(MOST_HELD).count()
        };
        let first = fill();
        for _ in 0..first {
            let polled = Pin::new(&mut reader).poll_next(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_ready());
        }
        assert_eq!(fill(), first, "what is read makes room for as much");
        first
    }

    #[test]
    fn small_pieces_count_what_they_take() {
        assert_eq!(taken(1), 1_024);
        assert_eq!(taken(64), 1_024);
        assert_eq!(taken(1_024), 64);
        assert_eq!(taken(MOST_HELD), 1);
    }
}
