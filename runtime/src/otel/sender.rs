//! Requests to the collector: OTLP 1 over HTTP, with protobuf.

use std::{borrow::Cow, error::Error, io::Write as _, time::Duration};

use actix_web::http::header::HeaderName as OptionName;
use flate2::{Compression, write::GzEncoder};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use reqwest::{
    Client, StatusCode, Url,
    header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::runtime::Runtime;

use super::{Otel, OtelError, options::Signal};
use crate::{
    causes::{with_causes, without_url},
    clock::Moment,
    excerpt::excerpt,
    line_rate::LineRate,
};

/// How much of an answer is read, in bytes.
const LONGEST_ANSWER: usize = 64 << 10;

/// How much of the collector's message is logged, in bytes.
const LONGEST_MESSAGE: usize = 256;

/// Why something was not sent.
#[derive(Debug)]
pub(super) enum SendError {
    /// The collector cannot be reached, or asks to try again later.
    Later(String),
    /// The collector does not accept it.
    Refused(String),
}

/// Sends to the collector of each signal.
#[derive(Debug)]
pub(super) struct Sender {
    client: Client,
    is_compressed: bool,
    /// `None` for a signal that is not sent.
    traces: Option<Destination>,
    metrics: Option<Destination>,
}

/// Where the exports of a signal go.
#[derive(Debug)]
struct Destination {
    url: Url,
    headers: HeaderMap,
    /// For the answer.
    timeout: Duration,
    /// Whether the last attempt failed. The log has an event when this changes: a collector may accept one signal
    /// and refuse the other.
    is_failing: bool,
}

impl Destination {
    fn of(otel: &Otel, signal: Signal) -> Result<Option<Self>, OtelError> {
        let Some(url) = otel.destination(signal) else { return Ok(None) };
        let mut headers = headers(otel.headers_of(signal))?;
        if otel.is_compressed {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let timeout = otel.options(signal).timeout.unwrap_or(otel.timeout);
        Ok(Some(Self { url, headers, timeout, is_failing: false }))
    }
}

impl Sender {
    pub(super) fn new(otel: &Otel) -> Result<Self, OtelError> {
        let mut client = Client::builder()
            .user_agent(concat!("palisade/", env!("CARGO_PKG_VERSION")))
            // The headers are meant for the collector alone.
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            // Between two exports nothing looks after a connection.
            .pool_max_idle_per_host(0);
        if !otel.authorities.is_empty() {
            client = client.tls_certs_only(otel.authorities.iter().cloned());
        }
        let client = client.build().map_err(|error| {
            let cause = without_url(error);
            OtelError::new(format!("the HTTP client of the exporter cannot be made: {cause}"))
        })?;
        Ok(Self {
            client,
            is_compressed: otel.is_compressed,
            traces: Destination::of(otel, Signal::Traces)?,
            metrics: Destination::of(otel, Signal::Metrics)?,
        })
    }

    fn destination(&mut self, signal: Signal) -> Option<&mut Destination> {
        match signal {
            Signal::Traces => self.traces.as_mut(),
            Signal::Metrics => self.metrics.as_mut(),
        }
    }

    /// Sends one message, and waits for the answer until the time-out of the signal, and at most so long. Returns
    /// how many spans the collector rejected of those that it took.
    pub(super) fn send(
        &mut self,
        runtime: &Runtime,
        signal: Signal,
        body: &[u8],
        most: Duration,
        dropped: u64,
    ) -> Result<usize, SendError> {
        let body = if self.is_compressed { gzip(body) } else { Ok(Cow::Borrowed(body)) };
        let client = self.client.clone();
        let Some(destination) = self.destination(signal) else { return Ok(0) };
        let sent = body.and_then(|body| {
            destination.attempt(&client, runtime, signal, body.into_owned(), most)
        });
        destination.log(signal, &sent, dropped);
        sent
    }
}

impl Destination {
    fn attempt(
        &self,
        client: &Client,
        runtime: &Runtime,
        signal: Signal,
        body: Vec<u8>,
        most: Duration,
    ) -> Result<usize, SendError> {
        let later = |error: &dyn Error| SendError::Later(with_causes(error));
        let timeout = self.timeout.min(most);
        let request = client.post(self.url.clone()).headers(self.headers.clone()).body(body);
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
        let was_failing = std::mem::replace(&mut self.is_failing, sent.is_err());
        let signal = signal.name();
        let collector = self.url.authority();
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

/// A message as `Content-Encoding: gzip` has it.
fn gzip(body: &[u8]) -> Result<Cow<'static, [u8]>, SendError> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    written.map(Cow::Owned).map_err(|error| SendError::Refused(with_causes(&error)))
}

/// The headers of every export of a signal.
fn headers(own: &[(OptionName, SecretString)]) -> Result<HeaderMap, OtelError> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
    for (at, (name, value)) in (1..).zip(own) {
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
