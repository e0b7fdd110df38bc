//! The body: its media type and size are checked before it is read, and its limit while it is read.

use std::{
    future::Future,
    io::ErrorKind,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    HttpRequest,
    dev::Payload,
    error::PayloadError,
    http::{
        Method, Version,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    web::{Bytes, BytesMut},
};
use futures_core::Stream;
use tokio::time::Instant;

use super::{Reserved, Visit, boundary::Boundary, decoding::Decoding, meter::Allotted};
use crate::{
    Problem,
    auth::Principal,
    excerpt::excerpt,
    media_type::{Charset, MediaType},
    patience::{Pace, Patience},
    policy::{BodyKind, Coding as _, ContentCoding, CrossSite, Policy, Shape},
    precondition,
    problem::Kind,
    request::Passage,
    timer::Timer,
};

/// RFC 5789 section 3.1.
const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");

/// All guards passed: the arguments may be extracted.
pub struct Cleared {
    visit: Visit,
    principal: Option<Principal>,
    payload: Payload,
    cap: u64,
    /// The content coding of the body, if it has one.
    coding: Option<ContentCoding>,
    /// When the loading of the first object began: it counts against the handler's deadline.
    started: Option<Instant>,
}

impl Allotted {
    pub(super) fn clear(self, payload: Payload) -> Result<Cleared, Problem> {
        let (visit, principal) = self.into_parts();
        let cap = visit.cap();
        precondition::admit(visit.policy, &visit.request)?;
        let mut coding = None;
        if let Some(kind) = body_kind(visit.policy) {
            let headers = visit.request.headers();
            check_media_type(&visit.request, kind)?;
            coding = content_coding(headers, visit.policy)?;
            // A body in a content coding may have as many bytes as its decoded content.
            check_declared_length(headers, cap)?;
        }
        Ok(Cleared { visit, principal, payload, cap, coding, started: None })
    }
}

impl Visit {
    fn cap(&self) -> u64 {
        self.policy.body_limit.unwrap_or(self.passage.worker.shield.defaults.body_limit)
    }

    /// The number of bytes that the body may have: the declared length, or the limit for a chunked
    /// or compressed body. Zero if it is not read.
    pub(super) fn announced_body(&self) -> u64 {
        let cap = self.cap();
        if body_kind(self.policy).is_none() {
            return 0;
        }
        let headers = self.request.headers();
        let declared = headers.get(header::CONTENT_LENGTH);
        if headers.contains_key(header::TRANSFER_ENCODING) {
            return cap;
        }
        // The decoded bytes are counted, and their number is unknown.
        if matches!(content_coding(headers, self.policy), Ok(Some(_))) {
            return cap;
        }
        match declared.map(|value| value.to_str().ok().and_then(|text| text.trim().parse().ok())) {
            // A length above the limit is refused by a later check.
            Some(Some(declared)) => cap.min(declared),
            Some(None) => cap,
            // Since HTTP/2 a body needs neither.
            None if self.request.version() > Version::HTTP_11 => cap,
            None => 0,
        }
    }
}

impl Cleared {
    pub(super) fn visit(&self) -> &Visit {
        &self.visit
    }

    pub(crate) fn policy(&self) -> &'static Policy {
        self.visit.policy
    }

    pub(crate) fn request(&self) -> &HttpRequest {
        &self.visit.request
    }

    pub(crate) fn passage(&self) -> &Rc<Passage> {
        &self.visit.passage
    }

    pub(crate) fn principal(&self) -> Option<&Principal> {
        self.principal.as_ref()
    }

    /// The remaining time until the handler's deadline.
    pub(super) fn deadline(&self) -> Duration {
        let whole =
            self.policy().timeout.unwrap_or(self.visit.passage.worker.shield.defaults.timeout);
        self.started.map_or(whole, |started| whole.saturating_sub(started.elapsed()))
    }

    /// Starts the time of the handler's deadline, unless it has started; returns the remaining
    /// time.
    pub(crate) fn time_left(&mut self) -> Duration {
        self.started.get_or_insert_with(Instant::now);
        self.deadline()
    }

    /// Reads the whole body, within its size and time limits.
    pub(crate) fn read_body(&mut self) -> BodyRead {
        let decoding = Decoding { coding: self.coding, cap: self.cap, job: None };
        BodyRead { body: self.capped(), first: None, rest: BytesMut::new(), decoding }
    }

    /// How the form field for tokens is handled.
    pub(crate) fn reserved(&self) -> Reserved {
        match (self.policy().cross_site, self.visit.proof.debt()) {
            (_, Some(debt)) => Reserved::Judged(Rc::clone(debt), Rc::clone(&self.visit.passage)),
            (CrossSite::Token, None) => Reserved::Dropped,
            (CrossSite::Refuse | CrossSite::Allow, None) => Reserved::No,
        }
    }

    /// The request, and the body as a foreign extractor may read it: with the same size limit.
    pub(crate) fn capped_payload(&mut self) -> (&HttpRequest, Payload) {
        let body = self.capped();
        (&self.visit.request, Payload::Stream { payload: Box::pin(body) })
    }

    /// The minimum speed of the body.
    fn pace(&self) -> Pace {
        let defaults = &self.visit.passage.worker.shield.defaults;
        match self.policy().body_timeout {
            Some(whole) => Pace { idle: whole, grace: whole, rate: None },
            None => Pace {
                idle: defaults.body_timeout.max(LONGEST_PAUSE),
                grace: defaults.body_timeout,
                rate: Some(defaults.body_rate),
            },
        }
    }

    /// The body as a stream, within its size and time limits.
    pub(crate) fn capped(&mut self) -> CappedPayload {
        CappedPayload {
            reading: Reading::of(&self.visit.passage),
            payload: self.payload.take(),
            left: self.cap,
            pace: self.pace(),
            waiting: None,
        }
    }
}

