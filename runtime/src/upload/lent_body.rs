//! A body that is lent to the parser of its parts.

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{error::PayloadError, web::Bytes};
use futures_core::Stream;

use super::part_lengths::PartLengths;
use crate::pipeline::CappedPayload;

/// A body that the parser reads, and whoever lent it reads to its end: the parser stops at the last
/// boundary, and a body that is not read to its end costs the connection.
#[derive(Clone)]
pub(super) struct LentBody(Rc<RefCell<Lent>>);

struct Lent {
    body: CappedPayload,
    /// What its bytes say, whoever reads them.
    lengths: PartLengths,
}

impl LentBody {
    pub(super) fn new(body: CappedPayload, lengths: PartLengths) -> Self {
        Self(Rc::new(RefCell::new(Lent { body, lengths })))
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

impl Stream for LentBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // Never borrowed across a poll: the parser and the lender take turns.
        match self.0.try_borrow_mut() {
            Ok(mut lent) => {
                let polled = Pin::new(&mut lent.body).poll_next(cx);
                if let Poll::Ready(Some(Ok(piece))) = &polled {
                    lent.lengths.take(piece);
                }
                polled
            }
            Err(_) => Poll::Ready(Some(Err(PayloadError::Incomplete(None)))),
        }
    }
}
