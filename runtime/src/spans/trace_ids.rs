//! The ids of the trace that the code at hand belongs to.

use opentelemetry::{Context, trace::TraceContextExt as _};

/// The ids of the current trace, in lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceIds {
    /// The trace: 32 digits.
    pub trace_id: String,
    /// The span: 16 digits.
    pub span_id: String,
}

/// The ids of the trace and of the span that the current code runs in, for lines of a log of the
/// service's own; `None` outside of requests, and if the service records no traces.
pub fn current() -> Option<TraceIds> {
    Context::map_current(|current| {
        let span = current.span();
        let context = span.span_context();
        context.is_valid().then(|| TraceIds {
            trace_id: context.trace_id().to_string(),
            span_id: context.span_id().to_string(),
        })
    })
}
