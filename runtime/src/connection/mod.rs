//! HTTP/1.1 connections of [`Builder::serve`](crate::Builder::serve). The `Connection` field of a
//! response always matches what happens to the connection.
//!
//! The layer below parses requests and encodes responses (`actix_http::h1::Codec`). The rest is
//! decided here, because Actix's own dispatcher differs in these points:
//!
//! 1. **An offer to upgrade that is not accepted is an ordinary exchange** (RFC 9110, 7.8). The
//!    connection is kept, or the answer says `close`.
//! 2. **After `close` nothing is processed** (RFC 9112, 9.6), whichever side said it, and the
//!    closing begins with the end of the answer. What the client still sends is read for a moment
//!    and dropped: otherwise the system resets the connection, and the client may lose the answer.
//! 3. **A request's body that has arrived whole keeps the connection**, whether or not a handler
//!    read it. If it has not arrived, or is large, the answer says `close`. So does the answer to a
//!    body whose end cannot be found.
//! 4. **`100 Continue` is sent when the body is first waited for**, which the guards allow when
//!    they all agreed. Until then the final status is the only answer (RFC 9110, 10.1.1).
//! 5. **Each wait has a bound**: for a head from its first byte, between requests, for a client to
//!    take an answer. The bound of a request's body is the endpoint's, see
//!    [`Builder::body_timeout`](crate::Builder::body_timeout).
//! 6. **A body that broke off never looks whole**: where the end of the connection is that of the
//!    body (RFC 9112, 6.3), an end before it is a reset. A Unix socket knows no reset: there an
//!    answer whose end nothing else marks is 505.
//! 7. One request at a time: the next head is not parsed before the answer is written. Answers to
//!    requests that came together are sent together, as soon as the connection has to wait.

mod arriving;
mod body;
mod codec;
pub(crate) mod connections;
mod exchange;
#[cfg(feature = "http2")]
pub(crate) mod http2;
pub(crate) mod proxy_protocol;
#[cfg(feature = "tls")]
mod secure;
mod service;
mod stopping;
mod wire;

pub(crate) use connections::{Connections, Entry, Place};
#[cfg(feature = "http2")]
pub use http2::Http2;
#[cfg(feature = "http2")]
pub(crate) use http2::Http2Bounds;
pub(crate) use service::{Acceptor, Bounds};
#[cfg(test)]
pub(crate) use wire::LEAST_RATE;

use self::{
    codec::{Decoded, Terms},
    service::Shared,
    wire::{Socket, Wire},
};
use std::{
    future::poll_fn,
    net::SocketAddr,
    rc::Rc,
    task::{Context, Poll},
};

#[cfg(feature = "tls")]
use crate::auth::NotedCertificate;
use crate::{peer_kind::PeerKind, timer::Timer};
use actix_http::{Request, StatusCode};
use actix_web::{
    body::MessageBody,
    dev::{Service, ServiceResponse},
};
use tokio::time::Instant;

/// One connection, and the app that serves it.
struct Connection<T, S> {
    wire: Wire<T>,
    codec: codec::Codec,
    app: Rc<S>,
    shared: Rc<Shared>,
    /// `None` for a Unix socket, whose peers have no address.
    peer: Option<SocketAddr>,
    /// The client's certificate, which TLS has verified.
    #[cfg(feature = "tls")]
    certificate: Option<NotedCertificate>,
    /// What its peer address means.
    peer_kind: PeerKind,
    /// Whether only health probes are answered.
    only_probes: bool,
    timer: Timer,
    /// When the wait for the next head began, and whether there was a request before.
    waits_since: Instant,
    is_kept: bool,
    _listed: stopping::Listed,
}

/// What happens next on a connection.
enum Next {
    Request(Request, Terms),
    /// The input is not a request: the response has this status and no body.
    Refuse(StatusCode),
    /// No request arrives in time, or the service stops.
    Close,
    /// The client has closed or reset the connection.
    Gone,
}

