//! A request body that is not read to its end, in a server of the user's own
//! ([`HttpServer`](actix_web::HttpServer)); [`serve`](crate::Builder::serve) has its own way
//! (`connection`).
//!
//! Actix drains what is left of a chunked body after the answer, to keep the connection for the
//! next request, and puts no deadline on it: a client that never ends the last chunk holds a
//! connection for ever, or sends for ever, although every guard refused (CWE-772). While the body is
//! held when the answer is written, Actix announces `Connection: close` and closes instead, as it
//! does for a body with a declared length. So the app stage holds chunked bodies until then.

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

use super::{answering::Answering, departure::Departure};
use crate::{headers::Remaining, request::Passage};

/// The hold on a request until its answer is written.
pub(super) struct Hold {
    /// Its body; `None` where the length was declared.
    body: Option<Rc<RefCell<Payload>>>,
    /// Its places among the requests under way.
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

    /// Whether nothing depends on when the answer is written.
    pub(super) fn is_free(&self) -> bool {
        self.body.is_none() && self.departure.is_free()
    }

    /// The body of the answer, which keeps hold until it is written, and leaves as these bytes where
    /// they are known.
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
