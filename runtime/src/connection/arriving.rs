//! The body of a request on its way from the connection to whoever reads it.

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

/// Both ends of a body.
#[derive(Debug)]
struct State {
    pieces: VecDeque<Bytes>,
    /// Bytes in `pieces`, and those that were dropped.
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
        state.held = state.held.saturating_add(piece.len());
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
            state.held = state.held.saturating_sub(piece.len());
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
        // What nobody reads any more goes at once; it stays counted, as what is read and dropped.
        let mut state = self.0.0.borrow_mut();
        state.pieces.clear();
        if let Some(connection) = state.connection.take() {
            connection.wake();
        }
    }
}
