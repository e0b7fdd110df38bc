//! Lines for an output that may be slow.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::error::AuditError;
use crate::{clock::Moment, line_rate::LineRate};

/// Bytes that wait to be written, at most: 4 MiB.
pub(super) const CAPACITY: usize = 4 << 20;

/// Between two attempts to write to a failing output.
const PAUSE: Duration = Duration::from_secs(1);

/// What writes the lines, on a thread of its own.
pub(super) trait Output: Send + 'static {
    /// Writes these lines and removes what was written from the batch. `dropped` lines before them
    /// had no room in the queue: their number is written with them, and `dropped` is 0 then.
    ///
    /// # Errors
    ///
    /// What is left in the batch could not be written, and is tried again.
    fn write(&mut self, batch: &mut VecDeque<String>, dropped: &mut u64) -> io::Result<()>;
}

/// A bounded queue. Adding a line never waits.
#[derive(Debug)]
pub(super) struct Queue {
    name: &'static str,
    capacity: usize,
    state: Mutex<State>,
    /// There is a line to write, or the queue is closed.
    filled: Condvar,
    /// All lines are written, or given up.
    emptied: Condvar,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    lines: VecDeque<String>,
    /// Bytes of those, and of the lines that are being written.
    bytes: usize,
    is_writing: bool,
    is_closed: bool,
}

impl Queue {
    /// Starts the thread that writes.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub(super) fn start(
        name: &'static str,
        capacity: usize,
        output: impl Output,
    ) -> Result<Arc<Self>, AuditError> {
        let queue = Arc::new(Self {
            name,
            capacity,
            state: Mutex::default(),
            filled: Condvar::new(),
            emptied: Condvar::new(),
            dropped: AtomicU64::new(0),
        });
        let own = Arc::clone(&queue);
        let thread = thread::Builder::new().name(format!("audit-{name}"));
        thread.spawn(move || own.run(output)).map_err(AuditError::Thread)?;
        Ok(queue)
    }

    pub(super) fn push(&self, line: String) {
        let mut state = self.state();
        let bytes = state.bytes.saturating_add(line.len());
        if bytes > self.capacity || state.is_closed {
            drop(state);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        state.bytes = bytes;
        state.lines.push_back(line);
        drop(state);
        self.filled.notify_one();
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits until all lines are written, or for so long.
    pub(super) fn flush(&self, most: Duration) {
        let start = Instant::now();
        let mut state = self.state();
        while state.is_writing || !state.lines.is_empty() {
            let left = most.saturating_sub(start.elapsed());
            if left.is_zero() {
                return;
            }
            let woken = self.emptied.wait_timeout(state, left);
            state = woken.map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state);
        }
    }

    /// Closes the queue: the thread writes the remaining lines, once, and ends.
    pub(super) fn close(&self) {
        self.state().is_closed = true;
        self.filled.notify_all();
    }

    fn run(&self, mut output: impl Output) {
        static LINES: LineRate = LineRate::new(3, 1);
        let mut batch = VecDeque::new();
        let mut told = 0;
        while self.take(&mut batch) {
            let lost = self.dropped();
            let bytes: usize = batch.iter().map(String::len).sum();
            let mut untold = lost.saturating_sub(told);
            let written = output.write(&mut batch, &mut untold);
            told = lost.saturating_sub(untold);
            let left: usize = batch.iter().map(String::len).sum();
            let mut state = self.state();
            state.bytes = state.bytes.saturating_sub(bytes.saturating_sub(left));
            let Err(error) = written else { continue };
            let is_closed = state.is_closed;
            drop(state);
            if let Some(suppressed) = LINES.take(Moment::now()) {
                let (sink, dropped) = (self.name, self.dropped());
                tracing::error!(sink, %error, dropped, suppressed, "audit events cannot be written");
            }
            if is_closed {
                let lost = batch.len();
                batch.clear();
                self.dropped.fetch_add(u64::try_from(lost).unwrap_or(u64::MAX), Ordering::Relaxed);
                continue;
            }
            let state = self.state();
            drop(self.filled.wait_timeout_while(state, PAUSE, |state| !state.is_closed));
        }
        self.emptied.notify_all();
    }

    /// Waits for lines and adds them to the remaining ones; false once the queue is closed.
    fn take(&self, batch: &mut VecDeque<String>) -> bool {
        let mut state = self.state();
        state.is_writing = !batch.is_empty();
        while batch.is_empty() && state.lines.is_empty() {
            self.emptied.notify_all();
            if state.is_closed {
                return false;
            }
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        batch.append(&mut state.lines);
        state.is_writing = true;
        true
    }

    /// The lock is held to move lines, never during a write.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Output, Queue};
    use std::{
        collections::VecDeque,
        io,
        sync::{Arc, Mutex, mpsc},
        time::Duration,
    };

    /// Writes only after a signal, and fails before that.
    struct Slow {
        go: mpsc::Receiver<()>,
        written: Arc<Mutex<(usize, u64)>>,
    }

    impl Output for Slow {
        fn write(&mut self, batch: &mut VecDeque<String>, dropped: &mut u64) -> io::Result<()> {
            self.go.recv().map_err(io::Error::other)?;
            let mut written = self.written.lock().unwrap();
            written.0 += batch.len();
            written.1 += std::mem::take(dropped);
            batch.clear();
            Ok(())
        }
    }

    #[test]
    fn what_finds_no_room_is_dropped_and_told() {
        let (send, go) = mpsc::channel();
        let written = Arc::new(Mutex::new((0, 0)));
        let output = Slow { go, written: Arc::clone(&written) };
        let queue = Queue::start("test", 100, output).unwrap();
        for _ in 0..30 {
            queue.push("0123456789".to_owned());
        }
        assert_eq!(queue.dropped(), 20);
        for _ in 0..3 {
            send.send(()).unwrap();
        }
        queue.flush(Duration::from_secs(30));
        queue.push("0123456789".to_owned());
        send.send(()).unwrap();
        queue.flush(Duration::from_secs(30));
        assert_eq!(*written.lock().unwrap(), (11, 20));
        queue.close();
    }
}
