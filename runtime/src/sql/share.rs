//! The share of a pool that one caller may hold.
//!
//! Limits count requests, and not their costs: a few statements that take seconds each would hold
//! every connection of a pool, while all other callers wait (CWE-400). So no caller holds more than
//! half of a pool. Further requests of that caller wait for its own connections, in their order;
//! the other half serves all other callers.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{sync::oneshot, time::timeout};

use super::error::{Error, ErrorKind};
use crate::caller::Caller;

/// The shares of a pool.
#[derive(Debug)]
pub(super) struct Shares {
    /// The most connections of one caller.
    most: u32,
    /// How long a caller waits for a connection, its own share included.
    patience: Duration,
    /// The callers that hold a connection now, or wait for one.
    callers: Mutex<HashMap<Caller, Held>>,
}

#[derive(Debug, Default)]
struct Held {
    connections: u32,
    /// The waiting requests, the first one first. There are none while the caller holds less than
    /// its share.
    waiting: VecDeque<oneshot::Sender<Share>>,
}

/// The permit for one connection of a caller's share; returned when it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    shares: Arc<Shares>,
    /// `None` once it was passed on.
    caller: Option<Caller>,
}

impl Shares {
    /// The shares of a pool of so many connections.
    pub(super) fn new(connections: u32, patience: Duration) -> Self {
        let most = (connections / 2).max(1);
        Self { most, patience, callers: Mutex::default() }
    }

    /// Runs `lease` once the current caller may hold one more connection. Outside of requests that
    /// is at once, and without a share.
    pub(super) async fn take<T>(
        self: &Arc<Self>,
        caller: Option<Caller>,
        lease: impl Future<Output = Result<T, Error>>,
    ) -> Result<(T, Option<Share>), Error> {
        let Some(caller) = caller else { return Ok((lease.await?, None)) };
        let waiting = match self.ask(caller) {
            Ok(share) => return Ok((lease.await?, Some(share))),
            Err(waiting) => waiting,
        };
        let began = Instant::now();
        // The other end is dropped with the shares, which this holds.
        let Ok(Ok(share)) = timeout(self.patience, waiting).await else {
            return Err(self.exceeded());
        };
        let rest = self.patience.saturating_sub(began.elapsed());
        let late = |_| Err(sqlx::Error::PoolTimedOut.into());
        let leased = timeout(rest, lease).await.unwrap_or_else(late)?;
        Ok((leased, Some(share)))
    }

    fn ask(self: &Arc<Self>, caller: Caller) -> Result<Share, oneshot::Receiver<Share>> {
        let mut callers = self.callers();
        let held = callers.entry(caller).or_default();
        if held.connections < self.most {
            held.connections += 1;
            return Ok(Share { shares: Arc::clone(self), caller: Some(caller) });
        }
        // Those who left are no longer waiting: a caller that comes and goes does not fill memory.
        while held.waiting.pop_front_if(|first| first.is_closed()).is_some() {}
        let (sender, receiver) = oneshot::channel();
        held.waiting.push_back(sender);
        Err(receiver)
    }

    /// Passes the permit to the next waiting request of this caller; if there is none, the caller
    /// holds one connection less.
    fn next(&self, caller: Caller) -> Option<oneshot::Sender<Share>> {
        let mut callers = self.callers();
        let Entry::Occupied(mut held) = callers.entry(caller) else { return None };
        let next = held.get_mut().waiting.pop_front();
        if next.is_none() {
            let connections = &mut held.get_mut().connections;
            *connections = connections.saturating_sub(1);
            if *connections == 0 {
                held.remove();
            }
        }
        next
    }

    fn exceeded(&self) -> Error {
        Error::note(
            ErrorKind::TimedOut,
            format!(
                "the caller held its share of the pool, {} connections, for as long as this \
                 statement may wait for one",
                self.most
            ),
        )
    }

