//! Records spans, and runs the thread that sends them.

use std::{
    io,
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_proto::{
    tonic::{
        collector::{
            metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest,
        },
        metrics::v1::{ResourceMetrics, ScopeMetrics},
        resource::v1::Resource as ProtoResource,
    },
    transform::{
        common::tonic::ResourceAttributesWithSchema,
        trace::tonic::group_spans_by_resource_and_scope,
    },
};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use prost::Message as _;
use tokio::runtime::{self, Runtime};

use super::{
    Otel, OtelError,
    options::Signal,
    queue::{Processor, Queue},
    sender::{SendError, Sender},
};
use crate::{
    metrics::{Metrics, Source},
    series::Type,
    spans::Spans,
};

/// How long the end of a service waits for the rest of the queue.
pub const FLUSH: Duration = Duration::from_secs(3);

/// The most spans in one message.
const BATCH: usize = 512;

/// How long a span waits for others in its message.
const DELAY: Duration = Duration::from_secs(1);

/// How long a queue of spans that does not become shorter keeps metrics waiting.
const TURN: Duration = Duration::from_secs(10);

/// While the service runs, the time-outs of the signals alone end an attempt.
const NO_END: Duration = Duration::MAX;

/// Between two attempts during an outage: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Records spans, before anything is sent.
#[derive(Debug)]
pub(crate) struct Recorder {
    otel: Otel,
    resource: Resource,
    queue: Arc<Queue>,
    provider: Option<SdkTracerProvider>,
    sender: Sender,
}

impl Recorder {
    pub(crate) fn new(otel: Otel) -> Result<Self, OtelError> {
        let queue = Arc::<Queue>::default();
        let resource = resource(&otel);
        let sender = Sender::new(&otel)?;
        let provider = otel.destination(Signal::Traces).map(|_| {
            let processor = Processor { queue: Arc::clone(&queue), wakes_at: BATCH };
            SdkTracerProvider::builder()
                .with_sampler(otel.sampler.into_sdk())
                .with_resource(resource.clone())
                .with_span_processor(processor)
                .build()
        });
        Ok(Self { otel, resource, queue, provider, sender })
    }

    /// Begins the spans of requests.
    pub(crate) fn spans(&self) -> Spans {
        self.provider.as_ref().map_or_else(Spans::default, Spans::of)
    }

    /// The counters.
    pub(crate) fn source(&self) -> Source {
        let queue = Arc::clone(&self.queue);
        Box::new(move |text| {
            let help = "Spans that were not sent to the collector.";
            text.single("palisade_otel_dropped_spans", Type::Counter, help, queue.dropped());
        })
    }

    /// Starts the thread that sends.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub(crate) fn start(self, metrics: Metrics) -> io::Result<Arc<Telemetry>> {
        let Self { otel, resource, queue, provider, sender } = self;
        let interval = otel.destination(Signal::Metrics).map(|_| otel.metric_interval);
        let telemetry = Telemetry { queue: Arc::clone(&queue), metrics, provider };
        let telemetry = Arc::new(telemetry);
        let source = Arc::downgrade(&telemetry);
        let exporter = Exporter {
            queue,
            source,
            resource: (&resource).into(),
            sender,
            pending: None,
            pause: PAUSES.0,
            interval,
        };
        thread::Builder::new().name("palisade-otel".to_owned()).spawn(|| exporter.start())?;
        Ok(telemetry)
    }
}

/// The identity of a service.
fn resource(otel: &Otel) -> Resource {
    let attributes =
        otel.attributes.iter().map(|(name, value)| KeyValue::new(name.clone(), value.clone()));
    let named = otel.attributes.iter().any(|(name, _)| name == "service.name");
    let name = otel.service_name.clone().or_else(|| (!named).then(program));
    Resource::builder_empty()
        .with_attributes([
            KeyValue::new("telemetry.sdk.name", "opentelemetry"),
            KeyValue::new("telemetry.sdk.language", "rust"),
            KeyValue::new("telemetry.distro.name", "palisade"),
            KeyValue::new("telemetry.distro.version", env!("CARGO_PKG_VERSION")),
        ])
        .with_attributes(attributes)
        .with_attributes(name.map(|name| KeyValue::new("service.name", name)))
        .build()
}

/// The default name of a service, by the standard.
fn program() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(|path| path.file_name()).map(|name| name.to_string_lossy());
    format!("unknown_service:{}", name.as_deref().unwrap_or("palisade"))
}

/// The telemetry of a running service. When this is dropped, the thread sends the rest and ends.
#[derive(Debug)]
pub(crate) struct Telemetry {
    queue: Arc<Queue>,
    metrics: Metrics,
    provider: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Exports the spans that the service begins by itself too.
    pub(crate) fn make_global(&self) {
        if let Some(provider) = &self.provider {
            opentelemetry::global::set_tracer_provider(provider.clone());
        }
    }

