//! Connections of HTTP/2 (RFC 9113), as [`Builder::serve`](crate::Builder::serve) serves them.
//!
//! The layer below parses frames and manages the states of streams (`h2`). The rest is decided
//! here, so that a request is handled as in HTTP/1.1, see [`connection`](super):
//!
//! 1. **Each stream is a task**, with the same app, the same peer and the same guards. A reset by
//!    the client, or the end of its connection, has the effect of the end of a connection in
//!    HTTP/1.1.
//! 2. **What a client can hold is bounded**: concurrent requests, the header list, unread bodies,
//!    and output that waits to be sent.
//! 3. **Frames that carry neither a request nor a body have a budget** ([`frames`]). Beyond it the
//!    connection ends with `ENHANCE_YOUR_CALM`.
//! 4. **Each wait has a bound**: for the preface and the first request, for the rest of a frame or
//!    of a header block, between requests, for a client that does not read its answers, on the
//!    connection or on a stream.
//! 5. **A body that broke off never looks whole**: its stream is reset.
//! 6. **The end of a connection names the served streams**: GOAWAY, the streams under way, and then
//!    the end. That also holds when the service stops, and after a number of requests or an age.

mod body;
mod bounds;
pub mod frames;
mod head;
mod stream;
mod tap;

use std::{
    future::{Future as _, poll_fn},
    net::SocketAddr,
    num::NonZeroU32,
    pin::pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_http::{HttpMessage as _, Request};
use actix_web::{
    body::MessageBody,
    dev::{Service, ServiceResponse},
    web::Bytes,
};
pub use bounds::Http2;
pub(crate) use bounds::Http2Bounds;
use h2::{Reason, RecvStream, server};
use tokio::{task::JoinSet, time::Instant};

use self::{
    frames::{Excess, PREFACE, Unfinished},
    head::Refused,
    stream::{PIECE, Stream},
    tap::Tap,
};
use super::{
    Connection,
    service::Shared,
    wire::{LEAST_RATE, Socket},
};
#[cfg(feature = "tls")]
use crate::auth::NotedCertificate;
use crate::{clock::Moment, line_rate::LineRate, peer_kind::PeerKind, timer::Timer};

/// The protocol that a client and the service have negotiated over TLS (ALPN, RFC 7301).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "what ends TLS tells of it"))]
pub(crate) enum Alpn {
    Http1,
    Http2,
}

#[cfg(feature = "tls")]
impl Alpn {
    /// If none was negotiated, clients use HTTP/1.1.
    pub(super) fn of(agreed: Option<&[u8]>) -> Self {
        if agreed == Some(crate::tls::HTTP_2) { Self::Http2 } else { Self::Http1 }
    }
}

/// How long a closing connection waits: for requests that were sent before the client received
/// GOAWAY, and for its client to read the reason.
const LINGER: Duration = Duration::from_secs(1);

/// How many reset streams `h2` remembers, for frames that were already sent.
const MOST_RESET: usize = 50;

/// How many streams may be reset by the client before they are accepted.
const MOST_RESET_UNSEEN: usize = 100;

/// The state of closing a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// GOAWAY was sent at this time: the client must not open new streams.
    Draining(Instant),
    /// The last GOAWAY is to be sent until then.
    Ending(Instant),
}

/// What happens when the next timeout of a connection expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Overdue {
    /// It accepts no new requests.
    Drain,
    /// It ends, and GOAWAY has the reason.
    End(Reason),
    /// Its client does not read, so that no reason can be sent.
    Cut,
}

