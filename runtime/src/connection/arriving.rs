//! The body of a request on its way from the connection to its reader.

use std::{
    cell::RefCell,
    collections::VecDeque,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use actix_web::{error::PayloadError, web::Bytes};
use futures_core::Stream;

/// What is kept of a body before its reader comes, or is read and dropped where no reader is left.
/// A body of so many bytes keeps its connection although it was refused.
pub(super) const MOST_HELD: usize = 64 * 1024;

/// What a piece counts at least: chunks of one byte take the memory of their places in the queue.
const LEAST_COUNTED: usize = 64;

/// Both ends of a body.
#[derive(Debug)]
struct State {
    pieces: VecDeque<Bytes>,
    /// Bytes in `pieces`, and those that were dropped, as [`counted`] has them.
    held: usize,
    end: End,
    /// Whether the reader has waited for bytes.
    is_wanted: bool,
    reader: Option<Waker>,
    connection: Option<Waker>,
}

#[derive(Debug)]
enum End {
    Open,
    Whole,
    /// Why it cannot be read further, until that is told.
    Failed(Option<PayloadError>),
}

/// The connection's end.
#[derive(Clone, Debug)]
pub(super) struct Feed(Rc<RefCell<State>>);

/// The reader's end.
#[derive(Debug)]
pub(super) struct Arriving(Feed);

impl Feed {
    pub(super) fn new() -> Self {
        Self(Rc::new(RefCell::new(State {
            pieces: VecDeque::new(),
            held: 0,
            end: End::Open,
            is_wanted: false,
            reader: None,
            connection: None,
        })))
    }

    /// The reader's end. There is one.
    pub(super) fn reader(&self) -> Arriving {
        Arriving(self.clone())
    }

    /// Whether more may come; the task is woken when it may again.
    pub(super) fn has_room(&self, cx: &Context<'_>) -> bool {
        let mut state = self.0.borrow_mut();
        if state.held < MOST_HELD {
            return true;
        }
        if !state.connection.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            state.connection = Some(cx.waker().clone());
        }
        false
    }

    /// Whether the reader has waited for bytes; the task is woken when it does.
    pub(super) fn is_wanted(&self, cx: &Context<'_>) -> bool {
        let mut state = self.0.borrow_mut();
        if !state.is_wanted {
            state.connection = Some(cx.waker().clone());
        }
        state.is_wanted
    }

    pub(super) fn push(&self, piece: Bytes) {
        let is_read = Rc::strong_count(&self.0) > 1;
        let mut state = self.0.borrow_mut();
        state.held = state.held.saturating_add(counted(&piece));
        if is_read {
            state.pieces.push_back(piece);
            state.wake_reader();
        }
    }

    /// The body is whole.
    pub(super) fn finish(&self) {
        let mut state = self.0.borrow_mut();
        state.end = End::Whole;
        state.wake_reader();
    }

    /// The body ends here, and is not whole.
    pub(super) fn fail(&self, error: PayloadError) {
        let mut state = self.0.borrow_mut();
        if matches!(state.end, End::Open) {
            state.end = End::Failed(Some(error));
            state.wake_reader();
        }
    }

    /// Whether nothing more comes.
    pub(super) fn is_over(&self) -> bool {
        !matches!(self.0.borrow().end, End::Open)
    }

    pub(super) fn is_whole(&self) -> bool {
        matches!(self.0.borrow().end, End::Whole)
    }
}

/// How many bytes a piece counts.
fn counted(piece: &Bytes) -> usize {
    piece.len().max(LEAST_COUNTED)
}

impl State {
    fn wake_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl Stream for Arriving {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut state = self.0.0.borrow_mut();
        if let Some(piece) = state.pieces.pop_front() {
            let was_full = state.held >= MOST_HELD;
            state.held = state.held.saturating_sub(counted(&piece));
            if was_full && let Some(connection) = state.connection.take() {
                connection.wake();
            }
            return Poll::Ready(Some(Ok(piece)));
        }
        match &mut state.end {
            End::Open => {}
            End::Whole => return Poll::Ready(None),
            // Never an end that could be taken for that of the whole body.
            End::Failed(error) => {
                let error = error.take().unwrap_or(PayloadError::Incomplete(None));
                return Poll::Ready(Some(Err(error)));
            }
        }
        if !state.is_wanted {
            state.is_wanted = true;
            if let Some(connection) = state.connection.take() {
                connection.wake();
            }
        }
        if !state.reader.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            state.reader = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        // The pieces that are left are freed at once. They stay counted, as those that were read.
        let mut state = self.0.0.borrow_mut();
        state.pieces.clear();
        if let Some(connection) = state.connection.take() {
            connection.wake();
        }
    }
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

    /// How many pieces of so many bytes are taken in before their reader comes.
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
