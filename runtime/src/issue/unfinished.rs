//! Ends of logins and sessions that could not be completed at once.
//!
//! An end has several steps, and each can fail, or never be reached: a store is away, or the client
//! hangs up and the request is dropped between two steps. The client may have no second try, as its
//! credentials are revoked already. So what was begun is completed here, by a thread of its own:
//! it tries again, with pauses, until every step is done. Until then this instance treats the login
//! as ended ([`is_ending`](Unfinished::is_ending)).

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use foldhash::{HashMap, HashMapExt as _};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use super::store::{StoreError, StoreFuture};
use crate::{clock::Moment, line_rate::LineRate};

/// Ends that wait at most: an end beyond that is reported to the client and to the log alone.
const CAPACITY: usize = 10_000;

/// How many of them may be of nobody known: while the store is away, a cookie of random bits cannot be
/// told from that of a session, and costs its sender nothing. The rest is for ends that are known to be
/// of somebody.
const OF_UNKNOWN: usize = CAPACITY / 2;

/// Between two attempts; doubled after each failure, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// For one attempt: a store that hangs does not hold up the others.
const PATIENCE: Duration = Duration::from_secs(10);

/// All steps of one end. It is called again until it succeeds, so it remembers what it has done.
pub(crate) trait Ending: Send + Sync {
    /// Takes every step that is not done yet, whatever the others say.
    fn attempt(self: Arc<Self>) -> StoreFuture<'static, ()>;
}

/// The ends of one issuer, or of one service's sessions. All clones are one.
#[derive(Clone)]
pub(crate) struct Unfinished(Arc<Inner>);

struct Inner {
    what: &'static str,
    state: Mutex<State>,
    /// How many names are marked: without any, nothing is locked.
    marked: AtomicUsize,
    news: Arc<Notify>,
}

#[derive(Default)]
struct State {
    /// How many ends of this name are under way or waiting.
    marks: HashMap<String, usize>,
    waiting: VecDeque<Task>,
    has_thread: bool,
}

struct Task {
    name: String,
    /// `None` where it is not known whether there is anything to end.
    subject: Option<String>,
    ending: Arc<dyn Ending>,
}

impl Unfinished {
    /// `what` is for the log: "log-out".
    pub(crate) fn new(what: &'static str) -> Self {
        Self(Arc::new(Inner {
            what,
            state: Mutex::new(State { marks: HashMap::new(), ..State::default() }),
            marked: AtomicUsize::new(0),
            news: Arc::new(Notify::new()),
        }))
    }

    /// Whether an end of this name was begun and is not completed.
    pub(crate) fn is_ending(&self, name: &str) -> bool {
        self.0.marked.load(Ordering::Acquire) > 0 && self.0.state().marks.contains_key(name)
    }

    /// Whether anything was begun and is not completed.
    #[cfg(test)]
    pub(crate) fn has_any(&self) -> bool {
        self.0.marked.load(Ordering::Acquire) > 0
    }

    /// Makes the first attempt. Where it fails, or is dropped, the others follow in the background,
    /// and the error says so to the caller.
    pub(crate) async fn finish(
        &self,
        name: String,
        subject: Option<&str>,
        ending: Arc<dyn Ending>,
    ) -> Result<(), StoreError> {
        self.0.mark(&name);
        let task = Task { name, subject: subject.map(ToOwned::to_owned), ending };
        let mut begun = Begun { inner: &self.0, task: Some(task) };
        let outcome = match &begun.task {
            Some(task) => Arc::clone(&task.ending).attempt().await,
            None => Ok(()),
        };
        if let Err(error) = &outcome {
            // Each request with a cookie of random bits comes here while the store is away.
            static LINES: LineRate = LineRate::new(100, 1);
            if let Some(suppressed) = LINES.take(Moment::now()) {
                tracing::error!(
                    %error,
                    subject = ?subject,
                    suppressed,
                    "a {} is not complete everywhere: it is tried again until it is",
                    self.0.what
                );
            }
        } else if let Some(task) = begun.task.take() {
            self.0.unmark(&task.name);
        }
        outcome
    }
}

