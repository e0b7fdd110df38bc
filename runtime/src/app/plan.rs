//! An endpoint's declarations, prepared for one worker.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
};

use actix_web::http::header::HeaderValue;
use foldhash::HashMap;

use super::Shield;
use crate::{
    Problem,
    auth::Authenticator,
    cors::Rules,
    headers::Wardrobe,
    limit::{Limit, LimitError, Limiter, policy_field},
    metrics::{EndpointCounts, WorkerCounts},
    policy::{Access, HeaderOverrides, KeyStage, Policy, RateLimit},
    problem::Kind,
    service::{complaints_of_request, oversized_body},
};

/// One worker's part of the app stage: the service's state, and the plan of each endpoint, computed
/// once. The counts themselves are in the shield, which all workers share.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) shield: Arc<Shield>,
    plans: RefCell<HashMap<*const Policy, Judged>>,
    base: RefCell<Rc<Base>>,
    /// The version of the limiter's adjustments that the plans contain.
    generation: Cell<u64>,
    /// Whether connections of this listener have a peer address: those of TCP do, those of a Unix
    /// socket do not.
    pub(super) has_peers: Cell<bool>,
    /// Its counts of requests.
    pub(super) counts: Arc<WorkerCounts>,
    endpoint_counts: RefCell<HashMap<*const Policy, Arc<EndpointCounts>>>,
}

/// The plan of an endpoint, or why it has none. The error is kept too, so that it is computed once.
type Judged = Result<Rc<Plan>, Rc<str>>;

/// The settings for every request of the service.
#[derive(Debug)]
pub(crate) struct Base {
    /// The service's own limit.
    pub(crate) limit: Option<Limit>,
    /// The headers of a response from outside of an endpoint.
    pub(super) wardrobe: Wardrobe,
}

/// The data that the guards need for one endpoint.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Limits whose key is known before the caller is authenticated.
    pub(crate) anonymous: Box<[Limit]>,
    /// Limits whose key is known after the caller is authenticated.
    pub(crate) identified: Box<[Limit]>,
    /// Limits whose key is in the validated body.
    pub(crate) validated: Box<[Limit]>,
    /// The accepted authenticators, in the order in which they are tried.
    pub(crate) authenticators: Box<[Arc<dyn Authenticator>]>,
    /// The origins that may read its responses.
    pub(crate) cors: Arc<Rules>,
    /// The headers of its responses.
    pub(super) wardrobe: Wardrobe,
}

impl Worker {
    pub(super) fn new(shield: &Arc<Shield>) -> Rc<Self> {
        // Read first: adjustments after it belong to a later generation.
        let generation = Cell::new(shield.limiter.generation());
        Rc::new(Self {
            shield: Arc::clone(shield),
            plans: RefCell::default(),
            base: RefCell::new(Rc::new(Base::new(shield))),
            generation,
            has_peers: Cell::new(false),
            counts: shield.traffic.worker(),
            endpoint_counts: RefCell::default(),
        })
    }

    /// Computes everything again if a limit was adjusted.
    pub(super) fn refresh(&self) {
        let generation = self.shield.limiter.generation();
        if self.generation.replace(generation) != generation {
            self.plans.borrow_mut().clear();
            *self.base.borrow_mut() = Rc::new(Base::new(&self.shield));
        }
    }

    /// Counts a request that has ended.
    pub(super) fn count(
        &self,
        policy: Option<&'static Policy>,
        note: impl FnOnce(&EndpointCounts),
    ) {
        let Some(policy) = policy else { return note(self.counts.unrouted()) };
        // This may run while a request is dropped: it must not panic.
        let Ok(mut known) = self.endpoint_counts.try_borrow_mut() else { return };
        let counts = known.entry(std::ptr::from_ref(policy));
        note(counts.or_insert_with(|| self.counts.endpoint(policy)));
    }

    /// The settings for every request.
    pub(crate) fn base(&self) -> Rc<Base> {
        Rc::clone(&self.base.borrow())
    }

    /// The plan of an endpoint; computed at its first request.
    ///
    /// # Errors
    ///
    /// Invalid declarations, which would prevent the start if the endpoint were in the list of
    /// endpoints: 500. A limit that cannot be enforced, for instance, would let all requests pass.
    /// The cause is logged at the first request of the service with this error: a client must not
    /// write as many lines as it sends requests.
    pub(crate) fn plan(&self, policy: &'static Policy) -> Result<Rc<Plan>, Problem> {
        let refused = |why: &str| {
            if self.shield.refused_plans.is_new(policy, why) {
                Problem::internal(format!("{why}; every request to it is answered 500"))
            } else {
                Problem::new(Kind::Internal)
            }
        };
        let key = std::ptr::from_ref(policy);
        if let Some(known) = self.plans.borrow().get(&key) {
            return known.clone().map_err(|why| refused(&why));
        }
        let plan = Plan::new(policy, &self.shield, &self.base()).map(Rc::new).map_err(Rc::from);
        self.plans.borrow_mut().insert(key, plan.clone());
        plan.map_err(|why: Rc<str>| refused(&why))
    }
}

