//! Replaces spans in a build without the feature `otel`.

use super::{Arrival, Departed};

/// No spans begin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spans {}

/// The span of a request: there is none.
#[derive(Debug)]
pub(crate) enum RequestSpan {}

impl RequestSpan {
    pub(crate) fn begin(_: &Spans, _: &Arrival<'_>) -> Option<Self> {
        None
    }

    pub(crate) fn scope(&self) -> Scope {
        match *self {}
    }

    pub(crate) fn ids(&self) -> (String, String) {
        match *self {}
    }

    pub(crate) fn end(&self, _: &Departed<'_>) {
        match *self {}
    }
}

/// The trace of the current work.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope;

impl Scope {
    pub(crate) fn current() -> Self {
        Self
    }

    pub(crate) fn poll<T>(&self, work: impl FnOnce() -> T) -> T {
        work()
    }
}

/// The span of a handler.
#[derive(Debug)]
pub(crate) struct HandlerSpan;

impl HandlerSpan {
    pub(crate) fn begin(_: Option<&RequestSpan>, _: &'static str) -> Self {
        Self
    }

    pub(crate) fn poll<T>(&mut self, work: impl FnOnce() -> T) -> T {
        work()
    }

    pub(crate) fn end(&mut self, _: Option<&'static str>) {}
}

/// The span of a statement or a command.
#[cfg(any(feature = "redis", feature = "sql"))]
#[derive(Debug)]
pub(crate) struct DatabaseSpan;

#[cfg(any(feature = "redis", feature = "sql"))]
impl DatabaseSpan {
    pub(crate) fn begin<'a>(_: impl FnOnce() -> super::Running<'a>) -> Self {
        Self
    }

    pub(crate) fn end(self, _: Option<&'static str>) {}
}
