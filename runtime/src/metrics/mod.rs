//! The metrics of a service, in the format that Prometheus reads.
//!
//! One exposition has all metrics of palisade: requests, refusals and latencies by endpoint, limits
//! and their tables, caches, stores, the pools of databases, connections, the log and the audit
//! trail, and the series that the service itself records through the facade of the crate `metrics`
//! (feature `metrics`).
//!
//! 1. Labels are bounded: endpoints by the handlers of the program, methods by a fixed set,
//!    statuses by class, reasons by the codes of this crate. No path, host, address, subject or key
//!    of a client becomes one, so no client makes a series (CWE-400), and the exposition has no
//!    data of a client.
//! 2. A request costs some additions to counts that its worker alone writes. Nothing is hashed,
//!    locked or allocated, except that an answer of 400 or more looks its reason up.
//! 3. Nothing is served unless the service says where: on a port of its own
//!    ([`Builder::metrics_bind`](crate::Builder::metrics_bind), `PALISADE_METRICS_BIND`), or as an
//!    endpoint behind a scope ([`Builder::metrics_endpoint`](crate::Builder::metrics_endpoint)).
//!
//! ```no_run
//! use palisade::prelude::*;
//!
//! #[palisade::main]
//! async fn main() -> palisade::Exit {
//!     Palisade::from_env()?.metrics_bind("127.0.0.1:9090").serve().await
//! }
//! ```

mod endpoint;
mod exposition;
mod histogram;
#[cfg(feature = "otel")]
mod otlp;
mod process;
#[cfg(feature = "metrics")]
mod recorder;
mod text;
mod traffic;

pub(crate) use endpoint::endpoints_behind;
#[cfg(feature = "otel")]
pub(crate) use exposition::Source;
pub(crate) use exposition::Sources;
pub use exposition::{Exposition, Metrics};
#[cfg(feature = "metrics")]
pub use recorder::{MOST_SERIES, RecorderError, install_recorder};
pub use text::Format;
#[cfg(feature = "sql")]
pub(crate) use text::Seconds;
pub(crate) use text::{Label, Text, Type};
pub(crate) use traffic::{EndpointCounts, Traffic, WorkerCounts};
