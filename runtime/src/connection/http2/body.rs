//! The body of a request between its stream and its reader.
//!
//! The stream's window limits how much of it is buffered; reading increases the window again.
//! Frames of a few bytes are joined: in a queue each would use more memory than its content.

use std::task::{Context, Poll};

use actix_web::{error::PayloadError, web::Bytes};
use h2::{FlowControl, Reason, RecvStream};

use crate::connection::body::{self, Feed, Room};

/// A smaller frame is copied. A larger one stays in the buffer that it arrived in, together with
/// others.
const SMALL: usize = 4 * 1024;

/// The size of joined small frames.
const PIECE: usize = 8 * 1024;

/// Increases the client's window; `None` when the exchange is over.
#[derive(Debug)]
pub(super) struct Window(Option<FlowControl>);

impl Room for Window {
    fn release(&mut self, piece: &Bytes) -> bool {
        if let Some(window) = &mut self.0 {
            // It was counted when it arrived, so as many bytes can be released.
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
    /// Whether the client is still waiting for `100 Continue`.
    expects: bool,
}

/// The reader's end.
pub(super) type Reader = body::Reader<Window>;

impl Incoming {
    pub(super) fn new(mut stream: RecvStream, expects: bool) -> Self {
        let window = Window(Some(stream.flow_control().clone()));
        Self { stream, feed: Feed::with(window), expects }
    }

    /// The reader's end. There is only one.
    pub(super) fn reader(&self) -> Reader {
        self.feed.reader()
    }

    /// Passes on the received bytes; returns whether the reader has to be polled.
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
                    // Trailers are dropped, as in HTTP/1.1. In `h2` they would use memory as long
                    // as the request is in flight.
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

    /// Whether to send `100 Continue` because the handler reads the body. True once.
    pub(super) fn agrees(&mut self, cx: &Context<'_>) -> bool {
        if !self.expects || !self.feed.is_wanted(cx) {
            return false;
        }
        self.expects = false;
        !self.feed.is_over()
    }

    /// The final status exists: it is too late for `100 Continue`.
    pub(super) fn forget_expectation(&mut self) {
        self.expects = false;
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // A task of the handler may still be reading it: no more bytes follow. Buffered bytes would
        // keep the stream open, and the client has to know that the rest is not read.
        let mut state = self.feed.state();
        state.room = Window(None);
        state.fail(PayloadError::Incomplete(None));
    }
}

/// The error for the reader.
fn broken(error: &h2::Error) -> PayloadError {
    // Its length differs from the declared one, for instance.
    if error.is_library() && error.reason() == Some(Reason::PROTOCOL_ERROR) {
        PayloadError::EncodingCorrupted
    } else {
        PayloadError::Incomplete(None)
    }
}