impl Base {
    fn new(shield: &Shield) -> Self {
        let limit = shield.service_limit.as_ref().map(|declared| {
            let ready = shield.limiter.limit("", declared.rate());
            // A limit that was valid once stays valid; without a limit, all requests would pass.
            ready.unwrap_or_else(|_| declared.clone())
        });
        let policies = declared(shield, limit.iter());
        let cors = shield.cors.service();
        let wardrobe =
            Wardrobe::new(HeaderOverrides::default(), policies, cors.vary(), cors.resource());
        Self { limit, wardrobe }
    }
}

impl Plan {
    /// Computes the plan, or returns what is invalid.
    fn new(policy: &'static Policy, shield: &Shield, base: &Base) -> Result<Self, String> {
        let names: Vec<_> = shield.authenticators.iter().map(|one| one.name()).collect();
        let complaints = complaints_of_request(policy, &names);
        if !complaints.is_empty() {
            let Policy { name, file, line, .. } = policy;
            return Err(format!("`{name}` ({file}:{line}) {}", complaints.join("; it ")));
        }
        if let Some(wrong) = oversized_body(policy) {
            return Err(wrong);
        }
        let limits = limits(policy, &shield.limiter, shield.defaults.body_limit)
            .map_err(|(name, error)| format!("`{}`: the limit `{name}`: {error}", policy.name))?;
        let authenticators = authenticators(policy, &shield.authenticators)
            .map_err(|name| format!("`{}` takes `{name}`, which is not configured", policy.name))?;
        let policies = declared(shield, base.limit.iter().chain(&limits));
        let cors = Rules::of(policy, shield.cors.service()).map_err(|errors| {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            format!("`{}`: {}", policy.name, errors.join("; "))
        })?;
        let wardrobe = Wardrobe::new(policy.headers, policies, cors.vary(), cors.resource());
        let identified = !matches!(policy.access, Access::Public);
        let at = |stage| {
            let own = limits.iter().filter(|limit| limit.rate().stage(identified) == stage);
            let mut own: Vec<_> = own.cloned().collect();
            own.sort_by_key(|limit| limit.rate().turn());
            own.into_boxed_slice()
        };
        Ok(Self {
            anonymous: at(KeyStage::Anonymous),
            identified: at(KeyStage::Identified),
            validated: at(KeyStage::Validated),
            authenticators: authenticators.into(),
            cors,
            wardrobe,
        })
    }
}

/// The values of the limit headers: none unless a limit is enforced.
fn declared<'a>(
    shield: &Shield,
    limits: impl Iterator<Item = &'a Limit> + Clone,
) -> Option<HeaderValue> {
    if shield.limiter.is_off() { None } else { policy_field(limits) }
}

/// The accepted ones of `configured`, or the name of a missing one.
fn authenticators(
    policy: &'static Policy,
    configured: &[Arc<dyn Authenticator>],
) -> Result<Vec<Arc<dyn Authenticator>>, &'static str> {
    if matches!(policy.access, Access::Public) {
        return Ok(Vec::new());
    }
    let known = |name: &str| configured.iter().any(|one| one.name() == name);
    if let Some(missing) = policy.credentials.iter().find(|name| !known(name)) {
        return Err(missing);
    }
    let taken = |one: &&Arc<dyn Authenticator>| {
        policy.credentials.is_empty() || policy.credentials.contains(&one.name())
    };
    Ok(configured.iter().filter(taken).cloned().collect())
}

/// The limits of an endpoint, prepared for this limiter; or the one that it cannot enforce.
pub(crate) fn limits(
    policy: &'static Policy,
    limiter: &Limiter,
    body_limit: u64,
) -> Result<Vec<Limit>, (&'static str, LimitError)> {
    let endpoint = policy.path();
    let ready = |rate: &'static RateLimit| {
        let admits = rate.admits_body(policy.body_limit.unwrap_or(body_limit));
        admits.and_then(|()| limiter.limit(&endpoint, rate)).map_err(|error| (rate.name, error))
    };
    policy.limits.iter().map(ready).collect()
}
