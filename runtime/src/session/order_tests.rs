//! Effects on sessions whose caller is gone at every place where it can be.

use std::{
    future::{Future, poll_fn},
    net::Ipv4Addr,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use super::{MemorySessionStore, SessionRecord, SessionStore, Sessions, Updated};
use crate::{auth::SecretDigest, clock::Moment, issue::StoreFuture};

/// A store in memory that takes a while before and after each step.
#[derive(Clone, Debug, Default)]
struct Slow(Arc<MemorySessionStore>);

impl Slow {
    fn step<'a, T: Send + 'a>(
        &'a self,
        act: impl FnOnce(&'a MemorySessionStore) -> StoreFuture<'a, T> + Send + 'a,
    ) -> StoreFuture<'a, T> {
        Box::pin(async move {
            pause().await;
            let done = act(&self.0).await;
            pause().await;
            done
        })
    }
}

impl SessionStore for Slow {
    fn insert<'a>(
        &'a self,
        id: &'a SecretDigest,
        record: &'a SessionRecord,
    ) -> StoreFuture<'a, ()> {
        self.step(move |store| store.insert(id, record))
    }

    fn load<'a>(&'a self, id: &'a SecretDigest) -> StoreFuture<'a, Option<SessionRecord>> {
        self.step(move |store| store.load(id))
    }

    fn update<'a>(
        &'a self,
        id: &'a SecretDigest,
        read: Option<u64>,
        data: &'a str,
    ) -> StoreFuture<'a, Updated> {
        self.step(move |store| store.update(id, read, data))
    }

    fn touch<'a>(
        &'a self,
        id: &'a SecretDigest,
        record: &'a SessionRecord,
    ) -> StoreFuture<'a, bool> {
        self.step(move |store| store.touch(id, record))
    }

    fn remove<'a>(&'a self, id: &'a SecretDigest) -> StoreFuture<'a, ()> {
        self.step(move |store| store.remove(id))
    }

    fn remove_subject<'a>(&'a self, subject: &'a str) -> StoreFuture<'a, ()> {
        self.step(move |store| store.remove_subject(subject))
    }
}

/// Pending once: a place where a future may be dropped.
async fn pause() {
    let mut is_first = true;
    poll_fn(|context| {
        if std::mem::take(&mut is_first) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

/// Drops a future after so many polls; whether it got to its end before that.
fn cut_off<T>(future: impl Future<Output = T>, polls: usize) -> bool {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..polls).any(|_| future.as_mut().poll(&mut context).is_ready())
}

fn id(number: u8) -> SecretDigest {
    SecretDigest::of(&[number])
}

/// Sessions 1 and 2 of ada, and what looks at them.
struct Service {
    runtime: tokio::runtime::Runtime,
    store: Slow,
    sessions: Sessions,
}

impl Service {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let store = Slow::default();
        let sessions = Sessions::kept_in(store.clone());
        let service = Self { runtime, store, sessions };
        let record = service.record();
        for number in [1, 2] {
            service.runtime.block_on(service.sessions.begin(None, &id(number), &record)).unwrap();
        }
        service
    }

    fn record(&self) -> SessionRecord {
        self.sessions.record("ada".to_owned(), Vec::new(), Moment::now().unix_seconds())
    }

    fn is_there(&self, number: u8) -> bool {
        let now = Moment::now().unix_seconds();
        self.runtime.block_on(self.sessions.find(&id(number), now)).unwrap().is_some()
    }

    fn settle(&self) {
        let began = Instant::now();
        while self.sessions.has_unfinished() {
            assert!(began.elapsed() < Duration::from_secs(20), "it is not completed");
            thread::sleep(Duration::from_millis(2));
        }
    }
}

#[test]
fn a_log_out_that_is_cut_off_anywhere_is_completed_or_never_began() {
    for everywhere in [false, true] {
        let (mut has_ended, mut polls, mut completed) = (false, 0, 0);
        while !has_ended {
            let service = Service::new();
            let (sessions, own) = (&service.sessions, id(1));
            let entered = service.runtime.enter();
            has_ended = if everywhere {
                cut_off(sessions.end_subject("ada"), polls)
            } else {
                cut_off(sessions.end(&own, Ipv4Addr::LOCALHOST.into()), polls)
            };
            drop(entered);
            let was_begun = service.sessions.has_unfinished();
            assert!(!was_begun || !service.is_there(1), "it holds at once");
            service.settle();
            let is_over = service.store.0.len() < 2;
            assert_eq!(service.is_there(1), !is_over);
            assert_eq!(service.is_there(2), !(everywhere && is_over));
            assert!(is_over || (!has_ended && !was_begun), "after {polls} polls");
            completed += usize::from(is_over && !has_ended);
            polls += 1;
        }
        assert!(completed > 0, "it was never cut off after it began");
    }
}

#[test]
fn a_log_in_that_is_cut_off_anywhere_leaves_no_two_sessions() {
    let (mut has_ended, mut polls, mut neither) = (false, 0, 0);
    while !has_ended {
        let service = Service::new();
        let (old, new, record) = (id(1), id(3), service.record());
        let entered = service.runtime.enter();
        has_ended = cut_off(service.sessions.begin(Some(&old), &new, &record), polls);
        drop(entered);
        let (old, new) = (service.is_there(1), service.is_there(3));
        assert!(!(old && new), "after {polls} polls");
        neither += u32::from(!old && !new);
        assert!(service.is_there(2), "another browser's");
        polls += 1;
    }
    assert!(neither > 0, "it was never cut off in between");
}
