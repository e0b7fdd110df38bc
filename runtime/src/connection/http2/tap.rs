//! The bytes between a connection and `h2`: frames are counted, and waits have timeouts.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_web::web::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::{
    bounds::Http2Bounds,
    frames::{Excess, Frames, Unfinished},
};
use crate::connection::wire::{Socket, Wire};

/// How many frames of a connection are read before other tasks run. Frames of a few bytes use more
/// memory than their content, until the task of their request has joined them.
const TURN: u32 = 256;

struct Inner<T> {
    wire: Wire<T>,
    frames: Frames,
}

/// The stream that `h2` reads from and writes to.
pub(super) struct Tap<T>(Rc<RefCell<Inner<T>>>);

impl<T: Socket> Tap<T> {
    pub(super) fn new(mut wire: Wire<T>, bounds: &Http2Bounds) -> Self {
        // `h2` has its own buffer.
        wire.output = BytesMut::new();
        let frames = Frames::new(bounds.resets, bounds.control_frames, Instant::now());
        Self(Rc::new(RefCell::new(Inner { wire, frames })))
    }

    /// The other handle.
    pub(super) fn share(&self) -> Self {
        Self(Rc::clone(&self.0))
    }

    pub(super) fn begin_turn(&self) {
        self.0.borrow_mut().frames.begin_turn();
    }

    pub(super) fn excess(&self) -> Option<Excess> {
        self.0.borrow().frames.excess()
    }

    pub(super) fn unfinished(&self) -> Option<(Unfinished, Instant)> {
        self.0.borrow().frames.unfinished()
    }

    /// When the timeout expires of a client that does not read.
    pub(super) fn stalls_until(&self) -> Option<Instant> {
        self.0.borrow().wire.stalls_until()
    }

    /// The connection below; `None` as long as there is another handle.
    pub(super) fn into_wire(self) -> Option<Wire<T>> {
        Rc::try_unwrap(self.0).ok().map(|inner| inner.into_inner().wire)
    }
}

impl<T: Socket> AsyncRead for Tap<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Inner { wire, frames } = &mut *self.0.borrow_mut();
        if frames.excess().is_some() {
            // The connection's task ends it.
            return Poll::Pending;
        }
        if frames.in_turn() >= TURN {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if wire.input.is_empty() {
            ready!(wire.poll_fill(cx))?;
        }
        let some = wire.input.len().min(buffer.remaining());
        let bytes = wire.input.split_to(some);
        frames.take(&bytes, Instant::now());
        buffer.put_slice(&bytes);
        Poll::Ready(Ok(()))
    }
}

impl<T: Socket> AsyncWrite for Tap<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Inner { wire, frames } = &mut *self.0.borrow_mut();
        let sent = ready!(wire.poll_send(cx, slices))?;
        frames.sent(sent);
        Poll::Ready(Ok(sent))
    }

    fn is_write_vectored(&self) -> bool {
        self.0.borrow().wire.sends_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.borrow_mut().wire.poll_sent(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.borrow_mut().wire.poll_shut(cx)
    }
}