/// An end that was begun. Dropped with its task, it waits for the background.
struct Begun<'a> {
    inner: &'a Arc<Inner>,
    task: Option<Task>,
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            self.inner.keep(task);
        }
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mark(&self, name: &str) {
        let mut state = self.state();
        let count = state.marks.entry(name.to_owned()).or_default();
        *count = count.saturating_add(1);
        self.marked.store(state.marks.len(), Ordering::Release);
    }

    fn unmark(&self, name: &str) {
        let mut state = self.state();
        if let Some(count) = state.marks.get_mut(name) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                state.marks.remove(name);
            }
        }
        self.marked.store(state.marks.len(), Ordering::Release);
    }

    /// Puts a task at the end of the queue. A newer one of the same name has the later second, so
    /// it takes the place of the older one.
    fn keep(self: &Arc<Self>, task: Task) {
        let mut state = self.state();
        let of_unknown = || state.waiting.iter().filter(|own| own.subject.is_none()).count();
        let is_full =
            state.waiting.len() >= CAPACITY || task.subject.is_none() && of_unknown() >= OF_UNKNOWN;
        let waits = state.waiting.iter_mut().find(|own| own.name == task.name);
        let superseded = match waits {
            Some(own) => Some(std::mem::replace(own, task)),
            None if is_full => {
                self.tell_of_loss(&task);
                Some(task)
            }
            None => {
                state.waiting.push_back(task);
                None
            }
        };
        let needs_thread = !state.has_thread;
        state.has_thread = true;
        drop(state);
        if let Some(task) = superseded {
            self.unmark(&task.name);
        }
        if needs_thread && let Err(error) = self.start() {
            tracing::error!(%error, "no thread completes what waits: it is started with the next");
            self.state().has_thread = false;
        }
        self.news.notify_one();
    }

    /// Names whose end is given up. Those of nobody known say so at a rate, since anyone can make them.
    fn tell_of_loss(&self, task: &Task) {
        static LINES: LineRate = LineRate::new(10, 1);
        let suppressed = match &task.subject {
            Some(_) => 0,
            None => match LINES.take(Moment::now()) {
                Some(suppressed) => suppressed,
                None => return,
            },
        };
        tracing::error!(
            subject = ?task.subject,
            suppressed,
            "a {} cannot be completed: too many others wait for their store. Refresh tokens and \
             sessions of this subject may be good when the store is back",
            self.what
        );
    }

    /// A failed task goes back, unless a newer one of its name came meanwhile.
    fn put_back(self: &Arc<Self>, task: Task) {
        let mut state = self.state();
        if state.waiting.iter().any(|own| own.name == task.name) {
            drop(state);
            self.unmark(&task.name);
        } else {
            state.waiting.push_back(task);
        }
    }

    /// The thread goes on until the last clone is dropped: connections that its attempts made
    /// anew are driven by its runtime.
    fn start(self: &Arc<Self>) -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (inner, news) = (Arc::downgrade(self), Arc::clone(&self.news));
        thread::Builder::new()
            .name("palisade-endings".to_owned())
            .spawn(move || runtime.block_on(complete(&inner, &news)))?;
        Ok(())
    }
}

async fn complete(inner: &Weak<Inner>, news: &Notify) {
    let mut pause = FIRST_PAUSE;
    loop {
        let Some(next) = inner.upgrade().map(|inner| inner.state().waiting.pop_front()) else {
            return;
        };
        let Some(task) = next else {
            news.notified().await;
            continue;
        };
        // A task of its own: a panic in a driver ends the attempt, and not the thread.
        let mut attempt = tokio::spawn(Arc::clone(&task.ending).attempt());
        let outcome = match timeout(PATIENCE, &mut attempt).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(StoreError::new("the store panicked")),
            Err(_) => {
                attempt.abort();
                Err(StoreError::new("no answer in time"))
            }
        };
        let Some(inner) = inner.upgrade() else {
            tracing::error!(subject = ?task.subject, "the service ends before this was completed");
            return;
        };
        match outcome {
            Ok(()) => {
                inner.unmark(&task.name);
                tracing::info!(subject = ?task.subject, "a {} is complete now", inner.what);
                pause = FIRST_PAUSE;
            }
            Err(error) => {
                tracing::debug!(%error, "a {} is tried again", inner.what);
                inner.put_back(task);
                drop(inner);
                sleep(pause).await;
                pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
            }
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        for task in self.state().waiting.drain(..) {
            tracing::error!(
                subject = ?task.subject,
                "a {} was not completed before the service ended: refresh tokens and sessions of \
                 this subject may be good until they expire",
                self.what
            );
        }
        self.news.notify_one();
    }
}

impl fmt::Debug for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unfinished").field("what", &self.0.what).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{CAPACITY, Ending, OF_UNKNOWN, StoreError, StoreFuture, Unfinished};

    /// Its store is away.
    struct Failing;

    impl Ending for Failing {
        fn attempt(self: Arc<Self>) -> StoreFuture<'static, ()> {
            Box::pin(async { Err(StoreError::new("away")) })
        }
    }

    #[test]
    fn ends_of_nobody_known_leave_room_for_others() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let unfinished = Unfinished::new("log-out");
        let end = |name: &str, subject| {
            let outcome = unfinished.finish(name.to_owned(), subject, Arc::new(Failing));
            runtime.block_on(outcome).unwrap_err();
        };
        for number in 0..CAPACITY {
            end(&format!("random {number}"), None);
        }
        end("a session of ada", Some("ada"));
        let waits = |name: &str| unfinished.is_ending(name);
        let waiting = (0..CAPACITY).filter(|number| waits(&format!("random {number}"))).count();
        // One of them may be with the thread that tries again.
        assert!((OF_UNKNOWN..=OF_UNKNOWN + 1).contains(&waiting), "{waiting}");
        assert!(waits("a session of ada"));
    }
}
