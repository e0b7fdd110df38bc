//! Panics inside the app stage become responses instead of closed connections.

use std::{
    any::Any,
    cell::Cell,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::atomic::{AtomicU64, Ordering},
    task::Poll,
};

use crate::request_id::RequestId;

static PANICS: AtomicU64 = AtomicU64::new(0);

/// The number of caught panics in this process.
pub(crate) fn panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

/// Runs the future that `start` returns; a panic of either becomes its message.
///
/// State that the panic may have left incomplete is dropped with the future, before the response is
/// made; for state that is shared with others (a `Mutex`) the standard library's poisoning applies
/// as usual.
pub(crate) async fn catching<F: Future>(start: impl FnOnce() -> F) -> Result<F::Output, String> {
    let future = caught(start)?;
    let mut future = pin!(future);
    poll_fn(|cx| match caught(|| future.as_mut().poll(cx)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

thread_local! {
    /// The request that this thread is processing.
    static CURRENT: Cell<Option<RequestId>> = const { Cell::new(None) };
}

/// The request that this thread is processing, for the log line of a panic.
#[cfg(any(test, feature = "log"))]
pub(crate) fn current_request() -> Option<RequestId> {
    CURRENT.try_with(Cell::get).ok().flatten()
}

/// As [`catching`], for a request: each panic in it is logged with its id.
pub(crate) async fn catching_of<F: Future>(
    request: RequestId,
    start: impl FnOnce() -> F,
) -> Result<F::Output, String> {
    let future = caught(|| working_for(request, start))?;
    let mut future = pin!(future);
    poll_fn(|cx| match caught(|| working_for(request, || future.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

fn working_for<T>(request: RequestId, work: impl FnOnce() -> T) -> T {
    /// A panic ends the work too.
    struct Before(Option<RequestId>);

    impl Drop for Before {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }

    let _before = Before(CURRENT.replace(Some(request)));
    work()
}

/// Runs a function; a panic becomes its message.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        message(&*panic)
    })
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::{catching, catching_of, current_request};
    use crate::request_id::RequestId;

    #[tokio::test]
    async fn the_request_is_known_while_it_is_worked_for() {
        let id = RequestId::next();
        let seen = catching_of(id, || async {
            tokio::task::yield_now().await;
            current_request()
        });
        assert_eq!(seen.await, Ok(Some(id)));
        let panicked = catching_of(id, || async { panic!("{:?}", current_request() == Some(id)) });
        assert_eq!(panicked.await, Err::<(), _>("true".to_owned()));
        assert_eq!(current_request(), None);
    }

    #[tokio::test]
    async fn a_panic_is_an_error_wherever_it_happens() {
        assert_eq!(catching(|| async { 7 }).await, Ok(7));
        let later = catching(|| async {
            tokio::task::yield_now().await;
            panic!("late");
        });
        assert_eq!(later.await, Err::<(), _>("late".to_owned()));
        let early = catching(|| -> std::future::Ready<()> { panic!("{}", "early") });
        assert_eq!(early.await, Err("early".to_owned()));
    }
}
