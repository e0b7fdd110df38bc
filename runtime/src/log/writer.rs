//! The queue of the log, and the thread that writes it.

use std::{
    fmt,
    io::{self, Write},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tracing_subscriber::fmt::{
    MakeWriter,
    format::Writer as Formatter,
    time::{FormatTime as _, SystemTime},
};

use super::{
    FLUSH, LogError,
    line::{Lines, TABLE},
};
use tracing::Metadata;

/// How often a line reports the number of dropped ones.
const TELL: Duration = Duration::from_secs(1);

/// The memory that a buffer keeps once it is written.
const KEPT: usize = 1 << 16;

static DROPPED: AtomicU64 = AtomicU64::new(0);

/// How many lines of the log were dropped in this process because its reader was too slow.
pub fn dropped_lines() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

/// The writer of a `tracing` subscriber: a queue that a thread writes out.
#[derive(Clone)]
pub struct Writer {
    queue: Arc<Queue>,
    /// `None` writes the subscriber's output unchanged.
    lines: Option<Lines>,
}

/// Writes out what is in the queue when it is dropped, for at most [`FLUSH`].
pub struct Guard(Arc<Queue>);

/// One line, which is put into the queue whole when this is dropped.
pub struct Line {
    queue: Arc<Queue>,
    lines: Option<Lines>,
    text: Vec<u8>,
}

pub(super) struct Queue {
    capacity: usize,
    state: Mutex<State>,
    /// There is a line to write, or the queue is closed.
    filled: Condvar,
    /// All is written.
    written: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<u8>,
    /// Bytes that the thread is writing.
    under_way: usize,
    /// Lines that did not fit, and how many of them a line has reported.
    dropped: u64,
    told: u64,
    is_closed: bool,
}

impl Writer {
    /// Writes to `out`, on a thread of its own. At most `capacity` bytes wait for it.
    ///
    /// # Errors
    ///
    /// The thread cannot be started.
    pub fn new(
        out: impl Write + Send + 'static,
        capacity: usize,
    ) -> Result<(Self, Guard), LogError> {
        let queue = Arc::new(Queue {
            capacity,
            state: Mutex::default(),
            filled: Condvar::new(),
            written: Condvar::new(),
        });
        let own = Arc::clone(&queue);
        let thread = thread::Builder::new().name("log".to_owned());
        thread.spawn(move || own.run(out)).map_err(LogError::Thread)?;
        Ok((Self { queue: Arc::clone(&queue), lines: None }, Guard(queue)))
    }

    /// Makes each event one line, whatever is in it: line breaks, other control characters and
    /// characters that change the direction of text are escaped. `has_colours` keeps the colours of
    /// the subscriber.
    pub(super) fn one_line(mut self, has_colours: bool) -> Self {
        self.lines = Some(Lines { has_colours, has_breaks: false });
        self
    }
}

impl MakeWriter<'_> for Writer {
    type Writer = Line;

    fn make_writer(&self) -> Line {
        Line { queue: Arc::clone(&self.queue), lines: self.lines, text: Vec::new() }
    }

    fn make_writer_for(&self, event: &Metadata<'_>) -> Line {
        let mut line = self.make_writer();
        if let Some(lines) = &mut line.lines {
            lines.has_breaks = event.target() == TABLE;
        }
        line
    }
}

/// Never fails: a subscriber would report that on standard error, and wait for its reader.
impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // What is longer than the whole queue is dropped anyway.
        if self.text.len() <= self.queue.capacity {
            self.text.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.text.is_empty() {
            return;
        }
        match self.lines {
            Some(lines) => self.queue.push(&lines.clean(&self.text)),
            None => self.queue.push(&self.text),
        }
    }
}

impl Queue {
    /// The lock is held to copy bytes, never during a write.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: &[u8]) {
        let mut state = self.state();
        let waiting = state.lines.len().saturating_add(state.under_way);
        if waiting.saturating_add(line.len()) > self.capacity {
            state.dropped = state.dropped.saturating_add(1);
            DROPPED.fetch_add(1, Ordering::Relaxed);
        } else {
            state.lines.extend_from_slice(line);
        }
        drop(state);
        self.filled.notify_one();
    }

    /// Takes the bytes of the queue; `None` once it is closed and empty.
    fn take(&self, mut last: Vec<u8>, told_at: &mut Option<Instant>) -> Option<Vec<u8>> {
        last.clear();
        last.shrink_to(KEPT);
        let mut state = self.state();
        state.under_way = 0;
        loop {
            let untold = state.dropped.saturating_sub(state.told);
            let wait = told_at.map_or(Duration::ZERO, |at| TELL.saturating_sub(at.elapsed()));
            let is_due = untold > 0 && (wait.is_zero() || state.is_closed);
            if !state.lines.is_empty() || is_due {
                std::mem::swap(&mut state.lines, &mut last);
                if is_due {
                    state.told = state.dropped;
                    *told_at = Some(Instant::now());
                    last.extend_from_slice(notice(untold, state.dropped).as_bytes());
                }
                state.under_way = last.len();
                return Some(last);
            }
            self.written.notify_all();
            if state.is_closed {
                return None;
            }
            let woken = if untold > 0 {
                let woken = self.filled.wait_timeout(state, wait);
                woken.map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state)
            } else {
                self.filled.wait(state).unwrap_or_else(PoisonError::into_inner)
            };
            state = woken;
        }
    }

    fn run(&self, mut out: impl Write) {
        let mut told_at = None;
        let mut buffer = Vec::new();
        while let Some(lines) = self.take(buffer, &mut told_at) {
            if out.write_all(&lines).and_then(|()| out.flush()).is_err() {
                // The reader is gone, or the disk is full: there is no other place to report it.
                let lost = lines.iter().filter(|byte| **byte == b'\n').count();
                DROPPED.fetch_add(u64::try_from(lost).unwrap_or(u64::MAX), Ordering::Relaxed);
            }
            buffer = lines;
        }
    }

    /// Closes the queue: the rest is written, and the number of dropped lines.
    fn close(&self) {
        self.state().is_closed = true;
        self.filled.notify_one();
    }

    /// Waits until everything is written, or for so long. Once the queue is closed that includes
    /// the line about dropped ones.
    pub(super) fn flush(&self, most: Duration) {
        let end = Instant::now();
        let mut state = self.state();
        loop {
            let left = most.saturating_sub(end.elapsed());
            let is_told = !state.is_closed || state.told == state.dropped;
            let is_written = state.lines.is_empty() && state.under_way == 0 && is_told;
            if is_written || left.is_zero() {
                return;
            }
            let woken = self.written.wait_timeout(state, left);
            state = woken.map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state);
        }
    }
}

