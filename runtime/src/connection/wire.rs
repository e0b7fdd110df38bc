//! Buffered input and output of a connection.

use std::{
    io,
    num::NonZeroU32,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_codec::poll_read_buf;
#[cfg(unix)]
use actix_web::rt::net::UnixStream;
use actix_web::{rt::net::TcpStream, web::BytesMut};
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Instant,
};

use crate::{
    patience::{Pace, Patience},
    timer::Timer,
};

/// How many bytes are read at once, at most.
const READ: usize = 8 * 1024;

/// The buffer grows if it has less free space.
const LEAST_FREE: usize = 1024;

/// A buffer that a response has made larger than this is freed.
const MOST_KEPT: usize = 128 * 1024;

/// The bytes per second that a client has to read of a response, on average, once the service waits
/// for it: the default of ASP.NET Core's `MinResponseDataRate`.
pub(crate) const LEAST_RATE: Option<NonZeroU32> = NonZeroU32::new(240);

/// How long a closing connection waits for the next byte of its client, and for all of them.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_IN_ALL: Duration = Duration::from_secs(5);

/// The operations on a socket besides reading and writing.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Unpin {
    /// Whether its connection can be closed with a reset.
    const CAN_RESET: bool;

    /// Whether bytes have arrived. [`AsyncRead`] returns only those that the runtime knows of.
    fn has_arrived(&self) -> bool;

    /// Whether the connection is reset when the socket is dropped.
    ///
    /// # Errors
    ///
    /// The system refuses the setting.
    fn set_reset(&self, resets: bool) -> io::Result<()>;

    /// Sends each piece when it is written. By default the system delays a small one until the
    /// client has acknowledged the one before (RFC 896), which clients delay by 40 ms and more (RFC
    /// 1122, 4.2.3.2): responses to pipelined requests and pieces of a stream would be delayed too.
    ///
    /// # Errors
    ///
    /// The system refuses the setting.
    fn send_at_once(&self) -> io::Result<()>;

    /// How many bytes the system has accepted so far, if the socket buffers some of the written
    /// ones; `None` if it buffers none.
    fn sent(&self) -> Option<u64> {
        None
    }
}

impl Socket for TcpStream {
    const CAN_RESET: bool = true;

    fn has_arrived(&self) -> bool {
        has_arrived(&SockRef::from(self))
    }

    fn set_reset(&self, resets: bool) -> io::Result<()> {
        SockRef::from(self).set_linger(resets.then_some(Duration::ZERO))
    }

    fn send_at_once(&self) -> io::Result<()> {
        self.set_nodelay(true)
    }
}

#[cfg(unix)]
impl Socket for UnixStream {
    /// A local socket delays no data.
    fn send_at_once(&self) -> io::Result<()> {
        Ok(())
    }

    const CAN_RESET: bool = false;

    fn has_arrived(&self) -> bool {
        has_arrived(&SockRef::from(self))
    }

    fn set_reset(&self, _: bool) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

fn has_arrived(socket: &SockRef<'_>) -> bool {
    let mut first = [std::mem::MaybeUninit::uninit()];
    socket.peek(&mut first).is_ok_and(|read| read > 0)
}

/// The lowest permitted reading speed of a client.
pub(super) fn pace(write_timeout: Duration) -> Pace {
    Pace { idle: write_timeout, grace: write_timeout, rate: LEAST_RATE }
}

pub(super) struct Wire<T> {
    io: T,
    /// Received bytes that are not parsed yet.
    pub(super) input: BytesMut,
    /// Bytes to be sent.
    pub(super) output: BytesMut,
    patience: Patience,
    /// When the timeout expires of a client that does not read now.
    #[cfg(feature = "http2")]
    stalls_until: Option<Instant>,
    has_ended: bool,
    /// The number of bytes that the socket had sent at the last check.
    sent: u64,
    /// Whether the socket buffers bytes that it has taken from `output`.
    holds_back: bool,
}

impl<T: Socket> Wire<T> {
    pub(super) fn new(io: T, write_timeout: Duration) -> Self {
        let pace = pace(write_timeout);
        if let Err(error) = io.send_at_once() {
            tracing::debug!(%error, "small pieces of answers may wait for an acknowledgement");
        }
        let sent = io.sent().unwrap_or(0);
        Self {
            io,
            input: BytesMut::with_capacity(READ),
            output: BytesMut::with_capacity(READ),
            patience: Patience::new(pace),
            #[cfg(feature = "http2")]
            stalls_until: None,
            has_ended: false,
            sent,
            holds_back: false,
        }
    }

