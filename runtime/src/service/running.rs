//! A server from its start to its end.

use std::{
    future::{Future as _, poll_fn},
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use actix_server::{Server, ServerHandle};
use tokio::time::{Sleep, sleep};

use super::{
    lame_duck::LameDuck,
    reload::Reloads,
    stop::{Stop, Told},
};
use crate::health::Health;

/// What happens beside the requests.
pub(super) struct Running {
    health: Arc<Health>,
    lame_duck: LameDuck,
    #[cfg_attr(not(unix), expect(dead_code, reason = "other systems have no signal for it"))]
    reloads: Reloads,
}

/// How far a service is.
enum Phase {
    Serving,
    /// It has got a signal to stop, and load balancers do not know yet.
    Leaving(Pin<Box<Sleep>>),
    /// The requests that are under way are finished.
    Finishing,
}

impl Running {
    pub(super) fn new(health: Arc<Health>, lame_duck: LameDuck, reloads: Reloads) -> Self {
        Self { health, lame_duck, reloads }
    }

    /// Runs the server until it gets a signal to stop, and then until its requests are finished.
    /// `leave` is called when it does not accept connections any more.
    pub(super) async fn run(
        self,
        server: Server,
        mut stop: Stop,
        mut leave: impl FnMut(),
    ) -> io::Result<()> {
        let handle = server.handle();
        let mut server = pin!(server);
        let mut phase = Phase::Serving;
        #[cfg(unix)]
        let _supervised = super::notify::supervise(&self.health);
        poll_fn(|cx| {
            while let Poll::Ready(told) = stop.poll(cx) {
                match (told, &phase) {
                    #[cfg(unix)]
                    (Told::Reload, _) => self.reload(),
                    (Told::Finish, Phase::Serving) => phase = self.leave(),
                    (Told::Finish | Told::Cut, _) => {
                        tracing::info!("stopping at once");
                        leave();
                        // The server is dropped with this, and its workers cut their connections.
                        return Poll::Ready(Ok(()));
                    }
                }
            }
            if is_over(&mut phase, cx) {
                leave();
                finish(&handle);
                phase = Phase::Finishing;
            }
            // The server's future completes when it has stopped.
            server.as_mut().poll(cx)
        })
        .await
    }

    /// The service is not ready from here on, and says so for a while.
    fn leave(&self) -> Phase {
        self.health.leave();
        let time = self.lame_duck.time(&self.health);
        if !time.is_zero() {
            tracing::info!("not ready any more; taking requests for {time:?} before stopping");
        }
        #[cfg(unix)]
        super::notify::tell("STOPPING=1\nSTATUS=not ready any more, and about to stop");
        Phase::Leaving(Box::pin(sleep(time)))
    }

    /// Reads files again, beside the requests.
    #[cfg(unix)]
    fn reload(&self) {
        let reloads = self.reloads.clone();
        actix_web::rt::spawn(async move {
            super::notify::tell_reloading();
            reloads.run().await;
            super::notify::tell("READY=1");
        });
    }
}

/// Whether the time is over in which a service that leaves takes requests.
fn is_over(phase: &mut Phase, cx: &mut Context<'_>) -> bool {
    match phase {
        Phase::Leaving(time) => time.is_elapsed() || time.as_mut().poll(cx).is_ready(),
        Phase::Serving | Phase::Finishing => false,
    }
}

fn finish(handle: &ServerHandle) {
    tracing::info!("stopping when the requests under way are finished");
    drop(handle.stop(true));
}
