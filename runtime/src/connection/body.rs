//! The body of a request between its connection and its reader, for both versions of HTTP.
//!
//! They differ in how further bytes are admitted, which is a [`Room`].

use std::{
    cell::{RefCell, RefMut},
    collections::VecDeque,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use actix_web::{
    error::PayloadError,
    web::{Bytes, BytesMut},
};
use futures_core::Stream;

/// How much of a body may be buffered for its reader.
pub(super) trait Room {
    /// The reader has taken this piece; returns whether the connection has to be woken.
    fn release(&mut self, piece: &Bytes) -> bool;
}

#[derive(Debug)]
enum End {
    Open,
    Whole,
    /// Why the rest of it is unreadable, until the reader gets the error.
    Failed(Option<PayloadError>),
}

/// Both ends of a body.
#[derive(Debug)]
pub(super) struct State<R> {
    pub(super) room: R,
    pieces: VecDeque<Bytes>,
    /// Small pieces that follow these, joined.
    tail: BytesMut,
    end: End,
    /// Whether the reader is waiting for bytes.
    is_wanted: bool,
    reader: Option<Waker>,
    connection: Option<Waker>,
}

/// The connection's end.
#[derive(Debug)]
pub(super) struct Feed<R: Room>(Rc<RefCell<State<R>>>);

/// The reader's end.
#[derive(Debug)]
pub(super) struct Reader<R: Room>(Rc<RefCell<State<R>>>);

impl<R: Room> Feed<R> {
    pub(super) fn with(room: R) -> Self {
        Self(Rc::new(RefCell::new(State {
            room,
            pieces: VecDeque::new(),
            tail: BytesMut::new(),
            end: End::Open,
            is_wanted: false,
            reader: None,
            connection: None,
        })))
    }

    /// The reader's end. There is only one.
    pub(super) fn reader(&self) -> Reader<R> {
        Reader(Rc::clone(&self.0))
    }

    /// Whether the reader's end still exists.
    pub(super) fn has_reader(&self) -> bool {
        Rc::strong_count(&self.0) > 1
    }

    pub(super) fn state(&self) -> RefMut<'_, State<R>> {
        self.0.borrow_mut()
    }

    /// Whether no more bytes follow.
    pub(super) fn is_over(&self) -> bool {
        !self.0.borrow().is_open()
    }

    pub(super) fn is_whole(&self) -> bool {
        matches!(self.0.borrow().end, End::Whole)
    }

    /// Whether the reader is waiting for bytes; if not, the task is woken when it does.
    pub(super) fn is_wanted(&self, cx: &Context<'_>) -> bool {
        let mut state = self.state();
        if !state.is_wanted {
            state.note_connection(cx);
        }
        state.is_wanted
    }
}

impl<R: Room> State<R> {
    pub(super) fn is_open(&self) -> bool {
        matches!(self.end, End::Open)
    }

    /// Adds a piece without copying it.
    pub(super) fn push(&mut self, piece: Bytes) {
        self.pieces.push_back(piece);
        self.wake_reader();
    }

    /// Adds a piece. One below `small` is appended to the small ones before it, until these have
    /// `enough` bytes.
    #[cfg(feature = "http2")]
    pub(super) fn push_joined(&mut self, piece: Bytes, small: usize, enough: usize) {
        if piece.len() < small {
            self.tail.extend_from_slice(&piece);
            if self.tail.len() >= enough {
                self.split_tail();
            }
        } else {
            self.split_tail();
            self.pieces.push_back(piece);
        }
        self.wake_reader();
    }

    /// The body is complete.
    pub(super) fn finish(&mut self) {
        self.end = End::Whole;
        self.wake_reader();
    }

    /// The body ends here, and is incomplete.
    pub(super) fn fail(&mut self, error: PayloadError) {
        if self.is_open() {
            self.end = End::Failed(Some(error));
            self.wake_reader();
        }
    }

    /// Wakes the connection's task when the reader waits, takes bytes, or is dropped.
    pub(super) fn note_connection(&mut self, cx: &Context<'_>) {
        note(&mut self.connection, cx);
    }

    fn split_tail(&mut self) {
        if !self.tail.is_empty() {
            self.pieces.push_back(std::mem::take(&mut self.tail).freeze());
        }
    }

    fn pop(&mut self) -> Option<Bytes> {
        if self.pieces.is_empty() {
            self.split_tail();
        }
        let piece = self.pieces.pop_front()?;
        if self.room.release(&piece) {
            self.wake_connection();
        }
        Some(piece)
    }

    fn wake_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    fn wake_connection(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.wake();
        }
    }
}

/// Stores the waker of this task.
fn note(kept: &mut Option<Waker>, cx: &Context<'_>) {
    if !kept.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
        *kept = Some(cx.waker().clone());
    }
}

impl<R: Room> Stream for Reader<R> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut state = self.0.borrow_mut();
        if let Some(piece) = state.pop() {
            return Poll::Ready(Some(Ok(piece)));
        }
        match &mut state.end {
            End::Open => {}
            End::Whole => return Poll::Ready(None),
            // Never an end that looks like that of a complete body.
            End::Failed(error) => {
                let error = error.take().unwrap_or(PayloadError::Incomplete(None));
                return Poll::Ready(Some(Err(error)));
            }
        }
        if !state.is_wanted {
            state.is_wanted = true;
            state.wake_connection();
        }
        note(&mut state.reader, cx);
        Poll::Pending
    }
}

impl<R: Room> Drop for Reader<R> {
    fn drop(&mut self) {
        // The remaining pieces are freed at once, and admit no further bytes.
        let mut state = self.0.borrow_mut();
        state.pieces.clear();
        state.tail = BytesMut::new();
        state.wake_connection();
    }
}
