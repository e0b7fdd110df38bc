//! The TLS handshake of a new connection.
//!
//! 1. The handshake has the same deadline as the head of a request, and the connection counts from
//!    its beginning (CWE-400): one that never ends holds no more than an idle connection.
//! 2. A request of plain HTTP is answered with 400 and one sentence, in plain text: a TLS alert
//!    would not show its sender what is wrong.
//! 3. A failed handshake is answered by an alert. The connection is closed after it as others are,
//!    so that the client receives it.

use std::{
    fmt,
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use actix_codec::poll_read_buf;
use actix_web::web::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};
use tokio_rustls::{LazyConfigAcceptor, rustls::server::Acceptor as Hello, server::TlsStream};

#[cfg(feature = "http2")]
use super::http2::Alpn;
use super::{
    service::Shared,
    wire::{Socket, Wire},
};
use crate::{auth::NotedCertificate, timer::Timer, tls::Tls};

/// The first byte of a handshake: the type of its record (RFC 8446 section 5.1).
const HANDSHAKE: u8 = 22;

/// How many bytes a connection encrypts before its client takes them, at most: half of the default.
const BUFFERED: usize = 32 * 1024;

/// How long a handshake continues when the service shuts down.
const LAST_WAIT: Duration = Duration::from_secs(1);

const PLAIN: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\
    content-type: text/plain; charset=utf-8\r\n\
    content-length: 55\r\n\
    connection: close\r\n\
    \r\n\
    This port speaks HTTPS. Ask for it with https:// again.";

/// A connection after its handshake.
pub(super) struct Secured<T> {
    /// The negotiated version of HTTP.
    #[cfg(feature = "http2")]
    pub(super) version: Alpn,
    pub(super) stream: TlsStream<Carrier<T>>,
    /// The client's certificate, which the service has verified.
    pub(super) certificate: Option<NotedCertificate>,
}

/// The transport of the TLS records.
///
/// It replays the bytes that were read before the handshake, and counts sent bytes: a byte that is
/// accepted for encryption may not have reached the client.
#[derive(Debug)]
pub(super) struct Carrier<T> {
    io: T,
    before: BytesMut,
    sent: u64,
}

/// Performs the handshake; `None` if the connection has ended instead.
pub(super) async fn secure<T: Socket>(
    stream: T,
    peer: Option<SocketAddr>,
    tls: &Tls,
    shared: &Shared,
) -> Option<Secured<T>> {
    let mut timer = Timer::default();
    let mut due = Instant::now() + shared.bounds.head;
    let mut is_told = false;
    if let Err(error) = stream.send_at_once() {
        tracing::debug!(%error, "the parts of a handshake may wait for an acknowledgement");
    }
    let carrier = Carrier { io: stream, before: BytesMut::new(), sent: 0 };
    let shaken = {
        let mut shaking = pin!(shake(carrier, tls));
        poll_fn(|cx| {
            if let Poll::Ready(shaken) = shaking.as_mut().poll(cx) {
                return Poll::Ready(Some(shaken));
            }
            if shared.stopping.is_told() && !is_told {
                is_told = true;
                due = due.min(Instant::now() + LAST_WAIT);
            }
            timer.poll(cx, due).map(|()| None)
        })
        .await
    };
    match shaken {
        Some(Ok(secured)) if Tls::is_challenge(secured.stream.get_ref().1.alpn_protocol()) => {
            // No HTTP follows (RFC 8737 section 4).
            Wire::new(secured.stream, shared.bounds.write).close(&mut timer).await;
            None
        }
        Some(Ok(secured)) => Some(secured),
        Some(Err(Failed { error, carrier, said })) => {
            tracing::debug!(peer = peer.map(display), %error, "a TLS handshake failed");
            if let Some(carrier) = carrier {
                let mut wire = Wire::new(carrier, shared.bounds.write);
                wire.output.extend_from_slice(said);
                if poll_fn(|cx| wire.poll_flush(cx, &mut timer)).await.is_ok() {
                    wire.close(&mut timer).await;
                }
            }
            None
        }
        None => {
            tracing::debug!(peer = peer.map(display), "a TLS handshake did not end in time");
            None
        }
    }
}

