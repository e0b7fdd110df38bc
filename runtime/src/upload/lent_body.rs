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

/// A body that the parser reads, and whoever lent it reads to its end: the parser stops at the last
/// boundary, and a body that is not read to its end costs the connection.
#[derive(Clone)]
pub(super) struct LentBody(Rc<RefCell<Lent>>);

struct Lent {
    body: CappedPayload,
    /// What its bytes say, whoever reads them.
    lengths: PartLengths,
    padding: TransportPadding,
    is_over: bool,
}

impl LentBody {
    /// Of a form with at most so many parts.
    pub(super) fn new(body: CappedPayload, boundary: &Boundary, most: usize) -> Self {
        let lengths = PartLengths::new(boundary.text(), most);
        let padding = TransportPadding::new(boundary.text());
        Self(Rc::new(RefCell::new(Lent { body, lengths, padding, is_over: false })))
    }

    /// Reads what stands behind the last boundary, under the body's own limits: an epilogue, which is to
    /// be ignored (RFC 2046 section 5.1.1).
    pub(super) async fn drain(&mut self) -> Result<(), PayloadError> {
        while let Some(piece) = std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
        {
            piece?;
        }
        Ok(())
    }

    /// Whether the parts that were read end where their boundaries stand; asked when the body was read to
    /// its end.
    pub(super) fn has_parts_of(&self, lengths: &[u64]) -> bool {
        self.0.try_borrow().is_ok_and(|lent| lent.lengths.are(lengths))
    }
}

impl Lent {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, PayloadError>>> {
        while !self.is_over {
            let piece = match std::task::ready!(Pin::new(&mut self.body).poll_next(cx)) {
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
            // A piece of which nothing is left is not told.
            if !piece.is_empty() {
                return Poll::Ready(Some(Ok(piece)));
            }
        }
        Poll::Ready(None)
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
