//! Ends of logins and sessions that could not be completed at once.
//!
//! An end has several steps, and each can fail or be skipped: a store is unavailable, or the client
//! disconnects and the request is dropped between two steps. The client may be unable to try again,
//! since its credentials are revoked already. So a thread completes these ends: it tries again,
//! with pauses, until every step is done. Until then this instance treats the login as ended
//! ([`is_ending`](Unfinished::is_ending)).

use std::{
    collections::VecDeque,
    fmt,
    net::IpAddr,
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

use super::store::StoreFuture;
use crate::{clock::Moment, limit::address_bytes, line_rate::LineRate, store_error::StoreError};

/// The most waiting ends: a further one is only reported to the client and in the log.
const CAPACITY: usize = 10_000;

/// The most of them with an unknown subject: while the store is unavailable, a cookie of random
/// bits is indistinguishable from that of a session, and costs its sender no effort. The rest is
/// for ends whose subject is known.
const OF_UNKNOWN: usize = CAPACITY / 2;

/// The most of those from one address: a client that sends such cookies leaves capacity for the
/// logouts of others, whose subjects are unknown too while the store is unavailable.
const OF_UNKNOWN_OF_ADDRESS: usize = 64;

/// The first pause between two attempts; doubled after each failure, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The time limit of one attempt: a store that hangs does not delay the others.
const PATIENCE: Duration = Duration::from_secs(10);

/// All steps of one end. It is called again until it succeeds, so it remembers the completed steps.
pub(crate) trait Ending: Send + Sync {
    /// Takes every step that is not done yet, even if others fail.
    fn attempt(self: Arc<Self>) -> StoreFuture<'static, ()>;
}

/// The ends of one issuer, or of one service's sessions. Clones share their state.
#[derive(Clone)]
pub(crate) struct Unfinished(Arc<Inner>);

struct Inner {
    what: &'static str,
    state: Mutex<State>,
    /// The number of marked names: at zero the lock is not needed.
    marked: AtomicUsize,
    news: Arc<Notify>,
}

#[derive(Default)]
struct State {
    /// The number of ends with this name that are running or waiting.
    marks: HashMap<String, usize>,
    waiting: VecDeque<Task>,
    has_thread: bool,
}

impl State {
    /// Whether one more end may wait.
    fn has_room(&self, on: &On) -> bool {
        let On::Unknown(address) = on else { return self.waiting.len() < CAPACITY };
        let (mut all, mut own) = (0_usize, 0_usize);
        for task in &self.waiting {
            if let On::Unknown(other) = &task.on {
                all = all.saturating_add(1);
                own = own.saturating_add(usize::from(other == address));
            }
        }
        self.waiting.len() < CAPACITY && all < OF_UNKNOWN && own < OF_UNKNOWN_OF_ADDRESS
    }
}

struct Task {
    name: String,
    on: On,
    ending: Arc<dyn Ending>,
}

/// The subject of an end, if it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// Logins or sessions of this subject.
    Subject(String),
    /// Whether there is anything to end is unknown; with the key of the client's address.
    Unknown([u8; 8]),
}

impl On {
    /// A client's request to end something, without a proof that it exists.
    pub(crate) fn unknown(client: IpAddr) -> Self {
        Self::Unknown(address_bytes(client))
    }

    fn subject(&self) -> Option<&str> {
        match self {
            Self::Subject(subject) => Some(subject),
            Self::Unknown(_) => None,
        }
    }

    /// Of two ends with the same name, one may know the subject.
    fn or(self, other: Self) -> Self {
        match self {
            Self::Subject(_) => self,
            Self::Unknown(_) => other,
        }
    }
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

    /// Whether an end with this name was begun and is not complete.
    pub(crate) fn is_ending(&self, name: &str) -> bool {
        self.0.marked.load(Ordering::Acquire) > 0 && self.0.state().marks.contains_key(name)
    }

    /// Whether any end was begun and is not complete.
    #[cfg(test)]
    pub(crate) fn has_any(&self) -> bool {
        self.0.marked.load(Ordering::Acquire) > 0
    }

