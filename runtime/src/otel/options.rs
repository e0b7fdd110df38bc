//! The options of telemetry: the collector, and what is recorded.

use std::{fmt, path::Path, time::Duration};

use actix_web::http::header::{HeaderName, HeaderValue};
use opentelemetry_sdk::trace::Sampler as SdkSampler;
use percent_encoding::percent_decode_str;
use reqwest::{Certificate, Client, Url};
use secrecy::{ExposeSecret as _, SecretString};

use crate::regular_file;

/// The most attributes of the resource, and the most headers.
const MOST_PAIRS: usize = 64;

/// The longest value of an attribute, in bytes.
const LONGEST_VALUE: usize = 1_024;

/// Between two exports of metrics, by default: the value of the standard.
const METRIC_INTERVAL: Duration = Duration::from_secs(60);

/// The shortest and the longest time between two exports of metrics.
const METRIC_INTERVALS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(86_400);

/// How long the collector may take for an answer, unless the service says otherwise: as the standard has it.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The shortest and the longest of these times.
const TIMEOUTS: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(1)..=Duration::from_secs(600);

/// The longest file of certificates, in bytes.
const LONGEST_BUNDLE: u64 = 1 << 20;

/// What is wrong with an option, and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtelError(String);

impl OtelError {
    pub(super) fn new(wrong: impl Into<String>) -> Self {
        Self(wrong.into())
    }

    /// With the option's name before it.
    fn about(self, what: &str) -> Self {
        Self(format!("{what} {self}"))
    }
}

impl fmt::Display for OtelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OtelError {}

/// Which requests are recorded as spans.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampler {
    rule: Rule,
    /// Whether a parent decides, if there is one.
    is_by_parent: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Rule {
    Always,
    Never,
    Ratio(f64),
}

impl Sampler {
    /// Every trace that begins here; for others their parent decides. The default.
    pub const fn always() -> Self {
        Self { rule: Rule::Always, is_by_parent: true }
    }

    /// No trace that begins here; for others their parent decides.
    pub const fn never() -> Self {
        Self { rule: Rule::Never, is_by_parent: true }
    }

    /// This share of the traces that begin here, from 0 to 1; for others their parent decides.
    ///
    /// # Errors
    ///
    /// A number that is not from 0 to 1.
    pub fn ratio(ratio: f64) -> Result<Self, OtelError> {
        if !(0.0..=1.0).contains(&ratio) {
            return Err(OtelError::new(format!("the ratio {ratio} is not from 0 to 1")));
        }
        Ok(Self { rule: Rule::Ratio(ratio), is_by_parent: true })
    }

    /// Decides on traces with a parent as on those that begin here.
    pub const fn ignoring_parents(mut self) -> Self {
        self.is_by_parent = false;
        self
    }

    /// A sampler by its name in the standard, and by its argument.
    pub(super) fn named(name: &str, argument: Option<f64>) -> Result<Self, OtelError> {
        let (rule, is_by_parent) = match name.strip_prefix("parentbased_") {
            Some(rule) => (rule, true),
            None => (name, false),
        };
        let sampler = match rule {
            "always_on" => Self::always(),
            "always_off" => Self::never(),
            "traceidratio" => Self::ratio(argument.unwrap_or(1.0))?,
            _ => {
                return Err(OtelError::new(format!(
                    "is {name:?}: write always_on, always_off, traceidratio, or one of these with \
                     parentbased_ before it"
                )));
            }
        };
        Ok(if is_by_parent { sampler } else { sampler.ignoring_parents() })
    }

    pub(super) fn into_sdk(self) -> SdkSampler {
        let rule = match self.rule {
            Rule::Always => SdkSampler::AlwaysOn,
            Rule::Never => SdkSampler::AlwaysOff,
            Rule::Ratio(ratio) => SdkSampler::TraceIdRatioBased(ratio),
        };
        if self.is_by_parent { SdkSampler::ParentBased(Box::new(rule)) } else { rule }
    }
}

impl Default for Sampler {
    fn default() -> Self {
        Self::always()
    }
}

