//! The sinks of audit events.

use std::{fmt::Debug, time::Duration};

use super::event::Event;

/// Receives the events of a service.
///
/// [`write`](Self::write) is called when a request ends, on the thread that serves it: it must not
/// wait for a disk, a network or a lock that is held for long. Put the event into a bounded queue,
/// and count events that do not fit. A panic in it is caught, and counts as a dropped event.
///
/// ```
/// use std::sync::mpsc::{SyncSender, sync_channel};
/// use palisade::audit::{Event, Sink};
///
/// #[derive(Debug)]
/// struct Queue(SyncSender<String>);
///
/// impl Sink for Queue {
///     fn name(&self) -> &'static str {
///         "queue"
///     }
///
///     fn write(&self, event: &Event<'_>) {
///         // Full, or without a reader: the event is dropped, no request waits.
///         let _ = self.0.try_send(event.json());
///     }
/// }
///
/// let (send, _receive) = sync_channel(10_000);
/// let builder = palisade::Palisade::builder().audit_sink(Queue(send));
/// # let _ = builder;
/// ```
pub trait Sink: Debug + Send + Sync + 'static {
    /// Its name in metrics: one word.
    fn name(&self) -> &'static str;

    /// Receives an event.
    fn write(&self, event: &Event<'_>);

    /// How many events it has dropped since it was made.
    fn dropped(&self) -> u64 {
        0
    }

    /// Waits until the received events are written, for so long at most.
    fn flush(&self, most: Duration) {
        let _ = most;
    }
}