    /// Whether the client has closed its side.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Whether there are received bytes that were not read.
    pub(super) fn has_arrived(&self) -> bool {
        self.io.has_arrived()
    }

    /// Whether the connection is reset if it ends from now on, so that the client detects an
    /// incomplete body.
    ///
    /// # Errors
    ///
    /// The system refuses the setting.
    pub(super) fn set_reset(&self, resets: bool) -> io::Result<()> {
        self.io.set_reset(resets)
    }

    /// Empty lines before a request are skipped (RFC 9112, 2.2): they are not the start of a head.
    pub(super) fn skip_blank_lines(&mut self) {
        let blank = self.input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if blank > 0 && blank == self.input.len() {
            self.input.clear();
        }
    }

    /// Reads received bytes; 0 at the end.
    pub(super) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.has_ended {
            return Poll::Ready(Ok(0));
        }
        if self.input.capacity() - self.input.len() < LEAST_FREE {
            self.input.reserve(READ);
        }
        let read = ready!(poll_read_buf(Pin::new(&mut self.io), cx, &mut self.input))?;
        self.has_ended = read == 0;
        Poll::Ready(Ok(read))
    }

    /// Whether there are bytes to be sent.
    pub(super) fn has_output(&self) -> bool {
        self.holds_back || !self.output.is_empty()
    }

    /// The timeouts of a response start now.
    pub(super) fn begin_answer(&mut self) {
        self.patience.renew();
    }

    /// Sends all bytes.
    ///
    /// # Errors
    ///
    /// The connection is broken, or its client does not read, or too slowly.
    pub(super) fn poll_flush(
        &mut self,
        cx: &mut Context<'_>,
        timer: &mut Timer,
    ) -> Poll<io::Result<()>> {
        let mut sent = 0;
        while let Some(rest) = self.output.get(sent..).filter(|rest| !rest.is_empty()) {
            match Pin::new(&mut self.io).poll_write(cx, rest) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(taken)) => {
                    // Bytes that are only encrypted are not progress of the client.
                    if self.io.sent().is_none() {
                        self.note_progress(taken);
                    }
                    sent = sent.saturating_add(taken);
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    let _sent = self.output.split_to(sent);
                    self.note_sent();
                    let due = self.patience.wait(Instant::now());
                    ready!(timer.poll(cx, due));
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
            }
        }
        if self.output.capacity() > MOST_KEPT {
            self.output = BytesMut::with_capacity(READ);
        } else {
            self.output.clear();
        }
        // A socket without a buffer is done.
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        self.holds_back = flushed.is_pending();
        if flushed.is_ready() {
            return flushed;
        }
        self.note_sent();
        let due = self.patience.wait(Instant::now());
        ready!(timer.poll(cx, due));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Counts the bytes that the client has taken from the socket's buffer.
    fn note_sent(&mut self) {
        let Some(sent) = self.io.sent() else { return };
        let taken = usize::try_from(sent.wrapping_sub(self.sent)).unwrap_or(usize::MAX);
        self.sent = sent;
        if taken > 0 {
            self.note_progress(taken);
        }
    }

    /// Counts bytes that the client has taken.
    fn note_progress(&mut self, taken: usize) {
        if self.patience.counts() {
            self.patience.progress(taken, Instant::now());
        }
    }

