//! The body of a request between its stream and its reader.
//!
//! How much of it waits is bounded by the stream's window, which grows again with what is read. Frames of
//! a few bytes are joined: in a queue each would take more memory than it brings.

use std::task::{Context, Poll};

use actix_web::{error::PayloadError, web::Bytes};
use h2::{FlowControl, Reason, RecvStream};

use crate::connection::body::{self, Feed, Room};

/// A frame below this is copied. Above, it keeps the buffer that it came in, together with others.
const SMALL: usize = 4 * 1024;

/// Of small frames that are joined.
const PIECE: usize = 8 * 1024;

/// What gives the client room for more; `None` once the exchange is over.
#[derive(Debug)]
pub(super) struct Window(Option<FlowControl>);

impl Room for Window {
    fn release(&mut self, piece: &Bytes) -> bool {
        if let Some(window) = &mut self.0 {
            // It was counted when it came, so there is as much to be released.
            let _released = window.release_capacity(piece.len());
        }
        // `h2` wakes the connection.
        false
    }
}

/// The stream's end.
#[derive(Debug)]
pub(super) struct Incoming {
    stream: RecvStream,
    feed: Feed<Window>,
    /// Whether the client still waits for `100 Continue`.
    expects: bool,
}

/// The reader's end.
pub(super) type Reader = body::Reader<Window>;

impl Incoming {
    pub(super) fn new(mut stream: RecvStream, expects: bool) -> Self {
        let window = Window(Some(stream.flow_control().clone()));
        Self { stream, feed: Feed::with(window), expects }
    }

    /// The reader's end. There is one.
    pub(super) fn reader(&self) -> Reader {
        self.feed.reader()
    }

    /// Hands on what has come; whether that is news for the reader.
    pub(super) fn pump(&mut self, cx: &mut Context<'_>) -> bool {
        let mut is_news = false;
        let mut state = self.feed.state();
        while state.is_open() {
            match self.stream.poll_data(cx) {
                Poll::Ready(Some(Ok(bytes))) => {
                    // A client that sends its body does not wait for `100 Continue`.
                    self.expects = false;
                    state.push_joined(bytes, SMALL, PIECE);
                }
                Poll::Ready(None) => {
                    // Trailers are not handed on, as those of HTTP/1.1. Left where they are, they would take
                    // memory as long as the request is under way.
                    let _dropped = self.stream.poll_trailers(cx);
                    state.finish();
                }
                Poll::Ready(Some(Err(error))) => state.fail(broken(&error)),
                Poll::Pending => break,
            }
            is_news = true;
        }
        is_news
    }

    /// Whether to send `100 Continue`: the handler reads the body. True once.
    pub(super) fn agrees(&mut self, cx: &Context<'_>) -> bool {
        if !self.expects || !self.feed.is_wanted(cx) {
            return false;
        }
        self.expects = false;
        !self.feed.is_over()
    }

    /// The final status is there: it is too late for another.
    pub(super) fn forget_expectation(&mut self) {
        self.expects = false;
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // A task of the handler may go on to read it: nothing more comes. Buffered bytes would hold
        // the stream, whose client has to learn that the rest is not read.
        let mut state = self.feed.state();
        state.room = Window(None);
        state.fail(PayloadError::Incomplete(None));
    }
}

/// What the reader gets.
fn broken(error: &h2::Error) -> PayloadError {
    // It has another length than it said, say.
    if error.is_library() && error.reason() == Some(Reason::PROTOCOL_ERROR) {
        PayloadError::EncodingCorrupted
    } else {
        PayloadError::Incomplete(None)
    }
}