impl std::fmt::Debug for Cleared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cleared").field("endpoint", &self.policy().name).finish_non_exhaustive()
    }
}

/// The longest pause in a body whose previous bytes were fast (nginx's `client_body_timeout`).
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The body of a request, which ends at the endpoint's size and time limits.
pub(crate) struct CappedPayload {
    reading: Reading,
    payload: Payload,
    left: u64,
    pace: Pace,
    /// Created when the body has to be awaited for the first time: a body that has already arrived
    /// costs nothing.
    waiting: Option<Box<Waiting>>,
}

struct Waiting {
    patience: Patience,
    timer: Timer,
}

/// A reader of the body; it counts the bytes that it reads.
pub(super) struct Reading(Rc<Passage>);

impl Reading {
    fn of(passage: &Rc<Passage>) -> Self {
        passage.body.open();
        Self(Rc::clone(passage))
    }

    /// Counts bytes that were read, or that were decoded from them.
    pub(super) fn add(&self, bytes: u64) {
        self.0.body.add(bytes);
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.body.close();
    }
}

impl Stream for CappedPayload {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match Pin::new(&mut self.payload).poll_next(cx) {
            Poll::Ready(Some(Ok(chunk))) => {
                match u64::try_from(chunk.len()).ok().and_then(|n| self.left.checked_sub(n)) {
                    Some(left) => {
                        if let Some(waiting) = &mut self.waiting {
                            waiting.patience.progress(chunk.len(), Instant::now());
                        }
                        self.reading.add(self.left.saturating_sub(left));
                        self.left = left;
                        Poll::Ready(Some(Ok(chunk)))
                    }
                    None => {
                        // No further bytes are returned, whatever the reader does next.
                        self.reading.add(self.left);
                        self.payload = Payload::None;
                        self.left = 0;
                        Poll::Ready(Some(Err(PayloadError::Overflow)))
                    }
                }
            }
            Poll::Ready(other) => Poll::Ready(other),
            Poll::Pending => {
                let pace = self.pace;
                let waiting = self.waiting.get_or_insert_with(|| {
                    Box::new(Waiting { patience: Patience::new(pace), timer: Timer::default() })
                });
                let due = waiting.patience.wait(Instant::now());
                match waiting.timer.poll(cx, due) {
                    Poll::Ready(()) => {
                        self.payload = Payload::None;
                        let late = std::io::Error::from(ErrorKind::TimedOut);
                        Poll::Ready(Some(Err(PayloadError::Io(late))))
                    }
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }
}

/// The whole body. A body that arrived in one piece is not copied.
pub(crate) struct BodyRead {
    body: CappedPayload,
    first: Option<Bytes>,
    rest: BytesMut,
    decoding: Decoding,
}

impl Future for BodyRead {
    type Output = Result<Bytes, Problem>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            if self.decoding.is_running() {
                let this = &mut *self;
                return this.decoding.poll(cx, &this.body.reading);
            }
            match Pin::new(&mut self.body).poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(unreadable(&error))),
                Poll::Ready(Some(Ok(chunk))) => match self.first.take() {
                    None if self.rest.is_empty() => self.first = Some(chunk),
                    None => self.rest.extend_from_slice(&chunk),
                    Some(first) => {
                        self.rest.reserve(first.len().saturating_add(chunk.len()));
                        self.rest.extend_from_slice(&first);
                        self.rest.extend_from_slice(&chunk);
                    }
                },
                Poll::Ready(None) => {
                    let whole = match self.first.take() {
                        Some(first) => first,
                        None => std::mem::take(&mut self.rest).freeze(),
                    };
                    if let Some(plain) = self.decoding.start(whole) {
                        return Poll::Ready(Ok(plain));
                    }
                }
            }
        }
    }
}

