//! The permit of one running request.

use std::{fmt, sync::Arc};

use super::{
    in_flight::Seat,
    record::{Event, Record},
};

/// One request's count in a concurrency limit. Dropping it admits the next request.
pub struct Permit {
    _seat: Seat,
    record: Arc<Record>,
}

impl Permit {
    pub(super) fn new(seat: Seat, record: &Arc<Record>) -> Self {
        record.note(Event::Entered);
        Self { _seat: seat, record: Arc::clone(record) }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.record.note(Event::Left);
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit")
    }
}
