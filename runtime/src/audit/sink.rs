//! Where audit events go.

use std::{fmt::Debug, time::Duration};

use super::event::Event;

/// Takes the events of a service.
///
/// [`write`](Self::write) is called where a request ends, on the thread that serves it: it must not
/// wait for a disk, a network or a lock that is held for long. Put the event into a queue of bounded size, and
/// count what finds no room. A panic in it is caught, and counts as an event that was dropped.
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
    /// What metrics call it: one word.
    fn name(&self) -> &'static str;

    /// Takes an event.
    fn write(&self, event: &Event<'_>);

    /// How many events it has dropped since it was made.
    fn dropped(&self) -> u64 {
        0
    }

    /// Waits until what it took is written, for so long at most.
    fn flush(&self, most: Duration) {
        let _ = most;
    }
}
