//! The variables `OTEL_*`, combined.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use reqwest::{Certificate, Url};

use super::{
    Otel, OtelError, Sampler,
    options::{
        Signal, SignalOptions, address, attributes, authorities_file, base, headers, timeout,
    },
};

/// The settings that an exporter of the program would replace.
pub(crate) const REPLACED: &[&str] = &[
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    "OTEL_METRICS_EXPORTER",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SERVICE_NAME",
    "OTEL_TRACES_EXPORTER",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
];

/// The settings so far.
#[derive(Debug, Default)]
pub(crate) struct OtelSettings {
    /// The exporter of the program.
    otel: Option<Otel>,
    is_disabled: bool,
    base: Option<Url>,
    traces: SignalSettings,
    metrics: SignalSettings,
    timeout: Option<Duration>,
    authorities: Vec<Certificate>,
    is_compressed: bool,
    lists: Lists,
    service_name: Option<String>,
    sampler: Option<String>,
    sampler_argument: Option<f64>,
    metric_interval: Option<Duration>,
    lacks_traces: bool,
    lacks_metrics: bool,
}

/// The lists, each checked when it was given.
#[derive(Debug, Default)]
struct Lists {
    headers: Option<SecretString>,
    attributes: Option<String>,
}

/// What the settings said of one signal.
#[derive(Debug, Default)]
struct SignalSettings {
    endpoint: Option<Url>,
    /// Checked when it was given.
    headers: Option<SecretString>,
    timeout: Option<Duration>,
}

impl SignalSettings {
    fn take(&mut self) -> Result<SignalOptions, OtelError> {
        let list = self.headers.as_ref().map(|list| headers(list.expose_secret()));
        let (endpoint, timeout) = (self.endpoint.take(), self.timeout);
        Ok(SignalOptions { endpoint, headers: list.transpose()?, timeout })
    }
}

impl OtelSettings {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub(crate) fn endpoint(&mut self, value: &str) -> Result<(), OtelError> {
        self.base = Some(base(value)?);
        Ok(())
    }

    fn signal(&mut self, signal: Signal) -> &mut SignalSettings {
        match signal {
            Signal::Traces => &mut self.traces,
            Signal::Metrics => &mut self.metrics,
        }
    }

    /// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` and `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`.
    pub(crate) fn signal_endpoint(&mut self, signal: Signal, value: &str) -> Result<(), OtelError> {
        self.signal(signal).endpoint = Some(address(value)?);
        Ok(())
    }

    /// `OTEL_EXPORTER_OTLP_TRACES_HEADERS` and `OTEL_EXPORTER_OTLP_METRICS_HEADERS`.
    pub(crate) fn signal_headers(&mut self, signal: Signal, value: &str) -> Result<(), OtelError> {
        headers(value)?;
        self.signal(signal).headers = Some(value.into());
        Ok(())
    }

    /// `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT` and `OTEL_EXPORTER_OTLP_METRICS_TIMEOUT`, in milliseconds.
    pub(crate) fn signal_timeout(&mut self, signal: Signal, value: &str) -> Result<(), OtelError> {
        self.signal(signal).timeout = Some(timeout(value)?);
        Ok(())
    }

    /// `OTEL_EXPORTER_OTLP_TIMEOUT`, in milliseconds.
    pub(crate) fn timeout(&mut self, value: &str) -> Result<(), OtelError> {
        self.timeout = Some(timeout(value)?);
        Ok(())
    }

    /// `OTEL_EXPORTER_OTLP_COMPRESSION`.
    pub(crate) fn compression(&mut self, value: &str) -> Result<(), OtelError> {
        self.is_compressed = match value {
            "gzip" => true,
            "none" => false,
            _ => return Err(OtelError::new(format!("is {value:?}: write gzip or none"))),
        };
        Ok(())
    }

    /// `OTEL_EXPORTER_OTLP_CERTIFICATE`.
    pub(crate) fn certificate(&mut self, path: &str) -> Result<(), OtelError> {
        self.authorities = authorities_file(path)?;
        Ok(())
    }

