//! The workers' counters of requests.

use std::{
    array,
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use actix_web::http::{Method, StatusCode};

use crate::{
    policy::Policy,
    series::{
        histogram::{Histogram, Snapshot, raise},
        text::{Text, Type},
    },
};

/// The endpoint of requests that reached none.
const NONE: &str = "none";

/// The methods with a label of their own, and one for all others: a method is any token that a
/// client chooses.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"];

/// The classes of statuses, and one for requests that ended without an answer.
const CLASSES: [&str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "none"];

/// The most reasons of one endpoint with a label of their own. They are words of this crate, of
/// which there are fewer.
const MOST_REASONS: usize = 256;

/// The counters of all workers of a service.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    workers: Mutex<Vec<Arc<WorkerCounts>>>,
}

/// The counters of one worker. Its thread alone writes them.
#[derive(Debug, Default)]
pub(crate) struct WorkerCounts {
    under_way: AtomicU64,
    body_bytes: AtomicU64,
    unrouted: Arc<EndpointCounts>,
    endpoints: Mutex<Vec<(&'static Policy, Arc<EndpointCounts>)>>,
}

/// The counters of one worker for one endpoint.
#[derive(Debug)]
pub(crate) struct EndpointCounts {
    requests: [[AtomicU64; CLASSES.len()]; METHODS.len()],
    durations: Histogram,
    reasons: Mutex<BTreeMap<&'static str, u64>>,
}

impl Default for EndpointCounts {
    fn default() -> Self {
        Self {
            requests: array::from_fn(|_| array::from_fn(|_| AtomicU64::new(0))),
            durations: Histogram::default(),
            reasons: Mutex::default(),
        }
    }
}

impl Traffic {
    /// The counts of a new worker.
    pub(crate) fn worker(&self) -> Arc<WorkerCounts> {
        let counts = Arc::<WorkerCounts>::default();
        lock(&self.workers).push(Arc::clone(&counts));
        counts
    }

    pub(crate) fn write(&self, text: &mut Text) {
        let workers = lock(&self.workers).clone();
        let mut endpoints = BTreeMap::<String, Sum>::new();
        let (mut under_way, mut body_bytes) = (0_u64, 0_u64);
        for worker in &workers {
            under_way = under_way.wrapping_add(worker.under_way.load(Ordering::Relaxed));
            body_bytes = body_bytes.wrapping_add(worker.body_bytes.load(Ordering::Relaxed));
            endpoints.entry(NONE.to_owned()).or_default().add(&worker.unrouted);
            for (policy, counts) in lock(&worker.endpoints).iter() {
                let sum = endpoints.entry(policy.path()).or_default();
                sum.route = policy.route.map(|route| route.path);
                sum.add(counts);
            }
        }
        text.family("palisade_endpoint_info", Type::Gauge, "The route of each endpoint.");
        for (endpoint, sum) in &endpoints {
            if let Some(route) = sum.route {
                text.sample(&[("endpoint", endpoint), ("route", route)], 1);
            }
        }
        let help = "Requests, by endpoint, method and class of the answer's status.";
        text.family("palisade_http_requests", Type::Counter, help);
        for (endpoint, sum) in &endpoints {
            for (method, classes) in METHODS.iter().zip(&sum.requests) {
                for (status, count) in CLASSES.iter().zip(classes).filter(|(_, count)| **count > 0)
                {
                    let labels =
                        [("endpoint", &**endpoint), ("method", method), ("status", status)];
                    text.sample(&labels, count);
                }
            }
        }
        let help = "Answers with a status of 400 or more, by endpoint and reason.";
        text.family("palisade_http_errors", Type::Counter, help);
        for (endpoint, sum) in &endpoints {
            for (reason, count) in &sum.reasons {
                text.sample(&[("endpoint", endpoint), ("reason", reason)], count);
            }
        }
        let help = "From the head of a request to the head of its answer.";
        text.family("palisade_http_request_duration_seconds", Type::Histogram, help);
        for (endpoint, sum) in &endpoints {
            text.histogram(&[("endpoint", endpoint)], &sum.durations);
        }
        let help = "Requests under way, to the end of the answer's body.";
        text.single("palisade_http_requests_in_flight", Type::Gauge, help, under_way);
        let help = "Bytes of request bodies that were read.";
        text.single("palisade_http_request_body_bytes", Type::Counter, help, body_bytes);
    }
}

impl WorkerCounts {
    /// The counters of an endpoint, which the worker keeps.
    pub(crate) fn endpoint(&self, policy: &'static Policy) -> Arc<EndpointCounts> {
        let mut endpoints = lock(&self.endpoints);
        let known = endpoints.iter().find(|(known, _)| std::ptr::eq(*known, policy));
        if let Some((_, counts)) = known {
            return Arc::clone(counts);
        }
        let counts = Arc::<EndpointCounts>::default();
        endpoints.push((policy, Arc::clone(&counts)));
        counts
    }

