//! The last steps of a response.

use std::{cell::Cell, fmt};

use actix_web::{
    Error, HttpResponse, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::ServiceResponse,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
};

use super::{answering::Answering, unread::Hold};
use crate::{
    Principal, Problem,
    audit::{Event, MOST_ELEMENTS, Outcome},
    clock::Moment,
    cookie::{CookieRead, HostCookie},
    excerpt::excerpt,
    headers::{EMBEDDER_POLICY, NOT_KEPT, Own, ProfileKind, Remaining, Wears, Worn, is_script},
    limit::{Cause, Spent, limit_field},
    line_rate::LineRate,
    panics::caught,
    policy::Policy,
    problem::{self, Kind, Why},
    public_path::public_path,
    request::{Passage, SessionCookie, Verdict, Worker},
    spans::Departed,
};

/// The client chooses the method freely. The longest registered one has 17 letters.
const LONGEST_METHOD: usize = 24;

/// The text of a cause may contain a host that the client chose.
const LONGEST_CAUSE: usize = 256;

impl Worker {
    /// Completes a response of the app.
    pub(super) fn answer<B: MessageBody + 'static>(
        &self,
        passage: &Passage,
        hold: Hold,
        response: ServiceResponse<EitherBody<B>>,
    ) -> ServiceResponse<Answering<EitherBody<B>>> {
        let status = response.status();
        let error = response.response().error();
        let kind = kind_of(error);
        let refusal = refusal_of(passage, Some(status), kind);
        let verdict = self.judge(passage, refusal);
        if status.is_client_error() || status.is_server_error() {
            self.explain(passage, status, error, refusal);
        }
        let login_page = passage.login_page.take().filter(|_| status == StatusCode::UNAUTHORIZED);
        let mut worn = Worn::Unmarked;
        let mut response = if let Some(page) = login_page {
            response.map_body(|head, _| {
                head.status = StatusCode::SEE_OTHER;
                head.headers.clear();
                head.headers.insert(header::LOCATION, page);
                EitherBody::Right { body: BoxBody::new(()) }
            })
        } else if let Some(body) = self.document(passage, response.response()) {
            response.map_body(|head, _| {
                describe_problem(&mut head.headers);
                EitherBody::Right { body: BoxBody::new(body) }
            })
        } else {
            worn = Wears::of(response.response(), response.response().body().size());
            response
        };
        Self::settle(passage, status, kind);
        let why = why_of(passage, status, response.response().error());
        let (worn, remaining) = known(passage, worn);
        self.dress(passage, response.status(), worn, response.headers_mut());
        if let Some(cookie) = stale_form_cookie(passage, &response) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        self.write(passage, Some(status), verdict, why.as_ref());
        response.map_body(|_, body| hold.until_written(body, remaining))
    }

    /// Completes the response to a health probe: without an audit event, and with unchanged status
    /// and body.
    pub(super) fn answer_probe<B: MessageBody + 'static>(
        &self,
        passage: &Passage,
        hold: Hold,
        mut response: ServiceResponse<EitherBody<B>>,
    ) -> ServiceResponse<Answering<EitherBody<B>>> {
        self.dress(passage, response.status(), None, response.headers_mut());
        response.map_body(|_, body| hold.until_written(body, None))
    }

    /// Completes an error that no service has converted to a response.
    pub(super) fn error(&self, passage: &Passage, hold: Hold, error: &Error) -> Error {
        let mut response = caught(|| error.error_response()).unwrap_or_else(|panic| {
            let cause = format!("a panic in an error's response: {panic}");
            HttpResponse::from_error(Problem::internal(cause))
        });
        let status = response.status();
        let kind = kind_of(Some(error));
        let refusal = refusal_of(passage, Some(status), kind);
        let verdict = self.judge(passage, refusal);
        self.explain(passage, status, Some(error), refusal);
        let mut worn = Worn::Unmarked;
        if let Some(body) = self.document_of(passage, &response, Some(error)) {
            response = response.set_body(BoxBody::new(body));
            describe_problem(response.headers_mut());
        } else {
            worn = Wears::of(&response, response.body().size());
        }
        Self::settle(passage, status, kind);
        let (worn, remaining) = known(passage, worn);
        self.dress(passage, status, worn, response.headers_mut());
        let why = why_of(passage, status, Some(error));
        self.write(passage, Some(status), verdict, why.as_ref());
        let response =
            response.map_body(|_, body| BoxBody::new(hold.until_written(body, remaining)));
        Prepared { status, response: Cell::new(Some(response)) }.into()
    }

    /// The document that replaces the app's response; `None` if that is sent.
    fn document<B>(&self, passage: &Passage, response: &HttpResponse<B>) -> Option<Vec<u8>> {
        self.document_of(passage, response, response.error())
    }

    /// A failure of the service has the id of its request, which the log has with the cause; in
    /// development, every problem has its causes too.
    fn document_of<B>(
        &self,
        passage: &Passage,
        response: &HttpResponse<B>,
        error: Option<&Error>,
    ) -> Option<Vec<u8>> {
        let status = response.status();
        let problem = error.and_then(|error| error.as_error::<Problem>());
        let causes = match error {
            Some(error) if self.shield.shows_causes && passage.is_developers() => {
                // The texts of errors are the service's own code.
                let texts = || problem.map_or_else(|| vec![error.to_string()], Problem::causes);
                caught(texts).unwrap_or_else(|panic| vec![format!("a panic in its text: {panic}")])
            }
            Some(_) | None => Vec::new(),
        };
        let request_id = status.is_server_error().then(|| passage.id.to_string());
        let occurrence = problem::Occurrence { request_id: request_id.as_deref(), causes: &causes };
        if must_be_rewritten(status, response, problem) {
            return Some(problem::render_status(status, occurrence));
        }
        let is_ours = problem.filter(|_| request_id.is_some() || !causes.is_empty());
        is_ours
            .filter(|_| status.is_client_error() || status.is_server_error())
            .map(|problem| problem.render_occurrence(occurrence))
    }

    /// Returns the units that were reserved for another outcome than this one.
    ///
    /// A refusal for a missing form token occurs after the limits were counted, and is not counted
    /// as a failure: a page of another site can cause it.
    fn settle(passage: &Passage, status: StatusCode, kind: Option<Kind>) {
        let failed = status.is_client_error()
            && status != StatusCode::TOO_MANY_REQUESTS
            && kind != Some(Kind::CrossSite);
        passage.settle(Some(failed));
    }

    fn dress(
        &self,
        passage: &Passage,
        status: StatusCode,
        worn: Option<Wears>,
        headers: &mut HeaderMap,
    ) {
        let refused = status.is_client_error() || status.is_server_error();
        if let Some(prefix) = &self.shield.public_prefix {
            prefix_location(headers, prefix);
        }
        let spent = passage.spent.borrow();
        let left = limit_field(spent.iter());
        let plan = passage.plan.borrow();
        let base = self.base();
        let wardrobe = plan.as_ref().map_or(&base.wardrobe, |plan| &plan.wardrobe);
        // A refusal is a problem document.
        let session = passage.session.borrow();
        let (marked, own) = match *session {
            Some(SessionCookie::Ended(_)) => (Some(ProfileKind::LogOut), None),
            Some(SessionCookie::Begun(_)) | None => match worn {
                Some(Wears { kind, own, .. }) => (Some(kind), own),
                None => (None, None),
            },
        };
        let kind = if refused { ProfileKind::Json } else { wardrobe.kind(marked, headers) };
        if !passage.is_preflight.get() {
            let expected = passage.cors.borrow();
            let reached = plan.as_ref().map(|plan| &plan.cors);
            let rules = reached.or(expected.as_ref()).unwrap_or(self.shield.cors.service());
            rules.put_on(headers, passage.origin.as_ref());
        }
        let dress = wardrobe.dress(kind, &self.shield.profiles);
        let nonce = passage.nonce.get().filter(|_| !refused);
        dress.put_on(headers, &passage.id.hex(), left, nonce);
        if kind == ProfileKind::Json && !refused && is_script(headers) {
            headers.insert(EMBEDDER_POLICY, self.shield.profiles.embedder());
        }
        if let Some(own) = own.filter(|_| !refused) {
            self.put_on_own(headers, kind, &own);
        }
        match &*session {
            // The handler has failed, so there is no login.
            Some(SessionCookie::Begun(_)) if refused => {}
            Some(SessionCookie::Begun(cookie) | SessionCookie::Ended(cookie)) => {
                headers.append(header::SET_COOKIE, cookie.clone());
            }
            None => {}
        }
        if passage.has_form_token() && !refused {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NOT_KEPT));
            if let Some(cookie) = passage.form_cookie.take() {
                headers.append(header::SET_COOKIE, cookie);
            }
        }
        if kind == ProfileKind::Download {
            keep_out_of_sight(headers);
        }
        if refused {
            // An endpoint's cache directives are for its own responses: a cached refusal would be
            // sent to other callers.
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NOT_KEPT));
        }
        if !matches!(passage.method, Method::GET | Method::HEAD | Method::OPTIONS) {
            headers.append(header::VARY, HeaderValue::from_static("Sec-Fetch-Site, Origin"));
        }
    }

    /// Adds the headers of this one response.
    fn put_on_own(&self, headers: &mut HeaderMap, kind: ProfileKind, own: &Own) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(own.cache));
        let Some(csp) = &own.csp else { return };
        let csp = match kind {
            ProfileKind::Html => self.shield.profiles.finish(csp, true),
            ProfileKind::Json | ProfileKind::Download | ProfileKind::LogOut => csp.to_string(),
        };
        // The policy is a header value; if it is not valid, the profile's is used.
        if let Ok(csp) = HeaderValue::try_from(csp) {
            headers.insert(header::CONTENT_SECURITY_POLICY, csp);
        }
    }

    /// Logs the details that the client does not receive.
    fn explain(
        &self,
        passage: &Passage,
        status: StatusCode,
        error: Option<&Error>,
        refusal: Option<Cause>,
    ) {
        let mut suppressed = None;
        if let Some(refusal) = refusal.filter(|_| status.is_server_error()) {
            // Not with the event: that may be one of many that a single client causes, while this
            // line has the cause.
            let Some(count) = self.shield.refusals.explain(refusal, passage.now) else { return };
            suppressed = (count > 0).then_some(count);
        }
        let Some(error) = error else {
            if status.is_server_error() {
                tracing::error!(
                    request_id = %passage.id,
                    status = status.as_u16(),
                    suppressed,
                    "request failed"
                );
            }
            return;
        };
        // The texts of errors come from the service's own code.
        let cause = caught(|| match error.as_error::<Problem>() {
            Some(problem) => problem.cause(),
            None => Some(error.to_string()),
        });
        let cause = cause.unwrap_or_else(|panic| Some(format!("a panic in its text: {panic}")));
        // Written as a quoted string: a cause may contain text from the client, including line
        // breaks.
        let Some(cause) = cause else { return };
        if status.is_server_error() {
            tracing::error!(
                request_id = %passage.id,
                status = status.as_u16(),
                suppressed,
                ?cause,
                "request failed"
            );
        } else {
            tracing::debug!(request_id = %passage.id, status = status.as_u16(), ?cause, "request refused");
        }
    }

    /// Counts a request that did not reach its handler, and decides whether it is logged.
    fn judge(&self, passage: &Passage, refusal: Option<Cause>) -> Verdict {
        let Some(cause) = refusal else { return Verdict::Write { suppressed: 0, others: 0 } };
        let shield = &self.shield;
        shield.limiter.note_refusal(cause);
        let principal = passage.principal.try_borrow().ok();
        let subject = principal.as_ref().and_then(|own| own.as_ref()).map(Principal::subject);
        let (address, now) = (passage.address.ip(), passage.now);
        let verdict = shield.refusals.note(cause, address, subject, now);
        if verdict == Verdict::Suppress {
            shield.limiter.note_suppressed();
        }
        verdict
    }

    /// Writes the audit event of a request that ends without a response, unless it has one already.
    pub(super) fn audit_departure(&self, passage: &Passage) {
        if !passage.audited.get() {
            passage.gone.set(true);
            let verdict = self.judge(passage, refusal_of(passage, None, None));
            self.write(passage, None, verdict, None);
        }
    }

    /// Writes the one event of a request: who sent which request, and the outcome.
    fn write(
        &self,
        passage: &Passage,
        status: Option<StatusCode>,
        verdict: Verdict,
        why: Option<&Why>,
    ) {
        passage.audited.set(true);
        let took = Moment::now().since(passage.now);
        let policy = passage.policy.get();
        let reason = why.map(|why| why.reason);
        self.count(policy, |counts| counts.note(&passage.method, status, reason, took));
        if let Some(span) = passage.span() {
            span.end(&Departed {
                method: &passage.method,
                route: policy.and_then(|policy| policy.route).map(|route| route.path),
                endpoint: policy.map(|policy| policy.name),
                status,
                reason,
                has_started: passage.has_started(),
            });
        }
        let Verdict::Write { suppressed, others } = verdict else { return };
        let trail = &self.shield.trail;
        let logs = trail.logs() && Passage::is_logged();
        if !logs && !trail.has_sinks() {
            return;
        }
        // This may run while a request is dropped: it must not panic.
        let principal = passage.principal.try_borrow().ok();
        let objects = passage.objects.try_borrow().ok();
        let spent = passage.spent.try_borrow().ok();
        let trace = passage.trace_ids();
        let words = why.map(|why| excerpt(&why.words, LONGEST_CAUSE));
        let over = |tracked| spent.as_ref().map_or_else(Vec::new, |spent| names(spent, tracked));
        let event = Event {
            is_allowed: Some(passage.has_started()),
            reason,
            cause: words.filter(|words| !words.is_empty()),
            duration: Some(took),
            request_id: Some(passage.id.to_string()),
            proxy_request_id: passage.proxy_ids.request.as_deref(),
            trace: trace.as_ref().map(|(trace, span)| (trace.as_str(), span.as_str())),
            client: Some(passage.address.ip()),
            subject: principal.as_ref().and_then(|own| own.as_ref()).map(Principal::subject),
            method: Some(excerpt(passage.method.as_str(), LONGEST_METHOD)),
            route: policy.and_then(|policy| policy.route).map(|route| route.path),
            endpoint: policy.map(|policy| policy.name),
            status: status.map(|status| status.as_u16()),
            objects: objects
                .as_ref()
                .map_or(&[], |objects| objects.get(..MOST_ELEMENTS).unwrap_or(objects.as_slice())),
            violated: over(false),
            tracked: over(true),
            is_gone: passage.gone.get(),
            is_outlived: passage.outlived.get(),
            suppressed,
            suppressed_others: others,
            ..Event::new("request", Outcome::of_status(status.map(|status| status.as_u16())))
        };
        if logs {
            log(passage, &event);
        }
        if trail.has_sinks() {
            let path = policy.map(Policy::path);
            trail.send(&Event { endpoint: path.as_deref(), ..event });
        }
    }
}

