//! What is forgotten of refusals is asked for again, and no matter for the audit.

use std::sync::{Arc, Mutex};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span, subscriber,
};

use super::{Denied, SLOTS};
use crate::{
    clock::Moment,
    limit::table::{Table, Title},
};

/// The names of the audit's events on this thread.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<String>>>);

struct Name<'l>(&'l Listener);

impl Visit for Name<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "event" {
            self.0.0.lock().unwrap().push(format!("{value:?}"));
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "palisade::audit"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Name(self));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[test]
fn evictions_of_known_refusals_are_counted_and_raise_no_event() {
    let listener = Listener::default();
    let now = Moment::from_nanos(1_000_000_000);
    let flood = |table: &Table| {
        for key in 0_u64..300_000 {
            // As good as a keyed hash: odd, and different in all bits.
            table.put(key.wrapping_mul(0x9e37_79b9_7f4a_7c15), 60_000_000 + key, now);
        }
        table.evicted()
    };
    subscriber::with_default(listener.clone(), || {
        let denied = Denied::new();
        assert!(flood(&denied.until) > 100_000 && flood(&denied.believed) > 100_000);
        assert!(listener.0.lock().unwrap().is_empty(), "{:?}", listener.0);
        // Of a limit's own table they are one.
        assert!(flood(&Table::new(Title::default(), SLOTS)) > 100_000);
        assert_eq!(listener.0.lock().unwrap().len(), 1);
    });
}
