//! The caller on whose behalf work is done, for sharing common resources fairly.
//!
//! A resource that all requests share, such as a connection pool, has to know the request that uses
//! it, and a statement does not contain that. So the app stage sets the caller each time it polls a
//! request's future or the body of its response, and the resource reads it. Work outside of
//! requests (start-up, background tasks, tasks that a handler spawns itself) has no caller; the
//! part of a handler in [`finish`](crate::finish) has the handler's.

use std::{
    cell::Cell,
    future::Future,
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    pin::Pin,
    sync::LazyLock,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::{Principal, limit::address_bytes, spans::Scope};

/// The caller: the authenticated subject, or the client's address until there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Caller {
    /// An IPv4 address, or the /56 of an IPv6 address.
    Address([u8; 8]),
    /// A subject of an issuer, hashed under a secret of this process.
    Subject(u64),
}

thread_local! {
    static CURRENT: Cell<Option<Caller>> = const { Cell::new(None) };
}

/// With a secret, clients cannot choose two subjects with the same hash.
static SECRET: LazyLock<RandomState> = LazyLock::new(RandomState::new);

impl Caller {
    /// The client at this address.
    pub(crate) fn at(address: IpAddr) -> Self {
        Self::Address(address_bytes(address))
    }

    /// The authenticated caller.
    pub(crate) fn of(principal: &Principal) -> Self {
        Self::Subject(SECRET.hash_one((principal.issuer(), principal.subject())))
    }

    /// The caller of the current work; `None` outside of requests.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.get()
    }

    /// Makes this the caller of the current request. No effect outside of requests.
    pub(crate) fn identify(self) {
        if CURRENT.get().is_some() {
            CURRENT.set(Some(self));
        }
    }

    /// Runs a function as work of this caller.
    pub(crate) fn poll<T>(self, work: impl FnOnce() -> T) -> T {
        let _before = Before::of(Some(self));
        work()
    }
}

/// Sets the caller and the trace of the work while `future` is polled; with `None` there is no
/// caller.
pub(crate) fn on_behalf_of<F: Future>(
    caller: Option<Caller>,
    scope: Scope,
    future: F,
) -> OnBehalf<F> {
    OnBehalf { future, caller, scope }
}

pin_project! {
    /// Work of a caller.
    pub(crate) struct OnBehalf<F> {
        #[pin]
        future: F,
        caller: Option<Caller>,
        scope: Scope,
    }
}

impl<F: Future> Future for OnBehalf<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _before = Before::of(*this.caller);
        let outcome = this.scope.poll(|| this.future.poll(cx));
        // It may have been authenticated meanwhile.
        *this.caller = CURRENT.get();
        outcome
    }
}

/// Restores the previous caller, after a panic too.
struct Before(Option<Caller>);

impl Before {
    fn of(caller: Option<Caller>) -> Self {
        Self(CURRENT.replace(caller))
    }
}

impl Drop for Before {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::{Caller, on_behalf_of};
    use crate::spans::Scope;

    #[tokio::test]
    async fn the_caller_is_known_while_its_work_runs_and_at_no_other_time() {
        let [first, second] = [1, 2].map(|last| Caller::at(Ipv4Addr::new(192, 0, 2, last).into()));
        let request = |caller: Caller| {
            on_behalf_of(Some(caller), Scope::default(), async move {
                assert_eq!(Caller::current(), Some(caller));
                tokio::task::yield_now().await;
                assert_eq!(Caller::current(), Some(caller));
                Caller::Subject(7).identify();
                tokio::task::yield_now().await;
                Caller::current()
            })
        };
        let both = futures_both(request(first), request(second)).await;
        assert_eq!(both, (Some(Caller::Subject(7)), Some(Caller::Subject(7))));
        assert_eq!(Caller::current(), None);
        Caller::Subject(7).identify();
        assert_eq!(Caller::current(), None);
        let panicked = std::panic::catch_unwind(|| first.poll::<()>(|| panic!("in the work")));
        assert!(panicked.is_err());
        assert_eq!(Caller::current(), None);
    }

    async fn futures_both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
        tokio::join!(a, b)
    }

    #[test]
    fn an_address_is_one_caller_in_either_spelling() {
        let at = |text: &str| Caller::at(text.parse().unwrap());
        assert_eq!(at("192.0.2.1"), at("::ffff:192.0.2.1"));
        assert_eq!(at("2001:db8:1:2200::1"), at("2001:db8:1:22ff::9"));
        assert_ne!(at("192.0.2.1"), at("192.0.2.2"));
    }
}
