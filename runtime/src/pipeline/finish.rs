//! Runs the handler within its deadline.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{HttpRequest, HttpResponse, Responder};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};

use super::{Cleared, meter::Counted};
#[cfg(feature = "compression")]
use crate::coding::compress;
use crate::{Problem, problem::Kind, spans::HandlerSpan};

/// `error.type` of the span of a handler that answered with a status of 500 or more.
const SERVER_ERROR: &str = "5xx";

pin_project! {
    /// A running handler, and how its result becomes a response.
    pub(super) struct Finishing<F, O> {
        #[pin]
        handler: F,
        respond: fn(O, &HttpRequest) -> HttpResponse,
        cleared: Cleared,
        // Created when the handler first awaits: one that does not await needs no timer.
        timer: Option<Pin<Box<Sleep>>>,
        deadline: Duration,
        started: Instant,
        span: HandlerSpan,
    }
}

/// Runs the handler within its deadline and converts its result to a response. If the deadline
/// passes first, the response is 504, and the handler is dropped at its current `.await`.
///
/// A handler that blocks cannot be cancelled: if it ends after its deadline, its response is sent,
/// and the log and the metrics record it.
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
    let span = HandlerSpan::begin(cleared.passage().span(), cleared.policy().name);
    Finishing { handler, respond, cleared, timer: None, deadline, started: Instant::now(), span }
}

impl<F: Future<Output = O>, O> Future for Finishing<F, O> {
    type Output = Result<HttpResponse, Problem>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.span.poll(|| this.handler.poll(cx)) {
            let response = (this.respond)(output, this.cleared.request());
            this.span.end(response.status().is_server_error().then_some(SERVER_ERROR));
            #[cfg(feature = "compression")]
            let response = {
                let cleared = &*this.cleared;
                compress(response, cleared.request(), cleared.policy(), cleared.passage())
            };
            let took = this.started.elapsed();
            if took > *this.deadline {
                this.cleared.passage().note_outlived(*this.deadline, took);
            }
            return Poll::Ready(Ok(response));
        }
        let deadline = *this.deadline;
        // From its start: the time before its first `.await` counts too.
        let left = deadline.saturating_sub(this.started.elapsed());
        let timer = this.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(left)));
        if timer.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        this.span.end(Some("timeout"));
        let late = format!("the handler did not finish within {deadline:?}");
        Poll::Ready(Err(Problem::new(Kind::Timeout).caused_by_note(late)))
    }
}

impl<F, O> fmt::Debug for Finishing<F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finishing").field("cleared", &self.cleared).finish_non_exhaustive()
    }
}
