//! Requests whose client disconnects while the handler runs.
//!
//! Actix drops the future of such a request at its current `.await`. The client could choose the
//! step after which a handler ends: with the row deleted and the file still there, or with a
//! password guessed and not counted (CWE-372, CWE-778). So a request that may change state, and
//! whose handler has begun, runs to its end without its client:
//!
//! 1. GET, HEAD, OPTIONS and TRACE end as in Actix: they change no state.
//! 2. Before its handler begins, a request has changed no state. It ends, so that the service
//!    does not wait for a body that will not arrive.
//! 3. All other requests become a task of their own on the same worker. They keep their
//!    deadlines, their concurrency permits and their reserved units. The audit event has the
//!    status of the handler's response, and `gone = true`. Handlers other than palisade's
//!    endpoints have no deadline of their own, and get the service's.
//! 4. At most [`MOST`] such requests of a service and [`MOST_OF_ADDRESS`] of an address run at a
//!    time. Beyond that, and when the worker stops, the request is dropped, and the audit event
//!    has no status.
//!
//! A request whose client stays connected has no extra cost.

use std::{
    collections::HashMap,
    future::Future,
    net::IpAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use actix_web::{Error, body::EitherBody, dev::ServiceResponse, http::Method};

use super::{Passage, answering::Answering};
use crate::{
    caller::{Caller, on_behalf_of},
    limit::address_bytes,
    spans::Scope,
};

/// For one service, at a time.
const MOST: usize = 1_024;

/// For one address, at a time: a client that sends many requests and disconnects leaves capacity
/// for others.
const MOST_OF_ADDRESS: u32 = 64;

type Work<B> =
    Pin<Box<dyn Future<Output = Result<ServiceResponse<Answering<EitherBody<B>>>, Error>>>>;

/// A request in the app stage.
pub struct Serving<B: 'static> {
    work: Option<Work<B>>,
    /// `None` if the request changes no state.
    passage: Option<Rc<Passage>>,
}

impl<B> std::fmt::Debug for Serving<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Serving")
    }
}

impl<B> Serving<B> {
    pub(super) fn new(passage: &Rc<Passage>, work: Work<B>) -> Self {
        let safe =
            matches!(passage.method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE);
        Self { work: Some(work), passage: (!safe).then(|| Rc::clone(passage)) }
    }

    /// A request that is answered before routing: there is no part of it that has to run to the
    /// end.
    pub(super) fn early(work: Work<B>) -> Self {
        Self { work: Some(work), passage: None }
    }

    /// A response that exists already.
    pub(super) fn ready(answer: Result<ServiceResponse<Answering<EitherBody<B>>>, Error>) -> Self {
        Self { work: Some(Box::pin(std::future::ready(answer))), passage: None }
    }
}

impl<B> Future for Serving<B> {
    type Output = Result<ServiceResponse<Answering<EitherBody<B>>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let Some(work) = &mut this.work else { return Poll::Pending };
        let answer = std::task::ready!(work.as_mut().poll(cx));
        this.work = None;
        Poll::Ready(answer)
    }
}

impl<B: 'static> Drop for Serving<B> {
    fn drop(&mut self) {
        if let (Some(work), Some(passage)) = (self.work.take(), self.passage.take()) {
            adopt(&passage, work);
        }
    }
}

/// Runs a request without its client, or drops it.
fn adopt<T: 'static>(passage: &Rc<Passage>, work: Pin<Box<dyn Future<Output = T>>>) {
    // Handlers other than palisade's endpoints do not signal their start: for them it is the
    // routing. A request that waits for the service's own limit has not begun.
    let is_plain = passage.policy.get().is_none();
    let may_go_on = passage.has_started() || (is_plain && passage.is_routed());
    // Outside of a task no task can be spawned: in an app in a test, or when the runtime ends.
    if !may_go_on || std::thread::panicking() || tokio::task::try_id().is_none() {
        return;
    }
    let shield = &passage.worker.shield;
    let Some(place) = Adopted::enter(&shield.adoptions, passage.address.ip()) else { return };
    passage.gone.set(true);
    let deadline = passage.policy.get().is_none().then_some(shield.defaults.timeout);
    let task = async move {
        let _place = place;
        match deadline {
            None => drop(work.await),
            Some(deadline) => drop(tokio::time::timeout(deadline, work).await),
        }
    };
    // If this panics anyway, the request is dropped, and that has an audit event too.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(actix_web::rt::spawn(task))));
}

