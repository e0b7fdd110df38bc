//! A guarded handler and the policy that it runs under, as one value.
//!
//! The expansion of a handler calls [`Policy::mount`] or [`Policy::answer`] and hands on what comes
//! back. Nothing else makes a [`Mounted`], and nothing takes the route of the web framework out of
//! it again: a list of endpoints, the table that the service shows at its start and the limiter all
//! read the policy from the value that holds the handler.

use std::{fmt, future::Future, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse, Resource, Route as ActixRoute,
    dev::{AppService, HttpServiceFactory},
    guard::{self, Guard, GuardContext},
    http::Method,
    web,
};

use crate::{
    Problem,
    pipeline::{Call, answer},
    policy::{
        Access, Cors, CrossSite, HeaderOverrides, Policy, RevocationOutage, Route, Scope,
        Validation,
    },
};

/// A handler behind the guards of its policy.
#[derive(Clone)]
#[must_use = "an endpoint that is not mounted answers nothing"]
pub struct Mounted {
    policy: &'static Policy,
    guards: Vec<RouteGuard>,
    attach: Arc<dyn Fn(ActixRoute) -> ActixRoute + Send + Sync>,
}

/// What `guard = ".."` of a route attribute names.
type RouteGuard = fn(&GuardContext<'_>) -> bool;

/// What the calls of an expansion are made with: it has no other name than the one in the module of
/// the expansions, so that such a call can be searched for.
#[derive(Clone, Copy, Debug)]
pub struct Expansion(());

/// The only value of its type.
pub const EXPANSION: Expansion = Expansion(());

impl Policy {
    /// Puts a handler behind the guards of this policy: what the macros call for a routed handler.
    #[doc(hidden)]
    pub fn mount<Takes, F>(&'static self, handler: F, takes: Takes, _: Expansion) -> Mounted
    where
        Takes: Copy + Send + Sync + 'static,
        F: Call<Takes> + Send + Sync,
    {
        let attach = move |route: ActixRoute| {
            route.to(move |request: HttpRequest, payload: web::Payload| async move {
                let answered = answer(self, handler, takes, request, payload).await;
                answered.unwrap_or_else(HttpResponse::from_error)
            })
        };
        Mounted { policy: self, guards: Vec::new(), attach: Arc::new(attach) }
    }

    /// Answers a request behind the guards of this policy: what the macros call in a plain handler.
    #[doc(hidden)]
    pub fn answer<Takes, F: Call<Takes>>(
        &'static self,
        handler: F,
        takes: Takes,
        _: Expansion,
        request: HttpRequest,
        payload: web::Payload,
    ) -> impl Future<Output = Result<HttpResponse, Problem>> {
        answer(self, handler, takes, request, payload)
    }
}

impl Mounted {
    /// Lets Actix ask this function before it routes a request here.
    pub fn guard(mut self, guard: RouteGuard) -> Self {
        self.guards.push(guard);
        self
    }

    /// Registers the endpoint as a resource of its own: what `App::service(endpoint)` does.
    ///
    /// The method is a guard of the resource, so that another endpoint on the same path is reached;
    /// a method that none of them has is 404 there. [`Endpoints`](super::Endpoints) groups by path
    /// and answers 405.
    pub fn register(self, app: &mut AppService) {
        let Some(route) = self.policy.route else { return };
        let mut resource =
            Resource::new(route.path).guard(methods(&route, true)).route(self.put_on(web::route()));
        if let Some(name) = route.name {
            resource = resource.name(name);
        }
        HttpServiceFactory::register(resource, app);
    }

    /// What the handler runs under.
    pub(crate) fn policy(&self) -> &'static Policy {
        self.policy
    }

    /// The handler on a route of the web framework.
    pub(super) fn put_on(&self, route: ActixRoute) -> ActixRoute {
        let guarded =
            self.guards.iter().fold(route, |route, own| route.guard(guard::fn_guard(*own)));
        (self.attach)(guarded)
    }
}

impl fmt::Debug for Mounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mounted").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// An endpoint whose expansion failed: it never answers anything.
pub fn inert() -> Mounted {
    let attach = |route: ActixRoute| route.to(|| async { refused() });
    Mounted { policy: &REFUSED, guards: Vec::new(), attach: Arc::new(attach) }
}

/// The answer for a handler that did not compile, should it ever be called.
pub fn refused() -> HttpResponse {
    HttpResponse::from_error(Problem::internal("the endpoint did not compile"))
}

/// The policy of a handler that did not compile: an empty group of scopes is satisfied by no
/// token.
pub(crate) static REFUSED: Policy = Policy {
    name: "",
    module: "",
    file: "",
    line: 0,
    route: None,
    access: Access::Scoped(&Scope::Any(&[])),
    credentials: &[],
    revocation_outage: RevocationOutage::Refuse,
    limits: &[],
    body_limit: None,
    upload: None,
    timeout: None,
    validation: Validation::NoInput,
    cross_site: CrossSite::Refuse,
    cors: Cors::Service,
    headers: HeaderOverrides::NONE,
    arguments: &[],
    returns: "",
    reasons: &[],
};

/// Matches an endpoint's methods; HEAD too where GET is among them and `head` says so.
pub(super) fn methods(route: &Route, head: bool) -> impl Guard + use<> {
    let mut wanted: Vec<Method> = route
        .methods
        .iter()
        .filter_map(|method| Method::from_bytes(method.as_bytes()).ok())
        .collect();
    if head && wanted.contains(&Method::GET) {
        wanted.push(Method::HEAD);
    }
    guard::fn_guard(move |context| wanted.contains(&context.head().method))
}
