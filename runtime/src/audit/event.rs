//! What the audit trail says of a request, and of limits.

use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};

use super::{object::Object, timestamp::Timestamp};
use crate::excerpt::excerpt;

/// The name and version of the form of events.
pub const SCHEMA_NAME: &str = "palisade.audit/1";

/// The JSON schema of events.
pub const SCHEMA: &str = include_str!("../../schemas/audit-1.json");

/// What a subject may be as long as in an event.
const LONGEST_SUBJECT: usize = 512;

/// Decisions on objects that one event has.
const MOST_OBJECTS: usize = 32;

/// An event of the audit trail.
///
/// Texts that a client chose are cut to a length. [`json`](Self::json) escapes in them what would change
/// how a line looks or where it ends.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event<'a> {
    /// When it happened.
    pub time: SystemTime,
    /// What happened: `request`, or one of the actions of limits and of the trail.
    pub action: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether guards let it pass; `None` where it is not about a request.
    pub is_allowed: Option<bool>,
    /// Why it was refused: a code that does not change.
    pub reason: Option<&'static str>,
    /// The same in words.
    pub cause: Option<&'a str>,
    /// From the head of the request to that of the answer.
    pub duration: Option<Duration>,
    /// The id of the request, as in `X-Request-Id` of the answer.
    pub request_id: Option<String>,
    /// What a trusted proxy calls the request.
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
    /// The route's template; not the path that was sent, which may hold secrets.
    pub route: Option<&'static str>,
    /// The path of the handler, or of the limit's handler.
    pub endpoint: Option<&'a str>,
    /// The answer's status; `None` where there is none.
    pub status: Option<u16>,
    /// What was decided on objects.
    pub objects: &'a [String],
    /// Limits that refused.
    pub violated: Vec<&'static str>,
    /// Limits that would have refused, if they did more than track.
    pub tracked: Vec<&'static str>,
    /// Whether the client hung up, or the service stopped, before the answer.
    pub is_gone: bool,
    /// Whether the handler ended after its deadline.
    pub is_outlived: bool,
    /// Refusals of this cause, network and subject that have no event of their own.
    pub suppressed: u64,
    /// Refusals of others that have none.
    pub suppressed_others: u64,
    /// The limit that it is about.
    pub policy: Option<&'static str>,
    /// Events that were dropped before this one.
    pub dropped: u64,
}

/// How an action ended, in the words of the Elastic Common Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As it was asked for: a status below 400.
    Success,
    /// With a status of 400 or more.
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
    /// An event of which nothing is known but what happened, and that it happened now.
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
        object.optional("message", self.cause);
        if let Some(duration) = self.duration {
            object.number("event.duration", u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
        }
        object.optional("http.request.id", self.request_id.as_deref());
        object.optional("http.request.method", self.method);
        if let Some(status) = self.status {
            object.number("http.response.status_code", status.into());
        }
        object.optional("url.path", self.route);
        if let Some(client) = self.client {
            object.text("client.ip", &client.to_string());
        }
        object.optional("user.id", self.subject.map(|subject| excerpt(subject, LONGEST_SUBJECT)));
        if let Some((trace, parent)) = self.trace {
            object.text("trace.id", trace);
            object.text("span.id", parent);
        }
        object.optional("palisade.endpoint", self.endpoint);
        object.optional("palisade.proxy_request_id", self.proxy_request_id);
        let objects = self.objects.get(..MOST_OBJECTS).unwrap_or(self.objects);
        let objects: Vec<_> = objects.iter().map(String::as_str).collect();
        for (name, list) in [
            ("palisade.objects", objects.as_slice()),
            ("palisade.limits.violated", self.violated.as_slice()),
            ("palisade.limits.tracked", self.tracked.as_slice()),
        ] {
            if !list.is_empty() {
                object.list(name, list);
            }
        }
        object.optional("palisade.limit", self.policy);
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
