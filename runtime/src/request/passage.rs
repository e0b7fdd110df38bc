//! The state of one request in the app stage.

use std::{
    cell::{Cell, OnceCell, RefCell},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use actix_web::{
    HttpMessage as _, HttpRequest,
    dev::ServiceRequest,
    http::{
        Method,
        header::{self, HeaderValue},
    },
};
use smallvec::SmallVec;

use super::{Plan, Worker, proxy_ids::ProxyIds};
use crate::{
    Principal, Problem,
    caller::Caller,
    client::ClientAddr,
    clock::Moment,
    cors::Rules,
    development::Connected,
    form_token::FormToken,
    headers::Nonce,
    limit::{Class, Key, Limit, Permit, Receipt, Spent},
    line_rate::LineRate,
    peer_kind::PeerKind,
    policy::{Count, Policy, Unit},
    request_id::RequestId,
    spans::{Arrival, RequestSpan, Scope},
    traceparent::Traceparent,
};

/// The app stage's data about a request. Guards read it; only the app stage creates it.
#[derive(Debug)]
pub(crate) struct Passage {
    pub(crate) worker: Rc<Worker>,
    pub(crate) id: RequestId,
    pub(crate) address: ClientAddr,
    /// Whether the peer of its connection is unknown, while others of the listener have one.
    pub(crate) has_no_peer: bool,
    /// Whether the other end of its connection is a trusted proxy.
    pub(crate) is_of_proxy: bool,
    /// Whether it is the request of a developer, who sees what development opens.
    is_developers: Cell<bool>,
    /// The ids of the request from a trusted proxy.
    pub(crate) proxy_ids: ProxyIds,
    /// The time, read once: all guards that run before the body is read see the same time.
    pub(crate) now: Moment,
    pub(crate) method: Method,
    /// The checked limits, in order, with their remaining units.
    pub(crate) spent: RefCell<SmallVec<[Spent; 4]>>,
    /// Units that are returned if the outcome is not the one that they count.
    pub(crate) reserved: RefCell<Vec<Reservation>>,
    /// The concurrency permits of this request.
    pub(crate) permits: RefCell<SmallVec<[Permit; 1]>>,
    /// How much of the body was read.
    pub(crate) body: BodyCount,
    /// Whether its network is exempt from limits.
    pub(crate) unlimited: bool,
    /// The key of the service's own limit, until the limit is checked.
    pub(crate) owed: Cell<Option<Key>>,
    /// The class under which the service's own limit counts it.
    pub(crate) class: Cell<Class>,
    /// Whether the app has been called to route it.
    routed: Cell<bool>,
    /// Whether its handler has begun, and may have changed state.
    started: Cell<bool>,
    /// Whether its client disconnected while the handler was running.
    pub(crate) gone: Cell<bool>,
    /// Whether the handler ended after its deadline.
    pub(crate) outlived: Cell<bool>,
    /// Whether its audit event is written, or counted among the suppressed ones.
    pub(crate) audited: Cell<bool>,
    /// The endpoint that the request reached, once it has.
    pub(crate) policy: Cell<Option<&'static Policy>>,
    /// The value of `Origin`; `None` unless there is exactly one.
    pub(crate) origin: Option<HeaderValue>,
    /// Whether it is a CORS preflight request.
    pub(crate) is_preflight: Cell<bool>,
    /// The CORS rules of a response that is made before an endpoint is reached.
    pub(crate) cors: RefCell<Option<Arc<Rules>>>,
    /// The plan for that endpoint.
    pub(crate) plan: RefCell<Option<Rc<Plan>>>,
    /// The permission decisions about objects, for the audit event.
    pub(crate) objects: RefCell<Vec<String>>,
    /// The authenticated caller, for the audit event.
    pub(crate) principal: RefCell<Option<Principal>>,
    /// The nonce for the scripts of the response, once the handler requests it.
    pub(crate) nonce: OnceCell<Nonce>,
    /// The token of its forms, once the handler requests it.
    form_token: OnceCell<FormToken>,
    /// The cookie for that token, if the browser has none.
    pub(crate) form_cookie: RefCell<Option<HeaderValue>>,
    /// The login page for a browser that was refused because of missing credentials.
    pub(crate) login_page: RefCell<Option<HeaderValue>>,
    /// The cookie of a session that the handler began or ended.
    pub(crate) session: RefCell<Option<SessionCookie>>,
    /// Its span; `None` where it has none.
    span: OnceCell<Option<RequestSpan>>,
}

/// The change to the browser's session cookie.
#[derive(Debug)]
pub(crate) enum SessionCookie {
    Begun(HeaderValue),
    Ended(HeaderValue),
}

/// Units that were reserved for an outcome.
#[derive(Clone, Debug)]
pub(crate) struct Reservation {
    pub(crate) limit: Limit,
    pub(crate) key: Key,
    pub(crate) units: u32,
    pub(crate) receipt: Receipt,
    /// Its index in [`Passage::spent`].
    pub(crate) told: usize,
}

/// How much of a body was read, and whether there still is a reader.
#[derive(Debug, Default)]
pub(crate) struct BodyCount {
    pub(crate) bytes: Cell<u64>,
    readers: Cell<u32>,
}

impl BodyCount {
    pub(crate) fn open(&self) {
        self.readers.set(self.readers.get().saturating_add(1));
    }

    pub(crate) fn close(&self) {
        self.readers.set(self.readers.get().saturating_sub(1));
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.bytes.set(self.bytes.get().saturating_add(bytes));
    }

    /// The number of KiB that were read; `None` while it may increase.
    fn read(&self) -> Option<u32> {
        let kibibytes = self.bytes.get().div_ceil(1 << 10);
        (self.readers.get() == 0).then(|| u32::try_from(kibibytes).unwrap_or(u32::MAX))
    }
}

/// Actix reports this as the local address if a request arrived by a Unix socket, or by no socket
/// in a test. A service that listens on exactly this address is recognized by the peers of its
/// connections.
const NO_TCP_LISTENER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

fn single_origin(request: &ServiceRequest) -> Option<HeaderValue> {
    let mut values = request.headers().get_all(header::ORIGIN);
    let first = values.next()?;
    values.next().is_none().then(|| first.clone())
}

/// The entry in the request's extensions: private to this module, so that no other code can make
/// one.
struct Mark(Rc<Passage>);

impl Passage {
    pub(crate) fn begin(worker: &Rc<Worker>, request: &ServiceRequest) -> Rc<Self> {
        let told = request.peer_addr();
        // The service's own server sets it; for another one, the peers of its connections are used.
        let peer_kind = request.extensions().get::<PeerKind>().copied();
        worker.has_peers.set(worker.has_peers.get() || (told.is_some() && peer_kind.is_none()));
        let expects_peer = peer_kind.is_none()
            && (worker.has_peers.get() || request.app_config().local_addr() != NO_TCP_LISTENER);
        let peer = told.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        worker.refresh();
        let proxies = &worker.shield.proxies;
        // A TCP connection without a peer is refused below, and is not counted for a client. A
        // proxy that does not name its client has not read the fields either.
        let is_unnamed = peer_kind == Some(PeerKind::Unnamed);
        let is_unix_proxy = told.is_none() && !expects_peer && !is_unnamed && proxies.trusts_unix();
        let (address, doubt) = if is_unnamed {
            (ClientAddr(peer.to_canonical()), None)
        } else if is_unix_proxy {
            proxies.forwarded(peer, request.headers())
        } else {
            proxies.client(peer, request.headers())
        };
        let now = Moment::now();
        if let Some(doubt) = doubt {
            proxies.tell(doubt, peer, now);
        }
        let is_of_proxy = is_unix_proxy || (!is_unnamed && proxies.trusts(peer.to_canonical()));
        let proxy_ids = match is_of_proxy {
            true => ProxyIds::read(request.headers()),
            false => ProxyIds::default(),
        };
        let passage = Rc::new(Self {
            worker: Rc::clone(worker),
            id: RequestId::next(),
            address,
            now,
            is_of_proxy,
            is_developers: Cell::default(),
            proxy_ids,
            has_no_peer: told.is_none() && expects_peer,
            method: request.method().clone(),
            origin: single_origin(request),
            is_preflight: Cell::new(false),
            cors: RefCell::default(),
            spent: RefCell::default(),
            plan: RefCell::default(),
            reserved: RefCell::default(),
            permits: RefCell::default(),
            body: BodyCount::default(),
            unlimited: worker.shield.unlimited.contain(address.ip()),
            owed: Cell::new(None),
            class: Cell::default(),
            routed: Cell::default(),
            started: Cell::default(),
            gone: Cell::default(),
            outlived: Cell::default(),
            audited: Cell::default(),
            policy: Cell::new(None),
            objects: RefCell::default(),
            principal: RefCell::default(),
            nonce: OnceCell::new(),
            form_token: OnceCell::new(),
            form_cookie: RefCell::default(),
            login_page: RefCell::default(),
            session: RefCell::default(),
            span: OnceCell::new(),
        });
        request.extensions_mut().insert(Mark(Rc::clone(&passage)));
        passage
    }

    /// The caller on whose behalf the work is done; `None` for a network that is exempt from
    /// limits.
    pub(crate) fn caller(&self) -> Option<Caller> {
        if self.unlimited {
            return None;
        }
        let principal = self.principal.try_borrow().ok();
        let subject = principal.as_deref().and_then(Option::as_ref).map(Caller::of);
        Some(subject.unwrap_or_else(|| Caller::at(self.address.ip())))
    }

    /// Notes whether a developer sends it. It counts as not, before this is called.
    pub(crate) fn note_developer(&self, request: &ServiceRequest) {
        let shield = &self.worker.shield;
        let Some(development) = &shield.development else { return };
        let connected = Connected {
            peer: request.peer_addr().map(|peer| peer.ip()),
            is_of_proxy: self.is_of_proxy,
        };
        self.is_developers.set(development.is_own(request.head(), connected, &shield.firewall));
    }

    /// Whether it is the request of a developer: never in production.
    pub(crate) fn is_developers(&self) -> bool {
        self.is_developers.get()
    }

    /// Begins the span of the request. Health probes have none.
    pub(crate) fn begin_span(&self, request: &ServiceRequest) {
        self.span.get_or_init(|| {
            let arrival = Arrival {
                id: self.id,
                method: &self.method,
                version: request.version(),
                is_secure: request.app_config().secure(),
                address: self.address.ip(),
                parent: self.proxy_ids.trace.as_deref(),
                headers: request.headers(),
            };
            RequestSpan::begin(&self.worker.shield.spans, &arrival)
        });
    }

    /// Its span, if it has one.
    pub(crate) fn span(&self) -> Option<&RequestSpan> {
        self.span.get().and_then(Option::as_ref)
    }

    /// The trace of its work.
    pub(crate) fn scope(&self) -> Scope {
        self.span().map(RequestSpan::scope).unwrap_or_default()
    }

    /// The ids of the trace and of its span; without a span, those from a trusted proxy.
    pub(crate) fn trace_ids(&self) -> Option<(String, String)> {
        let sent = || {
            let sent = Traceparent::parse(self.proxy_ids.trace.as_deref()?)?;
            Some((sent.trace_id.to_owned(), sent.parent_id.to_owned()))
        };
        self.span().map(RequestSpan::ids).or_else(sent)
    }

    /// The class under which the service's own limit counts a request. It depends on the
    /// cross-origin rules of the endpoint that the request will be routed to, and for a preflight
    /// request, of the endpoint that the later request will be routed to.
    pub(crate) fn class_of(&self, request: &ServiceRequest) -> Class {
        let shield = &self.worker.shield;
        let secure = request.app_config().secure();
        let headers = request.headers();
        shield.same_site.class(headers, secure, || {
            let asked = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD);
            let asked = asked.filter(|_| self.method == Method::OPTIONS);
            let method = asked.and_then(|method| method.to_str().ok());
            let path = request.match_info().unprocessed();
            shield.cors.find(path, method.unwrap_or(self.method.as_str())).0
        })
    }

    /// Records that the app routes it now.
    pub(crate) fn note_routed(&self) {
        self.routed.set(true);
    }

    /// Whether it has reached routing.
    pub(crate) fn is_routed(&self) -> bool {
        self.routed.get()
    }

    /// Records that the handler begins.
    pub(crate) fn note_started(&self) {
        self.started.set(true);
    }

    /// Whether the handler has begun.
    pub(crate) fn has_started(&self) -> bool {
        self.started.get()
    }

    /// Records that the handler ended after its deadline: it, or another one on its thread, blocks
    /// without an `.await` at which it could be cancelled.
    pub(crate) fn note_outlived(&self, deadline: Duration, took: Duration) {
        self.outlived.set(true);
        self.worker.shield.limiter.note_outlived();
        // One handler that blocks delays all others on its thread.
        static LINES: LineRate = LineRate::new(10, 1);
        let Some(suppressed) = LINES.take(Moment::now()) else { return };
        tracing::warn!(
            request_id = %self.id,
            endpoint = self.policy.get().map(|policy| policy.name),
            deadline_ms = deadline.as_millis(),
            took_ms = took.as_millis(),
            suppressed,
            "a handler outlived its deadline: something blocks its thread"
        );
    }

    /// Whether this request will be routed to an endpoint.
    pub(crate) fn leads_to_endpoint(&self, request: &ServiceRequest) -> bool {
        let path = request.match_info().unprocessed();
        self.worker.shield.cors.find(path, self.method.as_str()).1
    }

    /// Makes the response readable for the origins of the endpoint that this request will be routed
    /// to.
    pub(crate) fn expect_endpoint(&self, request: &ServiceRequest) {
        if self.origin.is_none() {
            return;
        }
        let path = request.match_info().unprocessed();
        let (rules, _) = self.worker.shield.cors.find(path, self.method.as_str());
        *self.cors.borrow_mut() = Some(Arc::clone(rules));
    }

    /// Returns the units that do not count in the end: those of `count = failures` if the request
    /// did not fail, and those for the part of a body that was not sent. `failed` is `None` if
    /// there is no response because the caller disconnected: that counts as a failure.
    pub(crate) fn settle(&self, failed: Option<bool>) {
        let Ok(mut reserved) = self.reserved.try_borrow_mut() else { return };
        reserved.retain(|reservation| {
            let rate = reservation.limit.rate();
            let passes = failed == Some(false) && rate.count == Count::Failures;
            let unused = match (rate.unit, self.body.read()) {
                _ if passes => reservation.units,
                (Unit::Kibibytes, Some(read)) => reservation.units.saturating_sub(read),
                // A remaining reader may read all of it: decided when the request has ended.
                (Unit::Kibibytes, None) => return failed.is_some(),
                (Unit::Requests | Unit::InFlight, _) => 0,
            };
            if unused > 0 {
                self.give_back(reservation, unused);
            }
            false
        });
    }

    fn give_back(&self, reservation: &Reservation, units: u32) {
        let Reservation { limit, key, receipt, told, .. } = reservation;
        let mut ask = limit.ask_for(*key, units).granted(*receipt);
        // The request may have taken long, and units that have recovered meanwhile are not
        // returned.
        self.worker.shield.limiter.give_back(&mut ask, Moment::now());
        if let Ok(mut spent) = self.spent.try_borrow_mut()
            && let Some(spent) = spent.get_mut(*told)
        {
            spent.decision = ask.decision;
        }
    }

    /// Whether anything reads the audit event.
    pub(crate) fn is_audited(&self) -> bool {
        self.worker.shield.trail.has_sinks() || Self::is_logged()
    }

    /// Whether it is written to the log, if events are logged.
    pub(crate) fn is_logged() -> bool {
        tracing::event_enabled!(target: "palisade::audit", tracing::Level::INFO)
    }

    /// Sends the cookie of a new session with the response, if the handler succeeds.
    pub(crate) fn begin_session(&self, cookie: HeaderValue) {
        *self.session.borrow_mut() = Some(SessionCookie::Begun(cookie));
    }

    /// Removes the cookie with the response.
    pub(crate) fn end_session(&self, cookie: HeaderValue) {
        *self.session.borrow_mut() = Some(SessionCookie::Ended(cookie));
    }

    /// The nonce of this request's response; created at the first call.
    pub(crate) fn nonce(&self) -> Result<Nonce, Problem> {
        if let Some(nonce) = self.nonce.get() {
            return Ok(nonce.clone());
        }
        let nonce = Nonce::generate()?;
        Ok(self.nonce.get_or_init(|| nonce).clone())
    }

    /// The token of the forms in this request's response; created at the first call.
    pub(crate) fn form_token(&self, request: &HttpRequest) -> Result<FormToken, Problem> {
        if let Some(token) = self.form_token.get() {
            return Ok(token.clone());
        }
        let (shield, headers) = (&self.worker.shield, request.headers());
        let place = shield.same_site.place(request.uri(), headers);
        let issued = shield.form_tokens.issue(&place, headers, self.now.unix_seconds());
        let (token, cookie) = issued?;
        *self.form_cookie.borrow_mut() = cookie;
        Ok(self.form_token.get_or_init(|| token).clone())
    }

    /// Whether the response is for one browser only, so that no cache may store it.
    pub(crate) fn has_form_token(&self) -> bool {
        self.form_token.get().is_some()
    }

    /// Whether the response may contain a caller's own data: its identity is known, or its session
    /// or form token was used.
    #[cfg(feature = "compression")]
    pub(crate) fn is_for_one_caller(&self) -> bool {
        self.has_form_token()
            || self.session.borrow().is_some()
            || self.principal.borrow().is_some()
    }

    pub(crate) fn missing() -> Problem {
        Problem::internal("this request did not come through palisade: wrap the app in `Palisade`")
    }

    /// The passage of this request, if it came through the app stage.
    pub(crate) fn of(request: &HttpRequest) -> Option<Rc<Self>> {
        request.extensions().get::<Mark>().map(|mark| Rc::clone(&mark.0))
    }
}