/// The options of telemetry: a collector that speaks OTLP over HTTP with protobuf.
#[derive(Clone, Debug)]
#[must_use = "options do nothing until a builder is given them"]
pub struct Otel {
    /// The address that the path of a signal is appended to; `None` where each signal has its own.
    pub(super) base: Option<Url>,
    pub(super) headers: Vec<(HeaderName, SecretString)>,
    pub(super) timeout: Duration,
    pub(super) traces: SignalOptions,
    pub(super) metrics: SignalOptions,
    /// The authorities that the certificate of the collector is verified with; empty for those of the system.
    pub(super) authorities: Vec<Certificate>,
    pub(super) is_compressed: bool,
    pub(super) service_name: Option<String>,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) sampler: Sampler,
    pub(super) has_traces: bool,
    pub(super) has_metrics: bool,
    pub(super) metric_interval: Duration,
}

/// What differs for one signal.
#[derive(Clone, Debug, Default)]
pub(super) struct SignalOptions {
    /// Its own address, which nothing is appended to.
    pub(super) endpoint: Option<Url>,
    /// Its own headers, in place of those of all exports.
    pub(super) headers: Option<Vec<(HeaderName, SecretString)>>,
    pub(super) timeout: Option<Duration>,
}

/// A signal of OpenTelemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Traces,
    Metrics,
}

impl Signal {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
        }
    }

    /// Where it goes, below the address of the collector.
    const fn path(self) -> &'static str {
        match self {
            Self::Traces => "v1/traces",
            Self::Metrics => "v1/metrics",
        }
    }
}

impl Otel {
    /// Sends to the collector at this address, to which `v1/traces` and `v1/metrics` are appended:
    /// `http://127.0.0.1:4318`.
    ///
    /// # Errors
    ///
    /// An address that is not a URL of http or https, or that has a user, a password, a query or a
    /// fragment.
    pub fn new(endpoint: &str) -> Result<Self, OtelError> {
        Self::at(endpoint).map_err(|error| error.about("the address of the collector"))
    }

    /// The same, with an error that follows the name of a setting.
    pub(super) fn at(endpoint: &str) -> Result<Self, OtelError> {
        Ok(Self::to(Some(base(endpoint)?)))
    }

    /// Sends to this address; without one, each signal to its own.
    pub(super) fn to(base: Option<Url>) -> Self {
        Self {
            base,
            headers: Vec::new(),
            timeout: TIMEOUT,
            traces: SignalOptions::default(),
            metrics: SignalOptions::default(),
            authorities: Vec::new(),
            is_compressed: false,
            service_name: None,
            attributes: Vec::new(),
            sampler: Sampler::default(),
            has_traces: true,
            has_metrics: true,
            metric_interval: METRIC_INTERVAL,
        }
    }

    /// Sends traces to this address as it is, such as `https://traces.example/v1/traces`.
    ///
    /// # Errors
    ///
    /// An address that is not a URL of http or https, or that has a user, a password or a fragment.
    pub fn traces_endpoint(mut self, endpoint: &str) -> Result<Self, OtelError> {
        let address = address(endpoint).map_err(|error| error.about("the address for traces"));
        self.traces.endpoint = Some(address?);
        Ok(self)
    }

    /// Sends metrics to this address as it is, such as `https://metrics.example/v1/metrics`.
    ///
    /// # Errors
    ///
    /// As [`traces_endpoint`](Self::traces_endpoint).
    pub fn metrics_endpoint(mut self, endpoint: &str) -> Result<Self, OtelError> {
        let address = address(endpoint).map_err(|error| error.about("the address for metrics"));
        self.metrics.endpoint = Some(address?);
        Ok(self)
    }

    /// Sends this header with each export of traces. These headers replace those of
    /// [`header`](Self::header).
    ///
    /// # Errors
    ///
    /// A name or a value that no header can have.
    pub fn traces_header(
        mut self,
        name: &str,
        value: impl Into<SecretString>,
    ) -> Result<Self, OtelError> {
        let header = header(name, value.into());
        let header = header.map_err(|error| error.about("a header of the exports of traces"))?;
        self.traces.headers.get_or_insert_default().push(header);
        Ok(self)
    }

