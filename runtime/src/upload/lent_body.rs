//! A body that is lent to the parser of its parts.

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{error::PayloadError, web::Bytes};
use futures_core::Stream;

use super::{part_lengths::PartLengths, transport_padding::TransportPadding};
use crate::pipeline::{Boundary, CappedPayload};

/// A body that the parser reads, and that the lender reads to its end: the parser stops at the last
/// boundary, and a body that is not read to its end costs the connection.
#[derive(Clone)]
pub(super) struct LentBody(Rc<RefCell<Lent>>);

/// The size of a piece for the parser.
const PIECE: usize = 8 << 10;

/// With more bytes than this in the parser's buffer, it has to return some of them first: it fills
/// its buffer faster than it empties it, and each request has one (CWE-400).
const MOST_AHEAD: usize = 16 << 10;

struct Lent {
    body: CappedPayload,
    /// What is known from its bytes, whichever of the two reads them.
    lengths: PartLengths,
    padding: TransportPadding,
    is_over: bool,
    /// Received bytes that the parser has not got.
    left: Bytes,
    /// The bytes of a part that the parser has got and not returned.
    ahead: usize,
    /// Whether it was refused more bytes since it last returned some.
    was_held_back: bool,
}

impl LentBody {
    /// The body of a form with at most so many parts.
    pub(super) fn new(body: CappedPayload, boundary: &Boundary, most: usize) -> Self {
        let lengths = PartLengths::new(boundary.text(), most);
        let padding = TransportPadding::new(boundary.text());
        Self(Rc::new(RefCell::new(Lent {
            body,
            lengths,
            padding,
            is_over: false,
            left: Bytes::new(),
            ahead: 0,
            was_held_back: false,
        })))
    }

    /// The parser has found a part: it buffers less than it has got.
    pub(super) fn begin_part(&self) {
        if let Ok(mut lent) = self.0.try_borrow_mut() {
            lent.ahead = 0;
            lent.was_held_back = false;
        }
    }

    /// The parser has returned so many bytes of a part.
    pub(super) fn handed_on(&self, bytes: usize) {
        if let Ok(mut lent) = self.0.try_borrow_mut() {
            lent.ahead = lent.ahead.saturating_sub(bytes);
            lent.was_held_back = false;
        }
    }

    /// Reads the bytes after the last boundary, under the body's own limits: an epilogue, which has
    /// to be ignored (RFC 2046 section 5.1.1).
    pub(super) async fn drain(&mut self) -> Result<(), PayloadError> {
        while let Some(piece) = std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
        {
            piece?;
        }
        Ok(())
    }

    /// Whether the parts that were read end at their boundaries; called when the body was read to
    /// its end.
    pub(super) fn has_parts_of(&self, lengths: &[u64]) -> bool {
        self.0.try_borrow().is_ok_and(|lent| lent.lengths.are(lengths))
    }
}

impl Lent {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, PayloadError>>> {
        // Once: a parser that can hand nothing on gets what it asks for.
        if self.ahead >= MOST_AHEAD && !self.was_held_back {
            self.was_held_back = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        loop {
            if !self.left.is_empty() {
                let piece = self.left.split_to(self.left.len().min(PIECE));
                self.ahead = self.ahead.saturating_add(piece.len());
                return Poll::Ready(Some(Ok(piece)));
            }
            if self.is_over {
                return Poll::Ready(None);
            }
            self.left = match std::task::ready!(Pin::new(&mut self.body).poll_next(cx)) {
                Some(Ok(piece)) => {
                    self.lengths.take(&piece);
                    self.padding.take(piece)
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    self.is_over = true;
                    self.padding.finish()
                }
            };
        }
    }
}

impl Stream for LentBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // Never borrowed across a poll: the parser and the lender take turns.
        match self.0.try_borrow_mut() {
            Ok(mut lent) => lent.poll(cx),
            Err(_) => Poll::Ready(Some(Err(PayloadError::Incomplete(None)))),
        }
    }
}
