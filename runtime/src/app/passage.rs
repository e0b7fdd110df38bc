//! One request's way through the app stage.

use std::{
    cell::{Cell, RefCell},
    net::{IpAddr, Ipv4Addr},
    rc::Rc,
};

use actix_web::{HttpMessage as _, HttpRequest, dev::ServiceRequest, http::Method};
use smallvec::SmallVec;

use super::{Plan, Worker};
use crate::{
    Principal, Problem,
    client::ClientAddr,
    clock::Moment,
    limit::{Decision, Key, Limit, Place},
    policy::Policy,
    request_id::RequestId,
};

/// What the app stage knows of a request. Guards read it; only the app stage makes it.
#[derive(Debug)]
pub(crate) struct Passage {
    pub(crate) worker: Rc<Worker>,
    pub(crate) id: RequestId,
    pub(crate) address: ClientAddr,
    /// The clock, read once: every guard of this request sees the same time.
    pub(crate) now: Moment,
    pub(super) method: Method,
    /// The limits that were asked, in order, with what is left of them.
    pub(crate) spent: RefCell<SmallVec<[Spent; 4]>>,
    /// Units taken for `count = failures`: given back unless the request fails.
    pub(crate) reserved: RefCell<Vec<Reservation>>,
    /// The endpoint that the request reached, once it has.
    pub(crate) policy: Cell<Option<&'static Policy>>,
    /// What was worked out for that endpoint.
    pub(crate) plan: RefCell<Option<Rc<Plan>>>,
    /// What was decided about objects, for the audit event.
    pub(crate) objects: RefCell<Vec<String>>,
    /// The authenticated caller, for the audit event.
    pub(crate) principal: RefCell<Option<Principal>>,
}

/// Units that were taken ahead of the outcome that they count.
#[derive(Clone, Debug)]
pub(crate) struct Reservation {
    pub(crate) limit: Limit,
    pub(crate) key: Key,
    pub(crate) decision: Decision,
    pub(crate) place: Place,
}

/// A limit and what was decided by it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    pub(crate) name: &'static str,
    pub(crate) decision: Decision,
}

/// The entry in the request's extensions: private to this module, so nobody else can make one.
struct Mark(Rc<Passage>);

impl Passage {
    pub(super) fn begin(worker: &Rc<Worker>, request: &ServiceRequest) -> Rc<Self> {
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        let passage = Rc::new(Self {
            worker: Rc::clone(worker),
            id: RequestId::next(),
            address: worker.shield.proxies.client(peer, request.headers()),
            now: Moment::now(),
            method: request.method().clone(),
            spent: RefCell::default(),
            plan: RefCell::default(),
            reserved: RefCell::default(),
            policy: Cell::new(None),
            objects: RefCell::default(),
            principal: RefCell::default(),
        });
        request.extensions_mut().insert(Mark(Rc::clone(&passage)));
        passage
    }

    /// Whether somebody reads the audit event.
    #[expect(clippy::unused_self, reason = "a question about this request's event")]
    pub(crate) fn is_audited(&self) -> bool {
        tracing::event_enabled!(target: "palisade::audit", tracing::Level::INFO)
    }

    pub(crate) fn missing() -> Problem {
        Problem::internal("this request did not come through palisade: wrap the app in `Palisade`")
    }

    /// The passage of this request, if it came through the app stage.
    pub(crate) fn of(request: &HttpRequest) -> Option<Rc<Self>> {
        request.extensions().get::<Mark>().map(|mark| Rc::clone(&mark.0))
    }
}
