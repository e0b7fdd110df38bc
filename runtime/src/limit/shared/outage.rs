//! The circuit: whether the store is out of reach.

use std::{
    fmt,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use redis::{ErrorKind, RedisError, ServerErrorKind};
use tokio::sync::Notify;

use crate::audit::{Event, Outcome, send_to_all};

/// Open while the store is out of reach: no request waits for it then.
#[derive(Debug, Default)]
pub(super) struct Circuit {
    open: AtomicBool,
    /// How often it was opened.
    outages: AtomicU64,
    /// Wakes the probe.
    opened: Notify,
}

/// The failure of a call to the store.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// No answer within the time-out.
    TimedOut,
    /// No connection within the time-out.
    Connecting,
    /// The connection broke, or could not be made.
    Broken(&'static str),
    /// The server does not execute the command: a replica that accepts no writes, a server that is
    /// still loading, out of memory.
    Server(String),
    /// A reply that the script does not produce.
    Reply,
}

impl Circuit {
    pub(super) fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    pub(super) fn outages(&self) -> u64 {
        self.outages.load(Ordering::Relaxed)
    }

    /// Opens it; of many requests that fail at the same time, one logs it.
    pub(super) fn open(&self, failure: &Failure) {
        if self.open.swap(true, Ordering::Relaxed) {
            return;
        }
        self.outages.fetch_add(1, Ordering::Relaxed);
        tracing::error!(
            target: "palisade::audit",
            event = "limit_store_lost",
            %failure,
            "the shared store of limits is out of reach: each limit's own `outage` holds"
        );
        send_to_all(&Event::new("limit-store-lost", Outcome::Failure));
        self.opened.notify_one();
    }

    pub(super) fn close(&self) {
        if self.open.swap(false, Ordering::Relaxed) {
            tracing::info!(
                target: "palisade::audit",
                event = "limit_store_found",
                "the shared store of limits is within reach again"
            );
            send_to_all(&Event::new("limit-store-found", Outcome::Success));
        }
    }

    /// Waits until it is open.
    pub(super) async fn wait(&self) {
        while !self.is_open() {
            self.opened.notified().await;
        }
    }

    /// Wakes the waiting task, without an outage.
    pub(super) fn wake(&self) {
        self.opened.notify_one();
    }
}

impl Failure {
    /// The kind, without the server's message, which may repeat the command.
    pub(super) fn of(error: &RedisError) -> Self {
        let kind = error.kind();
        if error.is_timeout() {
            Self::TimedOut
        } else if error.is_connection_refusal() {
            Self::Broken("refused")
        } else if matches!(kind, ErrorKind::Io | ErrorKind::ClusterConnectionNotFound) {
            Self::Broken("broken")
        } else if kind == ErrorKind::AuthenticationFailed {
            Self::Broken("not authenticated")
        } else if matches!(kind, ErrorKind::Server(_) | ErrorKind::Extension) {
            Self::Server(error.code().unwrap_or("ERR").to_owned())
        } else {
            Self::Reply
        }
    }

    /// Whether an existing connection broke: another one may work.
    pub(super) const fn is_of_connection(&self) -> bool {
        matches!(self, Self::Broken(_))
    }
}

pub(super) fn is_unknown_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("no answer within the time-out"),
            Self::Connecting => f.write_str("no connection within the time-out"),
            Self::Broken(how) => write!(f, "the connection is {how}"),
            Self::Server(code) => write!(f, "the server says {code}"),
            Self::Reply => f.write_str("the reply cannot be read"),
        }
    }
}