    fn callers(&self) -> MutexGuard<'_, HashMap<Caller, Held>> {
        self.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some(caller) = self.caller.take() else { return };
        while let Some(waiting) = self.shares.next(caller) {
            let share = Self { shares: Arc::clone(&self.shares), caller: Some(caller) };
            match waiting.send(share) {
                Ok(()) => return,
                // That one has gone: the share goes on to the one behind.
                Err(mut unwanted) => unwanted.caller = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::ready,
        pin::Pin,
        sync::Arc,
        task::{Context, Waker},
        time::Duration,
    };

    use super::{Caller, Error, Share, Shares};

    const LONG: Duration = Duration::from_secs(60);
    const ONE: Option<Caller> = Some(Caller::Subject(1));
    const OTHER: Option<Caller> = Some(Caller::Subject(2));

    fn is_pending(future: &mut (impl Future + Unpin)) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        Pin::new(future).poll(&mut context).is_pending()
    }

    async fn take(shares: &Arc<Shares>, caller: Option<Caller>) -> Result<Option<Share>, Error> {
        shares.take(caller, ready(Ok(()))).await.map(|((), share)| share)
    }

    #[tokio::test]
    async fn a_caller_holds_half_and_another_one_is_served() {
        for (connections, most) in [(1, 1), (2, 1), (3, 1), (4, 2), (10, 5)] {
            let shares = Arc::new(Shares::new(connections, Duration::from_millis(20)));
            let mut held = Vec::new();
            for _ in 0..most {
                held.push(take(&shares, ONE).await.unwrap());
            }
            let refused = take(&shares, ONE).await.unwrap_err();
            assert!(refused.is_transient() && refused.to_string().contains("its share"));
            assert!(take(&shares, OTHER).await.unwrap().is_some());
            assert!(take(&shares, None).await.unwrap().is_none());
            drop(held);
            assert!(take(&shares, ONE).await.unwrap().is_some());
            assert!(shares.callers().is_empty(), "{connections}");
        }
    }

    #[tokio::test]
    async fn those_who_wait_are_served_in_their_order_and_those_who_left_are_passed_over() {
        let shares = Arc::new(Shares::new(2, LONG));
        let held = take(&shares, ONE).await.unwrap();
        let order = std::sync::Mutex::new(Vec::new());
        let waiter = |number: usize| {
            let (shares, order) = (&shares, &order);
            async move {
                let _share = take(shares, ONE).await.unwrap();
                order.lock().unwrap().push(number);
            }
        };
        let mut gone = Box::pin(waiter(0));
        assert!(is_pending(&mut gone));
        let (mut first, mut second) = (Box::pin(waiter(1)), Box::pin(waiter(2)));
        assert!(is_pending(&mut first));
        assert!(is_pending(&mut second));
        drop(gone);
        drop(held);
        tokio::join!(second, first);
        assert_eq!(*order.lock().unwrap(), [1, 2]);
        assert!(shares.callers().is_empty());
    }

    #[tokio::test]
    async fn a_share_that_was_handed_to_one_who_left_is_not_lost() {
        let shares = Arc::new(Shares::new(2, LONG));
        let held = take(&shares, ONE).await.unwrap();
        let mut waits = Box::pin(take(&shares, ONE));
        assert!(is_pending(&mut waits));
        // Handed over, and never looked at.
        drop(held);
        drop(waits);
        assert!(shares.callers().is_empty());
    }

    #[tokio::test]
    async fn those_who_left_do_not_stay_in_the_queue() {
        let shares = Arc::new(Shares::new(2, LONG));
        let held = take(&shares, ONE).await.unwrap();
        for _ in 0..1_000 {
            drop(shares.ask(Caller::Subject(1)).unwrap_err());
        }
        let waiting = shares.callers().values().map(|held| held.waiting.len()).sum::<usize>();
        assert_eq!(waiting, 1, "the last one, until the next comes");
        drop(held);
        assert!(shares.callers().is_empty());
    }

    #[tokio::test]
    async fn many_who_left_cost_no_stack() {
        let shares = Arc::new(Shares::new(2, LONG));
        let held = take(&shares, ONE).await.unwrap();
        let mut waiting = Vec::new();
        for _ in 0..200_000 {
            waiting.push(shares.ask(Caller::Subject(1)).unwrap_err());
        }
        drop(waiting);
        drop(held);
        assert!(shares.callers().is_empty());
    }
}
