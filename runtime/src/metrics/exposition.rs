//! All counters, in one exposition.

use std::{fmt, sync::Arc};

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody, http::header};

use super::{
    process,
    text::{Format, Text, Type},
};
use crate::{
    app::{Shield, panics},
    auth::CacheCounts,
    limit::Limits,
    service::Connections,
};

/// Further sources, each with families of its own.
pub(crate) type Source = Box<dyn Fn(&mut Text) + Send + Sync>;

/// Counters outside of the guards.
#[derive(Default)]
pub(crate) struct Sources {
    pub(crate) token_cache: Option<Arc<CacheCounts>>,
    /// The pools of databases, by their name.
    #[cfg(feature = "sql")]
    pub(crate) databases: Vec<(String, crate::sql::Db)>,
    pub(crate) further: Vec<Source>,
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}

/// The counters of a running service. Handlers take it as `Data<Metrics>`; outside of them it is
/// [`Palisade::metrics`](crate::Palisade::metrics).
///
/// ```
/// use palisade::{metrics::{Exposition, Metrics}, prelude::*};
///
/// #[get("/internal/metrics")]
/// #[require_scope("ops:metrics")]
/// async fn scrape(metrics: Data<Metrics>) -> Exposition {
///     metrics.exposition()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Metrics {
    shield: Arc<Shield>,
    limits: Limits,
    connections: Arc<Connections>,
    sources: Arc<Sources>,
}

/// An answer with all counters at the time when it is sent: as `OpenMetrics` to a scraper that
/// accepts it, else in the text format of Prometheus.
#[derive(Debug)]
pub struct Exposition(Metrics);

impl Metrics {
    pub(crate) fn new(
        shield: Arc<Shield>,
        limits: Limits,
        connections: Arc<Connections>,
        sources: Sources,
    ) -> Self {
        process::note_start();
        Self { shield, limits, connections, sources: Arc::new(sources) }
    }

    /// All counters as an answer.
    pub fn exposition(&self) -> Exposition {
        Exposition(self.clone())
    }

    /// All counters as text. It reads the tables of limits whole: some milliseconds.
    pub fn text(&self, format: Format) -> String {
        let mut text = Text::new(format);
        self.write(&mut text);
        text.finish()
    }

    /// The same as metrics of OTLP.
    #[cfg(feature = "otel")]
    pub(crate) fn otlp(&self) -> Vec<opentelemetry_proto::tonic::metrics::v1::Metric> {
        let mut text = Text::of_families();
        self.write(&mut text);
        text.into_families().map_or_else(Vec::new, super::otlp::Families::finish)
    }

    fn write(&self, text: &mut Text) {
        self.shield.traffic.write(text);
        self.limits.metrics().write(text);
        self.write_connections(text);
        self.write_token_cache(text);
        self.shield.health.write_metrics(text);
        self.shield.trail.write(text);
        #[cfg(feature = "sql")]
        crate::sql::write_metrics(&self.sources.databases, text);
        for source in &self.sources.further {
            source(text);
        }
        let help = "Panics that became an answer of 500, or ended one.";
        text.single("palisade_panics", Type::Counter, help, panics());
        text.family("palisade_build_info", Type::Gauge, "The version of palisade.");
        text.sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
        process::write(text);
        #[cfg(feature = "metrics")]
        super::recorder::write(text);
    }

    fn write_connections(&self, text: &mut Text) {
        let (open, refused) = self.connections.counts();
        let help = "Open connections that count against their address.";
        text.single("palisade_connections_open", Type::Gauge, help, open);
        let help = "Connections that were closed since their address has too many.";
        text.single("palisade_connections_refused", Type::Counter, help, refused);
    }

    fn write_token_cache(&self, text: &mut Text) {
        let Some(counts) = &self.sources.token_cache else { return };
        let help = "Lookups of bearer tokens among those that were verified before.";
        text.family("palisade_token_cache_lookups", Type::Counter, help);
        text.sample(&[("outcome", "hit")], counts.hits());
        text.sample(&[("outcome", "miss")], counts.misses());
    }
}

impl Exposition {
    pub(crate) fn answer(&self, accept: Option<&str>) -> HttpResponse {
        let format = Format::accepted_by(accept);
        HttpResponse::Ok().content_type(format.content_type()).body(self.0.text(format))
    }
}

impl Responder for Exposition {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let accept = request.headers().get(header::ACCEPT);
        self.answer(accept.and_then(|accept| accept.to_str().ok()))
    }
}
