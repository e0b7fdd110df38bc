//! A body that is lent to the parser of its parts.

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{error::PayloadError, web::Bytes};
use futures_core::Stream;

use crate::pipeline::CappedPayload;

/// A body that the parser reads, and whoever lent it reads to its end: the parser stops at the last
/// boundary, and a body that is not read to its end costs the connection.
#[derive(Clone)]
pub(super) struct LentBody(Rc<RefCell<CappedPayload>>);

impl LentBody {
    pub(super) fn new(body: CappedPayload) -> Self {
        Self(Rc::new(RefCell::new(body)))
    }

    /// Reads what stands behind the last boundary, under the body's own limits: an epilogue, which is to
    /// be ignored (RFC 2046 section 5.1.1).
    pub(super) async fn drain(mut self) -> Result<(), PayloadError> {
        while let Some(piece) = std::future::poll_fn(|cx| Pin::new(&mut self).poll_next(cx)).await {
            piece?;
        }
        Ok(())
    }
}

impl Stream for LentBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // Never borrowed across a poll: the parser and the lender take turns.
        match self.0.try_borrow_mut() {
            Ok(mut body) => Pin::new(&mut *body).poll_next(cx),
            Err(_) => Poll::Ready(Some(Err(PayloadError::Incomplete(None)))),
        }
    }
}
