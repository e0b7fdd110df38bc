//! Request bodies that are not read to their end, in a server that the service starts itself
//! ([`HttpServer`](actix_web::HttpServer)); [`serve`](crate::Builder::serve) has its own code for
//! them (`connection`).
//!
//! Actix reads the rest of a chunked body after the response, to keep the connection for the next
//! request, without a deadline: a client that never sends the last chunk could keep a connection
//! open, or send data, for ever, although every guard refused the request (CWE-772). If the body is
//! still held when the response is written, Actix sends `Connection: close` and closes the
//! connection, as it does for a body with a declared length. So the app stage holds chunked bodies
//! until then.

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    HttpMessage as _,
    dev::{Payload, ServiceRequest},
    error::PayloadError,
    http::header,
    web::Bytes,
};
use futures_core::Stream;

use super::{Passage, answering::Answering, passage::Departure};
use crate::headers::Remaining;

/// The hold on a request until its answer is written.
pub(super) struct Hold {
    /// Its body; `None` if the length was declared.
    body: Option<Rc<RefCell<Payload>>>,
    /// Its concurrency permits.
    pub(super) departure: Departure,
}

impl Hold {
    /// Takes the body, and lends it to the rest of the app.
    pub(super) fn of(passage: &Rc<Passage>, request: &mut ServiceRequest) -> Self {
        let departure = Departure::of(passage);
        if !request.headers().contains_key(header::TRANSFER_ENCODING) {
            return Self { body: None, departure };
        }
        let payload = Rc::new(RefCell::new(request.take_payload()));
        let lent = Lent(Rc::clone(&payload));
        request.set_payload(Payload::Stream { payload: Box::pin(lent) });
        Self { body: Some(payload), departure }
    }

    /// Whether the time at which the response is written has no effect.
    pub(super) fn is_free(&self) -> bool {
        self.body.is_none() && self.departure.is_free()
    }

    /// The body of the response, which keeps the hold until it is written, and may only be what
    /// `remaining` expects.
    pub(super) fn until_written<B>(self, body: B, remaining: Option<Remaining>) -> Answering<B> {
        Answering::new(body, self, remaining)
    }
}

/// The body, as the handler's extractors read it.
struct Lent(Rc<RefCell<Payload>>);

impl Stream for Lent {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // Never borrowed elsewhere: the hold does not read.
        match self.0.try_borrow_mut() {
            Ok(mut payload) => Pin::new(&mut *payload).poll_next(cx),
            Err(_) => Poll::Ready(Some(Err(PayloadError::Incomplete(None)))),
        }
    }
}