/// Writes the event to the log, as one of `tracing`.
fn log(passage: &Passage, event: &Event<'_>) {
    let objects = event.objects.join("; ");
    let list = |names: &[&str]| (!names.is_empty()).then(|| names.join(", "));
    tracing::info!(
        target: "palisade::audit",
        request_id = %passage.id,
        proxy_request_id = event.proxy_request_id,
        traceparent = passage.proxy_ids.trace.as_deref(),
        trace_id = passage.span().and(event.trace).map(|(trace, _)| trace),
        span_id = passage.span().and(event.trace).map(|(_, span)| span),
        client = %passage.address,
        subject = event.subject,
        method = event.method,
        endpoint = event.endpoint,
        route = event.route,
        objects = (!objects.is_empty()).then_some(objects),
        violated = list(&event.violated),
        tracked = list(&event.tracked),
        status = event.status,
        reason = event.reason,
        // As a quoted string: it may contain a host that the client sent.
        cause = event.cause.map(tracing::field::debug),
        gone = event.is_gone.then_some(true),
        outlived = event.is_outlived.then_some(true),
        suppressed = (event.suppressed > 0).then_some(event.suppressed),
        suppressed_others = (event.suppressed_others > 0).then_some(event.suppressed_others),
        micros = event.duration.map(|took| took.as_micros()),
    );
}