/// The line that says how many lines are missing.
fn notice(dropped: u64, total: u64) -> String {
    let mut line = String::new();
    // Without a time it is a line still.
    let _ = SystemTime.format_time(&mut Formatter::new(&mut line));
    line.push_str(&format!(
        "  WARN palisade::log: lines were dropped since the reader of the log is too slow \
         dropped={dropped} total={total}\n"
    ));
    line
}

impl Guard {
    pub(super) fn queue(&self) -> Arc<Queue> {
        Arc::clone(&self.0)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.close();
        self.0.flush(FLUSH);
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line")
    }
}

#[cfg(test)]
mod tests {
    use super::{Guard, MakeWriter as _, Writer, dropped_lines};
    use crate::{clock::Moment, limit::Limiter};
    use std::{
        io::{self, Write},
        num::NonZeroUsize,
        sync::{Arc, Mutex, mpsc},
        time::{Duration, Instant},
    };

    /// An output that writes once for each permit.
    struct Gated {
        written: Arc<Mutex<Vec<u8>>>,
        gate: mpsc::Receiver<()>,
    }

    impl Write for Gated {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.gate.recv().is_err() {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.written.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    type Log = (Writer, Guard, mpsc::Sender<()>, Arc<Mutex<Vec<u8>>>);

    fn gated(capacity: usize) -> Log {
        let written = Arc::new(Mutex::new(Vec::new()));
        let (open, gate) = mpsc::channel();
        let out = Gated { written: Arc::clone(&written), gate };
        let (writer, guard) = Writer::new(out, capacity).unwrap();
        (writer, guard, open, written)
    }

    fn text(written: &Mutex<Vec<u8>>) -> String {
        String::from_utf8(written.lock().unwrap().clone()).unwrap()
    }

    /// Ends the log, and gives it as long as a busy machine needs.
    fn finish(guard: Guard) {
        guard.0.close();
        guard.0.flush(Duration::from_secs(30));
        drop(guard);
    }

    #[test]
    fn who_writes_does_not_wait_and_what_is_dropped_is_told() {
        let (writer, guard, open, written) = gated(1_000);
        let before = dropped_lines();
        // A hundred lines of 100 bytes, without a reader.
        for number in 0..100 {
            let line = format!("{number:<99}\n");
            writer.make_writer().write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(text(&written), "");
        for _ in 0..100 {
            open.send(()).unwrap();
        }
        finish(guard);
        let text = text(&written);
        let (told, lines): (Vec<_>, Vec<_>) =
            text.lines().partition(|line| line.contains("palisade::log"));
        assert_eq!(lines.len(), 10, "what the capacity holds: {text}");
        assert!(lines.iter().zip(0..).all(|(line, number)| line.trim() == number.to_string()));
        assert!(told.last().unwrap().ends_with("total=90"), "{told:?}");
        // Of all logs of this process.
        assert!(dropped_lines() >= before + 90, "{before} and {}", dropped_lines());
        let metrics = Limiter::memory(NonZeroUsize::MIN).metrics(Moment::now());
        assert!(metrics.dropped_log_lines >= before + 90, "{before}: {metrics:?}");
    }

    #[test]
    fn a_line_that_is_written_in_parts_is_whole() {
        let (writer, guard, open, written) = gated(1_000);
        let mut first = writer.make_writer();
        first.write_all(b"one ").unwrap();
        let mut second = writer.make_writer();
        second.write_all(b"two\n").unwrap();
        drop(second);
        first.write_all(b"line\n").unwrap();
        drop(first);
        (0..5).for_each(|_| open.send(()).unwrap());
        finish(guard);
        assert_eq!(text(&written), "two\none line\n");
    }

    #[test]
    fn a_line_longer_than_the_queue_takes_no_memory() {
        let (writer, guard, open, written) = gated(1_000);
        let mut line = writer.make_writer();
        for _ in 0..1_000 {
            line.write_all(&[b'x'; 100]).unwrap();
        }
        assert!(line.text.len() <= 1_100);
        drop(line);
        open.send(()).unwrap();
        finish(guard);
        assert!(text(&written).contains("dropped=1 total=1"));
    }

    #[test]
    fn the_end_does_not_wait_for_a_reader_that_never_comes() {
        let (writer, guard, open, _) = gated(1_000);
        writer.make_writer().write_all(b"last words\n").unwrap();
        let start = Instant::now();
        drop(guard);
        let waited = start.elapsed();
        assert!(waited >= super::FLUSH && waited < super::FLUSH * 10, "{waited:?}");
        drop(open);
    }
}
