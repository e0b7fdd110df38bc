//! A collector of OpenTelemetry, written from the specification of OTLP 1 over HTTP: what a service sends
//! is decoded and kept, and searched for secrets.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU16, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::{
    collector::{
        metrics::v1::ExportMetricsServiceRequest,
        trace::v1::{
            ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
        },
    },
    common::v1::{KeyValue, any_value::Value},
    metrics::v1::{Metric, metric::Data, number_data_point},
    trace::v1,
};
use prost::Message as _;

use crate::leaks;

/// How long a test waits for what a service should send.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running collector; it stops when this is dropped.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    received: Mutex<Received>,
    /// The status of answers; 0 gives none, and holds the connection.
    status: AtomicU16,
    /// Spans that each answer rejects.
    rejects: AtomicU16,
    is_stopped: AtomicBool,
}

#[derive(Debug, Default)]
struct Received {
    spans: Vec<Span>,
    metrics: BTreeMap<String, Metric>,
    headers: Vec<BTreeMap<String, String>>,
    /// The methods and targets of the requests.
    targets: Vec<String>,
    resource: BTreeMap<String, String>,
    /// What was not as the specification has it.
    wrong: Vec<String>,
    exchanges: usize,
}

/// A span as the collector was sent it.
#[derive(Clone, Debug)]
pub struct Span {
    /// What it is called.
    pub name: String,
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// 16 hexadecimal digits, or nothing.
    pub parent_id: String,
    /// The state of the trace.
    pub trace_state: String,
    /// Its kind: 1 internal, 2 server, 3 client.
    pub kind: i32,
    /// Whether its status is an error.
    pub is_error: bool,
    /// Whether its parent is of another process.
    pub is_remote: bool,
    /// Its attributes as texts.
    pub attributes: BTreeMap<String, String>,
}

impl Span {
    /// The value of an attribute; empty where it has none.
    pub fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

impl Collector {
    /// Starts a collector on a port that the system picks.
    ///
    /// # Panics
    ///
    /// Where no port can be had.
    pub fn start() -> Self {
        Self::at(([127, 0, 0, 1], 0).into())
    }

    /// Starts a collector at this address.
    ///
    /// # Panics
    ///
    /// Where it is taken.
    pub fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).unwrap_or_else(|error| panic!("{error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
        let state = Arc::new(State { status: AtomicU16::new(200), ..State::default() });
        let own = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if own.is_stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), state) = (stream, Arc::clone(&own)) else { continue };
                thread::spawn(move || state.serve(&stream));
            }
        });
        Self { address, state }
    }

    /// The address of the collector for a service's settings.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on it answers with this status, or not at all where it is 0.
    pub fn answer(&self, status: u16) {
        self.state.status.store(status, Ordering::Relaxed);
    }

    /// From now on it says that it rejects so many spans of each message.
    pub fn reject(&self, spans: u16) {
        self.state.rejects.store(spans, Ordering::Relaxed);
    }

    /// How many requests it has read.
    pub fn exchanges(&self) -> usize {
        self.state.received().exchanges
    }

    /// The headers of the exports so far.
    pub fn headers(&self) -> Vec<BTreeMap<String, String>> {
        self.state.received().headers.clone()
    }

    /// The methods and targets of the exports so far.
    pub fn targets(&self) -> Vec<String> {
        self.state.received().targets.clone()
    }

    /// The attributes of the last resource.
    pub fn resource(&self) -> BTreeMap<String, String> {
        self.state.received().resource.clone()
    }

    /// The spans so far, once this holds for them.
    ///
    /// # Panics
    ///
    /// Where it does not hold in time, and where a request was not as the specification has it.
    pub fn spans(&self, are_there: impl Fn(&[Span]) -> bool) -> Vec<Span> {
        self.wait(|received| are_there(&received.spans).then(|| received.spans.clone()))
    }

    /// The spans of one trace, once it has this many.
    ///
    /// # Panics
    ///
    /// As [`spans`](Self::spans).
    pub fn trace(&self, trace_id: &str, count: usize) -> Vec<Span> {
        self.wait(|received| {
            let own = received.spans.iter().filter(|span| span.trace_id == trace_id);
            let own: Vec<_> = own.cloned().collect();
            (own.len() >= count).then_some(own)
        })
    }

    /// The value of a counter or a gauge with these attributes, once this holds for it.
    ///
    /// # Panics
    ///
    /// As [`spans`](Self::spans).
    pub fn number(&self, name: &str, labels: &[(&str, &str)], fits: impl Fn(f64) -> bool) -> f64 {
        self.wait(|received| {
            let points = match received.metrics.get(name)?.data.as_ref()? {
                Data::Sum(sum) => &sum.data_points,
                Data::Gauge(gauge) => &gauge.data_points,
                Data::Histogram(_) | Data::ExponentialHistogram(_) | Data::Summary(_) => {
                    return None;
                }
            };
            let point = points.iter().find(|point| {
                let own = texts(&point.attributes);
                labels.iter().all(|(name, value)| own.get(*name).is_some_and(|own| own == value))
            });
            let value = match point?.value? {
                number_data_point::Value::AsDouble(value) => value,
                #[expect(clippy::cast_precision_loss, reason = "counts of tests are small")]
                number_data_point::Value::AsInt(value) => value as f64,
            };
            fits(value).then_some(value)
        })
    }

    /// A metric, once it has come.
    ///
    /// # Panics
    ///
    /// As [`spans`](Self::spans).
    pub fn metric(&self, name: &str) -> Metric {
        self.wait(|received| received.metrics.get(name).cloned())
    }

    fn wait<T>(&self, find: impl Fn(&Received) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            let received = self.state.received();
            assert!(received.wrong.is_empty(), "{:#?}", received.wrong);
            if let Some(found) = find(&received) {
                return found;
            }
            assert!(start.elapsed() < PATIENCE, "not received: {received:#?}");
            drop(received);
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.state.is_stopped.store(true, Ordering::Relaxed);
        // Its thread waits for a connection.
        drop(TcpStream::connect(self.address));
    }
}