/// The refusal of a body that could not be read to its end.
pub(crate) fn unreadable(error: &PayloadError) -> Problem {
    if matches!(error, PayloadError::Overflow) {
        return too_large();
    }
    if matches!(error, PayloadError::Io(late) if late.kind() == ErrorKind::TimedOut) {
        return Problem::new(Kind::RequestTimeout);
    }
    Problem::new(Kind::MalformedBody)
        .because(
            "body-incomplete",
            "the connection or the coding of the body ended before the body",
        )
        .caused_by_note(error.to_string())
}

fn body_kind(policy: &Policy) -> Option<BodyKind> {
    policy.arguments.iter().find_map(|argument| match argument.shape {
        Shape::Body { kind, .. } => Some(kind),
        Shape::Upload { .. } => Some(BodyKind::Multipart),
        Shape::Vouched => Some(BodyKind::Any),
        Shape::Free
        | Shape::State(_)
        | Shape::Identity
        | Shape::Query { .. }
        | Shape::Path { .. }
        | Shape::Object(_)
        | Shape::Conditions
        | Shape::Unknown => None,
    })
}

/// Whether the endpoint reads a form, which may contain a token.
pub(super) fn takes_form(policy: &Policy) -> bool {
    body_kind(policy) == Some(BodyKind::Form)
}

/// The longest part of a media type in the log.
const LONGEST_TYPE: usize = 100;

fn check_media_type(request: &HttpRequest, kind: BodyKind) -> Result<(), Problem> {
    let headers = request.headers();
    let Some(taken) = taken(kind) else { return Ok(()) };
    let mut values = headers.get_all(header::CONTENT_TYPE);
    let refused = match (values.next(), values.next()) {
        (Some(value), None) => match judge(value, kind) {
            Judged::Taken => None,
            Judged::Type => Some(None),
            Judged::Charset => Some(Some("the charset is not UTF-8")),
        },
        (None, _) => Some(Some("Content-Type is missing")),
        (Some(_), Some(_)) => Some(Some("Content-Type comes more than once")),
    };
    if let Some(detail) = refused {
        let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let sent = excerpt(sent.unwrap_or_default(), LONGEST_TYPE);
        let words = match detail {
            Some(detail) => format!("{detail}; `{taken}` is taken, and `{sent}` came"),
            None => format!("`{taken}` is taken, and `{sent}` came"),
        };
        let mut problem = Problem::new(Kind::UnsupportedMediaType)
            .because("unsupported-media-type", words)
            .with_header(header::ACCEPT, HeaderValue::from_static(taken));
        // RFC 5789 section 3.1, for the method whose bodies have media types of their own.
        if request.method() == Method::PATCH {
            problem = problem.with_header(ACCEPT_PATCH, HeaderValue::from_static(taken));
        }
        return Err(match detail {
            Some(detail) => problem.with_detail(detail),
            None => problem,
        });
    }
    if kind == BodyKind::Multipart {
        Boundary::of(headers)?;
    }
    Ok(())
}

/// The accepted media types of a body, in the syntax of `Accept` (RFC 9110 section 12.5.1). `None`
/// if a foreign extractor decides.
const fn taken(kind: BodyKind) -> Option<&'static str> {
    match kind {
        BodyKind::Json => Some("application/json"),
        BodyKind::MergePatch => Some("application/merge-patch+json, application/json"),
        BodyKind::Form => Some("application/x-www-form-urlencoded"),
        BodyKind::Multipart => Some("multipart/form-data"),
        BodyKind::Any => None,
    }
}

/// How a `Content-Type` fits a kind of body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judged {
    /// One of its types.
    Taken,
    /// Another type, or a missing one.
    Type,
    /// One of its types, in another charset: the checks would not see the text that the client
    /// means.
    Charset,
}

fn judge(value: &HeaderValue, kind: BodyKind) -> Judged {
    if kind == BodyKind::Json && value == "application/json" {
        return Judged::Taken;
    }
    let Some(media_type) = value.to_str().ok().and_then(MediaType::parse) else {
        return Judged::Type;
    };
    let essence = media_type.essence();
    let is_kind = match kind {
        BodyKind::Json => media_type.is_json(),
        BodyKind::MergePatch => essence == "application/merge-patch+json" || media_type.is_json(),
        BodyKind::Form => essence == "application/x-www-form-urlencoded",
        BodyKind::Multipart => essence == "multipart/form-data",
        BodyKind::Any => true,
    };
    match media_type.charset() {
        _ if !is_kind => Judged::Type,
        Charset::Absent | Charset::Utf8 => Judged::Taken,
        Charset::Other => Judged::Charset,
    }
}

