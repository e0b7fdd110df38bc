//! A timer for many waits.

use std::{
    future::Future as _,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::time::{Instant, Sleep, sleep_until};

/// A timer that is reset when it fires and not when its time changes: most waits end long before,
/// and resetting it costs more than checking it.
#[derive(Debug, Default)]
pub(crate) struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Ready once `due` has passed.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, due: Instant) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if sleep.deadline() > due {
            sleep.as_mut().reset(due);
        }
        loop {
            ready!(sleep.as_mut().poll(cx));
            if sleep.deadline() >= due {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(due);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, time::Duration};

    use tokio::time::Instant;

    use super::Timer;

    #[tokio::test]
    async fn it_fires_behind_its_last_time_whether_that_came_earlier_or_later() {
        let start = Instant::now();
        let mut timer = Timer::default();
        for (armed, due) in [(10, 10), (60_000, 20), (30, 60), (40, 40)] {
            let (armed, due) =
                (start + Duration::from_millis(armed), start + Duration::from_millis(due));
            let mut is_armed = false;
            poll_fn(|cx| {
                if !is_armed {
                    is_armed = true;
                    let _armed = timer.poll(cx, armed);
                }
                timer.poll(cx, due)
            })
            .await;
            assert!(Instant::now() >= due);
        }
    }
}