impl State {
    fn received(&self) -> MutexGuard<'_, Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, stream: &TcpStream) {
        // A broken connection is not a request.
        let Ok((head, headers, body)) = read(stream) else { return };
        let status = self.status.load(Ordering::Relaxed);
        let mut received = self.received();
        received.exchanges += 1;
        if (200..300).contains(&status) {
            received.take(&head, &headers, &body);
        }
        drop(received);
        if status == 0 {
            while !self.is_stopped.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(20));
            }
            return;
        }
        let rejected = i64::from(self.rejects.load(Ordering::Relaxed));
        let partial_success = (rejected > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: rejected,
            error_message: "too many\nspans".to_owned(),
        });
        let answer = ExportTraceServiceResponse { partial_success }.encode_to_vec();
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/x-protobuf\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n",
            answer.len()
        );
        let mut stream = stream;
        let _sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&answer));
    }
}

impl Received {
    fn take(&mut self, head: &str, headers: &BTreeMap<String, String>, body: &[u8]) {
        self.headers.push(headers.clone());
        let body = match headers.get("content-encoding").map(String::as_str) {
            None => Cow::Borrowed(body),
            Some("gzip") => {
                let mut decoded = Vec::new();
                if let Err(error) = GzDecoder::new(body).read_to_end(&mut decoded) {
                    self.wrong.push(format!("gzip: {error}"));
                }
                Cow::Owned(decoded)
            }
            Some(other) => {
                self.wrong.push(format!("the content encoding {other}"));
                return;
            }
        };
        let body = &*body;
        let text = String::from_utf8_lossy(body);
        if std::panic::catch_unwind(|| leaks::search("an export", &text)).is_err() {
            self.wrong.push("an export holds a secret".to_owned());
        }
        if headers.get("content-type").map(String::as_str) != Some("application/x-protobuf") {
            self.wrong.push(format!("the content type of {headers:?}"));
        }
        let target = head.strip_suffix(" HTTP/1.1");
        self.targets.extend(target.map(str::to_owned));
        match target {
            // One is an address for traces alone, which is used as it is.
            Some("POST /v1/traces" | "POST /own/in?tenant=a") => {
                match ExportTraceServiceRequest::decode(body) {
                    Ok(request) => self.take_spans(&request),
                    Err(error) => self.wrong.push(error.to_string()),
                }
            }
            Some("POST /v1/metrics") => match ExportMetricsServiceRequest::decode(body) {
                Ok(request) => self.take_metrics(request),
                Err(error) => self.wrong.push(error.to_string()),
            },
            Some(_) | None => self.wrong.push(head.to_owned()),
        }
    }

    fn take_spans(&mut self, request: &ExportTraceServiceRequest) {
        for resource in &request.resource_spans {
            self.take_resource(resource.resource.as_ref().map(|own| own.attributes.as_slice()));
            for scope in &resource.scope_spans {
                for span in &scope.spans {
                    self.take_span(span);
                }
            }
        }
    }

    fn take_resource(&mut self, attributes: Option<&[KeyValue]>) {
        self.resource = texts(attributes.unwrap_or_default());
        if self.resource.get("service.name").is_none_or(String::is_empty) {
            self.wrong.push("a resource without service.name".to_owned());
        }
    }

    fn take_span(&mut self, span: &v1::Span) {
        let has_ids = span.trace_id.len() == 16 && span.span_id.len() == 8;
        let has_time =
            span.start_time_unix_nano > 0 && span.end_time_unix_nano >= span.start_time_unix_nano;
        if !has_ids || !has_time || span.name.is_empty() {
            self.wrong.push(format!("a span: {span:?}"));
        }
        self.spans.push(Span {
            name: span.name.clone(),
            trace_id: hex(&span.trace_id),
            span_id: hex(&span.span_id),
            parent_id: hex(&span.parent_span_id),
            trace_state: span.trace_state.clone(),
            kind: span.kind,
            is_error: span.status.as_ref().is_some_and(|status| status.code == 2),
            is_remote: span.flags & 0x200 != 0,
            attributes: texts(&span.attributes),
        });
    }

    fn take_metrics(&mut self, request: ExportMetricsServiceRequest) {
        for resource in request.resource_metrics {
            self.take_resource(resource.resource.as_ref().map(|own| own.attributes.as_slice()));
            for metric in resource.scope_metrics.into_iter().flat_map(|scope| scope.metrics) {
                self.metrics.insert(metric.name.clone(), metric);
            }
        }
    }
}

/// The first line, the headers by their names in lower case, and the body.
fn read(stream: &TcpStream) -> io::Result<(String, BTreeMap<String, String>, Vec<u8>)> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    reader.read_line(&mut head)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.ok_or(io::ErrorKind::InvalidData)?];
    reader.read_exact(&mut body)?;
    Ok((head.trim_end().to_owned(), headers, body))
}

fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        Value::DoubleValue(number) => number.to_string(),
        Value::BoolValue(is_so) => is_so.to_string(),
        Value::ArrayValue(_)
        | Value::KvlistValue(_)
        | Value::BytesValue(_)
        | Value::StringValueStrindex(_) => format!("{value:?}"),
    };
    let pair = |own: &KeyValue| {
        let value = own.value.as_ref().and_then(|value| value.value.as_ref());
        (own.key.clone(), value.map(text).unwrap_or_default())
    };
    attributes.iter().map(pair).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