    /// Sends this header with each export of metrics. These headers replace those of
    /// [`header`](Self::header).
    ///
    /// # Errors
    ///
    /// A name or a value that no header can have.
    pub fn metrics_header(
        mut self,
        name: &str,
        value: impl Into<SecretString>,
    ) -> Result<Self, OtelError> {
        let header = header(name, value.into());
        let header = header.map_err(|error| error.about("a header of the exports of metrics"))?;
        self.metrics.headers.get_or_insert_default().push(header);
        Ok(self)
    }

    /// How long the collector may take for an answer: 10 seconds unless this is called.
    ///
    /// # Errors
    ///
    /// A time below a millisecond or above ten minutes.
    pub fn timeout(mut self, timeout: Duration) -> Result<Self, OtelError> {
        self.timeout = checked_timeout(timeout)?;
        Ok(self)
    }

    /// The same for traces.
    ///
    /// # Errors
    ///
    /// As [`timeout`](Self::timeout).
    pub fn traces_timeout(mut self, timeout: Duration) -> Result<Self, OtelError> {
        self.traces.timeout = Some(checked_timeout(timeout)?);
        Ok(self)
    }

    /// The same for metrics.
    ///
    /// # Errors
    ///
    /// As [`timeout`](Self::timeout).
    pub fn metrics_timeout(mut self, timeout: Duration) -> Result<Self, OtelError> {
        self.metrics.timeout = Some(checked_timeout(timeout)?);
        Ok(self)
    }

    /// Compresses exports with gzip.
    pub fn gzip(mut self) -> Self {
        self.is_compressed = true;
        self
    }

    /// Verifies the certificate of the collector with these authorities, in PEM, in place of those of the system.
    ///
    /// # Errors
    ///
    /// Input without a PEM certificate.
    pub fn certificate_authorities(mut self, pem: &[u8]) -> Result<Self, OtelError> {
        let read = authorities(pem);
        self.authorities = read.map_err(|error| error.about("the certificate authorities"))?;
        Ok(self)
    }

    /// Sends this header with each export: the collector's credentials for the service, for
    /// instance.
    ///
    /// # Errors
    ///
    /// An invalid name or value of a header.
    pub fn header(mut self, name: &str, value: impl Into<SecretString>) -> Result<Self, OtelError> {
        let header = header(name, value.into());
        self.headers.push(header.map_err(|error| error.about("a header of the exports"))?);
        Ok(self)
    }

