//! The body of a request on its way from its stream to its reader.
//!
//! How much of it waits is bounded by the stream's window, which grows again with what is read. Frames of
//! a few bytes are put together: in a queue each would take more memory than it brings.

use std::{
    cell::RefCell,
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
use h2::{FlowControl, Reason, RecvStream};

/// A frame below this is copied. Above, it keeps the buffer that it came in, together with others.
const SMALL: usize = 4 * 1024;

/// Of small frames that are put together.
const PIECE: usize = 8 * 1024;

#[derive(Debug)]
enum End {
    Open,
    Whole,
    /// Why it cannot be read further, until that is told.
    Failed(Option<PayloadError>),
}

/// Both ends of a body.
#[derive(Debug)]
struct State {
    pieces: VecDeque<Bytes>,
    /// Small frames behind these.
    tail: BytesMut,
    end: End,
    /// What gives the client room for more; `None` once the exchange is over.
    window: Option<FlowControl>,
    /// Whether the reader has waited for bytes.
    is_wanted: bool,
    reader: Option<Waker>,
    owner: Option<Waker>,
}

/// The stream's end.
#[derive(Debug)]
pub(super) struct Incoming {
    stream: RecvStream,
    state: Rc<RefCell<State>>,
    /// Whether the client still waits for `100 Continue`.
    expects: bool,
}

/// The reader's end.
#[derive(Debug)]
pub(super) struct Reader(Rc<RefCell<State>>);

impl Incoming {
    pub(super) fn new(mut stream: RecvStream, expects: bool) -> Self {
        let window = Some(stream.flow_control().clone());
        let state = State {
            pieces: VecDeque::new(),
            tail: BytesMut::new(),
            end: End::Open,
            window,
            is_wanted: false,
            reader: None,
            owner: None,
        };
        Self { stream, state: Rc::new(RefCell::new(state)), expects }
    }

    /// The reader's end. There is one.
    pub(super) fn reader(&self) -> Reader {
        Reader(Rc::clone(&self.state))
    }

    /// Hands on what has come; whether that is news for the reader.
    pub(super) fn pump(&mut self, cx: &mut Context<'_>) -> bool {
        let mut is_news = false;
        let state = &mut *self.state.borrow_mut();
        while matches!(state.end, End::Open) {
            match self.stream.poll_data(cx) {
                Poll::Ready(Some(Ok(bytes))) => {
                    // A client that sends its body does not wait for leave.
                    self.expects = false;
                    state.push(bytes);
                }
                // Trailers are not handed on, as those of HTTP/1.1.
                Poll::Ready(None) => state.end = End::Whole,
                Poll::Ready(Some(Err(error))) => state.end = End::Failed(Some(broken(&error))),
                Poll::Pending => break,
            }
            is_news = true;
        }
        if is_news {
            state.wake_reader();
        }
        is_news
    }

    /// Whether the client is to be told to send its body: the handler reads it. Once.
    pub(super) fn agrees(&mut self, cx: &Context<'_>) -> bool {
        if !self.expects {
            return false;
        }
        let mut state = self.state.borrow_mut();
        if !state.is_wanted {
            state.owner = Some(cx.waker().clone());
            return false;
        }
        self.expects = false;
        matches!(state.end, End::Open)
    }

    /// The final status is there: it is too late for another.
    pub(super) fn forget_expectation(&mut self) {
        self.expects = false;
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // A task of the handler's may go on to read it: nothing more comes. What it keeps would keep the
        // stream, whose client is to be told that the rest is not read.
        let mut state = self.state.borrow_mut();
        state.window = None;
        if matches!(state.end, End::Open) {
            state.end = End::Failed(Some(PayloadError::Incomplete(None)));
            state.wake_reader();
        }
    }
}

/// What the reader is told.
fn broken(error: &h2::Error) -> PayloadError {
    // It has another length than it said, say.
    if error.is_library() && error.reason() == Some(Reason::PROTOCOL_ERROR) {
        PayloadError::EncodingCorrupted
    } else {
        PayloadError::Incomplete(None)
    }
}

impl State {
    fn push(&mut self, bytes: Bytes) {
        if bytes.len() < SMALL {
            self.tail.extend_from_slice(&bytes);
            if self.tail.len() < PIECE {
                return;
            }
        }
        if !self.tail.is_empty() {
            self.pieces.push_back(std::mem::take(&mut self.tail).freeze());
        }
        if bytes.len() >= SMALL {
            self.pieces.push_back(bytes);
        }
    }

    fn pop(&mut self) -> Option<Bytes> {
        let piece = self.pieces.pop_front();
        let piece = piece
            .or_else(|| (!self.tail.is_empty()).then(|| std::mem::take(&mut self.tail).freeze()))?;
        if let Some(window) = &mut self.window {
            // It was counted when it came, so there is as much to be released.
            let _released = window.release_capacity(piece.len());
        }
        Some(piece)
    }

    fn wake_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl Stream for Reader {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut state = self.0.borrow_mut();
        if let Some(piece) = state.pop() {
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
            if let Some(owner) = state.owner.take() {
                owner.wake();
            }
        }
        if !state.reader.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            state.reader = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // The pieces that are left are freed at once. The client gets no room for more.
        let mut state = self.0.borrow_mut();
        state.pieces.clear();
        state.tail = BytesMut::new();
    }
}
