//! What operators see of a service: metrics, and the audit trail.

use std::{any::Any, net::ToSocketAddrs as _, path::PathBuf, sync::Arc, time::Duration};

use super::Builder;
#[cfg(feature = "otel")]
use crate::otel::{Otel, OtelSettings, Recorder};
use crate::{
    audit::{FileOptions, Key, Sink, SyslogOptions, Trail},
    metrics::{Sources, endpoints_behind},
    service::operator_port::{Content, OperatorAddress, OperatorPort},
};

/// The settings of metrics and the audit trail.
#[derive(Debug, Default)]
pub(super) struct ObservabilitySettings {
    metrics_bind: Option<String>,
    pub(super) sources: Sources,
    sinks: Vec<Box<dyn Sink>>,
    /// `None` logs events, so that a service without another sink still has them.
    logs: Option<bool>,
    files: Vec<PathBuf>,
    servers: Vec<SyslogOptions>,
    size: Option<u64>,
    age: Option<Duration>,
    retention: Option<Duration>,
    key: Option<Key>,
    #[cfg(feature = "otel")]
    otel: OtelSettings,
}

impl Builder {
    /// Serves `GET /metrics` on a port of its own: `address:port`, or `unix:` and the path of a Unix
    /// socket, which gets mode 0660. Nothing is served unless this or
    /// [`metrics_endpoint`](Self::metrics_endpoint) is called.
    ///
    /// A client that reaches it needs no credentials: bind it to loopback, or to a network that
    /// only the scraper is part of. An address that others can reach is listed as weakened. A page
    /// that an attacker points there by DNS is refused by its host: the port answers for addresses,
    /// names without a dot and the hosts of the service.
    ///
    /// In [`serve`](Self::serve).
    pub fn metrics_bind(mut self, address: impl Into<String>) -> Self {
        let address: String = address.into();
        self.contradicts(
            "PALISADE_METRICS_BIND",
            "metrics_bind",
            self.observability.metrics_bind.as_ref() != Some(&address),
        );
        self.observability.metrics_bind = Some(address);
        self
    }

    /// Serves `GET /metrics` as an endpoint of the service, for callers whose token carries this scope.
    ///
    /// ```
    /// # use palisade::Palisade;
    /// let builder = Palisade::builder().metrics_endpoint("ops:metrics");
    /// # let _ = builder;
    /// ```
    pub fn metrics_endpoint(mut self, scope: &str) -> Self {
        match endpoints_behind(scope) {
            Ok(endpoints) => self.endpoints(endpoints),
            Err(complaint) => {
                self.complaints.push(complaint);
                self
            }
        }
    }

    /// Adds metrics of the pool of this database, under this name. A pool that is app data by
    /// `.data(db)` is reported without this, under the name of its dialect.
    #[cfg(feature = "sql")]
    pub fn database_metrics(mut self, name: impl Into<String>, db: &crate::sql::Db) -> Self {
        self.observability.sources.databases.push((name.into(), db.clone()));
        self
    }

    /// Notes a pool that is put into the app as it is.
    pub(super) fn note_database(&mut self, value: &dyn Any) {
        #[cfg(feature = "sql")]
        if let Some(db) = value.downcast_ref::<crate::sql::Db>() {
            let name = db.dialect().to_string().to_ascii_lowercase();
            self.observability.sources.databases.push((name, db.clone()));
        }
        #[cfg(not(feature = "sql"))]
        let _ = value;
    }

    /// Adds metrics of when the certificates expire.
    #[cfg(feature = "tls")]
    pub(super) fn note_certificates(&mut self, tls: &Arc<crate::tls::Tls>) {
        // The certificates are watched as long as the server has them, not as long as the metrics exist.
        let tls = Arc::downgrade(tls);
        self.observability.sources.further.push(Box::new(move |text| {
            if let Some(tls) = tls.upgrade() {
                tls.write_metrics(text);
            }
        }));
    }

    /// Sends audit events to this sink too. They are logged as well, unless
    /// [`audit_log`](Self::audit_log) turns that off.
    pub fn audit_sink(mut self, sink: impl Sink) -> Self {
        self.observability.sinks.push(Box::new(sink));
        self
    }

    /// Whether audit events are logged (target `palisade::audit`): true unless this is called. A
    /// service without any sink does not start.
    pub fn audit_log(mut self, logs: bool) -> Self {
        self.contradicts("PALISADE_AUDIT", "audit_log", self.observability.logs != Some(logs));
        self.observability.logs = Some(logs);
        self
    }

    /// A file from the environment.
    pub(crate) fn audit_file(mut self, path: &str) -> Self {
        self.observability.files.push(path.into());
        self
    }

    /// A server from the environment.
    pub(crate) fn audit_server(mut self, server: SyslogOptions) -> Self {
        self.observability.servers.push(server);
        self
    }

    pub(crate) fn audit_file_size(mut self, bytes: u64) -> Self {
        self.observability.size = Some(bytes);
        self
    }

    pub(crate) fn audit_file_age(mut self, age: Duration) -> Self {
        self.observability.age = Some(age);
        self
    }

    pub(crate) fn audit_file_retention(mut self, time: Duration) -> Self {
        self.observability.retention = Some(time);
        self
    }

    pub(crate) fn audit_key(mut self, key: Key) -> Self {
        self.observability.key = Some(key);
        self
    }