    /// The name of the service (`service.name`); `unknown_service:` and the name of the program unless
    /// this is called.
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// An attribute of the resource, such as `deployment.environment.name`.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push((name.into(), value.into()));
        self
    }

    /// Which requests are recorded.
    pub fn sampler(mut self, sampler: Sampler) -> Self {
        self.sampler = sampler;
        self
    }

    /// Sends metrics alone.
    pub fn without_traces(mut self) -> Self {
        self.has_traces = false;
        self
    }

    /// Sends traces alone.
    pub fn without_metrics(mut self) -> Self {
        self.has_metrics = false;
        self
    }

    /// The time between two exports of metrics: 60 seconds unless this is called.
    ///
    /// # Errors
    ///
    /// A time below a second or above a day.
    pub fn metric_interval(mut self, interval: Duration) -> Result<Self, OtelError> {
        if !METRIC_INTERVALS.contains(&interval) {
            let wrong = "the time between two exports of metrics is not from a second to a day";
            return Err(OtelError::new(wrong));
        }
        self.metric_interval = interval;
        Ok(self)
    }

    /// Where a signal goes; `None` where it goes nowhere.
    pub(super) fn destination(&self, signal: Signal) -> Option<Url> {
        let (is_sent, own) = match signal {
            Signal::Traces => (self.has_traces, &self.traces.endpoint),
            Signal::Metrics => (self.has_metrics, &self.metrics.endpoint),
        };
        let below_base = || self.base.as_ref().and_then(|base| base.join(signal.path()).ok());
        is_sent.then(|| own.clone().or_else(below_base)).flatten()
    }

    pub(super) fn options(&self, signal: Signal) -> &SignalOptions {
        match signal {
            Signal::Traces => &self.traces,
            Signal::Metrics => &self.metrics,
        }
    }

    /// The headers of a signal's exports.
    pub(super) fn headers_of(&self, signal: Signal) -> &[(HeaderName, SecretString)] {
        self.options(signal).headers.as_deref().unwrap_or(&self.headers)
    }

    /// What credentials would be sent over without encryption, to another machine.
    pub(crate) fn weakened(&self) -> Vec<String> {
        let exposed = [Signal::Traces, Signal::Metrics].into_iter().filter_map(|signal| {
            let url = self.destination(signal)?;
            let host = url.host_str().unwrap_or_default();
            let is_loopback = host == "localhost"
                || host
                    .trim_matches(['[', ']'])
                    .parse()
                    .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
            let is_exposed = url.scheme() == "http" && !is_loopback;
            // Some collectors take a key in the query.
            let has_credentials = !self.headers_of(signal).is_empty() || url.query().is_some();
            let setting = match (&self.options(signal).endpoint, signal) {
                (None, _) => "OTEL_EXPORTER_OTLP_ENDPOINT",
                (Some(_), Signal::Traces) => "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                (Some(_), Signal::Metrics) => "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            };
            (is_exposed && has_credentials).then(|| {
                format!(
                    "{setting} or `.otel(..)`: the headers of exports go to {host} without encryption; use \
                     https"
                )
            })
        });
        let mut texts: Vec<String> = exposed.collect();
        texts.dedup();
        texts
    }
}

/// The address of a collector, as it is.
pub(super) fn address(text: &str) -> Result<Url, OtelError> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(url) = url.filter(Url::has_host) else {
        return Err(OtelError::new(format!("is not the address of a collector: {WRITE_ADDRESS}")));
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(OtelError::new(
            "has a user or a password: put credentials into OTEL_EXPORTER_OTLP_HEADERS",
        ));
    }
    if url.fragment().is_some() {
        return Err(OtelError::new(format!("has a fragment: {WRITE_ADDRESS}")));
    }
    Ok(url)
}

const WRITE_ADDRESS: &str =
    "write http:// or https://, a host and a port, like http://127.0.0.1:4318";

