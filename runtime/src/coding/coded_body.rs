//! The body of an answer, coded as it leaves.

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

/// What is coded where the request is served. More takes longer than other requests should wait, and
/// goes to a thread that may block.
pub(super) const INLINE: usize = 16 << 10;

/// What is coded at once on such a thread: the work of an answer whose client went away ends here.
const SLICE: usize = 256 << 10;

/// What is collected before it is sent, unless the body pauses.
const CHUNK: usize = 16 << 10;

/// What is coded in small pieces before other requests have their turn.
const TURN: usize = 64 << 10;

/// A body in a content coding.
///
/// Kept of it are one chunk of the body, what has been coded of it, and the encoder's window.
pub(super) struct CodedBody {
    body: BoxBody,
    /// What the body gave, and is not coded yet.
    rest: Bytes,
    /// `None` once it was ended, or its thread broke down.
    encoder: Option<Encoder>,
    job: Option<JoinHandle<io::Result<Encoder>>>,
    /// Whether the encoder holds something that its reader does not have.
    is_dirty: bool,
}

impl CodedBody {
    pub(super) fn new(body: BoxBody, encoder: Encoder) -> Self {
        Self { body, rest: Bytes::new(), encoder: Some(encoder), job: None, is_dirty: false }
    }

    /// Codes what the body gave, until all of it is done or there is enough to be sent.
    fn work(&mut self, cx: &mut Context<'_>, turn: &mut usize) -> Poll<Result<(), CutShort>> {
        loop {
            if let Some(job) = &mut self.job {
                let done = match Pin::new(job).poll(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(done) => done,
                };
                self.job = None;
                // A panic of the thread is one of the encoder.
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

    /// What has been coded, if it is enough to be sent.
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
                // What came before must not be taken for everything.
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
                    // The reader has all that the body gave before it paused.
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

/// The answer ends here.
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
