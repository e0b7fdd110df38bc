//! The body of a response while it is sent.
//!
//! The service's own code may produce the body, and then runs after the head of the response is
//! sent: no other response can replace it. So a panic in it, and a chunk of another body than the
//! headers are for ([`marked_body`](crate::headers)), end the response and its connection, so that
//! the client detects an incomplete body; the log has the reason.

use std::{
    error::Error as StdError,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    body::{BodySize, MessageBody},
    web::Bytes,
};
use pin_project_lite::pin_project;

use super::{catching::caught, unread::Hold};
use crate::headers::Remaining;

pin_project! {
    /// The body of a response, and the hold on the request's.
    pub struct Answering<B> {
        #[pin]
        body: B,
        hold: Hold,
        // The expected rest of the body, if the headers are for one body.
        remaining: Option<Remaining>,
        is_cut: bool,
    }
}

impl<B> Answering<B> {
    pub(super) fn new(body: B, hold: Hold, remaining: Option<Remaining>) -> Self {
        Self { body, hold, remaining, is_cut: false }
    }
}

impl<B> fmt::Debug for Answering<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answering")
    }
}

/// The response ends here. The cause is in the log.
#[derive(Debug)]
struct CutShort;

impl fmt::Display for CutShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer could not be finished")
    }
}

impl StdError for CutShort {}

impl<B: MessageBody> MessageBody for Answering<B> {
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.project();
        if *this.is_cut {
            return Poll::Ready(Some(Err(CutShort.into())));
        }
        let departure = &this.hold.departure;
        // A body that reads rows while it is sent uses connections of its caller too.
        let (caller, scope) = (departure.caller(), departure.scope());
        let polled = caught(|| {
            scope.poll(|| match caller {
                Some(caller) => caller.poll(|| this.body.poll_next(cx)),
                None => this.body.poll_next(cx),
            })
        });
        let cause = match polled {
            Ok(Poll::Ready(Some(Ok(chunk)))) => {
                let remaining = this.remaining.as_mut();
                if remaining.is_none_or(|remaining| remaining.admits(&chunk)) {
                    return Poll::Ready(Some(Ok(chunk)));
                }
                "it is not the body that its headers are for".to_owned()
            }
            Ok(Poll::Ready(Some(Err(error)))) => return Poll::Ready(Some(Err(error.into()))),
            Ok(Poll::Ready(None)) => return Poll::Ready(None),
            Ok(Poll::Pending) => return Poll::Pending,
            Err(panic) => format!("a panic: {panic}"),
        };
        *this.is_cut = true;
        tracing::error!(request_id = %departure.request_id(), ?cause, "an answer was cut short");
        Poll::Ready(Some(Err(CutShort.into())))
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        // A body of bytes needs no hold, and is not compared.
        if !self.hold.is_free() || self.remaining.is_some() {
            return Err(self);
        }
        let Self { body, hold, remaining, is_cut } = self;
        body.try_into_bytes().map_err(|body| Self { body, hold, remaining, is_cut })
    }
}