impl<T, S, B> Connection<T, S>
where
    T: Socket,
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    /// Serves the connection in the version that the client uses. `alpn` is the result of the
    /// negotiation over TLS.
    pub(super) async fn serve(mut self, alpn: Option<Alpn>) {
        let is_http2 = match alpn {
            Some(alpn) => alpn == Alpn::Http2,
            None => self.shared.bounds.http2.mode == Http2::Plain && self.has_preface().await,
        };
        if is_http2 { self.run_http2().await } else { self.run().await }
    }

    /// Whether the client begins with the preface of HTTP/2. The first different byte decides that
    /// it does not.
    async fn has_preface(&mut self) -> bool {
        poll_fn(|cx| {
            loop {
                let mut both = self.wire.input.iter().zip(PREFACE);
                if both.any(|(own, expected)| own != expected) {
                    return Poll::Ready(false);
                }
                if self.wire.input.len() >= PREFACE.len() {
                    return Poll::Ready(true);
                }
                match self.wire.poll_fill(cx) {
                    Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(false),
                    Poll::Ready(Ok(_)) => {}
                    Poll::Pending => break,
                }
            }
            // The code for HTTP/1.1 handles a connection without any input.
            let is_idle = self.wire.input.is_empty() && !self.wire.has_arrived();
            if is_idle && self.shared.stopping.is_told() {
                return Poll::Ready(false);
            }
            self.timer.poll(cx, self.waits_since + self.shared.bounds.head).map(|()| false)
        })
        .await
    }

    /// Serves requests until the connection is to be closed, and closes it.
    async fn run_http2(self) {
        #[cfg(feature = "tls")]
        let certificate = self.certificate;
        let Self { wire, app, shared, peer, peer_kind, mut timer, waits_since, _listed, .. } = self;
        let tap = Tap::new(wire, &shared.bounds.http2);
        let due = waits_since + shared.bounds.head;
        let h2 = {
            let settings = settings(&shared.bounds.http2);
            let mut handshake = pin!(settings.handshake::<_, Bytes>(tap.share()));
            poll_fn(|cx| {
                tap.begin_turn();
                if let Poll::Ready(h2) = handshake.as_mut().poll(cx) {
                    return Poll::Ready(h2.ok());
                }
                timer.poll(cx, due).map(|()| None)
            })
            .await
        };
        let Some(h2) = h2 else { return };
        let mut streams = Streams {
            tap: &tap,
            h2,
            app,
            shared,
            peer,
            peer_kind,
            #[cfg(feature = "tls")]
            certificate,
            tasks: JoinSet::new(),
            phase: Phase::Open,
            began: waits_since,
            idle_since: waits_since,
            requests: 0,
            late: 0,
            timer,
        };
        let is_told = poll_fn(|cx| streams.poll(cx)).await;
        drop(streams);
        // Further input is read for a moment and dropped: otherwise the system resets the
        // connection, and the client may lose the reason.
        if is_told && let Some(mut wire) = tap.into_wire() {
            wire.close_after(&mut Timer::default(), LINGER_BYTES).await;
        }
    }
}

/// How many bytes are read and dropped after a connection has ended. Every stream has ended by
/// then, so a client that sends more is flooding.
const LINGER_BYTES: usize = 64 << 10;

/// The connection's settings.
fn settings(bounds: &Http2Bounds) -> server::Builder {
    let most_reset = usize::try_from(bounds.resets.get()).unwrap_or(usize::MAX);
    let mut settings = server::Builder::new();
    settings
        .max_concurrent_streams(bounds.streams.get())
        .max_header_list_size(bounds.header_list.get())
        .max_frame_size(bounds.frame.get())
        .initial_window_size(bounds.stream_window.get())
        .initial_connection_window_size(bounds.connection_window.get())
        .max_send_buffer_size(PIECE)
        .max_concurrent_reset_streams(MOST_RESET)
        .max_pending_accept_reset_streams(MOST_RESET_UNSEEN.min(most_reset))
        .max_local_error_reset_streams(Some(most_reset));
    settings
}

/// The time for this many bytes at the lowest permitted rate.
fn least_rate_time(bytes: NonZeroU32) -> Duration {
    let seconds = LEAST_RATE.map_or(0, |rate| bytes.get() / rate);
    Duration::from_secs(u64::from(seconds))
}

/// A connection and its requests in flight.
struct Streams<'a, T, S> {
    tap: &'a Tap<T>,
    h2: server::Connection<Tap<T>, Bytes>,
    app: Rc<S>,
    shared: Rc<Shared>,
    peer: Option<SocketAddr>,
    peer_kind: PeerKind,
    /// The client's certificate, which TLS has verified.
    #[cfg(feature = "tls")]
    certificate: Option<NotedCertificate>,
    /// One for each stream.
    tasks: JoinSet<()>,
    phase: Phase,
    began: Instant,
    /// When the last request ended; the connection's start before the first one.
    idle_since: Instant,
    requests: u64,
    /// The number of those that arrived after the first GOAWAY.
    late: u32,
    timer: Timer,
}