/// The address of a collector that the path of a signal is appended to.
pub(super) fn base(text: &str) -> Result<Url, OtelError> {
    let mut url = address(text)?;
    if url.query().is_some() {
        return Err(OtelError::new(format!("has a query: {WRITE_ADDRESS}")));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

fn checked_timeout(timeout: Duration) -> Result<Duration, OtelError> {
    if !TIMEOUTS.contains(&timeout) {
        let wrong =
            "the time for an answer of the collector is not from a millisecond to ten minutes";
        return Err(OtelError::new(wrong));
    }
    Ok(timeout)
}

/// A time-out in milliseconds, as settings have it.
pub(super) fn timeout(text: &str) -> Result<Duration, OtelError> {
    let time = text.parse().ok().map(Duration::from_millis);
    time.and_then(|time| checked_timeout(time).ok()).ok_or_else(|| {
        OtelError::new(format!(
            "is {text:?}: write a number of milliseconds from 1 to 600000, like 10000"
        ))
    })
}

/// The certificates of a bundle in PEM.
fn authorities(pem: &[u8]) -> Result<Vec<Certificate>, OtelError> {
    let read = Certificate::from_pem_bundle(pem).unwrap_or_default();
    if read.is_empty() {
        return Err(OtelError::new("hold no certificate in PEM"));
    }
    // The library decodes them when a client is made.
    let client = Client::builder().tls_certs_only(read.clone()).build();
    client.map_err(|_| OtelError::new("hold a malformed certificate"))?;
    Ok(read)
}

/// The certificates of a file in PEM.
pub(super) fn authorities_file(path: &str) -> Result<Vec<Certificate>, OtelError> {
    let pem = regular_file::read(Path::new(path), LONGEST_BUNDLE)
        .map_err(|error| OtelError::new(format!("is {path:?}, which cannot be read: {error}")))?;
    authorities(&pem).map_err(|_| {
        OtelError::new(format!(
            "is {path:?}, which holds no certificate or a malformed one: write the path of a PEM file of certificate authorities"
        ))
    })
}

/// One header of the exports.
fn header(name: &str, value: SecretString) -> Result<(HeaderName, SecretString), OtelError> {
    let known: HeaderName = name
        .trim()
        .parse()
        // Not repeated: a list of headers without names begins with a secret.
        .map_err(|_| OtelError::new("has a malformed name of a header"))?;
    if HeaderValue::from_str(value.expose_secret()).is_err() {
        return Err(OtelError::new(format!("has a value of {known} that no header can have")));
    }
    Ok((known, value))
}

/// The headers of a list: `name=value,name=value`, with values that are percent-encoded.
pub(super) fn headers(text: &str) -> Result<Vec<(HeaderName, SecretString)>, OtelError> {
    pairs(text)?.into_iter().map(|(name, value)| header(&name, value.into())).collect()
}

/// The attributes of a list of the same form.
pub(super) fn attributes(text: &str) -> Result<Vec<(String, String)>, OtelError> {
    let pairs = pairs(text)?;
    if let Some((name, _)) = pairs.iter().find(|(_, value)| value.len() > LONGEST_VALUE) {
        return Err(OtelError::new(format!(
            "has a value of {name} that is longer than {LONGEST_VALUE} bytes: shorten it"
        )));
    }
    Ok(pairs)
}

/// The format of W3C Baggage without properties. The value of a pair may be secret, and is not repeated.
fn pairs(text: &str) -> Result<Vec<(String, String)>, OtelError> {
    let form = "write name=value, with commas between pairs and percent-encoding in values";
    let mut pairs = Vec::new();
    let given = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    for (at, pair) in (1..).zip(given) {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(OtelError::new(format!("has a pair without `=`: {form}")));
        };
        let name = name.trim();
        let is_name =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~/".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_name) {
            return Err(OtelError::new(format!("has a malformed name: {form}")));
        }
        let value = percent_decode_str(value.trim()).decode_utf8();
        let Ok(value) = value else {
            return Err(OtelError::new(format!(
                "has a value in pair {at} that is not UTF-8: {form}"
            )));
        };
        if value.chars().any(char::is_control) {
            return Err(OtelError::new(format!("has a control character in pair {at}: {form}")));
        }
        pairs.push((name.to_owned(), value.into_owned()));
        if pairs.len() > MOST_PAIRS {
            return Err(OtelError::new(format!("has more than {MOST_PAIRS} pairs: remove some")));
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::{Otel, Sampler, Signal, attributes, headers};

    #[test]
    fn an_address_is_a_base() {
        for (text, expected) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("https://otel.example/", "https://otel.example/v1/traces"),
            ("https://otel.example/tenant/a", "https://otel.example/tenant/a/v1/traces"),
        ] {
            let otel = Otel::new(text).unwrap();
            assert_eq!(otel.destination(Signal::Traces).unwrap().as_str(), expected);
        }
        for (bad, fix) in [
            ("127.0.0.1:4318", "write http://"),
            ("ftp://otel.example", "write http://"),
            ("http://ada:a-password@otel.example", "OTEL_EXPORTER_OTLP_HEADERS"),
            ("http://otel.example?key=a-password", "write http://"),
        ] {
            let error = Otel::new(bad).unwrap_err().to_string();
            assert!(error.starts_with("the address of the collector "), "{error}");
            assert!(error.contains(fix) && !error.contains("a-password"), "{error}");
        }
    }

    #[test]
    fn the_address_of_a_signal_is_used_as_it_is() {
        let otel = Otel::new("http://127.0.0.1:4318").unwrap();
        let own = otel.clone().traces_endpoint("https://traces.example/in?tenant=a").unwrap();
        let traces = own.destination(Signal::Traces).unwrap();
        assert_eq!(traces.as_str(), "https://traces.example/in?tenant=a");
        let metrics = own.destination(Signal::Metrics).unwrap();
        assert_eq!(metrics.as_str(), "http://127.0.0.1:4318/v1/metrics");
        assert_eq!(own.without_traces().destination(Signal::Traces), None);
        let alone = Otel::to(None).metrics_endpoint("http://metrics.example").unwrap();
        assert_eq!(alone.destination(Signal::Traces), None);
        assert_eq!(alone.destination(Signal::Metrics).unwrap().as_str(), "http://metrics.example/");
        for bad in ["traces.example", "http://ada:a-password@otel.example", "http://otel.example#a"]
        {
            let error = otel.clone().traces_endpoint(bad).unwrap_err().to_string();
            assert!(error.starts_with("the address for traces "), "{error}");
            assert!(!error.contains("a-password"), "{error}");
        }
    }

    #[test]
    fn headers_of_a_signal_take_the_place_of_those_of_all() {
        let otel = Otel::new("http://127.0.0.1:4318").unwrap().header("api-key", "one").unwrap();
        let otel = otel.traces_header("x-tenant", "two").unwrap();
        let names = |signal| {
            let headers = otel.headers_of(signal).iter();
            headers.map(|(name, _)| name.as_str().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(Signal::Traces), ["x-tenant"]);
        assert_eq!(names(Signal::Metrics), ["api-key"]);
    }

    #[test]
    fn headers_without_encryption_are_weakened() {
        let weakened = |endpoint: &str| {
            Otel::new(endpoint).unwrap().header("api-key", "a secret").unwrap().weakened().len()
                == 1
        };
        assert!(weakened("http://otel.example:4318"));
        for fine in [
            "https://otel.example",
            "http://127.0.0.1:4318",
            "http://[::1]:4318",
            "http://localhost",
        ] {
            assert!(!weakened(fine), "{fine}");
        }
        assert!(Otel::new("http://otel.example").unwrap().weakened().is_empty());
        let metrics = Otel::new("https://otel.example").unwrap();
        let metrics = metrics.metrics_endpoint("http://metrics.example").unwrap();
        assert!(metrics.header("api-key", "a secret").unwrap().weakened().len() == 1);
    }

    #[test]
    fn lists_have_the_form_of_baggage() {
        let read = headers("api-key=a%20secret, x-tenant = b=c ,").unwrap();
        let read: Vec<_> =
            read.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
        assert_eq!(read, [("api-key", "a secret"), ("x-tenant", "b=c")]);
        for bad in
            ["api-key", "=a-password", "a b=a-password", "a=%ff", "a=%0d%0ab: c", "/=a-password"]
        {
            let error = headers(bad).unwrap_err().to_string();
            assert!(!error.contains("a-password"), "{error}");
        }
        assert_eq!(attributes("a.b=c").unwrap(), [("a.b".to_owned(), "c".to_owned())]);
        assert!(attributes(&format!("a={}", "x".repeat(1_025))).is_err());
        assert!(attributes(&"a=b,".repeat(65)).is_err());
    }

    #[test]
    fn samplers_go_by_their_names() {
        let ratio = Sampler::ratio(0.25).unwrap();
        for (name, argument, expected) in [
            ("always_on", None, Sampler::always().ignoring_parents()),
            ("parentbased_always_off", None, Sampler::never()),
            ("traceidratio", Some(0.25), ratio.ignoring_parents()),
            ("parentbased_traceidratio", Some(0.25), ratio),
        ] {
            assert_eq!(Sampler::named(name, argument), Ok(expected));
        }
        for (name, argument) in [("always", None), ("", None), ("traceidratio", Some(1.5))] {
            assert!(Sampler::named(name, argument).is_err(), "{name}");
        }
        assert!(Sampler::ratio(f64::NAN).is_err());
    }
}
