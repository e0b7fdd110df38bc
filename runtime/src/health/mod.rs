//! Health: whether the process is alive (`/livez`), and whether it should get requests (`/readyz`).
//!
//! 1. Probes are answered for any host, outside of all limits, and without an audit event: a load
//!    balancer probes the address of the instance, and its probes must not be refused when the
//!    service is busy. A probe from a blocked network gets no answer.
//! 2. An answer is `pass` or `fail` and nothing else (CWE-200). The log names the check that
//!    failed, and so do the details, which are an endpoint with a scope.
//! 3. However many probes come, the checks run once a second at most, each with a time-out
//!    ([`round`]): probes put no load on dependencies, and a dependency that hangs blocks only its
//!    own check (CWE-400).
//! 4. A fault of one instance makes it not ready: a shutdown, a full disk, keys that were never
//!    fetched. A fault that all instances share does not, once the check has succeeded: all of them
//!    would become unready together, and a slow database would become an outage ([`Weight`]).

mod check;
mod count;
mod disk;
mod endpoint;
mod pulse;
mod report;
mod round;
mod time;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode, header},
};

pub(crate) use check::{Check, Checking, Weight};
use count::ProbeCounts;
pub(crate) use disk::{Disk, LEAST_FREE};
pub(crate) use endpoint::{DetailsSource, details};
pub(crate) use pulse::Pulses;
use report::Report;
use round::Round;

use crate::{clock::Moment, line_rate::LineRate, metrics::Text};

/// The media type of an answer (draft-inadarei-api-health-check).
const CONTENT_TYPE: &str = "application/health+json";

/// If a worker gives no sign of life for this long, a probe on a port of its own fails.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

/// The paths of probes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paths {
    pub(crate) live: String,
    pub(crate) ready: String,
}

impl Default for Paths {
    fn default() -> Self {
        Self { live: "/livez".to_owned(), ready: "/readyz".to_owned() }
    }
}

/// The kind of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    /// Whether the process answers at all.
    Live,
    /// Whether it should get requests.
    Ready,
}

/// The health of a service; one for all workers.
pub(crate) struct Health {
    /// `None` if probes are turned off.
    paths: Option<Paths>,
    has_details: bool,
    checks: Box<[Check]>,
    round: Round,
    /// Whether the service is about to stop.
    is_leaving: AtomicBool,
    /// Whether there was ever a probe of readiness.
    is_watched: AtomicBool,
    counts: ProbeCounts,
    pulses: Pulses,
    lines: LineRate,
}

impl Health {
    pub(crate) fn new(paths: Option<Paths>, has_details: bool, checks: Vec<Check>) -> Self {
        Self {
            paths,
            has_details,
            checks: checks.into_boxed_slice(),
            round: Round::default(),
            is_leaving: AtomicBool::new(false),
            is_watched: AtomicBool::new(false),
            counts: ProbeCounts::default(),
            pulses: Pulses::default(),
            lines: LineRate::each(60),
        }
    }

    /// The kind of a probe, if the request is one. A request for the details is an ordinary one.
    pub(crate) fn probe(&self, method: &Method, path: &str, query: Option<&str>) -> Option<Probe> {
        let paths = self.paths.as_ref()?;
        if !matches!(*method, Method::GET | Method::HEAD) {
            return None;
        }
        if path == paths.live {
            return Some(Probe::Live);
        }
        let is_for_details = self.has_details && query.is_some_and(endpoint::asks_for_details);
        (path == paths.ready && !is_for_details).then_some(Probe::Ready)
    }

    /// The answer to a probe.
    pub(crate) async fn answer(self: &Arc<Self>, probe: Probe) -> HttpResponse {
        if let Some(suppressed) = self.lines.take(Moment::now()) {
            tracing::debug!(target: "palisade::health", suppressed, "health was asked for");
        }
        let passes = match probe {
            Probe::Live => true,
            Probe::Ready => self.is_ready().await,
        };
        self.respond(probe, passes)
    }

    /// The answer to a probe on a port of its own, whose worker knows only the other workers' signs
    /// of life.
    pub(crate) async fn answer_beside(self: &Arc<Self>, probe: Probe) -> HttpResponse {
        let has_workers = self.pulses.are_regular(SIGN_OF_LIFE);
        let passes = match probe {
            Probe::Live => has_workers,
            Probe::Ready => self.is_ready().await && has_workers,
        };
        self.respond(probe, passes)
    }

    fn respond(&self, probe: Probe, passes: bool) -> HttpResponse {
        self.counts.note(probe, passes);
        let (status, body) = match passes {
            true => (StatusCode::OK, r#"{"status":"pass"}"#),
            false => (StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"fail"}"#),
        };
        HttpResponse::build(status).insert_header((header::CONTENT_TYPE, CONTENT_TYPE)).body(body)
    }

    async fn is_ready(self: &Arc<Self>) -> bool {
        self.is_watched.store(true, Ordering::Relaxed);
        // Whatever the checks would say.
        !self.is_leaving() && self.report().await.is_ready()
    }

    /// The states of all checks.
    async fn report(self: &Arc<Self>) -> Arc<Report> {
        self.round.report(self).await
    }

    fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Makes the service not ready from now on: it is about to stop.
    pub(crate) fn leave(&self) {
        self.is_leaving.store(true, Ordering::Release);
    }

    /// Whether it is about to stop.
    pub(crate) fn is_leaving(&self) -> bool {
        self.is_leaving.load(Ordering::Acquire)
    }

    /// Whether there was a probe of readiness: a load balancer should learn that the service is not
    /// ready any more.
    pub(crate) fn is_watched(&self) -> bool {
        self.is_watched.load(Ordering::Relaxed)
    }

    /// The results of probes.
    pub(crate) fn write_metrics(&self, text: &mut Text) {
        self.counts.write(text);
    }

    /// The signs of life of the workers.
    pub(crate) fn pulses(&self) -> &Pulses {
        &self.pulses
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").field("paths", &self.paths).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::Method;

    use super::{Health, Paths, Probe};

    #[test]
    fn a_probe_is_told_by_method_and_path() {
        let health = |has_details| Health::new(Some(Paths::default()), has_details, Vec::new());
        let plain = health(false);
        for (method, path, query, probe) in [
            (Method::GET, "/livez", None, Some(Probe::Live)),
            (Method::HEAD, "/livez", None, Some(Probe::Live)),
            (Method::GET, "/readyz", None, Some(Probe::Ready)),
            (Method::GET, "/readyz", Some("verbose"), Some(Probe::Ready)),
            (Method::GET, "/readyz", Some("details"), Some(Probe::Ready)),
            (Method::POST, "/readyz", None, None),
            (Method::OPTIONS, "/livez", None, None),
            (Method::GET, "/readyz/", None, None),
            (Method::GET, "/readyz%20", None, None),
            (Method::GET, "/", None, None),
        ] {
            assert_eq!(plain.probe(&method, path, query), probe, "{method} {path} {query:?}");
        }
        let detailed = health(true);
        for query in ["details", "details=", "details=1", "a=b&details"] {
            assert_eq!(detailed.probe(&Method::GET, "/readyz", Some(query)), None, "{query}");
        }
        assert_eq!(detailed.probe(&Method::GET, "/readyz", Some("detail")), Some(Probe::Ready));
        let off = Health::new(None, false, Vec::new());
        assert_eq!(off.probe(&Method::GET, "/livez", None), None);
    }
}