/// Changes a path of this service to the one that clients use.
fn prefix_location(headers: &mut HeaderMap, prefix: &str) {
    let Some(path) = headers.get(header::LOCATION).and_then(|value| value.to_str().ok()) else {
        return;
    };
    // Both texts have only visible characters, and so has the whole.
    if let Some(Ok(whole)) = public_path(prefix, path).map(HeaderValue::try_from) {
        headers.insert(header::LOCATION, whole);
    }
}

/// The cookie that removes the form cookie from a browser that logs out.
fn stale_form_cookie<B>(passage: &Passage, response: &ServiceResponse<B>) -> Option<HeaderValue> {
    let ends = matches!(*passage.session.borrow(), Some(SessionCookie::Ended(_)));
    let status = response.status();
    if !ends || passage.has_form_token() || status.is_client_error() || status.is_server_error() {
        return None;
    }
    let cookie = HostCookie::form();
    match cookie.read(response.request().headers()) {
        CookieRead::Absent => None,
        CookieRead::Value(_) | CookieRead::Ambiguous => cookie.clear().ok(),
    }
}

/// The marks of a response. A mark whose body was replaced is a mistake in the service, and not
/// visible to a client.
fn known(passage: &Passage, worn: Worn) -> (Option<Wears>, Option<Remaining>) {
    match worn {
        Worn::Unmarked => (None, None),
        Worn::Marked(mark, remaining) => (Some(mark), remaining),
        Worn::Replaced => {
            static LINES: LineRate = LineRate::new(10, 1);
            let Some(suppressed) = LINES.take(passage.now) else { return (None, None) };
            tracing::warn!(
                request_id = %passage.id,
                endpoint = passage.policy.get().map(|policy| policy.name),
                suppressed,
                "the body of a page or file was replaced: the answer leaves as an API's"
            );
            (None, None)
        }
    }
}

