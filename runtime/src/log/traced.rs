//! The ids of the trace at the end of each line of a request.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use super::line::TABLE;
use crate::otel;

/// The target of audit events, which have the ids among their fields.
const AUDIT: &str = "palisade::audit";

/// Writes events as another format does, with `trace_id` and `span_id` after them.
#[derive(Debug)]
pub(super) struct Traced<F>(pub(super) F);

impl<S, N, F> FormatEvent<S, N> for Traced<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let has_own = matches!(event.metadata().target(), AUDIT | TABLE);
        let Some(ids) = otel::current().filter(|_| !has_own) else {
            return self.0.format_event(context, writer, event);
        };
        let mut text = String::new();
        self.0.format_event(context, Writer::new(&mut text), event)?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        writeln!(writer, "{text} trace_id={} span_id={}", ids.trace_id, ids.span_id)
    }
}