/// How many requests of a connection are served before others get their turn.
const TURN: u32 = 32;

/// What happens to a connection after a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Keep,
    Close,
    /// It is broken: no more bytes can be sent.
    Gone,
}

impl<T, S, B> Connection<T, S>
where
    T: Socket,
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
{
    /// Serves requests until the connection is to be closed, and closes it.
    async fn run(mut self) {
        let mut served = 0_u32;
        loop {
            let after = match self.next().await {
                Next::Request(request, _) if self.is_barred(&request) => After::Gone,
                Next::Request(request, terms) => self.exchange(request, terms).await,
                Next::Refuse(status) => self.refuse(status).await,
                Next::Close => After::Close,
                Next::Gone => After::Gone,
            };
            match after {
                After::Keep => {
                    self.is_kept = true;
                    self.waits_since = Instant::now();
                    // Pipelined requests whose responses are ready at once would otherwise delay
                    // the other connections of the worker.
                    served = served.wrapping_add(1);
                    if served.is_multiple_of(TURN) {
                        tokio::task::yield_now().await;
                    }
                }
                After::Close => return self.wire.close(&mut self.timer).await,
                After::Gone => return,
            }
        }
    }

    /// Whether only probes are answered here, and this is not one.
    fn is_barred(&self, request: &Request) -> bool {
        self.only_probes && !self.shared.is_probe(request)
    }

    /// Waits for the head of a request.
    async fn next(&mut self) -> Next {
        // A head of which a byte has arrived has its own timeout, not the connection's.
        let mut began = None;
        poll_fn(|cx| self.poll_next(cx, &mut began)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>, began: &mut Option<Instant>) -> Poll<Next> {
        loop {
            self.wire.skip_blank_lines();
            if !self.wire.input.is_empty() {
                match self.codec.head(&mut self.wire.input) {
                    Decoded::Some((request, terms)) => {
                        return Poll::Ready(Next::Request(request, terms));
                    }
                    Decoded::Partial => {}
                    Decoded::Malformed(status) => return Poll::Ready(Next::Refuse(status)),
                }
            }
            if self.wire.has_output() {
                match self.wire.poll_flush(cx, &mut self.timer) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(_)) => return Poll::Ready(Next::Gone),
                    Poll::Pending => return Poll::Pending,
                }
            }
            match self.wire.poll_fill(cx) {
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Next::Gone),
                Poll::Ready(Ok(_)) => {}
                Poll::Pending => break,
            }
        }
        let is_idle = self.wire.input.is_empty();
        // Requests that have arrived before are served. The runtime may not know of them yet: it
        // wakes the task then.
        if is_idle && self.shared.stopping.is_told() && !self.wire.has_arrived() {
            return Poll::Ready(Next::Close);
        }
        let bounds = &self.shared.bounds;
        let due = if !is_idle {
            let first = if self.is_kept { Instant::now() } else { self.waits_since };
            *began.get_or_insert(first) + bounds.head
        } else if self.is_kept {
            self.waits_since + bounds.keep_alive
        } else {
            self.waits_since + bounds.head
        };
        self.timer.poll(cx, due).map(|()| match is_idle {
            // A client that has sent no bytes does not expect a response, and could take it for the
            // response to its next request.
            true => Next::Close,
            false => Next::Refuse(StatusCode::REQUEST_TIMEOUT),
        })
    }

    /// Responds to input that is not a request.
    async fn refuse(&mut self, status: StatusCode) -> After {
        tracing::debug!(peer = self.peer.map(display), %status, "what a client sent is not a request");
        let mut codec = codec::Codec::new(&self.shared.config);
        if codec.refuse(status, &mut self.wire.output).is_err() {
            return After::Gone;
        }
        self.wire.begin_answer();
        match poll_fn(|cx| self.wire.poll_flush(cx, &mut self.timer)).await {
            Ok(()) => After::Close,
            Err(_) => After::Gone,
        }
    }
}
