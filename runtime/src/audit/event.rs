//! The events of the audit trail about requests and limits.

use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};

use super::{object::Object, timestamp::Timestamp};
use crate::excerpt::excerpt;

/// The name and version of the events' schema.
pub const SCHEMA_NAME: &str = "palisade.audit/1";

/// The JSON schema of events.
pub const SCHEMA: &str = include_str!("../../schemas/audit-1.json");

/// The longest subject, in bytes.
const LONGEST_SUBJECT: usize = 512;

/// The longest method, in bytes.
const LONGEST_METHOD: usize = 24;

/// The longest cause, in bytes.
const LONGEST_CAUSE: usize = 256;

/// The longest request id of a proxy, version of a secret and name of a certificate, in bytes.
const LONGEST_NAME: usize = 128;

/// The longest decision on an object, in bytes.
pub(crate) const LONGEST_OBJECT: usize = 512;

/// The most elements of each list.
pub(crate) const MOST_ELEMENTS: usize = 32;

/// An event of the audit trail.
///
/// [`json`](Self::json) cuts each string from outside to a documented length, and each list to 32
/// elements. It escapes characters that would change how a line looks or where it ends.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event<'a> {
    /// When it happened.
    pub time: SystemTime,
    /// What happened: `request`, or one of the actions of limits and of the trail.
    pub action: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether guards admitted it; `None` if it is not about a request.
    pub is_allowed: Option<bool>,
    /// Why it was refused: a code that never changes.
    pub reason: Option<&'static str>,
    /// The same in words.
    pub cause: Option<&'a str>,
    /// From the head of the request to that of the answer.
    pub duration: Option<Duration>,
    /// The id of the request, as in `X-Request-Id` of the answer.
    pub request_id: Option<String>,
    /// A trusted proxy's id of the request.
    pub proxy_request_id: Option<&'a str>,
    /// The ids of the trace and of the request's span in it; without the feature `otel`, of the parent
    /// span that a trusted proxy sent in `traceparent`.
    pub trace: Option<(&'a str, &'a str)>,
    /// The client's address.
    pub client: Option<IpAddr>,
    /// The caller, once it is known.
    pub subject: Option<&'a str>,
    /// The method.
    pub method: Option<&'a str>,
    /// The route's template; not the requested path, which may contain secrets.
    pub route: Option<&'static str>,
    /// The path of the handler, or of the limit's handler.
    pub endpoint: Option<&'a str>,
    /// The answer's status; `None` without an answer.
    pub status: Option<u16>,
    /// The decisions on objects.
    pub objects: &'a [String],
    /// Limits that refused.
    pub violated: Vec<&'static str>,
    /// Limits that would have refused, if they did more than track.
    pub tracked: Vec<&'static str>,
    /// Whether the client disconnected, or the service stopped, before the answer.
    pub is_gone: bool,
    /// Whether the handler ended after its deadline.
    pub is_outlived: bool,
    /// Refusals of this cause, network and subject that have no event of their own.
    pub suppressed: u64,
    /// Refusals of other causes that have none.
    pub suppressed_others: u64,
    /// The limit that it is about.
    pub policy: Option<&'static str>,
    /// The secret that it is about: its setting, or the name from the service.
    pub secret: Option<&'a str>,
    /// The version of that secret, from its source.
    pub secret_version: Option<&'a str>,
    /// The certificates that it is about, by their names.
    pub certificates: &'a [String],
    /// Events that were dropped before this one.
    pub dropped: u64,
}

/// The outcome of an action, in the terms of the Elastic Common Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Success: a status below 400.
    Success,
    /// Failure: a status of 400 or more.
    Failure,
    /// Without an answer.
    Unknown,
}

impl Outcome {
    /// Its name in events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Unknown => "unknown",
        }
    }

    pub(crate) const fn of_status(status: Option<u16>) -> Self {
        match status {
            Some(..=399) => Self::Success,
            Some(_) => Self::Failure,
            None => Self::Unknown,
        }
    }
}

impl<'a> Event<'a> {
    /// An event with its action and the present time alone.
    pub fn new(action: &'static str, outcome: Outcome) -> Self {
        Self {
            time: SystemTime::now(),
            action,
            outcome,
            is_allowed: None,
            reason: None,
            cause: None,
            duration: None,
            request_id: None,
            proxy_request_id: None,
            trace: None,
            client: None,
            subject: None,
            method: None,
            route: None,
            endpoint: None,
            status: None,
            objects: &[],
            violated: Vec::new(),
            tracked: Vec::new(),
            is_gone: false,
            is_outlived: false,
            suppressed: 0,
            suppressed_others: 0,
            policy: None,
            secret: None,
            secret_version: None,
            certificates: &[],
            dropped: 0,
        }
    }

