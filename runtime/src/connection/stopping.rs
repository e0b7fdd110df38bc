//! When the service shuts down, connections without a request close at once.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    future::poll_fn,
    rc::Rc,
    sync::Arc,
    task::{Poll, Waker},
};

use crate::health::Health;

/// Whether a worker is to stop, and the connections that have to be notified.
#[derive(Debug)]
pub(super) struct Stopping {
    /// Knows earlier that the service is about to stop.
    health: Arc<Health>,
    is_told: Cell<bool>,
    next: Cell<u64>,
    open: RefCell<HashMap<u64, Waker>>,
}

/// A connection that is notified of the shutdown.
#[derive(Debug)]
pub(super) struct Listed {
    stopping: Rc<Stopping>,
    number: u64,
}

impl Stopping {
    pub(super) fn new(health: Arc<Health>) -> Self {
        Self { health, is_told: Cell::default(), next: Cell::default(), open: RefCell::default() }
    }

    pub(super) fn is_told(&self) -> bool {
        self.is_told.get()
    }

    /// Whether each connection closes after its next response. New ones are still accepted
    /// meanwhile, so that its client switches to another instance at a moment at which no request
    /// is lost.
    pub(super) fn closes_behind_answers(&self) -> bool {
        self.is_told() || self.health.is_leaving()
    }

    /// Notifies all connections.
    pub(super) fn tell(&self) {
        self.is_told.set(true);
        for waker in self.open.borrow().values() {
            waker.wake_by_ref();
        }
    }

    /// Registers the connection of the calling task.
    pub(super) async fn list(self: &Rc<Self>) -> Listed {
        let number = self.next.get();
        self.next.set(number.wrapping_add(1));
        poll_fn(|cx| {
            self.open.borrow_mut().insert(number, cx.waker().clone());
            Poll::Ready(())
        })
        .await;
        Listed { stopping: Rc::clone(self), number }
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.stopping.open.borrow_mut().remove(&self.number);
    }
}
