//! Traces and metrics for OpenTelemetry, sent by OTLP. Feature `otel`.
//!
//! A service that is given the address of a collector ([`Builder::otel`](crate::Builder::otel),
//! `OTEL_EXPORTER_OTLP_ENDPOINT`, or one for each signal) sends it:
//!
//! 1. a span for each request that is sampled, with a span for its handler and for each statement of
//!    `sql!` below it;
//! 2. all [metrics](mod@crate::metrics), at an interval.
//!
//! Guarantees:
//!
//! - A parent (`traceparent`, `tracestate`) is taken from trusted proxies only. Every other request begins
//!   a new trace, which the service's own sampler decides on. `baggage` is ignored.
//! - Spans and metrics hold nothing secret: no path or query as sent, no header, no body, no value of a
//!   statement.
//! - No request waits for the collector. Spans wait in a queue of [`QUEUE`] spans; what finds no room is
//!   dropped and counted in `palisade_otel_dropped_spans_total`. For each signal, the log has one event when the
//!   collector cannot be reached, and one when it can again.
//! - When the service stops, what is left is sent, for [`FLUSH`] at most.
//!
//! ```no_run
//! use palisade::{otel::{Otel, Sampler}, prelude::*};
//!
//! #[palisade::main]
//! async fn main() -> palisade::Exit {
//!     let otel = Otel::new("http://127.0.0.1:4318")?
//!         .service_name("notes")
//!         .sampler(Sampler::ratio(0.01)?);
//!     Palisade::from_env()?.otel(otel).serve().await
//! }
//! ```
//!
//! A request that the service sends itself gets the headers of the trace by [`headers`]. Spans that a
//! service begins with the crate [`opentelemetry`](https://docs.rs/opentelemetry) in a handler belong to
//! the trace of the request: [`Builder::serve`](crate::Builder::serve) makes its provider the global one.

mod options;
mod queue;
mod sender;
mod settings;
mod telemetry;

pub use crate::spans::trace_ids::{TraceIds, current};
use opentelemetry::{Context, trace::TraceContextExt as _};
pub(crate) use options::Signal;
pub use options::{Otel, OtelError, Sampler};
pub use queue::QUEUE;
pub(crate) use settings::{OtelSettings, REPLACED};
pub use telemetry::FLUSH;
pub(crate) use telemetry::{Recorder, Telemetry};

/// The headers that make an outgoing request part of the current trace: `traceparent`, and
/// `tracestate` if the trace has one. None outside of requests.
///
/// Send them to services that are your own: the ids show another party which of its requests belong
/// together.
///
/// ```
/// # struct Request;
/// # impl Request { fn header(self, _: &str, _: String) -> Self { self } }
/// # let mut request = Request;
/// for (name, value) in palisade::otel::headers() {
///     request = request.header(name, value);
/// }
/// ```
pub fn headers() -> impl Iterator<Item = (&'static str, String)> {
    let found = Context::map_current(|current| {
        let span = current.span();
        let context = span.span_context();
        context.is_valid().then(|| {
            let (trace, span) = (context.trace_id(), context.span_id());
            let flags = context.trace_flags().to_u8();
            let state = Some(context.trace_state().header()).filter(|state| !state.is_empty());
            (format!("00-{trace}-{span}-{flags:02x}"), state)
        })
    });
    let (parent, state) = found.map_or((None, None), |(parent, state)| (Some(parent), state));
    let parent = parent.map(|value| ("traceparent", value));
    parent.into_iter().chain(state.map(|value| ("tracestate", value)))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
    use opentelemetry::{Context, trace::TraceContextExt as _};

    use super::{TraceIds, current, headers};
    use crate::spans::parent;

    #[test]
    fn outgoing_headers_are_those_of_the_trace_at_hand() {
        assert_eq!((headers().count(), current()), (0, None));
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let mut fields = HeaderMap::new();
        fields.insert(HeaderName::from_static("tracestate"), HeaderValue::from_static("a=1"));
        let parent = parent::parse(text, &fields).unwrap();
        let _attached = Context::new().with_remote_span_context(parent).attach();
        let expected = [("traceparent", text.to_owned()), ("tracestate", "a=1".to_owned())];
        assert_eq!(headers().collect::<Vec<_>>(), expected);
        let ids = TraceIds {
            trace_id: "4bf92f3577b34da6a3ce929d0e0e4736".to_owned(),
            span_id: "00f067aa0ba902b7".to_owned(),
        };
        assert_eq!(current(), Some(ids));
    }
}