/// The kind of the problem in this error.
fn kind_of(error: Option<&Error>) -> Option<Kind> {
    error.and_then(|error| error.as_error::<Problem>()).map(Problem::kind)
}

/// Why a request did not reach its handler; `None` if it did, or if the response is below 400.
///
/// For handlers other than palisade's endpoints the start is unknown: the lines of their responses
/// of 400 or more have the same rate limits.
fn refusal_of(passage: &Passage, status: Option<StatusCode>, kind: Option<Kind>) -> Option<Cause> {
    if passage.has_started() {
        return None;
    }
    match status {
        None => Some(Cause::Gone),
        Some(status) if status.is_client_error() || status.is_server_error() => {
            let kind = kind.or_else(|| Kind::of_status(status));
            Some(kind.map_or(Cause::Other, Cause::Problem))
        }
        Some(_) => passage.is_preflight.get().then_some(Cause::Preflight),
    }
}

/// Why the response is 400 or more. A handler's own text is not logged for every request.
fn why_of(passage: &Passage, status: StatusCode, error: Option<&Error>) -> Option<Why> {
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    match error.and_then(|error| error.as_error::<Problem>()) {
        Some(problem) if passage.has_started() => {
            Some(Why { reason: problem.kind().name(), words: "".into() })
        }
        Some(problem) => Some(problem.why()),
        None => Kind::of_status(status).map(|kind| Why { reason: kind.name(), words: "".into() }),
    }
}

