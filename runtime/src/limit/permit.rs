//! The right of one request to be under way.

use std::{fmt, sync::Arc};

use super::{
    in_flight::Seat,
    record::{Event, Record},
};

/// One request's place among those of its key that are under way. Dropping it gives the place to
/// the next request.
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
