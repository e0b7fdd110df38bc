//! Stores of spent units.

use super::{fields::Spent, gcra::Decision, key::Key, limiter::Limit, permit::Permit};
use crate::{
    clock::Moment,
    policy::{Ban, LimitOutage},
};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// One question to a store: may this key spend what a request costs?
#[derive(Debug)]
pub struct Ask<'l> {
    /// The limit.
    pub limit: &'l Limit,
    /// The key.
    pub key: Key,
    /// The units.
    pub units: u32,
    /// The decision; a refusal until a store has decided.
    pub decision: Decision,
    /// Where it is counted.
    pub place: Place,
    /// When the key will have recovered from these units and those before: in microseconds, on the
    /// clock of the place where it is counted. Units that have recovered before their return
    /// are not returned.
    pub(super) paid_at: u64,
    /// Whether the key was refused because it is blocked, whatever it has left.
    pub blocked: bool,
    /// The ban that begins with this refusal.
    pub banned: Option<Ban>,
    /// The permit, for a concurrency limit.
    pub permit: Option<Permit>,
}

/// How units were spent that may be returned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receipt {
    decision: Decision,
    place: Place,
    paid_at: u64,
}

/// Where an ask is counted, and so where its units are returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the memory of this process.
    Memory,
    /// In the store that instances share.
    Shared,
    /// In memory although it is shared, because the shared store is out of reach.
    Standby,
    /// Nowhere: the shared store is out of reach, and the limit is open meanwhile.
    Nowhere,
    /// No store was asked for the state of the key, because another limit had already refused, or
    /// because none could be reached.
    Unasked,
}

impl Ask<'_> {
    /// What the units add to the key's backlog, in microseconds; for a concurrency limit, nothing
    /// that recovers with time.
    pub fn charge(&self) -> u64 {
        self.limit.gcra().map_or(u64::MAX, |gcra| gcra.charge(self.units))
    }

    /// The information that is needed to return its units later.
    pub(crate) const fn receipt(&self) -> Receipt {
        Receipt { decision: self.decision, place: self.place, paid_at: self.paid_at }
    }

    /// The ask that was granted with this receipt.
    pub(crate) fn granted(mut self, receipt: Receipt) -> Self {
        (self.decision, self.place) = (receipt.decision, receipt.place);
        self.paid_at = receipt.paid_at;
        self
    }

    /// Whether this limit refuses the request; false if it was never asked, or only tracks.
    pub fn is_refused(&self) -> bool {
        !self.decision.allowed && self.is_answered() && !self.is_tracked()
    }

    /// Whether this limit would refuse the request if it did more than track.
    pub fn is_over(&self) -> bool {
        !self.decision.allowed && self.is_answered() && self.is_tracked()
    }

    /// Whether it was left undecided because its limit is closed while the shared store is out of
    /// reach.
    pub(super) fn is_closed(&self) -> bool {
        self.place == Place::Unasked
            && self.limit.is_shared()
            && self.limit.rate().outage == LimitOutage::Closed
    }

    /// Its state for the response fields and the audit event.
    pub fn spent(&self) -> Spent {
        let rate = self.limit.rate();
        Spent { name: rate.name, unit: rate.unit, decision: self.decision, tracked: rate.track }
    }

    /// Whether the limit counts and never refuses.
    pub fn is_tracked(&self) -> bool {
        self.limit.rate().track
    }

    /// Whether the decision has the state of the key.
    pub fn is_answered(&self) -> bool {
        !matches!(self.place, Place::Nowhere | Place::Unasked)
    }
}

/// The decision on all asks of a request together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Admission {
    /// Every ask was allowed, and its units are spent.
    Granted,
    /// At least one ask was refused, and none of them has spent anything.
    Refused,
    /// The shared store is out of reach, and one of the limits is closed meanwhile. Nothing is
    /// spent.
    Undecided,
}

/// Stores what was spent.
///
/// A request is admitted by all of its limits or by none: on a refusal nothing stays spent, and
/// every ask's decision has the state of its key, so that all violated policies can be named.
pub trait Store: fmt::Debug + Send + Sync {
    /// Spends the units of all asks, or of none, and writes each ask's decision.
    fn take<'a>(&'a self, asks: &'a mut [Ask<'_>], now: Moment) -> Taken<'a>;

    /// Returns the units of a granted ask, for a request that turned out not to count.
    ///
    /// The key has at most as much left as if it had never asked; nothing is returned if the store
    /// has evicted the key meanwhile.
    fn give_back(&self, ask: &mut Ask<'_>, now: Moment);

    /// Writes the ask's decision without spending anything.
    fn survey<'a>(&'a self, ask: &'a mut Ask<'_>, now: Moment) -> Taken<'a>;
}

/// A store's answer: available, or on its way. Awaiting the first costs nothing.
#[must_use = "units may be spent, but the request is not decided before this is awaited"]
pub enum Taken<'a> {
    /// The store has answered.
    Now(Admission),
    /// The command was sent over the network.
    Later(Pin<Box<dyn Future<Output = Admission> + 'a>>),
}

impl Future for Taken<'_> {
    type Output = Admission;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Admission> {
        match self.get_mut() {
            Self::Now(admission) => Poll::Ready(*admission),
            Self::Later(answer) => answer.as_mut().poll(context),
        }
    }
}

impl fmt::Debug for Taken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(admission) => f.debug_tuple("Now").field(admission).finish(),
            Self::Later(_) => f.write_str("Later(..)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Admission, Taken};
    use std::{
        future::{Future, ready},
        pin::pin,
        task::{Context, Poll, Waker},
    };

    fn poll(taken: Taken<'_>) -> Poll<Admission> {
        pin!(taken).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn both_kinds_of_answer_can_be_awaited() {
        assert_eq!(poll(Taken::Now(Admission::Granted)), Poll::Ready(Admission::Granted));
        let later = Taken::Later(Box::pin(ready(Admission::Refused)));
        assert_eq!(poll(later), Poll::Ready(Admission::Refused));
        assert_eq!(poll(Taken::Later(Box::pin(std::future::pending()))), Poll::Pending);
    }
}
