//! The sinks of a service.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{event::Event, sink::Sink};
use crate::metrics::{Text, Type};

/// The sinks of a service's audit events.
pub(crate) struct Trail {
    /// Whether events are events of `tracing` too.
    logs: bool,
    sinks: Vec<Kept>,
}

struct Kept {
    /// Its name in metrics, with a number if several have the same.
    label: String,
    sink: Box<dyn Sink>,
    written: AtomicU64,
    panicked: AtomicU64,
}

impl Trail {
    pub(crate) fn new(logs: bool, sinks: Vec<Box<dyn Sink>>) -> Arc<Self> {
        let mut kept = Vec::<Kept>::new();
        for sink in sinks {
            let same = kept.iter().filter(|other| other.sink.name() == sink.name()).count();
            let label = match same {
                0 => sink.name().to_owned(),
                same => format!("{}-{}", sink.name(), same.saturating_add(1)),
            };
            let (written, panicked) = (AtomicU64::new(0), AtomicU64::new(0));
            kept.push(Kept { label, sink, written, panicked });
        }
        let trail = Arc::new(Self { logs, sinks: kept });
        if !trail.sinks.is_empty() {
            let mut trails = TRAILS.lock().unwrap_or_else(PoisonError::into_inner);
            trails.retain(|trail| trail.strong_count() > 0);
            trails.push(Arc::downgrade(&trail));
        }
        trail
    }

    /// Whether events are events of `tracing` too.
    pub(crate) fn logs(&self) -> bool {
        self.logs
    }

    /// Whether there is a sink besides the log.
    pub(crate) fn has_sinks(&self) -> bool {
        !self.sinks.is_empty()
    }

    /// Passes an event to all sinks.
    pub(crate) fn send(&self, event: &Event<'_>) {
        for kept in &self.sinks {
            // A sink may be the service's own, and this may run while a request is dropped.
            match catch_unwind(AssertUnwindSafe(|| kept.sink.write(event))) {
                Ok(()) => kept.written.fetch_add(1, Ordering::Relaxed),
                Err(_) => kept.panicked.fetch_add(1, Ordering::Relaxed),
            };
        }
    }

    pub(crate) fn flush(&self, most: Duration) {
        for kept in &self.sinks {
            kept.sink.flush(most);
        }
    }

    pub(crate) fn write(&self, text: &mut Text) {
        if self.sinks.is_empty() {
            return;
        }
        let help = "Audit events that were given to a sink.";
        text.family("palisade_audit_events", Type::Counter, help);
        for kept in &self.sinks {
            text.sample(&[("sink", &kept.label)], kept.written.load(Ordering::Relaxed));
        }
        let help = "Audit events that a sink has dropped.";
        text.family("palisade_audit_dropped_events", Type::Counter, help);
        for kept in &self.sinks {
            let panicked = kept.panicked.load(Ordering::Relaxed);
            let dropped = kept.sink.dropped().saturating_add(panicked);
            text.sample(&[("sink", &kept.label)], dropped);
        }
    }
}

impl fmt::Debug for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.sinks.iter().map(|kept| &kept.sink)).finish()
    }
}

/// The trails of this process, for events that belong to no single service.
static TRAILS: Mutex<Vec<Weak<Trail>>> = Mutex::new(Vec::new());

/// Passes an event to the sinks of all services of this process: a store or a table does not know
/// its service.
pub(crate) fn send_to_all(event: &Event<'_>) {
    let trails: Vec<_> = {
        let trails = TRAILS.lock().unwrap_or_else(PoisonError::into_inner);
        trails.iter().filter_map(Weak::upgrade).collect()
    };
    for trail in trails {
        trail.send(event);
    }
}
