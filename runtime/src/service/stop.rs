//! What ends a service: signals to the process, or a future.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
};

#[cfg(unix)]
use actix_web::rt::signal::unix::{Signal, SignalKind, signal};

/// What a service waits for.
pub(super) enum Stop {
    #[cfg(unix)]
    Signals(Vec<(Signal, Told)>),
    /// `None` once it has ended.
    Future(Option<Pin<Box<dyn Future<Output = ()> + Send>>>),
}

/// An instruction to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// To finish the requests under way.
    Finish,
    /// To cut them.
    Cut,
    /// To read again what it has read from files.
    #[cfg(unix)]
    Reload,
}

impl Stop {
    /// SIGINT of a terminal and SIGTERM of a supervisor let requests finish, SIGQUIT cuts them. SIGHUP
    /// reads again what was read from files.
    ///
    /// # Errors
    ///
    /// The system does not let the process take a signal.
    #[cfg(unix)]
    pub(super) fn by_signals() -> io::Result<Self> {
        // Of several at once, the last one here counts.
        let kinds = [
            (SignalKind::hangup(), Told::Reload),
            (SignalKind::interrupt(), Told::Finish),
            (SignalKind::terminate(), Told::Finish),
            (SignalKind::quit(), Told::Cut),
        ];
        let taken = kinds.into_iter().map(|(kind, told)| Ok((signal(kind)?, told)));
        Ok(Self::Signals(taken.collect::<io::Result<_>>()?))
    }

    /// Ctrl-C lets requests finish.
    ///
    /// # Errors
    ///
    /// None: one that cannot be taken does not stop the service.
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

    /// The end of this future lets requests finish.
    pub(super) fn when(future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self::Future(Some(Box::pin(future)))
    }

    /// The next instruction to the service.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Told> {
        match self {
            #[cfg(unix)]
            Self::Signals(signals) => {
                let mut told = Poll::Pending;
                // Each is asked, so that each wakes the task.
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