/// The names of the limits that refused the request, or, with `tracked`, would have.
fn names(spent: &[Spent], tracked: bool) -> Vec<&'static str> {
    let over = spent.iter().filter(|spent| !spent.decision.allowed && spent.tracked == tracked);
    over.map(|spent| spent.name).collect()
}

/// A response of 400 or more is sent as a problem document; a 5xx as one that this crate made.
fn must_be_rewritten<B>(
    status: StatusCode,
    response: &HttpResponse<B>,
    problem: Option<&Problem>,
) -> bool {
    if status.is_server_error() {
        // A document that a handler wrote itself may contain the cause.
        return problem.is_none();
    }
    status.is_client_error() && !problem::is_problem(response.headers())
}

/// The headers of a document that replaces another body; headers that describe that body are
/// removed.
fn describe_problem(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_TYPE, problem::CONTENT_TYPE);
    for stale in [header::CONTENT_ENCODING, header::CONTENT_LENGTH, header::ETAG] {
        headers.remove(stale);
    }
}

/// A download is stored, not shown, whatever the handler has set: a file that is shown is a page of
/// this service's origin (CWE-79).
fn keep_out_of_sight(headers: &mut HeaderMap) {
    let attached = headers.get(header::CONTENT_DISPOSITION).is_some_and(|value| {
        let kind = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
        kind.trim_ascii().eq_ignore_ascii_case(b"attachment")
    });
    if !attached {
        headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
}

/// A finished response in the form that Actix has for errors.
struct Prepared {
    status: StatusCode,
    response: Cell<Option<HttpResponse>>,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "answered {}", self.status)
    }
}

impl ResponseError for Prepared {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        // Actix calls this once; a second call could only return the status.
        self.response.take().unwrap_or_else(|| HttpResponse::new(self.status))
    }
}