/// The coding of a body that is decoded before it is read; `None` for an unencoded one.
///
/// A body in a coding that the endpoint does not declare would be counted before it is decoded, and
/// a small one may decode to a large one (CWE-409). The same applies to a body with two codings.
fn content_coding(headers: &HeaderMap, policy: &Policy) -> Result<Option<ContentCoding>, Problem> {
    let mut codings = headers
        .get_all(header::CONTENT_ENCODING)
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(b"identity"));
    let Some(name) = codings.next() else { return Ok(None) };
    let declared = policy.body_encodings.iter().copied().filter(|coding| coding.has_library());
    let mut named = declared.filter(|coding| coding.has_name(name));
    match (named.next(), codings.next()) {
        (Some(coding), None) => Ok(Some(coding)),
        (Some(_), Some(_)) => Err(unsupported(policy, "the body is encoded more than once")),
        (None, _) => Err(unsupported(policy, "the body is encoded (`Content-Encoding`)")),
    }
}

/// RFC 9110 section 15.5.16: `Accept-Encoding` in this response means that the coding was the
/// cause.
fn unsupported(policy: &Policy, words: &'static str) -> Problem {
    let names: Vec<_> = policy.body_encodings.iter().map(|coding| coding.name()).collect();
    // Names of codings are valid header values.
    let taken = HeaderValue::try_from(names.join(", ")).ok().filter(|_| !names.is_empty());
    Problem::new(Kind::UnsupportedEncoding)
        .because("unsupported-content-encoding", words)
        .with_header(header::ACCEPT_ENCODING, taken.unwrap_or(HeaderValue::from_static("identity")))
}

pub(super) fn too_large() -> Problem {
    let words =
        "the body is larger than the endpoint takes (`#[body_limit(..)]`, `default_body_limit`)";
    Problem::new(Kind::BodyTooLarge).because("body-too-large", words)
}

fn check_declared_length(headers: &HeaderMap, cap: u64) -> Result<(), Problem> {
    let Some(value) = headers.get(header::CONTENT_LENGTH) else { return Ok(()) };
    let length = value.to_str().ok().and_then(|text| text.trim().parse::<u64>().ok());
    match length {
        Some(length) if length <= cap => Ok(()),
        Some(_) => Err(too_large()),
        None => Err(Problem::bad_request("Content-Length is not a number")),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::{Judged, judge};
    use crate::policy::BodyKind;

    fn judged(text: &'static str, kind: BodyKind) -> Judged {
        judge(&HeaderValue::from_static(text), kind)
    }

    #[test]
    fn json_is_taken_by_its_media_types_only() {
        for good in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/json;charset=\"utf-8\"",
            "application/json; charset=utf8",
            "application/json; charset=us-ascii",
            "application/json; profile=\"a;charset=utf-16\"",
            "application/json;",
            "application/vnd.api+json; ext=\"a\"",
        ] {
            assert_eq!(judged(good, BodyKind::Json), Judged::Taken, "{good}");
        }
        for bad in [
            "",
            "text/plain",
            "text/json",
            "application/jsonp",
            "application/+json",
            "application/merge-patch+json",
            "application/json-patch+json",
            "application/json, text/plain",
            "application/json; charset",
            "application/x-www-form-urlencoded",
            "text/plain; charset=utf-16",
        ] {
            assert_eq!(judged(bad, BodyKind::Json), Judged::Type, "{bad}");
        }
        for charset in ["application/json; charset=utf-16", "application/json; charset*=utf-8''x"] {
            assert_eq!(judged(charset, BodyKind::Json), Judged::Charset, "{charset}");
        }
    }

    #[test]
    fn merge_patches_are_taken_where_they_are_declared() {
        for good in ["application/merge-patch+json; charset=utf-8", "application/json"] {
            assert_eq!(judged(good, BodyKind::MergePatch), Judged::Taken, "{good}");
        }
        let other = "application/json-patch+json";
        assert_eq!(judged(other, BodyKind::MergePatch), Judged::Type);
    }

    #[test]
    fn forms_are_taken_by_their_media_type_only() {
        let form = "application/x-www-form-urlencoded; charset=utf8";
        assert_eq!(judged(form, BodyKind::Form), Judged::Taken);
        assert_eq!(judged("application/json", BodyKind::Form), Judged::Type);
        let parts = "Multipart/Form-Data; boundary=x";
        assert_eq!(judged(parts, BodyKind::Multipart), Judged::Taken);
        for bad in ["multipart/mixed; boundary=x", "multipart/form-data-x", "application/json"] {
            assert_eq!(judged(bad, BodyKind::Multipart), Judged::Type, "{bad}");
        }
    }
}