    /// Sends traces and metrics to a collector of OpenTelemetry ([`otel`](crate::otel)).
    ///
    /// `OTEL_SDK_DISABLED=true` turns it off. Any other `OTEL_*` setting beside this call is an error: call it
    /// only where [`is_set`](Self::is_set) is false for `OTEL_EXPORTER_OTLP_ENDPOINT`.
    ///
    /// ```
    /// # use palisade::Palisade;
    /// use palisade::otel::Otel;
    ///
    /// let otel = Otel::new("http://127.0.0.1:4318")?.service_name("notes");
    /// let builder = Palisade::builder().otel(otel);
    /// # let _ = builder;
    /// # Ok::<(), palisade::otel::OtelError>(())
    /// ```
    #[cfg(feature = "otel")]
    pub fn otel(mut self, otel: Otel) -> Self {
        for setting in crate::otel::REPLACED {
            self.contradicts(setting, "otel", true);
        }
        self.observability.otel.replace(otel);
        self
    }

    /// The settings of OpenTelemetry.
    #[cfg(feature = "otel")]
    pub(crate) fn otel_settings(&mut self) -> &mut OtelSettings {
        &mut self.observability.otel
    }

    /// The recorder of spans, if telemetry is sent.
    #[cfg(feature = "otel")]
    pub(super) fn take_recorder(&mut self, complaints: &mut Vec<String>) -> Option<Recorder> {
        if !complaints.is_empty() {
            return None;
        }
        let made = self.observability.otel.take().and_then(|otel| {
            let Some(otel) = otel else { return Ok(None) };
            self.weakened.extend(otel.weakened());
            let recorder = Recorder::new(otel)?;
            self.observability.sources.further.push(recorder.source());
            Ok(Some(recorder))
        });
        made.unwrap_or_else(|error| {
            complaints.push(format!("OTEL_EXPORTER_OTLP_ENDPOINT or `.otel(..)`: {error}"));
            None
        })
    }

    /// Opens the sinks. Called last: until then no file is made.
    pub(super) fn take_trail(&mut self, complaints: &mut Vec<String>) -> Arc<Trail> {
        let owner = self.hardening.owner_of_files();
        let ObservabilitySettings {
            sinks, logs, files, servers, size, age, retention, key, ..
        } = &mut self.observability;
        let mut sinks = std::mem::take(sinks);
        let logs = logs.unwrap_or(true);
        let is_set = size.is_some() || age.is_some() || retention.is_some() || key.is_some();
        if files.is_empty() && is_set {
            complaints.push(
                "PALISADE_AUDIT_FILE_SIZE, PALISADE_AUDIT_FILE_AGE, PALISADE_AUDIT_FILE_RETENTION and \
                 PALISADE_AUDIT_KEY go with a file in PALISADE_AUDIT, and there is none: add file:/path, or unset \
                 them"
                    .to_owned(),
            );
        }
        if !logs && sinks.is_empty() && files.is_empty() && servers.is_empty() {
            complaints.push(
                "`.audit_log(false)` leaves audit events nowhere to go: add a sink by \
                 `.audit_sink(..)` or PALISADE_AUDIT"
                    .to_owned(),
            );
        }
        if !complaints.is_empty() {
            return Trail::new(logs, sinks);
        }
        for path in files.drain(..) {
            let mut options = FileOptions::new(path).owned_by(owner);
            if let Some(size) = *size {
                options = options.rotate_size(size);
            }
            if let Some(age) = *age {
                options = options.rotate_age(age);
            }
            if let Some(time) = *retention {
                options = options.retention(time);
            }
            if let Some(key) = key.clone() {
                options = options.key(key);
            }
            match options.open() {
                Ok(sink) => sinks.push(Box::new(sink)),
                Err(error) => complaints.push(format!("PALISADE_AUDIT: {error}")),
            }
        }
        for server in servers.drain(..) {
            match server.open() {
                Ok(sink) => sinks.push(Box::new(sink)),
                Err(error) => complaints.push(format!("PALISADE_AUDIT: {error}")),
            }
        }
        Trail::new(logs, sinks)
    }

    /// The ports besides that of the service. One address for both is one port.
    pub(super) fn take_operator_ports(
        &mut self,
        complaints: &mut Vec<String>,
    ) -> Vec<OperatorPort> {
        let metrics = self.observability.metrics_bind.take();
        let health = self.take_health_bind();
        let wanted = if metrics.is_some() && metrics == health {
            [(metrics, Content::Both), (None, Content::Health)]
        } else {
            [(metrics, Content::Metrics), (health, Content::Health)]
        };
        let mut ports = Vec::new();
        for (bind, content) in wanted {
            let Some(bind) = bind else { continue };
            let Some(address) = operator_address(&bind, content.setting(), complaints) else {
                continue;
            };
            let is_local = match &address {
                OperatorAddress::Addresses(all) => all.iter().all(|one| one.ip().is_loopback()),
                #[cfg(unix)]
                OperatorAddress::Path(_) => true,
            };
            // Probes return one word, publicly on the port of the service too.
            if content != Content::Health && !is_local {
                self.weakened.push(format!(
                    "metrics_bind: every client that reaches {bind} reads the metrics without credentials"
                ));
            }
            ports.push(OperatorPort { content, address });
        }
        ports
    }
}

fn operator_address(
    bind: &str,
    setting: &str,
    complaints: &mut Vec<String>,
) -> Option<OperatorAddress> {
    #[cfg(unix)]
    if let Some(path) = bind.strip_prefix("unix:") {
        if path.is_empty() || path.ends_with('/') || path.contains('\0') {
            complaints.push(format!(
                "{setting} is {bind:?}: write unix: and the path of a file, like \
                 unix:/run/notes/operator.sock"
            ));
        }
        return Some(OperatorAddress::Path(path.into()));
    }
    match bind.to_socket_addrs() {
        Ok(addresses) => Some(OperatorAddress::Addresses(addresses.collect())),
        Err(error) => {
            complaints.push(format!(
                "{setting} is {bind:?}, which is not an address and port like 127.0.0.1:9090 or a path of \
                 a Unix socket like unix:/run/notes/operator.sock: {error}"
            ));
            None
        }
    }
}
