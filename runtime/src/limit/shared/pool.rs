//! Connections: one for each thread, made when it first needs one.
//!
//! A connection belongs to the runtime of its thread, so no request waits for another thread. A
//! task of its own makes it: a request that cannot wait for it goes on without, and the next one
//! finds it ready.

use std::{
    cell::RefCell,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::watch;

use super::outage::Failure;
use crate::shared_redis::{Connection, Servers};

#[derive(Debug)]
pub(super) struct Pool {
    servers: Arc<Servers>,
    /// Connections of an earlier generation are not used any more: one of them has failed.
    generation: AtomicU64,
    /// Distinguishes this pool from others, and a dropped one from a live one.
    identity: Arc<()>,
}

/// A thread's connection to one pool.
struct Own {
    pool: Weak<()>,
    generation: u64,
    line: Line,
}

enum Line {
    Ready(Connection),
    Connecting(watch::Receiver<Option<Result<Connection, Failure>>>),
}

thread_local! {
    static LINES: RefCell<Vec<Own>> = const { RefCell::new(Vec::new()) };
}

impl Pool {
    pub(super) fn new(servers: Arc<Servers>) -> Self {
        Self { servers, generation: AtomicU64::new(0), identity: Arc::default() }
    }

    pub(super) fn servers(&self) -> &Servers {
        &self.servers
    }

    /// This thread's connection, and its generation.
    pub(super) async fn connection(&self) -> Result<(Connection, u64), Failure> {
        let generation = self.generation.load(Ordering::Relaxed);
        let mut connecting = match self.line(generation) {
            Line::Ready(connection) => return Ok((connection, generation)),
            Line::Connecting(connecting) => connecting,
        };
        let connected = connecting.wait_for(Option::is_some).await;
        let connected = connected.ok().and_then(|connected| connected.clone());
        // A task that ended without a word is a runtime that ended.
        let connected = connected.unwrap_or(Err(Failure::Broken("closed")));
        LINES.with_borrow_mut(|lines| {
            let Some(own) = lines.iter_mut().find(|own| self.is_of(own, generation)) else {
                return;
            };
            if matches!(&own.line, Line::Connecting(_)) {
                match &connected {
                    Ok(connection) => own.line = Line::Ready(connection.clone()),
                    Err(_) => lines.retain(|own| !self.is_of(own, generation)),
                }
            }
        });
        connected.map(|connection| (connection, generation))
    }

    /// Drops the connections of this generation, on all threads.
    pub(super) fn renew(&self, failed: u64) {
        // If it fails, another task has dropped them already.
        let next = failed.wrapping_add(1);
        let _renewed =
            self.generation.compare_exchange(failed, next, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn is_of(&self, own: &Own, generation: u64) -> bool {
        own.generation == generation && self.is_mine(own)
    }

    fn is_mine(&self, own: &Own) -> bool {
        std::ptr::eq(own.pool.as_ptr(), Arc::as_ptr(&self.identity))
    }

    fn line(&self, generation: u64) -> Line {
        LINES.with_borrow_mut(|lines| {
            if let Some(own) = lines.iter().find(|own| self.is_of(own, generation)) {
                return own.line.clone();
            }
            lines.retain(|own| own.pool.strong_count() > 0 && !self.is_mine(own));
            let (tell, connecting) = watch::channel(None);
            let servers = Arc::clone(&self.servers);
            tokio::spawn(async move {
                let connected = servers.connect().await.map_err(|error| Failure::of(&error));
                // There may be no receiver any more; the result stays in the channel.
                tell.send_replace(Some(connected));
            });
            let line = Line::Connecting(connecting);
            let pool = Arc::downgrade(&self.identity);
            lines.push(Own { pool, generation, line: line.clone() });
            line
        })
    }
}

impl Clone for Line {
    fn clone(&self) -> Self {
        match self {
            Self::Ready(connection) => Self::Ready(connection.clone()),
            Self::Connecting(connecting) => Self::Connecting(connecting.clone()),
        }
    }
}