/// A failed handshake, and the response to its client.
struct Failed<T> {
    error: io::Error,
    carrier: Option<Carrier<T>>,
    said: &'static [u8],
}

impl<T> Failed<T> {
    fn new(error: io::Error, carrier: Option<Carrier<T>>) -> Self {
        Self { error, carrier, said: &[] }
    }
}

async fn shake<T: Socket>(mut carrier: Carrier<T>, tls: &Tls) -> Result<Secured<T>, Failed<T>> {
    let read = poll_fn(|cx| {
        let Carrier { io, before, .. } = &mut carrier;
        poll_read_buf(Pin::new(io), cx, before)
    });
    match read.await {
        Ok(0) => return Err(Failed::new(io::ErrorKind::UnexpectedEof.into(), None)),
        Ok(_) => {}
        Err(error) => return Err(Failed::new(error, None)),
    }
    // Methods consist of letters; for all other input the response is an alert.
    if carrier.before.first().is_some_and(|byte| *byte != HANDSHAKE && byte.is_ascii_alphabetic()) {
        let error = io::Error::new(io::ErrorKind::InvalidData, "plain HTTP on a port of HTTPS");
        return Err(Failed { said: PLAIN, ..Failed::new(error, Some(carrier)) });
    }
    let mut acceptor = pin!(LazyConfigAcceptor::new(Hello::default(), carrier));
    let start = match acceptor.as_mut().await {
        Ok(start) => start,
        Err(error) => return Err(Failed::new(error, acceptor.take_io())),
    };
    let chosen = tls.choose(&start.client_hello());
    let config = match chosen {
        Ok(config) => config,
        Err(alert) => {
            let error = io::Error::new(io::ErrorKind::InvalidData, alert.why());
            return Err(Failed { said: alert.record(), ..Failed::new(error, Some(start.io)) });
        }
    };
    let accepted = start.into_stream_with(Arc::clone(&config), |session| {
        session.set_buffer_limit(Some(BUFFERED));
    });
    match accepted.into_fallible().await {
        Ok(stream) => {
            let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
            let certificate = shown.map(|der| NotedCertificate::from_der(der));
            Ok(Secured {
                #[cfg(feature = "http2")]
                version: Alpn::of(stream.get_ref().1.alpn_protocol()),
                stream,
                certificate,
            })
        }
        Err((error, carrier)) => Err(Failed::new(error, Some(carrier))),
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Carrier<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.before.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, buf);
        }
        let most = self.before.len().min(buf.remaining());
        buf.put_slice(&self.before.split_to(most));
        if self.before.is_empty() {
            self.before = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> Carrier<T> {
    fn count(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &written {
            self.sent = self.sent.wrapping_add(u64::try_from(*bytes).unwrap_or(u64::MAX));
        }
        written
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Carrier<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, buf);
        self.count(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.count(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

impl<T: Socket> Socket for Carrier<T> {
    const CAN_RESET: bool = T::CAN_RESET;

    fn has_arrived(&self) -> bool {
        !self.before.is_empty() || self.io.has_arrived()
    }

    fn set_reset(&self, resets: bool) -> io::Result<()> {
        self.io.set_reset(resets)
    }

    fn send_at_once(&self) -> io::Result<()> {
        self.io.send_at_once()
    }

    fn sent(&self) -> Option<u64> {
        Some(self.sent)
    }
}

impl<T: Socket> Socket for TlsStream<Carrier<T>> {
    const CAN_RESET: bool = T::CAN_RESET;

    /// Decrypted data is read with the data that was decrypted before it: none is left.
    fn has_arrived(&self) -> bool {
        self.get_ref().0.has_arrived()
    }

    fn set_reset(&self, resets: bool) -> io::Result<()> {
        self.get_ref().0.set_reset(resets)
    }

    fn send_at_once(&self) -> io::Result<()> {
        self.get_ref().0.send_at_once()
    }

    fn sent(&self) -> Option<u64> {
        self.get_ref().0.sent()
    }
}

impl<T> fmt::Debug for Secured<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secured").finish_non_exhaustive()
    }
}
