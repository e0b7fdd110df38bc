//! The signals or the future that end a service.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
};

#[cfg(unix)]
use actix_web::rt::signal::unix::{Signal, SignalKind, signal};

/// The source of instructions.
pub(super) enum Stop {
    #[cfg(unix)]
    Signals(Vec<(Signal, Told)>),
    /// `None` once it has ended.
    Future(Option<Pin<Box<dyn Future<Output = ()> + Send>>>),
}

/// An instruction to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Finish the requests in flight.
    Finish,
    /// Drop them.
    Cut,
    /// Read the configured files again.
    #[cfg(unix)]
    Reload,
}

impl Stop {
    /// SIGINT of a terminal and SIGTERM of a supervisor finish the requests, SIGQUIT drops them.
    /// SIGHUP reads the configured files again.
    ///
    /// # Errors
    ///
    /// The system does not let the process handle a signal.
    #[cfg(unix)]
    pub(super) fn by_signals() -> io::Result<Self> {
        // Of several at once, the last one here applies.
        let kinds = [
            (SignalKind::hangup(), Told::Reload),
            (SignalKind::interrupt(), Told::Finish),
            (SignalKind::terminate(), Told::Finish),
            (SignalKind::quit(), Told::Cut),
        ];
        let taken = kinds.into_iter().map(|(kind, told)| Ok((signal(kind)?, told)));
        Ok(Self::Signals(taken.collect::<io::Result<_>>()?))
    }

    /// Ctrl-C finishes the requests.
    ///
    /// # Errors
    ///
    /// None: a signal that cannot be handled does not prevent the start.
    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "other systems tell of signals that they refuse")]
    pub(super) fn by_signals() -> io::Result<Self> {
        Ok(Self::when(async {
            if let Err(error) = actix_web::rt::signal::ctrl_c().await {
                tracing::error!(%error, "Ctrl-C cannot be taken");
                std::future::pending::<()>().await;
            }
        }))
    }

    /// The end of this future finishes the requests.
    pub(super) fn when(future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self::Future(Some(Box::pin(future)))
    }

    /// The next instruction to the service.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Told> {
        match self {
            #[cfg(unix)]
            Self::Signals(signals) => {
                let mut told = Poll::Pending;
                // Each is polled, so that each wakes the task.
                for (signal, own) in signals {
                    if let Poll::Ready(Some(())) = signal.poll_recv(cx) {
                        told = Poll::Ready(*own);
                    }
                }
                told
            }
            Self::Future(future) => {
                let Some(waiting) = future else { return Poll::Pending };
                waiting.as_mut().poll(cx).map(|()| {
                    *future = None;
                    Told::Finish
                })
            }
        }
    }
}