    /// Sends the rest, and waits so long for it. Nothing is recorded any more.
    pub(crate) fn finish(&self, most: Duration) {
        self.queue.close();
        self.queue.wait_for_end(most);
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// A message of spans that was not sent yet.
#[derive(Debug)]
struct Pending {
    body: Vec<u8>,
    spans: usize,
}

/// Sends, on a thread of its own.
#[derive(Debug)]
struct Exporter {
    queue: Arc<Queue>,
    source: Weak<Telemetry>,
    resource: ResourceAttributesWithSchema,
    sender: Sender,
    pending: Option<Pending>,
    pause: Duration,
    /// Between two exports of metrics; `None` where none are sent.
    interval: Option<Duration>,
}

impl Exporter {
    fn start(self) {
        /// A panic ends the thread too.
        struct End(Arc<Queue>);

        impl Drop for End {
            fn drop(&mut self) {
                self.0.end();
            }
        }

        let _end = End(Arc::clone(&self.queue));
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        // On this thread: a runtime must not be dropped on one that runs tasks.
        match runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => self.run(&runtime),
            Err(error) => {
                tracing::error!(%error, "no telemetry is sent: its thread has no runtime");
            }
        }
    }

    fn run(mut self, runtime: &Runtime) {
        let mut spans_at = Instant::now() + DELAY;
        let mut metrics_at = self.interval.map(|interval| Instant::now() + interval);
        loop {
            // During an outage, a full queue does not cause another attempt.
            let count = if self.pending.is_some() { usize::MAX } else { BATCH };
            let until = metrics_at.map_or(spans_at, |at| at.min(spans_at));
            if self.queue.wait(count, until) {
                return self.finish(runtime);
            }
            let now = Instant::now();
            if now >= spans_at || self.pending.is_none() {
                spans_at = match self.send_spans(runtime) {
                    true => Instant::now() + DELAY,
                    false => Instant::now() + self.longer_pause(),
                };
            }
            if let (Some(at), Some(interval)) = (metrics_at, self.interval)
                && now >= at
            {
                self.send_metrics(runtime, NO_END);
                metrics_at = Some(Instant::now() + interval);
            }
        }
    }

    /// Sends the rest, in the time that the end of a service waits.
    fn finish(&mut self, runtime: &Runtime) {
        let end = Instant::now() + FLUSH;
        let left = || end.saturating_duration_since(Instant::now());
        let mut is_taken = true;
        while is_taken && !left().is_zero() {
            let Some(pending) = self.next_batch() else { break };
            is_taken = self.send_batch(runtime, pending, left());
        }
        if is_taken && self.interval.is_some() && !left().is_zero() {
            self.send_metrics(runtime, left());
        }
        if let Some(pending) = self.pending.take() {
            self.queue.drop_spans(pending.spans);
        }
    }

    /// Sends the waiting spans, in batches, until one is not full: later ones wait for the next
    /// time. A queue that does not become shorter delays metrics for [`TURN`] at most. False if
    /// the collector cannot accept spans now.
    fn send_spans(&mut self, runtime: &Runtime) -> bool {
        let start = Instant::now();
        while let Some(pending) = self.next_batch() {
            let is_full = pending.spans >= BATCH;
            if !self.send_batch(runtime, pending, NO_END) {
                return false;
            }
            if !is_full || start.elapsed() >= TURN {
                return true;
            }
        }
        true
    }

    /// Sends one batch; false if the collector cannot accept it now, so that it is kept.
    fn send_batch(&mut self, runtime: &Runtime, pending: Pending, timeout: Duration) -> bool {
        let dropped = self.queue.dropped();
        match self.sender.send(runtime, Signal::Traces, &pending.body, timeout, dropped) {
            Ok(rejected) => self.queue.drop_spans(rejected),
            Err(SendError::Refused(_)) => self.queue.drop_spans(pending.spans),
            Err(SendError::Later(_)) => {
                self.pending = Some(pending);
                return false;
            }
        }
        self.pause = PAUSES.0;
        true
    }

    fn next_batch(&mut self) -> Option<Pending> {
        if let Some(pending) = self.pending.take() {
            return Some(pending);
        }
        let spans = self.queue.take(BATCH);
        let count = spans.len();
        if count == 0 {
            return None;
        }
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        Some(Pending { body, spans: count })
    }

    /// A failure is logged, and the next export includes everything of this one.
    fn send_metrics(&mut self, runtime: &Runtime, timeout: Duration) {
        let Some(telemetry) = self.source.upgrade() else { return };
        let scope = InstrumentationScope::builder("palisade")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        let scope_metrics = ScopeMetrics {
            scope: Some((scope, None).into()),
            metrics: telemetry.metrics.otlp(),
            schema_url: String::new(),
        };
        let resource = ProtoResource {
            attributes: self.resource.attributes.0.clone(),
            dropped_attributes_count: 0,
            entity_refs: Vec::new(),
        };
        let metrics = ResourceMetrics {
            resource: Some(resource),
            scope_metrics: vec![scope_metrics],
            schema_url: String::new(),
        };
        let request = ExportMetricsServiceRequest { resource_metrics: vec![metrics] };
        let dropped = self.queue.dropped();
        let _logged =
            self.sender.send(runtime, Signal::Metrics, &request.encode_to_vec(), timeout, dropped);
    }

    fn longer_pause(&mut self) -> Duration {
        let pause = self.pause;
        self.pause = pause.saturating_mul(2).min(PAUSES.1);
        pause
    }
}