    /// Sends as much as the system accepts at once. If it accepts none,
    /// [`stalls_until`](Self::stalls_until) is when the timeout expires.
    #[cfg(feature = "http2")]
    pub(super) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.io).poll_write_vectored(cx, slices) {
            Poll::Ready(Ok(taken)) => {
                // Bytes that are only encrypted are counted when they are sent.
                if self.io.sent().is_none() {
                    self.note_progress(taken);
                    self.stalls_until = None;
                }
                Poll::Ready(Ok(taken))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                self.stall();
                Poll::Pending
            }
        }
    }

    /// The client does not read now.
    #[cfg(feature = "http2")]
    fn stall(&mut self) {
        self.note_sent();
        self.stalls_until = Some(self.patience.wait(Instant::now()));
    }

    /// When the timeout expires of a client that does not read now.
    #[cfg(feature = "http2")]
    pub(super) fn stalls_until(&self) -> Option<Instant> {
        self.stalls_until
    }

    #[cfg(feature = "http2")]
    pub(super) fn sends_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    /// Sends the bytes in the socket's buffer (TLS records). When all are sent, the next wait is a
    /// new one; until then [`stalls_until`](Self::stalls_until) is when the timeout expires.
    #[cfg(feature = "http2")]
    pub(super) fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        if flushed.is_ready() {
            self.note_sent();
            self.patience.renew();
            self.stalls_until = None;
        } else {
            self.stall();
        }
        flushed
    }

    /// No more bytes are sent.
    #[cfg(feature = "http2")]
    pub(super) fn poll_shut(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    /// Closes the connection: no byte is sent from now on, and further input is dropped.
    pub(super) async fn close(&mut self, timer: &mut Timer) {
        self.close_after(timer, usize::MAX).await;
    }

    /// As [`close`](Self::close), but reads at most about this many bytes. A client that continues
    /// to send has to wait until the time is over, and its connection is reset then: reading all of
    /// it would take processor time, and closing at once would let it open the next connection.
    pub(super) async fn close_after(&mut self, timer: &mut Timer, most: usize) {
        let mut left = most;
        let whole = Instant::now() + LINGER_IN_ALL;
        let mut due = Instant::now() + LINGER;
        let mut is_shut = false;
        std::future::poll_fn(|cx| {
            if !is_shut {
                match Pin::new(&mut self.io).poll_shutdown(cx) {
                    Poll::Ready(Ok(())) => is_shut = true,
                    Poll::Ready(Err(_)) => return Poll::Ready(()),
                    Poll::Pending => return timer.poll(cx, whole),
                }
            }
            loop {
                if left == 0 {
                    return timer.poll(cx, whole);
                }
                self.input.clear();
                match self.poll_fill(cx) {
                    Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(()),
                    Poll::Ready(Ok(_)) => due = whole.min(Instant::now() + LINGER),
                    Poll::Pending => return timer.poll(cx, due),
                }
                left = left.saturating_sub(self.input.len());
                if due <= Instant::now() {
                    return Poll::Ready(());
                }
            }
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_pieces_are_sent_at_once() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        assert!(!stream.nodelay().unwrap());
        let wire = Wire::new(stream, Duration::from_secs(1));
        assert!(wire.io.nodelay().unwrap());
    }

    /// A socket that accepts all written bytes, and buffers them as TLS does.
    #[cfg(feature = "http2")]
    #[derive(Default)]
    struct Holding {
        sent: u64,
        /// Whether the system accepts the buffered bytes.
        takes: bool,
    }

    #[cfg(feature = "http2")]
    impl AsyncRead for Holding {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut tokio::io::ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    #[cfg(feature = "http2")]
    impl AsyncWrite for Holding {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            if self.takes { Poll::Ready(Ok(())) } else { Poll::Pending }
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    #[cfg(feature = "http2")]
    impl Socket for Holding {
        const CAN_RESET: bool = false;

        fn has_arrived(&self) -> bool {
            false
        }

        fn set_reset(&self, _: bool) -> io::Result<()> {
            Ok(())
        }

        fn send_at_once(&self) -> io::Result<()> {
            Ok(())
        }

        fn sent(&self) -> Option<u64> {
            Some(self.sent)
        }
    }

    #[cfg(feature = "http2")]
    #[tokio::test]
    async fn what_a_socket_holds_back_ends_the_patience_unless_the_client_takes_it() {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let mut wire = Wire::new(Holding::default(), Duration::from_secs(10));
        let mut send = |wire: &mut Wire<Holding>| {
            std::thread::sleep(Duration::from_millis(5));
            assert!(wire.poll_send(&mut cx, &[io::IoSlice::new(b"response")]).is_ready());
            wire.poll_sent(&mut cx).is_ready()
        };
        assert!(!send(&mut wire));
        let first = wire.stalls_until().unwrap();
        // More bytes that are only encrypted do not prolong it.
        assert!(!send(&mut wire));
        assert_eq!(wire.stalls_until(), Some(first));
        // Bytes that the client takes do.
        wire.io.sent += 24_000;
        assert!(!send(&mut wire));
        let second = wire.stalls_until().unwrap();
        assert!(second > first);
        wire.io.takes = true;
        assert!(send(&mut wire));
        assert_eq!(wire.stalls_until(), None);
        // The next wait is a new one.
        wire.io.takes = false;
        assert!(!send(&mut wire));
        assert!(wire.stalls_until().unwrap() > second);
    }
}
