//! The handler, under its deadline.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{HttpRequest, HttpResponse, Responder};
use pin_project_lite::pin_project;
use tokio::time::Sleep;

use super::{Cleared, meter::Counted};
use crate::{Problem, problem::Kind};

pin_project! {
    /// A handler that runs, and how what it returns becomes a response.
    pub(super) struct Finishing<F, O> {
        #[pin]
        handler: F,
        respond: fn(O, &HttpRequest) -> HttpResponse,
        cleared: Cleared,
        // Started when the handler first waits: one that does not costs no timer.
        timer: Option<Pin<Box<Sleep>>>,
        deadline: Duration,
    }
}

/// Runs the handler under its deadline and turns what it returns into a response. 504 where the
/// deadline passes first; the handler is dropped where it waits.
pub(super) fn finish<F>(counted: Counted, handler: F) -> Finishing<F, F::Output>
where
    F: Future,
    F::Output: Responder,
{
    let cleared = counted.into_cleared();
    cleared.passage().note_started();
    let deadline = cleared.deadline();
    let respond =
        |output: F::Output, request: &HttpRequest| output.respond_to(request).map_into_boxed_body();
    Finishing { handler, respond, cleared, timer: None, deadline }
}

impl<F: Future<Output = O>, O> Future for Finishing<F, O> {
    type Output = Result<HttpResponse, Problem>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.handler.poll(cx) {
            return Poll::Ready(Ok((this.respond)(output, this.cleared.request())));
        }
        let deadline = *this.deadline;
        let timer = this.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(deadline)));
        if timer.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        let late = format!("the handler did not finish within {deadline:?}");
        Poll::Ready(Err(Problem::new(Kind::Timeout).caused_by_note(late)))
    }
}

impl<F, O> fmt::Debug for Finishing<F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finishing").field("cleared", &self.cleared).finish_non_exhaustive()
    }
}
