//! Browser reports about a service's pages: blocked scripts, denied features, crashes.
//!
//! [`HeaderSet::report_to`](crate::HeaderSet::report_to) sends browsers the address of the
//! endpoint, and [`Reports::endpoints`] receives the reports.
//!
//! 1. A report is text from any client. It is read under a cap; at most 32 of one request are
//!    counted and 8 written to the log, and 5 a second of all requests together. In the log, its
//!    content is cut, quoted and escaped, and addresses lose their queries, which may hold secrets
//!    (CWE-117, CWE-532).
//! 2. The sender is not authenticated, and may be a page of another site: browsers send reports of
//!    sandboxed pages without an identity, some without an origin, and no report changes anything.
//!    A limit by address is checked first.
//! 3. The answer is 204 and does not reveal what became of it.
//!
//! ```no_run
//! use palisade::{HeaderSet, Palisade, Reports};
//!
//! # async fn serve() -> palisade::Exit {
//! let reports = Reports::new();
//! Palisade::from_env()?
//!     .headers(HeaderSet::new().report_to("/reports"))
//!     .endpoints(reports.endpoints())
//!     .serve()
//!     .await
//! # }
//! ```

mod batch;
mod endpoints;
mod kind;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

pub use kind::ReportKind;

use crate::line_rate::LineRate;

/// Receives reports: the endpoint, and the counts since the service started.
#[derive(Clone, Default)]
pub struct Reports {
    counts: Arc<[AtomicU64; ReportKind::ALL.len()]>,
    lines: Arc<Lines>,
}

/// How many reports are logged, regardless of the number of their senders.
struct Lines(LineRate);

impl Default for Lines {
    fn default() -> Self {
        Self(LineRate::new(16, 5))
    }
}

impl Reports {
    /// No reports yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of received reports of this kind.
    pub fn count(&self, kind: ReportKind) -> u64 {
        self.counter(kind).map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    fn note(&self, kind: ReportKind) {
        if let Some(counter) = self.counter(kind) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn counter(&self, kind: ReportKind) -> Option<&AtomicU64> {
        let at = ReportKind::ALL.iter().position(|one| *one == kind)?;
        self.counts.get(at)
    }
}

impl fmt::Debug for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = ReportKind::ALL.iter().map(|kind| (kind.name(), self.count(*kind)));
        f.debug_map().entries(counts).finish()
    }
}