    /// The event as one line of JSON, by the [schema](SCHEMA): without a line break at its end.
    pub fn json(&self) -> String {
        let mut object = Object::new();
        object.text("schema", SCHEMA_NAME);
        object.text("@timestamp", &Timestamp(self.time).to_string());
        object.text("event.kind", "event");
        object.text("event.action", self.action);
        object.list("event.category", &[if self.action == "request" { "web" } else { "host" }]);
        if let Some(is_allowed) = self.is_allowed {
            object.list("event.type", &["access", if is_allowed { "allowed" } else { "denied" }]);
        }
        object.text("event.outcome", self.outcome.name());
        object.optional("event.reason", self.reason);
        object.optional("message", cut(self.cause, LONGEST_CAUSE));
        if let Some(duration) = self.duration {
            object.number("event.duration", u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
        }
        object.optional("http.request.id", self.request_id.as_deref());
        object.optional("http.request.method", cut(self.method, LONGEST_METHOD));
        if let Some(status) = self.status {
            object.number("http.response.status_code", status.into());
        }
        object.optional("url.path", self.route);
        if let Some(client) = self.client {
            object.text("client.ip", &client.to_string());
        }
        object.optional("user.id", cut(self.subject, LONGEST_SUBJECT));
        if let Some((trace, parent)) = self.trace {
            object.text("trace.id", trace);
            object.text("span.id", parent);
        }
        object.optional("palisade.endpoint", self.endpoint);
        object.optional("palisade.proxy_request_id", cut(self.proxy_request_id, LONGEST_NAME));
        for (name, list) in [
            ("palisade.objects", bounded(self.objects, LONGEST_OBJECT)),
            ("palisade.limits.violated", bounded(&self.violated, LONGEST_NAME)),
            ("palisade.limits.tracked", bounded(&self.tracked, LONGEST_NAME)),
            ("palisade.certificates", bounded(self.certificates, LONGEST_NAME)),
        ] {
            if !list.is_empty() {
                object.list(name, &list);
            }
        }
        object.optional("palisade.limit", self.policy);
        object.optional("palisade.secret", cut(self.secret, LONGEST_NAME));
        object.optional("palisade.secret_version", cut(self.secret_version, LONGEST_NAME));
        object.flag("palisade.gone", self.is_gone);
        object.flag("palisade.outlived", self.is_outlived);
        for (name, count) in [
            ("palisade.suppressed", self.suppressed),
            ("palisade.suppressed_others", self.suppressed_others),
            ("palisade.dropped", self.dropped),
        ] {
            if count > 0 {
                object.number(name, count);
            }
        }
        object.finish()
    }
}

fn cut(text: Option<&str>, most: usize) -> Option<&str> {
    text.map(|text| excerpt(text, most))
}

/// The first elements of a list, each cut to this length.
fn bounded(list: &[impl AsRef<str>], longest: usize) -> Vec<&str> {
    list.iter().take(MOST_ELEMENTS).map(|text| excerpt(text.as_ref(), longest)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Event, MOST_ELEMENTS, Outcome};

    #[test]
    fn each_text_and_each_list_has_a_bound() {
        let long = "\u{7}".repeat(100_000);
        let list = vec![long.clone(); 1_000];
        let event = Event {
            cause: Some(&long),
            proxy_request_id: Some(&long),
            subject: Some(&long),
            method: Some(&long),
            objects: &list,
            certificates: &list,
            secret: Some(&long),
            secret_version: Some(&long),
            ..Event::new("request", Outcome::Failure)
        };
        let line = event.json();
        // Each byte may be an escape of six.
        assert!(line.len() < 6 * (MOST_ELEMENTS * (512 + 128) + 2_048), "{}", line.len());
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        for (name, bytes) in [
            ("message", 256),
            ("palisade.proxy_request_id", 128),
            ("user.id", 512),
            ("http.request.method", 24),
            ("palisade.secret", 128),
            ("palisade.secret_version", 128),
        ] {
            assert_eq!(value[name].as_str().unwrap().len(), bytes, "{name}");
        }
        for (name, bytes) in [("palisade.objects", 512), ("palisade.certificates", 128)] {
            let list = value[name].as_array().unwrap();
            assert_eq!((list.len(), list[0].as_str().unwrap().len()), (32, bytes), "{name}");
        }
    }
}
