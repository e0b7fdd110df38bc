//! The body of a response that is encoded while it is sent.

use std::{
    error::Error as StdError,
    fmt,
    future::Future as _,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    web::Bytes,
};
use tokio::task::{JoinHandle, spawn_blocking};

use super::encoder::Encoder;

/// The most bytes that are encoded on the worker. Larger pieces would delay other requests too
/// long, and are encoded on a blocking thread.
pub(super) const INLINE: usize = 16 << 10;

/// The most bytes for one job on such a thread: if the client disconnects, the work ends after this
/// many.
const SLICE: usize = 256 << 10;

/// How many encoded bytes are collected before they are sent, unless the body pauses.
const CHUNK: usize = 16 << 10;

/// How many bytes are encoded in small pieces before other requests get their turn.
const TURN: usize = 64 << 10;

/// A body in a content coding.
///
/// It buffers one chunk of the body, the encoded data, and the encoder's window.
pub(super) struct CodedBody {
    body: BoxBody,
    /// Bytes from the body that are not encoded yet.
    rest: Bytes,
    /// `None` after its end, or if its thread panicked.
    encoder: Option<Encoder>,
    job: Option<JoinHandle<io::Result<Encoder>>>,
    /// Whether the encoder has data that is not sent yet.
    is_dirty: bool,
}

impl CodedBody {
    pub(super) fn new(body: BoxBody, encoder: Encoder) -> Self {
        Self { body, rest: Bytes::new(), encoder: Some(encoder), job: None, is_dirty: false }
    }

    /// Encodes the bytes from the body, until all are done or there is enough to send.
    fn work(&mut self, cx: &mut Context<'_>, turn: &mut usize) -> Poll<Result<(), CutShort>> {
        loop {
            if let Some(job) = &mut self.job {
                let done = match Pin::new(job).poll(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(done) => done,
                };
                self.job = None;
                // A panic of the thread is an error of the encoder.
                self.encoder = Some(done.map_err(io::Error::other).flatten().map_err(CutShort)?);
                self.is_dirty = true;
            }
            let has_chunk = self.encoder.as_mut().is_some_and(|encoder| encoder.len() >= CHUNK);
            if self.rest.is_empty() || has_chunk {
                return Poll::Ready(Ok(()));
            }
            let slice = self.rest.split_to(self.rest.len().min(SLICE));
            if slice.len() > INLINE {
                let Some(mut encoder) = self.encoder.take() else {
                    return Poll::Ready(Err(ended()));
                };
                self.job = Some(spawn_blocking(move || {
                    encoder.write(&slice)?;
                    Ok(encoder)
                }));
                continue;
            }
            *turn = turn.saturating_add(slice.len());
            let Some(encoder) = &mut self.encoder else { return Poll::Ready(Err(ended())) };
            encoder.write(&slice).map_err(CutShort)?;
            self.is_dirty = true;
        }
    }

    /// The encoded data, if it is enough to send.
    fn chunk(&mut self, least: usize) -> Option<Bytes> {
        let encoder = self.encoder.as_mut()?;
        (encoder.len() >= least).then(|| Bytes::from(encoder.take()))
    }
}

impl MessageBody for CodedBody {
    type Error = CutShort;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, CutShort>>> {
        let this = self.get_mut();
        let mut turn = 0;
        loop {
            match this.work(cx, &mut turn) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Ok(())) => {}
            }
            if let Some(chunk) = this.chunk(CHUNK) {
                return Poll::Ready(Some(Ok(chunk)));
            }
            if this.encoder.is_none() {
                return Poll::Ready(None);
            }
            if turn > TURN {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            match Pin::new(&mut this.body).poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => this.rest = chunk,
                // The client must not take a part for the whole body.
                Poll::Ready(Some(Err(error))) => {
                    this.encoder = None;
                    let error = io::Error::other(error.to_string());
                    return Poll::Ready(Some(Err(CutShort(error))));
                }
                Poll::Ready(None) => {
                    let Some(encoder) = this.encoder.take() else { return Poll::Ready(None) };
                    let end = encoder.finish().map(Bytes::from).map_err(CutShort);
                    return Poll::Ready(Some(end));
                }
                Poll::Pending => {
                    let Some(encoder) = this.encoder.as_mut().filter(|_| this.is_dirty) else {
                        return Poll::Pending;
                    };
                    // Everything from before the pause has been sent.
                    if let Err(error) = encoder.flush() {
                        return Poll::Ready(Some(Err(CutShort(error))));
                    }
                    this.is_dirty = false;
                    match this.chunk(1) {
                        Some(chunk) => return Poll::Ready(Some(Ok(chunk))),
                        None => return Poll::Pending,
                    }
                }
            }
        }
    }
}

fn ended() -> CutShort {
    CutShort(io::ErrorKind::BrokenPipe.into())
}

/// The response ends here.
#[derive(Debug)]
pub(super) struct CutShort(io::Error);

impl fmt::Display for CutShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the answer could not be coded to its end: {}", self.0)
    }
}

impl StdError for CutShort {}

#[cfg(test)]
mod tests;
