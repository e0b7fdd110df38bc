//! A request whose client hangs up while its handler works.
//!
//! Actix drops the future of such a request where it waits. The client would choose by that after
//! which step a handler ends: with the row deleted and the file still there, or with a password
//! guessed and nothing counted (CWE-372, CWE-778). So a request that may change state, and whose
//! handler has begun, runs to its end without its client:
//!
//! 1. GET, HEAD, OPTIONS and TRACE end as Actix ends them: they change nothing.
//! 2. Before its handler begins, a request has changed nothing either. It ends, and so no body is
//!    waited for that does not come.
//! 3. All others go on as a task of their own on the same worker, with their deadlines, their places
//!    among the requests under way and what they have reserved of limits. The audit event has the
//!    status that the handler gave, and `gone = true`. What is mounted beside palisade's endpoints
//!    has no deadline of its own, and gets the service's.
//! 4. At most 1,024 requests of a service and 64 of an address go on so at a
//!    time. Beyond, and where the worker stops, the request is dropped; the audit event has no
//!    status then.
//!
//! A request whose client stays connected costs nothing more.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{Error, body::EitherBody, dev::ServiceResponse, http::Method};

use super::answering::Answering;
use crate::{
    caller::{Caller, on_behalf_of},
    request::{Adopted, Passage},
    spans::Scope,
};

type Work<B> =
    Pin<Box<dyn Future<Output = Result<ServiceResponse<Answering<EitherBody<B>>>, Error>>>>;

/// A request in the app stage.
pub struct Serving<B: 'static> {
    work: Option<Work<B>>,
    /// `None` where the request changes nothing.
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

    /// A request that is answered before routing: no part of it has to go on.
    pub(super) fn early(work: Work<B>) -> Self {
        Self { work: Some(work), passage: None }
    }

    /// An answer that is made already.
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

/// Lets a request go on without its client, or drops it.
fn adopt<T: 'static>(passage: &Rc<Passage>, work: Pin<Box<dyn Future<Output = T>>>) {
    // What is mounted beside palisade's endpoints does not say when it begins: routing is its
    // beginning. What still waits for the service's own limit has not begun.
    let is_plain = passage.policy.get().is_none();
    let may_go_on = passage.has_started() || (is_plain && passage.is_routed());
    // Outside of a task there is nothing to put a task into: an app in a test, a runtime that ends.
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
    // Where this panics after all, the request is dropped, and that is an event too.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(actix_web::rt::spawn(task))));
}

/// Runs a part of a handler to its end, although the handler's deadline passes or its client hangs
/// up meanwhile.
///
/// A handler that passes its deadline (`#[timeout]`) is dropped where it waits: with two steps that
/// belong together, and that no transaction of a database joins, the second may not happen. The
/// part that is given here is a task of its own on the same worker. It begins at once, and what it
/// returns is handed on if the handler still waits for it. A panic in it is a panic of the handler.
///
/// It has no deadline: keep it short, and give what it waits for a time-out of its own. It ends with
/// the worker. What it takes of a shared resource, such as connections of a database, counts for the
/// caller of the request. A handler of POST, PUT, PATCH and DELETE needs it only because of its
/// deadline: their requests go on by themselves when the client hangs up.
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
        // In a test without a server there is no worker to give it to.
        return part.await;
    }
    match actix_web::rt::spawn(on_behalf_of(Caller::current(), Scope::current(), part)).await {
        Ok(output) => output,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The worker stops, and this future with it.
            Err(_) => std::future::pending().await,
        },
    }
}