    /// `OTEL_EXPORTER_OTLP_HEADERS`.
    pub(crate) fn headers(&mut self, value: &str) -> Result<(), OtelError> {
        headers(value)?;
        self.lists.headers = Some(value.into());
        Ok(())
    }

    /// `OTEL_EXPORTER_OTLP_PROTOCOL`.
    pub(crate) fn protocol(value: &str) -> Result<(), OtelError> {
        match value {
            "http/protobuf" => Ok(()),
            _ => Err(OtelError::new(format!(
                "is {value:?}: write http/protobuf, which is the only one, and the port of the collector for it \
                 (4318)"
            ))),
        }
    }

    /// `OTEL_SERVICE_NAME`.
    pub(crate) fn service_name(&mut self, value: &str) -> Result<(), OtelError> {
        if value.len() > 255 || value.chars().any(char::is_control) {
            return Err(OtelError::new(
                "is not a name: write at most 255 bytes, none a control character",
            ));
        }
        self.service_name = Some(value.to_owned());
        Ok(())
    }

    /// `OTEL_RESOURCE_ATTRIBUTES`.
    pub(crate) fn attributes(&mut self, value: &str) -> Result<(), OtelError> {
        attributes(value)?;
        self.lists.attributes = Some(value.to_owned());
        Ok(())
    }

    /// `OTEL_TRACES_SAMPLER`.
    pub(crate) fn sampler(&mut self, value: &str) -> Result<(), OtelError> {
        Sampler::named(value, None)?;
        self.sampler = Some(value.to_owned());
        Ok(())
    }

    /// `OTEL_TRACES_SAMPLER_ARG`.
    pub(crate) fn sampler_argument(&mut self, value: &str) -> Result<(), OtelError> {
        let ratio = value.parse().ok().filter(|ratio| Sampler::ratio(*ratio).is_ok());
        let wrong =
            || OtelError::new(format!("is {value:?}: write a number from 0 to 1, like 0.01"));
        self.sampler_argument = Some(ratio.ok_or_else(wrong)?);
        Ok(())
    }

    /// `OTEL_TRACES_EXPORTER`.
    pub(crate) fn traces_exporter(&mut self, value: &str) -> Result<(), OtelError> {
        self.lacks_traces = is_none(value)?;
        Ok(())
    }

    /// `OTEL_METRICS_EXPORTER`.
    pub(crate) fn metrics_exporter(&mut self, value: &str) -> Result<(), OtelError> {
        self.lacks_metrics = is_none(value)?;
        Ok(())
    }

    /// `OTEL_METRIC_EXPORT_INTERVAL`, in milliseconds.
    pub(crate) fn metric_interval(&mut self, value: &str) -> Result<(), OtelError> {
        let wrong = || {
            OtelError::new(format!(
                "is {value:?}: write a number of milliseconds from 1000 to 86400000, like 60000"
            ))
        };
        let interval = Duration::from_millis(value.parse().map_err(|_| wrong())?);
        let probe = Otel::new("http://localhost")?.metric_interval(interval);
        self.metric_interval = Some(probe.map_err(|_| wrong())?.metric_interval);
        Ok(())
    }

    /// `OTEL_SDK_DISABLED`.
    pub(crate) fn disabled(&mut self, value: &str) -> Result<(), OtelError> {
        self.is_disabled = match value.to_ascii_lowercase().as_str() {
            "true" => true,
            "false" => false,
            _ => return Err(OtelError::new(format!("is {value:?}: write true or false"))),
        };
        Ok(())
    }

    /// The exporter of the program, instead of these. `OTEL_SDK_DISABLED` still applies.
    pub(crate) fn replace(&mut self, otel: Otel) {
        *self = Self { otel: Some(otel), is_disabled: self.is_disabled, ..Self::default() };
    }

