//! Rows one after another, together with their connection.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use tokio::sync::mpsc;

use super::error::Error;

/// The rows that a future sends. It borrows from what it owns, which a hand-written stream could
/// not; and it is polled only while the receiver wants rows.
#[must_use = "a stream does nothing until it is polled"]
pub(super) struct RowStream<T, F> {
    sent: mpsc::Receiver<T>,
    /// How it ended, until that is returned.
    error: Option<Error>,
    /// Until it has ended.
    source: Option<Pin<Box<F>>>,
}

/// The receiver of the rows.
pub(super) struct Sender<T>(mpsc::Sender<T>);

impl<T> Sender<T> {
    /// Sends a row, and waits until the receiver wants the next one: a stream that is dropped
    /// between two rows was waiting for none.
    pub(super) async fn send(&mut self, row: T) {
        // The stream owns both ends: the other one is there for as long as this runs.
        let _sent = self.0.send(row).await;
        let _taken = self.0.reserve().await;
    }
}

impl<T, F> RowStream<T, F>
where
    F: Future<Output = Result<(), Error>>,
{
    pub(super) fn new(source: impl FnOnce(Sender<T>) -> F) -> Self {
        let (sender, sent) = mpsc::channel(1);
        Self { sent, error: None, source: Some(Box::pin(source(Sender(sender)))) }
    }
}

impl<T, F> Stream for RowStream<T, F>
where
    F: Future<Output = Result<(), Error>>,
{
    type Item = Result<T, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        // What was sent before the end comes before it.
        if let Ok(row) = this.sent.try_recv() {
            return Poll::Ready(Some(Ok(row)));
        }
        if let Some(source) = &mut this.source {
            if let Poll::Ready(ended) = source.as_mut().poll(context) {
                this.source = None;
                this.error = ended.err();
            }
            if let Ok(row) = this.sent.try_recv() {
                return Poll::Ready(Some(Ok(row)));
            }
        }
        match (&this.source, this.error.take()) {
            (Some(_), _) => Poll::Pending,
            (None, error) => Poll::Ready(error.map(Err)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::TryStreamExt as _;

    use super::{RowStream, Sender};
    use crate::sql::{Error, ErrorKind};

    #[tokio::test]
    async fn nothing_is_asked_for_before_somebody_wants_it() {
        let asked = AtomicUsize::new(0);
        let counter = &asked;
        let mut rows = RowStream::new(|mut rows: Sender<usize>| async move {
            for row in 0..3 {
                counter.fetch_add(1, Ordering::Relaxed);
                rows.send(row).await;
            }
            Err(Error::note(ErrorKind::Defect, "the end"))
        });
        for row in 0..3 {
            assert_eq!(asked.load(Ordering::Relaxed), row);
            assert_eq!(rows.try_next().await.unwrap(), Some(row));
        }
        assert_eq!(asked.load(Ordering::Relaxed), 3);
        assert_eq!(rows.try_next().await.unwrap_err().to_string(), "the end");
        assert_eq!(rows.try_next().await.unwrap(), None);
    }
}
