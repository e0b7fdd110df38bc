//! A request and its response.

use std::{
    future::{Future as _, poll_fn},
    io,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll},
};

use actix_http::{
    Response, ServiceConfig, StatusCode,
    body::{BodySize, BoxBody},
};
use actix_web::{
    body::MessageBody,
    dev::{Service, ServiceResponse},
    web::Bytes,
};
use h2::{Reason, SendStream, server::SendResponse};
use tokio::time::Instant;

use super::{
    body::Incoming,
    head::{self, Arrived, is_bodiless},
};
use crate::{
    connection::{service::Shared, wire::pace},
    patience::Patience,
    timer::Timer,
};

/// A response is passed to `h2` in pieces of at most this size. Between two of them the
/// connection's task runs, which takes as long as two frames: with 32 KiB a response of 1 MiB takes
/// a fifth more instructions.
pub(super) const PIECE: usize = 64 * 1024;

/// One stream, which is one exchange.
pub(super) struct Stream {
    pub(super) respond: SendResponse<Bytes>,
    pub(super) incoming: Option<Incoming>,
    pub(super) is_head: bool,
    pub(super) shared: Rc<Shared>,
}

/// A response that is being sent. If it is dropped before its end, the stream is reset, so that its
/// client does not take a part for the whole.
struct Sending {
    stream: SendStream<Bytes>,
    /// The bytes that were not passed on, and whether more follow.
    rest: Bytes,
    is_last: bool,
    /// The rest of the declared length.
    left: Option<u64>,
    patience: Patience,
    timer: Timer,
    is_done: bool,
}

impl Stream {
    /// Serves the request.
    pub(super) async fn serve<S, B>(mut self, app: Rc<S>, arrived: actix_http::Request)
    where
        S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
        B: MessageBody,
    {
        let served = {
            // Bytes that arrived with the head are available before the guards run.
            poll_fn(|cx| {
                self.pump(cx);
                Poll::Ready(())
            })
            .await;
            let mut serving = pin!(app.call(arrived));
            poll_fn(|cx| {
                loop {
                    if let Poll::Ready(served) = serving.as_mut().poll(cx) {
                        return Poll::Ready(Some(served));
                    }
                    // The client has disconnected or reset the stream: the response is not sent.
                    if self.respond.poll_reset(cx).is_ready() {
                        return Poll::Ready(None);
                    }
                    if !self.take_input(cx) {
                        return Poll::Pending;
                    }
                }
            })
            .await
        };
        match served {
            Some(Ok(response)) => self.answer(response.into()).await,
            Some(Err(error)) => self.answer(Response::<BoxBody>::from(error)).await,
            None => {}
        }
    }

    /// Responds to a request that does not reach the app.
    pub(super) async fn refuse(self, status: StatusCode) {
        tracing::debug!(%status, "what a client sent is not a request");
        self.answer(Response::with_body(status, ())).await;
    }

    fn pump(&mut self, cx: &mut Context<'_>) -> bool {
        self.incoming.as_mut().is_some_and(|incoming| incoming.pump(cx))
    }

    /// Reads the input, and requests the body if the handler waits for it; returns whether the
    /// reader has to be polled.
    fn take_input(&mut self, cx: &mut Context<'_>) -> bool {
        let is_news = self.pump(cx);
        if !is_news && self.incoming.as_mut().is_some_and(|incoming| incoming.agrees(cx)) {
            let mut interim = http::Response::new(());
            *interim.status_mut() = http::StatusCode::CONTINUE;
            // If the stream is closed, the next poll detects it.
            let _sent = self.respond.send_informational(interim);
        }
        is_news
    }

    /// Sends a response.
    async fn answer<R: MessageBody>(mut self, response: Response<R>) {
        let (mut response, body) = response.into_parts();
        if let Some(incoming) = &mut self.incoming {
            incoming.forget_expectation();
        }
        let mut size = body.size();
        if response.status().is_informational() {
            let status = response.status();
            // A final response would have to follow, and there is none.
            tracing::error!(%status, "a handler answers with what its request does not offer");
            response = Response::with_body(StatusCode::INTERNAL_SERVER_ERROR, ());
            return self.send(&response, BodySize::Sized(0), ()).await;
        }
        let is_bodiless = is_bodiless(response.status());
        if size == BodySize::None && !self.is_head && !is_bodiless {
            size = BodySize::Sized(0);
        }
        self.send(&response, size, body).await;
    }

