//! A request and its response.

use std::{
    future::{Future as _, poll_fn},
    io,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use actix_http::{
    ConnectionType, HttpMessage as _, Payload, Request, Response, StatusCode, Version,
    body::{BodySize, BoxBody},
};
use actix_web::{
    body::MessageBody,
    dev::{Service, ServiceResponse},
    error::PayloadError,
    http::header,
    web::Bytes,
};

use super::{
    After, Connection,
    arriving::Held,
    body::Feed,
    codec::{Decoded, Piece, Said, Terms},
    wire::Socket,
};
use crate::{clock::Moment, line_rate::LineRate, peer_kind::PeerKind};

/// How much of further requests is read while one is served: enough to detect that the client has
/// disconnected.
const READ_AHEAD: usize = 16 * 1024;

/// A response is sent in pieces of about this size.
const PIECE: usize = 32 * 1024;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// The request's side of an exchange.
struct Incoming {
    terms: Terms,
    /// The body; `None` if there is none, and no stream follows either.
    feed: Option<Feed<Held>>,
    /// Whether the client is still waiting for `100 Continue`.
    expects: bool,
    /// Whether the input belongs to the feed: not before an offer of a stream was accepted.
    is_open: bool,
}

impl Incoming {
    /// Whether the request was read to its end.
    fn is_whole(&self) -> bool {
        match &self.feed {
            Some(feed) if self.is_open => feed.is_whole(),
            Some(_) | None => true,
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // A task of the handler may still be reading it: no more bytes follow.
        if let Some(feed) = &self.feed {
            feed.fail(PayloadError::Incomplete(None));
        }
    }
}

/// The state of sending a response's body.
#[derive(Default)]
struct Writing {
    /// The rest of a large piece. Encoding all of it at once would need a buffer of its size, which
    /// would not be kept.
    rest: Bytes,
    is_done: bool,
}

/// How the end of a response's body is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// By its head or its chunks.
    Told,
    /// By the end of the connection.
    Closing,
}

impl<T, S, B> Connection<T, S>
where
    T: Socket,
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
{
    /// Serves one request.
    pub(super) async fn exchange(&mut self, mut request: Request, terms: Terms) -> After {
        request.head_mut().peer_addr = self.peer;
        #[cfg(feature = "tls")]
        if let Some(certificate) = &self.certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        if self.peer_kind != PeerKind::Address {
            request.extensions_mut().insert(self.peer_kind);
        }
        let feed = (terms.has_body || terms.offers_tunnel).then(|| {
            let feed = Feed::new();
            *request.payload() = Payload::Stream { payload: Box::pin(feed.reader()) };
            feed
        });
        let mut incoming =
            Incoming { terms, feed, expects: terms.expects, is_open: terms.has_body };
        let served = {
            let mut serving = pin!(self.app.call(request));
            poll_fn(|cx| {
                // Bytes that arrived with the head are available before the guards run.
                self.feed(cx, &mut incoming);
                loop {
                    if let Poll::Ready(served) = serving.as_mut().poll(cx) {
                        return Poll::Ready(Some(served));
                    }
                    match self.take_input(cx, &mut incoming) {
                        Ok(true) => {}
                        Ok(false) => return Poll::Pending,
                        // The client has disconnected: the response is not sent.
                        Err(_) => return Poll::Ready(None),
                    }
                }
            })
            .await
        };
        match served {
            Some(Ok(response)) => self.answer(response.into(), incoming).await,
            Some(Err(error)) => self.answer(Response::<BoxBody>::from(error), incoming).await,
            None => After::Gone,
        }
    }

    /// Sends a response.
    async fn answer<R: MessageBody>(
        &mut self,
        response: Response<R>,
        mut incoming: Incoming,
    ) -> After {
        let (mut response, body) = response.into_parts();
        // An old version would mean closing. The codec knows which version to send.
        response.head_mut().version = Version::HTTP_11;
        // The final status exists: it is too late for `100 Continue`.
        incoming.expects = false;
        let terms = incoming.terms;
        let status = response.status();
        let (size, ending) = frame(&mut response, body.size(), terms, T::CAN_RESET);
        let is_bodiless = terms.is_head || is_bodiless(status);
        if ending == Ending::Closing && !is_bodiless && !T::CAN_RESET {
            note_undelimited();
            return self.refuse(StatusCode::HTTP_VERSION_NOT_SUPPORTED).await;
        }
        let said = match (status.is_informational(), terms.offers_tunnel) {
            (true, true) if status == StatusCode::SWITCHING_PROTOCOLS => Said::Upgrade,
            (true, _) => {
                // A final response would have to follow, and there is none.
                tracing::error!(%status, "a handler answers with what its request does not offer");
                return self.refuse(StatusCode::INTERNAL_SERVER_ERROR).await;
            }
            (false, _) => self.judge(&response, ending, &mut incoming).await,
        };
        incoming.is_open |= said == Said::Upgrade;
        // The end of this one may be a reset, which would discard the responses before it.
        let has_earlier = ending == Ending::Closing && self.wire.has_output();
        if has_earlier && poll_fn(|cx| self.wire.poll_flush(cx, &mut self.timer)).await.is_err() {
            return After::Gone;
        }
        let output = &mut self.wire.output;
        if self.codec.answer(response, size, said, terms, output).is_err() {
            return After::Gone;
        }
        self.wire.begin_answer();
        let is_empty = terms.is_head || matches!(size, BodySize::None | BodySize::Sized(0));
        let written = if is_empty || (is_bodiless && said != Said::Upgrade) {
            drop(body);
            if said == Said::Keep && self.goes_on(terms) {
                return After::Keep;
            }
            poll_fn(|cx| self.wire.poll_flush(cx, &mut self.timer)).await
        } else {
            let resets = ending == Ending::Closing && said != Said::Upgrade;
            // Before the first byte: if it ends early, even by a panic, the socket is dropped.
            if resets && let Err(error) = self.wire.set_reset(true) {
                tracing::debug!(
                    peer = self.peer.map(display),
                    %error,
                    "the end of an answer could not be secured"
                );
                return After::Gone;
            }
            let mut body = pin!(body);
            let mut writing = Writing::default();
            let write = |cx: &mut Context<'_>| {
                self.poll_write(cx, body.as_mut(), &mut writing, &mut incoming, said)
            };
            let written = poll_fn(write).await;
            if resets { written.and_then(|()| self.wire.set_reset(false)) } else { written }
        };
        match (written, said) {
            (Ok(()), Said::Keep) => After::Keep,
            (Ok(()), Said::Close | Said::Upgrade) => After::Close,
            (Err(error), _) => {
                tracing::debug!(
                    peer = self.peer.map(display),
                    %error,
                    "an answer could not be sent"
                );
                After::Gone
            }
        }
    }

    /// What happens to the connection after a response.
    async fn judge(
        &mut self,
        response: &Response<()>,
        ending: Ending,
        incoming: &mut Incoming,
    ) -> Said {
        let terms = incoming.terms;
        let closes = response.head().connection_type() == ConnectionType::Close;
        let ends = self.only_probes || self.shared.stopping.closes_behind_answers();
        if !terms.keeps || closes || ending == Ending::Closing || ends {
            return Said::Close;
        }
        if !incoming.is_whole() {
            // The handler has dropped the body. If all of it has arrived, the next request follows
            // it.
            let read = poll_fn(|cx| {
                Poll::Ready(loop {
                    match self.take_input(cx, incoming) {
                        Ok(true) => {}
                        Ok(false) => break Ok(()),
                        Err(error) => break Err(error),
                    }
                })
            });
            if read.await.is_err() || !incoming.is_whole() {
                return Said::Close;
            }
        }
        if self.wire.has_ended() && self.wire.input.is_empty() { Said::Close } else { Said::Keep }
    }

    /// Sends a response's body as it is produced, and continues to read the request's.
    fn poll_write<R: MessageBody>(
        &mut self,
        cx: &mut Context<'_>,
        mut body: Pin<&mut R>,
        writing: &mut Writing,
        incoming: &mut Incoming,
        said: Said,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut waits = false;
            while !writing.is_done && !waits && self.wire.output.len() < PIECE {
                if !writing.rest.is_empty() {
                    let piece = writing.rest.split_to(writing.rest.len().min(PIECE));
                    self.codec.write(Some(piece), &mut self.wire.output)?;
                    continue;
                }
                match body.as_mut().poll_next(cx) {
                    // An empty chunk would end the response: RFC 9112 section 7.1.
                    Poll::Ready(Some(Ok(piece))) if piece.is_empty() => {}
                    Poll::Ready(Some(Ok(piece))) => writing.rest = piece,
                    Poll::Ready(None) => {
                        self.codec.write(None, &mut self.wire.output)?;
                        writing.is_done = true;
                    }
                    Poll::Ready(Some(Err(error))) => {
                        // As much as the client takes at once: responses to earlier requests may be
                        // among it.
                        let _sent = self.wire.poll_flush(cx, &mut self.timer);
                        let error: Box<dyn std::error::Error> = error.into();
                        return Poll::Ready(Err(io::Error::other(error.to_string())));
                    }
                    Poll::Pending => waits = true,
                }
            }
            if writing.is_done && said == Said::Keep && self.goes_on(incoming.terms) {
                return Poll::Ready(Ok(()));
            }
            let is_sent = self.wire.poll_flush(cx, &mut self.timer)?.is_ready();
            if is_sent && writing.is_done {
                return Poll::Ready(Ok(()));
            }
            if is_sent && !waits {
                continue;
            }
            // A body that depends on what is read may continue.
            if !self.take_input(cx, incoming)? {
                return Poll::Pending;
            }
        }
    }

    /// Whether a response may be buffered until the next one, so that pipelined requests get their
    /// responses in one write. It is sent before the task waits for anything. A response to an
    /// unsafe request is sent at once, since a failure of the next one would discard it.
    fn goes_on(&self, terms: Terms) -> bool {
        terms.is_safe && !self.wire.input.is_empty() && self.wire.output.len() < PIECE
    }

    /// Reads the input; returns whether the reader of the body has to be polled.
    fn take_input(&mut self, cx: &mut Context<'_>, incoming: &mut Incoming) -> io::Result<bool> {
        loop {
            if self.feed(cx, incoming) {
                return Ok(true);
            }
            self.agree(cx, incoming)?;
            if !self.wire.has_ended() {
                if self.wire.input.len() >= READ_AHEAD {
                    return Ok(false);
                }
                match self.wire.poll_fill(cx)? {
                    Poll::Ready(0) => {}
                    Poll::Ready(_) => continue,
                    Poll::Pending => return Ok(false),
                }
            }
            return Ok(is_cut_off(cx, incoming));
        }
    }

    /// Passes on the received bytes of the body; returns whether there were any.
    fn feed(&mut self, cx: &Context<'_>, incoming: &mut Incoming) -> bool {
        let Some(feed) = incoming.feed.as_ref().filter(|_| incoming.is_open) else { return false };
        let mut has_fed = false;
        while !feed.is_over() && feed.has_room(cx) {
            match self.codec.piece(&mut self.wire.input) {
                Decoded::Some(Piece::Bytes(piece)) => feed.push(piece),
                Decoded::Some(Piece::End) => feed.finish(),
                Decoded::Partial => break,
                Decoded::Malformed(_) => feed.fail(PayloadError::EncodingCorrupted),
            }
            // A client that sends its body does not wait for `100 Continue`.
            incoming.expects = false;
            has_fed = true;
        }
        has_fed
    }

    /// Sends `100 Continue` to a client when the handler reads the body, and the remaining
    /// responses to earlier requests.
    fn agree(&mut self, cx: &mut Context<'_>, incoming: &mut Incoming) -> io::Result<()> {
        if let Some(feed) = &incoming.feed
            && incoming.expects
            && incoming.is_open
            && !feed.is_over()
            && feed.is_wanted(cx)
        {
            incoming.expects = false;
            self.wire.output.extend_from_slice(CONTINUE);
            self.wire.begin_answer();
        }
        if self.wire.has_output() {
            let _sent = self.wire.poll_flush(cx, &mut self.timer)?;
        }
        Ok(())
    }
}

