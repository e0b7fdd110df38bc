//! Spans according to the semantic conventions of OpenTelemetry for HTTP and for databases.
//!
//! 1. A span holds nothing that is secret: no path or query as sent, no header, no body, no value of a
//!    statement, no cause of an error. What a client chooses is its address, and a method out of a fixed
//!    set.
//! 2. Whether a request is sampled is decided by the service, and by a parent that a trusted proxy sent.
//! 3. A request that is not sampled has ids, for the log and for outgoing requests, and records nothing.

use std::fmt;

use actix_web::http::{Method, StatusCode, Version};
#[cfg(any(feature = "redis", feature = "sql"))]
use opentelemetry::trace::Span as _;
use opentelemetry::{
    Context, KeyValue,
    trace::{
        SpanBuilder, SpanKind, Status, TraceContextExt as _, Tracer as _, TracerProvider as _,
    },
};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

use super::{Arrival, Departed};
use crate::spans::parent;

/// The instrumentation scope of these spans.
const SCOPE: &str = "palisade";

/// The methods whose names are in spans. All others are `_OTHER`: a client can choose any method.
const METHODS: [&str; 9] =
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];

/// `error.type` of a server error without a code of its own.
const SERVER_ERROR: &str = "5xx";

/// How spans begin; by default there are none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spans(Option<SdkTracer>);

impl Spans {
    /// Spans that are sent to this provider.
    pub(crate) fn of(provider: &SdkTracerProvider) -> Self {
        let scope = opentelemetry::InstrumentationScope::builder(SCOPE)
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        Self(Some(provider.tracer_with_scope(scope)))
    }
}

/// The tracer of a sampled request, in its context.
struct Tracing(SdkTracer);

/// The server span of a request, or the parent that it passes on if the service records no spans.
pub(crate) struct RequestSpan {
    context: Context,
    is_own: bool,
}

impl RequestSpan {
    /// `None` if the service records no spans and the request has no parent.
    pub(crate) fn begin(spans: &Spans, arrival: &Arrival<'_>) -> Option<Self> {
        let parent = arrival.parent.and_then(|text| parent::parse(text, arrival.headers));
        let Some(tracer) = &spans.0 else {
            let context = Context::new().with_remote_span_context(parent?);
            return Some(Self { context, is_own: false });
        };
        let parent = match parent {
            Some(parent) => Context::new().with_remote_span_context(parent),
            None => Context::new(),
        };
        let name = method_name(arrival.method).unwrap_or("HTTP");
        let builder = SpanBuilder::from_name(name).with_kind(SpanKind::Server);
        let span = tracer.build_with_context(builder, &parent);
        let mut context = Context::new();
        if opentelemetry::trace::Span::is_recording(&span) {
            context = context.with_value(Tracing(tracer.clone()));
        }
        let own = Self { context: context.with_span(span), is_own: true };
        let recorded = own.context.span();
        if recorded.is_recording() {
            recorded.set_attributes(attributes(arrival));
        }
        Some(own)
    }

    /// The trace of this request's work.
    pub(crate) fn scope(&self) -> Scope {
        Scope(Some(self.context.clone()))
    }

    /// The ids of the trace and of the span, in lower-case hexadecimal digits.
    pub(crate) fn ids(&self) -> (String, String) {
        let span = self.context.span();
        let context = span.span_context();
        (context.trace_id().to_string(), context.span_id().to_string())
    }

    /// Ends the span.
    pub(crate) fn end(&self, departed: &Departed<'_>) {
        let span = self.context.span();
        if !self.is_own || !span.is_recording() {
            return;
        }
        if let Some(route) = departed.route {
            span.set_attribute(KeyValue::new("http.route", route));
            let method = method_name(departed.method).unwrap_or("HTTP");
            span.update_name(format!("{method} {route}"));
        }
        if let Some(endpoint) = departed.endpoint {
            span.set_attribute(KeyValue::new("palisade.endpoint", endpoint));
        }
        span.set_attribute(KeyValue::new("palisade.outcome", outcome(departed)));
        if let Some(status) = departed.status {
            let code = i64::from(status.as_u16());
            span.set_attribute(KeyValue::new("http.response.status_code", code));
            if status.is_server_error() {
                let reason = departed.reason.unwrap_or(SERVER_ERROR);
                span.set_attribute(KeyValue::new("error.type", reason));
                span.set_status(Status::error(reason));
            }
        }
        span.end();
    }
}