    async fn send<R: MessageBody>(mut self, response: &Response<()>, size: BodySize, body: R) {
        let shared = Rc::clone(&self.shared);
        let config: &ServiceConfig = &shared.config;
        let head = match head::answer(response, size, config) {
            Ok(head) => head,
            Err(error) => {
                tracing::error!(%error, "a field of an answer cannot be sent");
                return self.respond.send_reset(Reason::INTERNAL_ERROR);
            }
        };
        let is_empty = self.is_head
            || is_bodiless(response.status())
            || matches!(size, BodySize::None | BodySize::Sized(0));
        let sent = match self.respond.send_response(head, is_empty) {
            Ok(stream) if !is_empty => {
                let left = match size {
                    BodySize::Sized(length) => Some(length),
                    BodySize::None | BodySize::Stream => None,
                };
                let sending = Sending {
                    stream,
                    rest: Bytes::new(),
                    is_last: false,
                    left,
                    patience: Patience::new(pace(shared.bounds.write)),
                    timer: Timer::default(),
                    is_done: false,
                };
                self.write(sending, body).await
            }
            Ok(_) => Ok(()),
            Err(error) => Err(broken(error)),
        };
        if let Err(error) = sent {
            tracing::debug!(%error, "an answer could not be sent");
        }
        // For a body that was not read to its end, `h2` sends RST_STREAM with NO_ERROR (RFC 9113,
        // 8.1) when both halves of the stream are dropped.
    }

    /// Sends the body of a response as it is produced, and continues to read the request's.
    async fn write<R: MessageBody>(&mut self, mut sending: Sending, body: R) -> io::Result<()> {
        let mut body = pin!(body);
        poll_fn(|cx| {
            loop {
                if let Poll::Ready(written) = sending.poll_write(cx, body.as_mut()) {
                    return Poll::Ready(written);
                }
                // A body that depends on what is read may continue.
                if !self.take_input(cx) {
                    return Poll::Pending;
                }
            }
        })
        .await
    }
}

impl Sending {
    /// # Errors
    ///
    /// The client has disconnected, or reads too slowly; or the body fails.
    fn poll_write<R: MessageBody>(
        &mut self,
        cx: &mut Context<'_>,
        mut body: Pin<&mut R>,
    ) -> Poll<io::Result<()>> {
        loop {
            if !self.rest.is_empty() {
                match self.poll_hand_on(cx)? {
                    Poll::Ready(()) if self.is_done => return Poll::Ready(Ok(())),
                    Poll::Ready(()) => continue,
                    Poll::Pending => return Poll::Pending,
                }
            }
            match body.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(piece))) if piece.is_empty() => {}
                Poll::Ready(Some(Ok(piece))) => self.begin(piece),
                Poll::Ready(None) if self.left.is_some_and(|left| left > 0) => {
                    return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
                }
                Poll::Ready(None) => {
                    self.is_done = true;
                    let ended = self.stream.send_data(Bytes::new(), true);
                    return Poll::Ready(ended.map_err(broken));
                }
                Poll::Ready(Some(Err(error))) => {
                    let error: Box<dyn std::error::Error> = error.into();
                    return Poll::Ready(Err(io::Error::other(error.to_string())));
                }
                Poll::Pending => {
                    // The client may reset the stream meanwhile.
                    return match self.stream.poll_reset(cx) {
                        Poll::Ready(_) => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
                        Poll::Pending => Poll::Pending,
                    };
                }
            }
        }
    }

    /// Takes the next piece, up to the declared length.
    fn begin(&mut self, mut piece: Bytes) {
        if let Some(left) = &mut self.left {
            piece.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
            *left = left.saturating_sub(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            self.is_last = *left == 0;
        }
        self.rest = piece;
    }

    /// Passes on as many bytes as the client's windows and the connection's buffer permit.
    fn poll_hand_on(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.reserve_capacity(self.rest.len().min(PIECE));
        while self.stream.capacity() == 0 {
            match self.stream.poll_capacity(cx) {
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(broken(error))),
                Poll::Ready(None) => {
                    return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
                }
                Poll::Pending => {
                    let due = self.patience.wait(Instant::now());
                    std::task::ready!(self.timer.poll(cx, due));
                    self.stream.send_reset(Reason::CANCEL);
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
            }
        }
        let some = self.stream.capacity().min(self.rest.len());
        let piece = self.rest.split_to(some);
        if self.patience.counts() {
            self.patience.progress(some, Instant::now());
        }
        self.is_done = self.is_last && self.rest.is_empty();
        Poll::Ready(self.stream.send_data(piece, self.is_done).map_err(broken))
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if !self.is_done {
            // It has no effect on a stream that the client has reset.
            self.stream.send_reset(Reason::INTERNAL_ERROR);
        }
    }
}

fn broken(error: h2::Error) -> io::Error {
    if error.is_io() {
        error.into_io().unwrap_or_else(|| io::ErrorKind::ConnectionReset.into())
    } else {
        io::Error::other(error)
    }
}

impl Stream {
    /// The stream of a request, and the request.
    pub(super) fn of(
        arrived: Arrived,
        respond: SendResponse<Bytes>,
        shared: Rc<Shared>,
    ) -> (Self, actix_http::Request) {
        let Arrived { request, incoming, is_head } = arrived;
        (Self { respond, incoming, is_head, shared }, request)
    }
}