/// The requests of a service that run without their clients.
#[derive(Debug, Default)]
pub(crate) struct Adoptions(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_address: HashMap<[u8; 8], u32>,
}

impl Adoptions {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The current number of them.
    #[cfg(test)]
    fn count(&self) -> usize {
        self.counts().all
    }
}

/// The permit of one of them, which is returned when this is dropped.
#[derive(Debug)]
struct Adopted {
    adoptions: Arc<Adoptions>,
    address: [u8; 8],
}

impl Adopted {
    /// `None` if the limit is reached.
    fn enter(adoptions: &Arc<Adoptions>, address: IpAddr) -> Option<Self> {
        let address = address_bytes(address);
        let mut counts = adoptions.counts();
        let own = counts.by_address.get(&address).copied().unwrap_or(0);
        if counts.all >= MOST || own >= MOST_OF_ADDRESS {
            return None;
        }
        counts.all = counts.all.saturating_add(1);
        counts.by_address.insert(address, own.saturating_add(1));
        drop(counts);
        Some(Self { adoptions: Arc::clone(adoptions), address })
    }
}

impl Drop for Adopted {
    fn drop(&mut self) {
        let mut counts = self.adoptions.counts();
        counts.all = counts.all.saturating_sub(1);
        match counts.by_address.get_mut(&self.address) {
            Some(own) if *own > 1 => *own = own.saturating_sub(1),
            // An entry without requests is removed, so that the map does not grow.
            Some(_) | None => {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

/// Runs a part of a handler to its end, even if the handler's deadline passes or its client
/// disconnects.
///
/// A handler that exceeds its deadline (`#[timeout]`) is dropped at its current `.await`: of two
/// steps that belong together, and that no database transaction combines, the second may not run.
/// This part is a task of its own on the same worker. It begins immediately, and its result is
/// returned if the handler still waits for it. A panic in it is a panic of the handler.
///
/// It has no deadline: keep it short, and set a timeout for everything that it waits for. It ends
/// with the worker. Its use of shared resources, such as database connections, is attributed to the
/// caller of the request. A handler of POST, PUT, PATCH and DELETE needs this only because of its
/// deadline: these requests run to the end anyway if the client disconnects.
///
/// ```
/// use palisade::prelude::*;
///
/// # async fn remove_row(_id: u32) -> Result<()> { Ok(()) }
/// # async fn remove_file(_id: u32) -> Result<()> { Ok(()) }
/// #[delete("/files/{id}")]
/// #[require_scope("files:write")]
/// #[timeout("2 s")]
/// #[validated]
/// async fn remove(id: Path<u32>) -> Result<NoContent> {
///     let id = *id;
///     palisade::finish(async move {
///         remove_row(id).await?;
///         remove_file(id).await
///     })
///     .await?;
///     Ok(NoContent)
/// }
/// ```
pub async fn finish<F>(part: F) -> F::Output
where
    F: Future + 'static,
    F::Output: 'static,
{
    if tokio::task::try_id().is_none() {
        // In a test without a server there is no worker for the task.
        return part.await;
    }
    match actix_web::rt::spawn(on_behalf_of(Caller::current(), Scope::current(), part)).await {
        Ok(output) => output,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The worker stops, and drops this future.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Adopted, Adoptions, MOST, MOST_OF_ADDRESS};
    use std::{net::IpAddr, sync::Arc};

    fn address(last: u32) -> IpAddr {
        IpAddr::from(last.to_be_bytes())
    }

    #[test]
    fn one_address_takes_its_places_and_no_more() {
        let adoptions = Arc::new(Adoptions::default());
        let mut held: Vec<_> =
            (0..MOST_OF_ADDRESS).map(|_| Adopted::enter(&adoptions, address(7))).collect();
        assert!(held.iter().all(Option::is_some));
        assert!(Adopted::enter(&adoptions, address(7)).is_none());
        let other = Adopted::enter(&adoptions, address(8));
        assert!(other.is_some());
        held.pop();
        assert!(Adopted::enter(&adoptions, address(7)).is_some());
        drop((held, other));
        assert_eq!(adoptions.count(), 0);
        assert!(adoptions.counts().by_address.is_empty());
    }

    #[test]
    fn a_service_has_so_many_places() {
        let adoptions = Arc::new(Adoptions::default());
        let most = u32::try_from(MOST).unwrap();
        let held: Vec<_> = (0..most + 5).map(|i| Adopted::enter(&adoptions, address(i))).collect();
        assert_eq!(held.iter().flatten().count(), MOST);
        drop(held);
        assert_eq!(adoptions.count(), 0);
    }
}