impl fmt::Debug for RequestSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestSpan").field(&self.ids()).finish()
    }
}

/// `None` for a method without a name.
fn method_name(method: &Method) -> Option<&'static str> {
    METHODS.into_iter().find(|known| *known == method.as_str())
}

/// The attributes that do not depend on the response.
fn attributes(arrival: &Arrival<'_>) -> [KeyValue; 5] {
    let version = match arrival.version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    };
    let method = method_name(arrival.method).unwrap_or("_OTHER");
    let scheme = if arrival.is_secure { "https" } else { "http" };
    [
        KeyValue::new("http.request.method", method),
        KeyValue::new("url.scheme", scheme),
        KeyValue::new("network.protocol.version", version),
        KeyValue::new("client.address", arrival.address.to_string()),
        KeyValue::new("palisade.request_id", arrival.id.to_string()),
    ]
}

/// How a request ended, where no guard refused it: a value of `palisade.outcome`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Handled,
    Answered,
    Refused,
    Gone,
}

impl Outcome {
    /// All of them, as the page about observability lists them.
    #[cfg(test)]
    const ALL: [Self; 4] = [Self::Handled, Self::Answered, Self::Refused, Self::Gone];

    const fn name(self) -> &'static str {
        match self {
            Self::Handled => "handled",
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Gone => "gone",
        }
    }

    /// What it means, in the words of that page.
    #[cfg(test)]
    const fn meaning(self) -> &'static str {
        match self {
            Self::Handled => "the handler began, whatever it answered",
            Self::Answered => {
                "a preflight request, or a service that is mounted beside palisade's endpoints, was answered \
                 below 400"
            }
            Self::Refused => "such a service answered 400 or more, without a code",
            Self::Gone => "the client hung up before the handler began, or the service stopped",
        }
    }
}

/// The value of `palisade.outcome`: the code of the guard that refused the request, or one of [`Outcome`].
fn outcome(departed: &Departed<'_>) -> &'static str {
    let outcome = match (departed.has_started, departed.status, departed.reason) {
        (true, _, _) => Outcome::Handled,
        (false, None, _) => Outcome::Gone,
        (false, Some(_), Some(reason)) => return reason,
        (false, Some(status), None) if is_error(status) => Outcome::Refused,
        (false, Some(_), None) => Outcome::Answered,
    };
    outcome.name()
}

fn is_error(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// The trace of some work: current while the work is polled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope(Option<Context>);

impl Scope {
    /// The trace of the current work.
    pub(crate) fn current() -> Self {
        Self(Context::map_current(|current| current.has_active_span().then(|| current.clone())))
    }

    /// Runs a function as part of the trace.
    pub(crate) fn poll<T>(&self, work: impl FnOnce() -> T) -> T {
        let _attached = self.0.clone().map(Context::attach);
        work()
    }
}

/// The span of a handler, in a sampled request.
pub(crate) struct HandlerSpan {
    context: Option<Context>,
    /// Set after a panic.
    is_polling: bool,
}

impl HandlerSpan {
    pub(crate) fn begin(request: Option<&RequestSpan>, endpoint: &'static str) -> Self {
        let context = request.and_then(|request| {
            let Tracing(tracer) = request.context.get::<Tracing>()?;
            let builder = SpanBuilder::from_name(endpoint).with_kind(SpanKind::Internal);
            let span = tracer.build_with_context(builder, &request.context);
            Some(request.context.with_span(span))
        });
        Self { context, is_polling: false }
    }

    /// Runs a function as part of the handler.
    pub(crate) fn poll<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let Some(context) = &self.context else { return work() };
        let _attached = context.clone().attach();
        self.is_polling = true;
        let outcome = work();
        self.is_polling = false;
        outcome
    }

    /// Ends the span, with an error if there was one.
    pub(crate) fn end(&mut self, error: Option<&'static str>) {
        let Some(context) = self.context.take() else { return };
        let span = context.span();
        if let Some(error) = error {
            span.set_attribute(KeyValue::new("error.type", error));
            span.set_status(Status::error(error));
        }
        span.end();
    }
}

impl Drop for HandlerSpan {
    fn drop(&mut self) {
        self.end(Some(if self.is_polling { "panic" } else { "cancelled" }));
    }
}

impl fmt::Debug for HandlerSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandlerSpan")
    }
}