    /// The options of telemetry; `None` if it is off.
    pub(crate) fn take(&mut self) -> Result<Option<Otel>, OtelError> {
        if self.is_disabled {
            return Ok(None);
        }
        if let Some(otel) = self.otel.take() {
            return Ok(Some(otel));
        }
        let (traces, metrics) = (self.traces.take()?, self.metrics.take()?);
        if self.base.is_none() && traces.endpoint.is_none() && metrics.endpoint.is_none() {
            return Ok(None);
        }
        let mut otel = Otel { traces, metrics, ..Otel::to(self.base.take()) };
        otel.authorities = std::mem::take(&mut self.authorities);
        otel.is_compressed = self.is_compressed;
        if let Some(timeout) = self.timeout {
            otel.timeout = timeout;
        }
        if let Some(list) = &self.lists.headers {
            otel.headers = headers(list.expose_secret())?;
        }
        if let Some(list) = &self.lists.attributes {
            otel.attributes = attributes(list)?;
        }
        if let Some(name) = self.service_name.take() {
            otel.service_name = Some(name);
        }
        if let Some(name) = &self.sampler {
            otel.sampler = Sampler::named(name, self.sampler_argument)?;
        }
        if let Some(interval) = self.metric_interval {
            otel.metric_interval = interval;
        }
        otel.has_traces &= !self.lacks_traces;
        otel.has_metrics &= !self.lacks_metrics;
        Ok(Some(otel))
    }
}

fn is_none(value: &str) -> Result<bool, OtelError> {
    match value {
        "otlp" => Ok(false),
        "none" => Ok(true),
        _ => Err(OtelError::new(format!("is {value:?}: write otlp or none"))),
    }
}

#[cfg(test)]
mod tests {
    use super::OtelSettings;
    use crate::otel::{Otel, Sampler, options::Signal};

    #[test]
    fn nothing_is_sent_without_an_address_or_where_it_is_disabled() {
        let mut settings = OtelSettings::default();
        settings.service_name("notes").unwrap();
        assert!(settings.take().unwrap().is_none());
        settings.endpoint("http://127.0.0.1:4318").unwrap();
        settings.disabled("TRUE").unwrap();
        assert!(settings.take().unwrap().is_none());
    }

    #[test]
    fn one_signal_may_have_an_address_alone() {
        let mut settings = OtelSettings::default();
        settings.signal_endpoint(Signal::Metrics, "http://metrics.example/in").unwrap();
        settings.signal_headers(Signal::Metrics, "api-key=one").unwrap();
        settings.signal_timeout(Signal::Metrics, "250").unwrap();
        settings.headers("api-id=two").unwrap();
        settings.timeout("500").unwrap();
        settings.compression("gzip").unwrap();
        let otel = settings.take().unwrap().unwrap();
        assert_eq!(otel.destination(Signal::Traces), None);
        let metrics = otel.destination(Signal::Metrics).unwrap();
        assert_eq!(metrics.as_str(), "http://metrics.example/in");
        let (headers, own) = (otel.headers_of(Signal::Metrics), otel.options(Signal::Metrics));
        assert!(headers.len() == 1 && headers.iter().all(|(name, _)| name == "api-key"));
        assert_eq!(own.timeout.unwrap().as_millis(), 250);
        assert_eq!((otel.timeout.as_millis(), otel.is_compressed), (500, true));
    }

    #[test]
    fn the_settings_are_put_together() {
        let mut settings = OtelSettings::default();
        settings.sampler_argument("0.5").unwrap();
        settings.sampler("parentbased_traceidratio").unwrap();
        settings.headers("api-key=one,api-id=two").unwrap();
        settings.endpoint("http://127.0.0.1:4318").unwrap();
        settings.metrics_exporter("none").unwrap();
        let otel = settings.take().unwrap().unwrap();
        assert_eq!((otel.headers.len(), otel.sampler), (2, Sampler::ratio(0.5).unwrap()));
        assert!(otel.has_traces && !otel.has_metrics);
        assert_eq!((otel.timeout.as_millis(), otel.is_compressed), (10_000, false));
        settings.service_name("notes").unwrap();
        settings.replace(Otel::new("http://127.0.0.1:4318").unwrap());
        assert_eq!(settings.take().unwrap().unwrap().service_name, None);
        settings.disabled("true").unwrap();
        settings.replace(Otel::new("http://127.0.0.1:4318").unwrap());
        assert!(settings.take().unwrap().is_none());
    }
}