    /// The counters of requests that reach no endpoint.
    pub(crate) fn unrouted(&self) -> &EndpointCounts {
        &self.unrouted
    }

    pub(crate) fn begin(&self) {
        raise(&self.under_way, 1);
    }

    pub(crate) fn end(&self, body_bytes: u64) {
        raise(&self.under_way, u64::MAX);
        raise(&self.body_bytes, body_bytes);
    }
}

impl EndpointCounts {
    /// Counts one request.
    pub(crate) fn note(
        &self,
        method: &Method,
        status: Option<StatusCode>,
        reason: Option<&'static str>,
        took: Duration,
    ) {
        let classes = self.requests.get(method_index(method));
        if let Some(count) = classes.and_then(|classes| classes.get(class_index(status))) {
            raise(count, 1);
        }
        self.durations.observe(took);
        let Some(reason) = reason else { return };
        let mut reasons = lock(&self.reasons);
        let is_known = reasons.len() < MOST_REASONS || reasons.contains_key(reason);
        let count = reasons.entry(if is_known { reason } else { "other" }).or_default();
        *count = count.wrapping_add(1);
    }
}

/// The counts of one endpoint by all workers.
#[derive(Default)]
struct Sum {
    route: Option<&'static str>,
    requests: [[u64; CLASSES.len()]; METHODS.len()],
    durations: Snapshot,
    reasons: BTreeMap<&'static str, u64>,
}

impl Sum {
    fn add(&mut self, counts: &EndpointCounts) {
        for (sums, classes) in self.requests.iter_mut().zip(&counts.requests) {
            for (sum, count) in sums.iter_mut().zip(classes) {
                *sum = sum.wrapping_add(count.load(Ordering::Relaxed));
            }
        }
        counts.durations.add_to(&mut self.durations);
        for (reason, count) in lock(&counts.reasons).iter() {
            let sum = self.reasons.entry(reason).or_default();
            *sum = sum.wrapping_add(*count);
        }
    }
}

fn method_index(method: &Method) -> usize {
    let known = METHODS.iter().position(|known| *known == method.as_str());
    known.unwrap_or(METHODS.len() - 1)
}

fn class_index(status: Option<StatusCode>) -> usize {
    let Some(status) = status else { return CLASSES.len() - 1 };
    usize::from(status.as_u16() / 100).saturating_sub(1).min(CLASSES.len() - 2)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{
        EndpointCounts, METHODS, MOST_REASONS, Method, StatusCode, Sum, Traffic, class_index,
    };
    use crate::series::text::{Format, Text};
    use std::time::Duration;

    #[test]
    fn methods_and_statuses_are_of_a_fixed_set() {
        let counts = EndpointCounts::default();
        for number in 0..1_000 {
            let method = Method::from_bytes(format!("M{number}").as_bytes()).unwrap();
            counts.note(&method, None, None, Duration::ZERO);
        }
        counts.note(&Method::GET, Some(StatusCode::OK), None, Duration::ZERO);
        let mut sum = Sum::default();
        sum.add(&counts);
        assert_eq!(sum.requests[METHODS.len() - 1][5], 1_000);
        assert_eq!(sum.requests[0][1], 1);
        for (status, class) in [(100, 0), (204, 1), (304, 2), (499, 3), (500, 4), (999, 4)] {
            assert_eq!(class_index(Some(StatusCode::from_u16(status).unwrap())), class);
        }
    }

    #[test]
    fn reasons_are_bounded_and_known_ones_go_on_counting() {
        let counts = EndpointCounts::default();
        for number in 0..2 * MOST_REASONS {
            let reason: &'static str = Box::leak(number.to_string().into_boxed_str());
            counts.note(&Method::GET, None, Some(reason), Duration::ZERO);
        }
        counts.note(&Method::GET, None, Some("0"), Duration::ZERO);
        let mut sum = Sum::default();
        sum.add(&counts);
        assert_eq!(sum.reasons.len(), MOST_REASONS + 1);
        assert_eq!((sum.reasons["other"], sum.reasons["0"]), (256, 2));
    }

    #[test]
    fn workers_are_added_up() {
        let traffic = Traffic::default();
        let (first, second) = (traffic.worker(), traffic.worker());
        for worker in [&first, &second] {
            worker.begin();
            let status = Some(StatusCode::NOT_FOUND);
            worker.unrouted().note(&Method::GET, status, Some("not-found"), Duration::ZERO);
        }
        first.end(9);
        let mut text = Text::new(Format::Prometheus);
        traffic.write(&mut text);
        let text = text.finish();
        for line in [
            "palisade_http_requests_total{endpoint=\"none\",method=\"GET\",status=\"4xx\"} 2",
            "palisade_http_errors_total{endpoint=\"none\",reason=\"not-found\"} 2",
            "palisade_http_requests_in_flight 1",
            "palisade_http_request_body_bytes_total 9",
        ] {
            assert!(text.lines().any(|own| own == line), "{line} is not in\n{text}");
        }
    }
}
