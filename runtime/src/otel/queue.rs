//! Spans for the collector.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};

/// The most spans that wait to be sent. Further ones are dropped and counted.
pub const QUEUE: usize = 2_048;

/// A queue that no request waits for.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// There is a span to send, or the queue is closed.
    filled: Condvar,
    /// The thread that sends has ended.
    ended: Condvar,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    spans: VecDeque<SpanData>,
    is_closed: bool,
    has_ended: bool,
}

impl Queue {
    fn push(&self, span: SpanData, wakes_at: usize) {
        let mut state = self.state();
        if state.is_closed || state.spans.len() >= QUEUE {
            drop(state);
            self.drop_spans(1);
            return;
        }
        state.spans.push_back(span);
        let wakes = state.spans.len() == wakes_at;
        drop(state);
        if wakes {
            self.filled.notify_one();
        }
    }

    /// Counts spans that were not sent.
    pub(super) fn drop_spans(&self, count: usize) {
        self.dropped.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How many spans were not sent.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits until so many spans are there, until the time comes, or until the queue is closed;
    /// returns whether it is closed.
    pub(super) fn wait(&self, count: usize, until: Instant) -> bool {
        let mut state = self.state();
        while !state.is_closed && state.spans.len() < count {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let woken = self.filled.wait_timeout(state, left);
            state = woken.map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state);
        }
        state.is_closed
    }

    /// Takes at most this many spans.
    pub(super) fn take(&self, most: usize) -> Vec<SpanData> {
        let mut state = self.state();
        let count = most.min(state.spans.len());
        state.spans.drain(..count).collect()
    }

    /// Closes the queue.
    pub(super) fn close(&self) {
        self.state().is_closed = true;
        self.filled.notify_all();
    }

    /// The thread that sends has ended; the rest is dropped.
    pub(super) fn end(&self) {
        let mut state = self.state();
        let left = std::mem::take(&mut state.spans).len();
        state.is_closed = true;
        state.has_ended = true;
        drop(state);
        self.drop_spans(left);
        self.ended.notify_all();
    }

    /// Waits until the thread that sends has ended, or for so long.
    pub(super) fn wait_for_end(&self, most: Duration) {
        let state = self.state();
        drop(self.ended.wait_timeout_while(state, most, |state| !state.has_ended));
    }

    /// The lock is held to move spans, never while sending.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts ended spans into the queue.
#[derive(Debug)]
pub(super) struct Processor {
    pub(super) queue: Arc<Queue>,
    /// The number of spans that wakes the thread that sends.
    pub(super) wakes_at: usize,
}

impl SpanProcessor for Processor {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            self.queue.push(span, self.wakes_at);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        self.queue.close();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::Arc,
        time::{Duration, Instant},
    };

    use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::{Processor, QUEUE, Queue};

    #[test]
    fn what_finds_no_room_is_dropped_and_counted() {
        let queue = Arc::<Queue>::default();
        let processor = Processor { queue: Arc::clone(&queue), wakes_at: 4 };
        let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
        let tracer = provider.tracer("test");
        for _ in 0..QUEUE + 10 {
            tracer.start("work").end();
        }
        assert_eq!(queue.dropped(), 10);
        assert_eq!((queue.take(500).len(), queue.take(QUEUE).len()), (500, QUEUE - 500));
        let start = Instant::now();
        assert!(!queue.wait(1, start + Duration::from_millis(20)));
        assert!(start.elapsed() >= Duration::from_millis(20));
        tracer.start("work").end();
        assert!(!queue.wait(1, start + Duration::from_secs(600)));
        queue.close();
        tracer.start("late").end();
        assert!(queue.wait(2, start + Duration::from_secs(600)));
        queue.end();
        queue.wait_for_end(Duration::from_secs(600));
        assert_eq!(queue.dropped(), 12);
    }
}