/// After the end of the input: whether the reader of the body gets the error that the rest is
/// missing. If the buffer is full, the rest may have arrived already.
fn is_cut_off(cx: &Context<'_>, incoming: &Incoming) -> bool {
    let Some(feed) = incoming.feed.as_ref().filter(|feed| !feed.is_over()) else { return false };
    if incoming.is_open && !feed.has_room(cx) {
        return false;
    }
    feed.fail(PayloadError::Incomplete(None));
    true
}

/// Chooses how a response marks its end, so that its client finds it.
fn frame(
    response: &mut Response<()>,
    size: BodySize,
    terms: Terms,
    can_reset: bool,
) -> (BodySize, Ending) {
    let is_bodiless = is_bodiless(response.status());
    match size {
        // Without a length it would end with the connection (RFC 9112, 6.3).
        BodySize::None if !terms.is_head && !is_bodiless => (BodySize::Sized(0), Ending::Told),
        BodySize::Stream => {
            let head = response.head_mut();
            if terms.is_old && head.chunked() {
                // HTTP/1.0 has no chunked bodies (RFC 9112, 6.1). The codec drops these fields
                // then.
                head.no_chunking(true);
                head.headers_mut().remove(header::TRANSFER_ENCODING);
                head.headers_mut().remove(header::CONTENT_LENGTH);
            }
            if !can_reset && !terms.is_old && !is_bodiless {
                // Its end has to be marked, whatever the handler has set.
                head.no_chunking(false);
            }
            let is_told = head.chunked();
            (size, if is_told { Ending::Told } else { Ending::Closing })
        }
        BodySize::None | BodySize::Sized(_) => (size, Ending::Told),
    }
}

/// Logs, once per minute, that responses are not sent because their end would be unmarked.
fn note_undelimited() {
    static LINES: LineRate = LineRate::each(60);
    let Some(suppressed) = LINES.take(Moment::now()) else { return };
    tracing::warn!(
        suppressed,
        "streamed answers to requests of HTTP/1.0 over a Unix socket are 505: nothing would tell their \
         end; have the proxy speak HTTP/1.1 (nginx: `proxy_http_version 1.1`)"
    );
}

/// Whether a response with this status has neither a body nor a length (RFC 9110, 8.6 and 15).
fn is_bodiless(status: StatusCode) -> bool {
    status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}