    /// Makes the first attempt. If it fails, or is dropped, further ones follow in the background,
    /// and the caller gets the error.
    pub(crate) async fn finish(
        &self,
        name: String,
        on: On,
        ending: Arc<dyn Ending>,
    ) -> Result<(), StoreError> {
        self.0.mark(&name);
        let task = Task { name, on, ending };
        let mut begun = Begun { inner: &self.0, task: Some(task) };
        let outcome = match &begun.task {
            Some(task) => Arc::clone(&task.ending).attempt().await,
            None => Ok(()),
        };
        if let Err(error) = &outcome {
            // Each request with a cookie of random bits comes here while the store is unavailable.
            static LINES: LineRate = LineRate::new(100, 1);
            if let Some(suppressed) = LINES.take(Moment::now()) {
                tracing::error!(
                    %error,
                    subject = ?begun.task.as_ref().and_then(|task| task.on.subject()),
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

/// An end that was begun. If it is dropped with its task, it is completed in the background.
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

    /// Adds a task to the end of the queue. A newer one with the same name has a later time, so it
    /// replaces the older one.
    fn keep(self: &Arc<Self>, mut task: Task) {
        let mut state = self.state();
        let has_room = state.has_room(&task.on);
        let waits = state.waiting.iter_mut().find(|own| own.name == task.name);
        let superseded = match waits {
            Some(own) => {
                task.on = task.on.or(own.on.clone());
                Some(std::mem::replace(own, task))
            }
            None if !has_room => {
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

    /// Logs ends that are given up. The lines for unknown subjects are limited in rate: any client
    /// can cause them.
    fn tell_of_loss(&self, task: &Task) {
        static LINES: LineRate = LineRate::new(10, 1);
        let suppressed = match &task.on {
            On::Subject(_) => 0,
            On::Unknown(_) => match LINES.take(Moment::now()) {
                Some(suppressed) => suppressed,
                None => return,
            },
        };
        tracing::error!(
            subject = ?task.on.subject(),
            suppressed,
            "a {} cannot be completed: too many others wait for their store. Refresh tokens and \
             sessions of this subject may be good when the store is back",
            self.what
        );
    }

    /// Returns a failed task to the queue, unless there is a newer one with its name.
    fn put_back(self: &Arc<Self>, task: Task) {
        let mut state = self.state();
        if let Some(own) = state.waiting.iter_mut().find(|own| own.name == task.name) {
            own.on = own.on.clone().or(task.on);
            drop(state);
            self.unmark(&task.name);
        } else {
            state.waiting.push_back(task);
        }
    }

    /// The thread runs until the last clone is dropped: its runtime drives the connections that its
    /// attempts have made.
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
        // A separate task: a panic in a driver ends the attempt, and not the thread.
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
            tracing::error!(subject = ?task.on.subject(), "the service ends before this was completed");
            return;
        };
        match outcome {
            Ok(()) => {
                inner.unmark(&task.name);
                tracing::info!(subject = ?task.on.subject(), "a {} is complete now", inner.what);
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
                subject = ?task.on.subject(),
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
    use std::{net::IpAddr, sync::Arc};

    use super::{
        CAPACITY, Ending, OF_UNKNOWN, OF_UNKNOWN_OF_ADDRESS, On, StoreError, StoreFuture, Task,
        Unfinished,
    };

    /// Its store is unavailable.
    struct Failing;

    impl Ending for Failing {
        fn attempt(self: Arc<Self>) -> StoreFuture<'static, ()> {
            Box::pin(async { Err(StoreError::new("away")) })
        }
    }

    /// Waiting ends, without a thread that tries them again.
    fn unfinished() -> Unfinished {
        let unfinished = Unfinished::new("log-out");
        unfinished.0.state().has_thread = true;
        unfinished
    }

    fn end(unfinished: &Unfinished, name: &str, on: On) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let outcome = unfinished.finish(name.to_owned(), on, Arc::new(Failing));
        runtime.block_on(outcome).unwrap_err();
    }

    fn unknown(client: usize) -> On {
        On::unknown(IpAddr::from(u32::try_from(client).unwrap().to_be_bytes()))
    }

    fn ada() -> On {
        On::Subject("ada".to_owned())
    }

    fn count(unfinished: &Unfinished, pick: impl Fn(&On) -> bool) -> usize {
        unfinished.0.state().waiting.iter().filter(|task| pick(&task.on)).count()
    }

    #[test]
    fn ends_of_unknown_subjects_leave_room_for_others() {
        let unfinished = unfinished();
        for number in 0..CAPACITY {
            end(&unfinished, &format!("random {number}"), unknown(number / 8));
        }
        end(&unfinished, "a session of ada", ada());
        assert_eq!(count(&unfinished, |on| on.subject().is_none()), OF_UNKNOWN);
        assert!(unfinished.is_ending("a session of ada"));
        assert!(!unfinished.is_ending(&format!("random {}", CAPACITY - 1)));
    }

    #[test]
    fn one_address_leaves_room_for_the_log_outs_of_others() {
        let unfinished = unfinished();
        for number in 0..CAPACITY {
            end(&unfinished, &format!("random {number}"), unknown(7));
        }
        assert_eq!(count(&unfinished, |on| *on == unknown(7)), OF_UNKNOWN_OF_ADDRESS);
        end(&unfinished, "a session of another client", unknown(8));
        assert!(unfinished.is_ending("a session of another client"));
        // The same end again takes no second place, and is not refused because of the first one.
        end(&unfinished, "random 0", unknown(7));
        assert!(unfinished.is_ending("random 0"));
        // Addresses of one IPv6 site count as one.
        for number in 0..CAPACITY / 8 {
            let address: IpAddr = format!("2001:db8::{number:x}").parse().unwrap();
            end(&unfinished, &format!("site {number}"), On::unknown(address));
        }
        let site = On::unknown("2001:db8::".parse().unwrap());
        assert_eq!(count(&unfinished, |on| *on == site), OF_UNKNOWN_OF_ADDRESS);
    }

    #[test]
    fn a_later_end_keeps_the_subject_of_an_earlier_one() {
        let unfinished = unfinished();
        end(&unfinished, "a session of ada", ada());
        end(&unfinished, "a session of ada", unknown(7));
        assert_eq!(count(&unfinished, |on| *on == ada()), 1);
        assert_eq!(count(&unfinished, |on| on.subject().is_none()), 0);

        // The earlier one was tried, and failed, while the later one was added.
        let first = unfinished.0.state().waiting.pop_front().unwrap();
        end(&unfinished, "a session of ada", unknown(7));
        unfinished.0.put_back(first);
        assert_eq!(count(&unfinished, |on| *on == ada()), 1);
        let Task { name, .. } = unfinished.0.state().waiting.pop_front().unwrap();
        unfinished.0.unmark(&name);
        assert!(!unfinished.has_any(), "each end has unmarked its name once");
    }
}
