//! The options of telemetry: the collector, and what is recorded.

use std::{fmt, time::Duration};

use actix_web::http::header::{HeaderName, HeaderValue};
use opentelemetry_sdk::trace::Sampler as SdkSampler;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

/// The most attributes of the resource, and the most headers.
const MOST_PAIRS: usize = 64;

/// The longest value of an attribute, in bytes.
const LONGEST_VALUE: usize = 1_024;

/// Between two exports of metrics, by default: the value of the standard.
const METRIC_INTERVAL: Duration = Duration::from_secs(60);

/// The shortest and the longest time between two exports of metrics.
const METRIC_INTERVALS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(86_400);

/// What is wrong with an option, and the fix.
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
    pub(super) endpoint: Url,
    pub(super) headers: Vec<(HeaderName, SecretString)>,
    pub(super) service_name: Option<String>,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) sampler: Sampler,
    pub(super) has_traces: bool,
    pub(super) has_metrics: bool,
    pub(super) metric_interval: Duration,
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
        Ok(Self {
            endpoint: address(endpoint)?,
            headers: Vec::new(),
            service_name: None,
            attributes: Vec::new(),
            sampler: Sampler::default(),
            has_traces: true,
            has_metrics: true,
            metric_interval: METRIC_INTERVAL,
        })
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

    /// Credentials that would be sent without encryption, to another machine.
    pub(crate) fn weakened(&self) -> Option<String> {
        let host = self.endpoint.host_str().unwrap_or_default();
        let is_loopback = host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse()
                .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        let is_exposed = self.endpoint.scheme() == "http" && !is_loopback;
        (is_exposed && !self.headers.is_empty()).then(|| {
            format!(
                "OTEL_EXPORTER_OTLP_ENDPOINT or `.otel(..)`: the headers of exports go to {host} without \
                 encryption; use https"
            )
        })
    }
}

/// The address of a collector.
fn address(text: &str) -> Result<Url, OtelError> {
    let write = "write http:// or https://, a host and a port, like http://127.0.0.1:4318";
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(mut url) = url.filter(Url::has_host) else {
        return Err(OtelError::new(format!("is not the address of a collector: {write}")));
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(OtelError::new(
            "has a user or a password: put credentials into OTEL_EXPORTER_OTLP_HEADERS",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(OtelError::new(format!("has a query or a fragment: {write}")));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
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

    use super::{Otel, Sampler, attributes, headers};

    #[test]
    fn an_address_is_a_base() {
        for (text, expected) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("https://otel.example/", "https://otel.example/v1/traces"),
            ("https://otel.example/tenant/a", "https://otel.example/tenant/a/v1/traces"),
        ] {
            let otel = Otel::new(text).unwrap();
            assert_eq!(otel.endpoint.join("v1/traces").unwrap().as_str(), expected);
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
    fn headers_without_encryption_are_weakened() {
        let weakened = |endpoint: &str| {
            Otel::new(endpoint).unwrap().header("api-key", "a secret").unwrap().weakened().is_some()
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
        assert!(Otel::new("http://otel.example").unwrap().weakened().is_none());
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
