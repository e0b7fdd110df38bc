//! Spans of OpenTelemetry: one for each request, and below it one for the handler and one for each
//! statement of `sql!`.
//!
//! With the feature `otel` they are recorded ([`recorded`]). Without it the same types hold nothing and
//! do nothing ([`absent`]), so that the code that uses them is written once.

#[cfg(not(feature = "otel"))]
mod absent;
#[cfg(feature = "otel")]
pub(crate) mod parent;
#[cfg(feature = "otel")]
mod recorded;
#[cfg(all(test, feature = "otel", feature = "redis"))]
#[expect(clippy::unwrap_used, reason = "what a test cannot have made ends it")]
pub(crate) mod tests;
#[cfg(feature = "otel")]
pub(crate) mod trace_ids;

use std::net::IpAddr;

use actix_web::http::{Method, StatusCode, Version, header::HeaderMap};

#[cfg(all(not(feature = "otel"), any(feature = "redis", feature = "sql")))]
pub(crate) use absent::DatabaseSpan;
#[cfg(not(feature = "otel"))]
pub(crate) use absent::{HandlerSpan, RequestSpan, Scope, Spans};
#[cfg(all(feature = "otel", any(feature = "redis", feature = "sql")))]
pub(crate) use recorded::DatabaseSpan;
#[cfg(feature = "otel")]
pub(crate) use recorded::{HandlerSpan, RequestSpan, Scope, Spans};

use crate::request_id::RequestId;

/// The properties of a request when its span begins.
#[derive(Debug)]
#[cfg_attr(not(feature = "otel"), expect(dead_code, reason = "nothing is recorded"))]
pub(crate) struct Arrival<'a> {
    pub(crate) id: RequestId,
    pub(crate) method: &'a Method,
    pub(crate) version: Version,
    pub(crate) is_secure: bool,
    pub(crate) address: IpAddr,
    /// `traceparent` from a trusted proxy.
    pub(crate) parent: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
}

/// The properties of a request when its response has been made, or when it ends without one.
#[derive(Debug)]
#[cfg_attr(not(feature = "otel"), expect(dead_code, reason = "nothing is recorded"))]
pub(crate) struct Departed<'a> {
    pub(crate) method: &'a Method,
    pub(crate) route: Option<&'static str>,
    pub(crate) endpoint: Option<&'static str>,
    pub(crate) status: Option<StatusCode>,
    /// Why the status is 400 or more: a stable code.
    pub(crate) reason: Option<&'static str>,
    /// Whether the handler began.
    pub(crate) has_started: bool,
}

/// A statement or a command in progress.
#[cfg(any(feature = "redis", feature = "sql"))]
#[derive(Debug)]
#[cfg_attr(not(feature = "otel"), expect(dead_code, reason = "nothing is recorded"))]
pub(crate) struct Running<'a> {
    /// The name of the database system in the semantic conventions.
    pub(crate) system: &'static str,
    /// Its verb, if it has a usual one.
    pub(crate) operation: Option<&'static str>,
    /// Its text with placeholders, without any value.
    pub(crate) text: Option<&'a str>,
    /// The file and the line of its source.
    pub(crate) at: Option<(&'static str, u32)>,
}
