//! Requests to the collector: OTLP 1 over HTTP, with protobuf.

use std::{error::Error, time::Duration};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use reqwest::{
    Client, StatusCode, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use secrecy::ExposeSecret as _;
use tokio::runtime::Runtime;

use super::{Otel, OtelError};
use crate::{clock::Moment, excerpt::excerpt, line_rate::LineRate};

/// How much of an answer is read, in bytes.
const LONGEST_ANSWER: usize = 64 << 10;

/// How much of the collector's message is logged, in bytes.
const LONGEST_MESSAGE: usize = 256;

/// The path of a signal, below the address of the collector.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signal {
    Traces,
    Metrics,
}

impl Signal {
    const fn name(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Traces => "v1/traces",
            Self::Metrics => "v1/metrics",
        }
    }
}

/// Why an export failed.
#[derive(Debug)]
pub(super) enum SendError {
    /// The collector cannot be reached, or asks to try again later.
    Later(String),
    /// The collector does not accept it.
    Refused(String),
}

/// Sends to one collector.
#[derive(Debug)]
pub(super) struct Sender {
    client: Client,
    endpoint: Url,
    headers: HeaderMap,
    /// Whether the last attempt to send traces, and that to send metrics, failed. The log has an event when
    /// one of them changes: a collector may accept one signal and refuse the other.
    are_traces_failing: bool,
    are_metrics_failing: bool,
}

impl Sender {
    pub(super) fn new(otel: &Otel) -> Result<Self, OtelError> {
        let client = Client::builder()
            .user_agent(concat!("palisade/", env!("CARGO_PKG_VERSION")))
            // The headers are meant for the collector alone.
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            // Between two exports nothing looks after a connection.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| {
                let cause = with_causes(&error);
                OtelError::new(format!("the HTTP client of the exporter cannot be made: {cause}"))
            })?;
        Ok(Self {
            client,
            endpoint: otel.endpoint.clone(),
            headers: headers(otel)?,
            are_traces_failing: false,
            are_metrics_failing: false,
        })
    }

    /// Sends one message, and waits so long for the answer. Returns how many of the sent spans the
    /// collector rejected.
    pub(super) fn send(
        &mut self,
        runtime: &Runtime,
        signal: Signal,
        body: Vec<u8>,
        timeout: Duration,
        dropped: u64,
    ) -> Result<usize, SendError> {
        let sent = self.attempt(runtime, signal, body, timeout);
        self.log(signal, &sent, dropped);
        sent
    }

    fn attempt(
        &self,
        runtime: &Runtime,
        signal: Signal,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<usize, SendError> {
        let later = |error: &dyn Error| SendError::Later(with_causes(error));
        let url = self.endpoint.join(signal.path()).map_err(|error| later(&error))?;
        let request = self.client.post(url).headers(self.headers.clone()).body(body);
        let exchange = async {
            let mut response = request.send().await.map_err(reqwest::Error::without_url)?;
            let status = response.status();
            let mut answer = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
                let room = LONGEST_ANSWER.saturating_sub(answer.len());
                answer.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
                if room < chunk.len() {
                    break;
                }
            }
            Ok::<_, reqwest::Error>((status, answer))
        };
        let exchanged = runtime.block_on(async { tokio::time::timeout(timeout, exchange).await });
        let (status, answer) = match exchanged {
            Ok(exchanged) => exchanged.map_err(|error| later(&error))?,
            Err(_) => {
                return Err(SendError::Later(format!("there was no answer within {timeout:?}")));
            }
        };
        judge(status)?;
        match signal {
            Signal::Traces => Ok(rejected(&answer)),
            Signal::Metrics => Ok(0),
        }
    }

    /// One event at the beginning of an outage of a signal, and one at its end.
    fn log(&mut self, signal: Signal, sent: &Result<usize, SendError>, dropped: u64) {
        let is_failing = match signal {
            Signal::Traces => &mut self.are_traces_failing,
            Signal::Metrics => &mut self.are_metrics_failing,
        };
        let was_failing = std::mem::replace(is_failing, sent.is_err());
        let signal = signal.name();
        let collector = self.endpoint.authority();
        match sent {
            Err(SendError::Later(error) | SendError::Refused(error)) if !was_failing => {
                tracing::warn!(
                    collector,
                    signal,
                    ?error,
                    "telemetry cannot be sent to the OpenTelemetry collector"
                );
            }
            Ok(_) if was_failing => {
                tracing::info!(
                    collector,
                    signal,
                    dropped_spans = dropped,
                    "telemetry is sent to the OpenTelemetry collector again"
                );
            }
            Ok(_) | Err(_) => {}
        }
    }
}

/// The headers of every export.
fn headers(otel: &Otel) -> Result<HeaderMap, OtelError> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
    for (at, (name, value)) in (1..).zip(&otel.headers) {
        // The name may be a part of a secret that was written without its name.
        let wrong = || OtelError::new(format!("has an invalid header, number {at} of the list"));
        let known = HeaderName::from_bytes(name.as_str().as_bytes()).map_err(|_| wrong())?;
        let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.insert(known, value);
    }
    Ok(headers)
}

/// The meaning of a status (OTLP 1, section about failures).
fn judge(status: StatusCode) -> Result<(), SendError> {
    match status.as_u16() {
        200..=299 => Ok(()),
        429 | 502 | 503 | 504 => Err(SendError::Later(format!("it answered {status}"))),
        _ => Err(SendError::Refused(format!("it answered {status}"))),
    }
}

/// How many of the sent spans a collector rejected.
fn rejected(answer: &[u8]) -> usize {
    // One that answers something else has taken them all the same.
    let decoded = ExportTraceServiceResponse::decode(answer).unwrap_or_default();
    let Some(partial) = decoded.partial_success else { return 0 };
    let count = usize::try_from(partial.rejected_spans).unwrap_or(0);
    static LINES: LineRate = LineRate::new(3, 1);
    if count > 0
        && let Some(suppressed) = LINES.take(Moment::now())
    {
        let message = excerpt(&partial.error_message, LONGEST_MESSAGE);
        tracing::warn!(count, ?message, suppressed, "the OpenTelemetry collector rejected spans");
    }
    count
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