/// The longest text of a statement in a span, in bytes.
#[cfg(any(feature = "redis", feature = "sql"))]
const LONGEST_STATEMENT: usize = 4_096;

/// The span of a statement or a command, in a sampled request. Work outside of requests has none.
#[cfg(any(feature = "redis", feature = "sql"))]
#[derive(Debug)]
pub(crate) struct DatabaseSpan(Option<opentelemetry_sdk::trace::Span>);

#[cfg(any(feature = "redis", feature = "sql"))]
impl DatabaseSpan {
    pub(crate) fn begin<'a>(running: impl FnOnce() -> super::Running<'a>) -> Self {
        Self(Context::map_current(|current| {
            let Tracing(tracer) = current.get::<Tracing>()?;
            let running = running();
            let name = running.operation.unwrap_or(running.system);
            let builder = SpanBuilder::from_name(name).with_kind(SpanKind::Client);
            let mut span = tracer.build_with_context(builder, current);
            span.set_attribute(KeyValue::new("db.system.name", running.system));
            if let Some(operation) = running.operation {
                span.set_attribute(KeyValue::new("db.operation.name", operation));
            }
            if let Some(text) = running.text.filter(|text| !text.is_empty()) {
                let text = crate::excerpt::excerpt(text, LONGEST_STATEMENT).to_owned();
                span.set_attribute(KeyValue::new("db.query.text", text));
            }
            if let Some((file, line)) = running.at {
                span.set_attribute(KeyValue::new("code.file.path", file));
                span.set_attribute(KeyValue::new("code.line.number", i64::from(line)));
            }
            Some(span)
        }))
    }

    /// Ends the span, with an error if there was one.
    pub(crate) fn end(mut self, error: Option<&'static str>) {
        self.finish(error);
    }

    fn finish(&mut self, error: Option<&'static str>) {
        let Some(mut span) = self.0.take() else { return };
        if let Some(error) = error {
            span.set_attribute(KeyValue::new("error.type", error));
            span.set_status(Status::error(error));
        }
        span.end();
    }
}

#[cfg(any(feature = "redis", feature = "sql"))]
impl Drop for DatabaseSpan {
    fn drop(&mut self) {
        self.finish(Some("cancelled"));
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::{Method, StatusCode};

    use super::{Outcome, outcome};
    use crate::spans::Departed;

    const PAGE: &str = include_str!("../../../docs/observability.md");

    #[test]
    fn the_page_about_observability_lists_every_outcome() {
        let table = PAGE.split("| `palisade.outcome` |").nth(1).unwrap();
        let rows = table.lines().skip(2).take_while(|line| line.starts_with("| "));
        let rows: Vec<_> = rows.map(|row| row.trim_matches(['|', ' '])).collect();
        let mut expected: Vec<_> = Outcome::ALL
            .into_iter()
            .map(|one| format!("`{}` | {}", one.name(), one.meaning()))
            .collect();
        let code = "[a code](log.md#why-a-request-was-refused) | what refused the request";
        expected.push(code.to_owned());
        assert_eq!(rows, expected);
    }

    #[test]
    fn each_end_of_a_request_has_its_outcome() {
        let of = |has_started, status: Option<StatusCode>, reason| {
            let (route, endpoint) = (None, None);
            let method = &Method::GET;
            outcome(&Departed { method, route, endpoint, status, reason, has_started })
        };
        let bad = Some(StatusCode::BAD_REQUEST);
        for (told, expected) in [
            (of(true, bad, Some("bad-request")), "handled"),
            (of(true, None, None), "handled"),
            (of(false, None, None), "gone"),
            (of(false, bad, Some("malformed-request")), "malformed-request"),
            (of(false, bad, None), "refused"),
            (of(false, Some(StatusCode::NO_CONTENT), None), "answered"),
        ] {
            assert_eq!(told, expected);
        }
    }
}