impl<T, S, B> Streams<'_, T, S>
where
    T: Socket,
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    /// Ready when the connection is over; returns whether the client may still read the last
    /// GOAWAY.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        self.tap.begin_turn();
        loop {
            while let Poll::Ready(Some(_)) = self.tasks.poll_join_next(cx) {
                self.idle_since = Instant::now();
            }
            match self.h2.poll_accept(cx) {
                Poll::Ready(Some(Ok((request, respond)))) => self.accept(request, respond),
                Poll::Ready(Some(Err(error))) => {
                    tracing::debug!(peer = self.peer.map(display), %error, "a connection ends");
                    return Poll::Ready(!error.is_io());
                }
                Poll::Ready(None) => return Poll::Ready(true),
                Poll::Pending => break,
            }
        }
        let stopping = &self.shared.stopping;
        let leaves = stopping.is_told() || (self.requests > 0 && stopping.closes_behind_answers());
        if self.phase == Phase::Open && (leaves || self.is_used_up()) {
            self.drain(cx);
        }
        if let Some(excess) = self.tap.excess()
            && !matches!(self.phase, Phase::Ending(_))
        {
            self.note_flood(excess);
            self.end(cx, Reason::ENHANCE_YOUR_CALM);
        }
        let Some((due, overdue)) = self.next_due() else { return Poll::Pending };
        ready!(self.timer.poll(cx, due));
        match overdue {
            Overdue::Drain => self.drain(cx),
            Overdue::End(reason) => {
                tracing::debug!(peer = self.peer.map(display), %reason, "a connection is ended");
                self.end(cx, reason);
            }
            Overdue::Cut => return Poll::Ready(false),
        }
        Poll::Pending
    }

    /// Starts the task of a request.
    fn accept(
        &mut self,
        request: http::Request<RecvStream>,
        mut respond: server::SendResponse<Bytes>,
    ) {
        let most = self.shared.bounds.http2.streams.get();
        self.requests = self.requests.saturating_add(1);
        if self.phase != Phase::Open {
            self.late = self.late.saturating_add(1);
        }
        // Streams that the client has reset do not count in `h2`, and end when their task runs
        // next.
        let under_way = u32::try_from(self.tasks.len()).unwrap_or(u32::MAX);
        if self.late > most || under_way >= most.saturating_mul(2) {
            respond.send_reset(Reason::REFUSED_STREAM);
            return;
        }
        let shared = Rc::clone(&self.shared);
        match head::request(request) {
            Ok(mut arrived) => {
                arrived.request.head_mut().peer_addr = self.peer;
                if self.peer_kind != PeerKind::Address {
                    arrived.request.extensions_mut().insert(self.peer_kind);
                }
                #[cfg(feature = "tls")]
                if let Some(certificate) = &self.certificate {
                    arrived.request.extensions_mut().insert(certificate.clone());
                }
                let (stream, request) = Stream::of(arrived, respond, shared);
                self.tasks.spawn_local(stream.serve(Rc::clone(&self.app), request));
            }
            Err(Refused::Status(status)) => {
                let stream = Stream { respond, incoming: None, is_head: false, shared };
                self.tasks.spawn_local(stream.refuse(status));
            }
            Err(Refused::Reset(reason)) => respond.send_reset(reason),
        }
    }

    /// Whether the client has to open another connection.
    fn is_used_up(&self) -> bool {
        self.requests >= self.shared.bounds.http2.requests.get()
    }

    /// Sends GOAWAY, so that the client opens no more streams here.
    fn drain(&mut self, cx: &Context<'_>) {
        self.h2.graceful_shutdown();
        self.phase = Phase::Draining(Instant::now());
        // It is sent in the next turn.
        cx.waker().wake_by_ref();
    }

    /// Ends the connection with all requests in flight.
    fn end(&mut self, cx: &Context<'_>, reason: Reason) {
        self.h2.abrupt_shutdown(reason);
        self.phase = Phase::Ending(Instant::now() + LINGER);
        cx.waker().wake_by_ref();
    }

    /// The timeout that expires first, and what happens then.
    fn next_due(&self) -> Option<(Instant, Overdue)> {
        let bounds = &self.shared.bounds;
        if let Phase::Ending(due) = self.phase {
            return Some((due, Overdue::Cut));
        }
        let stalled = self.tap.stalls_until().map(|due| (due, Overdue::Cut));
        let unfinished = self.tap.unfinished();
        let late = unfinished.map(|(kind, since)| {
            let patience = match kind {
                // At least the time for a whole frame at the lowest permitted rate.
                Unfinished::Data => bounds.write.max(least_rate_time(bounds.http2.frame)),
                Unfinished::Head => bounds.head,
            };
            (since + patience, Overdue::End(Reason::ENHANCE_YOUR_CALM))
        });
        let is_in_head = matches!(unfinished, Some((Unfinished::Head, _)));
        let idle = match self.phase {
            Phase::Draining(since) => Some(since.max(self.idle_since) + LINGER),
            Phase::Open if self.requests == 0 => Some(self.idle_since + bounds.head),
            // A head of which a byte has arrived has its own timeout.
            Phase::Open if !is_in_head => Some(self.idle_since + bounds.keep_alive),
            Phase::Open | Phase::Ending(_) => None,
        };
        let idle = idle.filter(|_| self.tasks.is_empty());
        let idle = idle.map(|due| (due, Overdue::End(Reason::NO_ERROR)));
        let old =
            (self.phase == Phase::Open).then(|| (self.began + bounds.http2.age, Overdue::Drain));
        [stalled, late, idle, old].into_iter().flatten().min_by_key(|(due, _)| *due)
    }

    /// Logs, once per minute, that a connection was closed because of its frames.
    fn note_flood(&self, excess: Excess) {
        static LINES: LineRate = LineRate::each(60);
        let Some(suppressed) = LINES.take(Moment::now()) else { return };
        tracing::warn!(
            peer = self.peer.map(display),
            suppressed,
            excess = excess.name(),
            "a connection of HTTP/2 was ended: its client sends more frames that bring nothing than it may. \
             For a proxy with many clients, raise PALISADE_HTTP2_RESETS or PALISADE_HTTP2_CONTROL_FRAMES"
        );
    }
}
