//! A guarded handler together with its policy.
//!
//! The expansion of a handler calls [`Policy::mount`] or [`Policy::answer`] and returns the result.
//! Only these create a [`Mounted`], and the route of the web framework cannot be taken out of it: a
//! list of endpoints, the table at the start and the limiter all read the policy from the value
//! that contains the handler.

use std::{fmt, future::Future, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse, Resource, Route as ActixRoute,
    dev::{AppService, HttpServiceFactory},
    guard::{self, Guard, GuardContext},
    http::Method,
    web,
};

#[cfg(feature = "openapi")]
use crate::json_schema::Description;
use crate::{
    Problem,
    call::{Call, answer, misstated},
    headers::HeaderOverrides,
    policy::{
        Access, Compression, Conditions, Cors, CrossSite, Policy, RevocationOutage, Route, Scope,
        Validation,
    },
};

/// A handler behind the guards of its policy.
#[derive(Clone)]
#[must_use = "an endpoint that is not mounted answers nothing"]
pub struct Mounted {
    policy: &'static Policy,
    /// Whether the handler has other arguments than its policy declares.
    is_misstated: bool,
    guards: Vec<RouteGuard>,
    #[cfg(feature = "openapi")]
    description: Option<&'static Description>,
    attach: Arc<dyn Fn(ActixRoute) -> ActixRoute + Send + Sync>,
}

/// The function of `guard = ".."` in a route attribute.
type RouteGuard = fn(&GuardContext<'_>) -> bool;

/// An argument of the calls in an expansion: it has no other name than the one in the module of the
/// expansions, so that such calls can be searched for.
#[derive(Clone, Copy, Debug)]
pub struct Expansion(());

/// The only value of its type.
pub const EXPANSION: Expansion = Expansion(());

impl Policy {
    /// Adds the guards of this policy to a handler: the macros call this for a routed handler.
    #[doc(hidden)]
    pub fn mount<Takes, F>(&'static self, handler: F, takes: Takes, _: Expansion) -> Mounted
    where
        Takes: Copy + Send + Sync + 'static,
        F: Call<Takes> + Send + Sync,
    {
        if !F::is_told_by(&takes, self) {
            return Mounted { is_misstated: true, ..never(self) };
        }
        let attach = move |route: ActixRoute| {
            route.to(move |request: HttpRequest, payload: web::Payload| async move {
                let answered = answer(self, handler, takes, request, payload).await;
                answered.unwrap_or_else(HttpResponse::from_error)
            })
        };
        Mounted {
            policy: self,
            is_misstated: false,
            guards: Vec::new(),
            #[cfg(feature = "openapi")]
            description: None,
            attach: Arc::new(attach),
        }
    }

    /// Handles a request with the guards of this policy: the macros call this in a plain handler.
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
    /// Makes Actix call this function before it routes a request here.
    pub fn guard(mut self, guard: RouteGuard) -> Self {
        self.guards.push(guard);
        self
    }

    /// Adds the description in the OpenAPI document to its policy.
    #[cfg(feature = "openapi")]
    pub fn described(mut self, description: &'static Description) -> Self {
        self.description = Some(description);
        self
    }

    #[cfg(feature = "openapi")]
    pub(crate) fn description(&self) -> Option<&'static Description> {
        self.description
    }

    /// Registers the endpoint as a resource of its own: `App::service(endpoint)` calls this.
    ///
    /// The method is a guard of the resource, so that another endpoint on the same path can be
    /// reached; a method that none of them has gets 404 then. [`Endpoints`](super::Endpoints)
    /// groups by path and responds with 405.
    pub fn register(self, app: &mut AppService) {
        let Some(route) = self.policy.route else { return };
        let mut resource =
            Resource::new(route.path).guard(methods(&route, true)).route(self.put_on(web::route()));
        if let Some(name) = route.name {
            resource = resource.name(name);
        }
        HttpServiceFactory::register(resource, app);
    }

    /// The policy of the handler.
    pub(crate) fn policy(&self) -> &'static Policy {
        self.policy
    }

    /// Why the handler never runs, where it takes other arguments than its policy says.
    pub(super) fn complaint(&self) -> Option<String> {
        self.is_misstated.then(|| misstated(self.policy))
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

/// An endpoint whose expansion failed: it responds to no request.
pub fn inert() -> Mounted {
    never(&REFUSED)
}

/// An endpoint that never runs its handler.
fn never(policy: &'static Policy) -> Mounted {
    let attach = |route: ActixRoute| route.to(|| async { refused() });
    Mounted {
        policy,
        is_misstated: false,
        guards: Vec::new(),
        #[cfg(feature = "openapi")]
        description: None,
        attach: Arc::new(attach),
    }
}

/// The response of a handler that did not compile, should it ever be called.
pub fn refused() -> HttpResponse {
    HttpResponse::from_error(Problem::internal(
        "the endpoint did not compile, or takes other arguments than its policy says",
    ))
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
    body_timeout: None,
    body_encodings: &[],
    upload: None,
    timeout: None,
    validation: Validation::NoInput,
    answers_page: false,
    cross_site: CrossSite::Refuse,
    cors: Cors::Service,
    conditions: Conditions::Refused,
    headers: HeaderOverrides::NONE,
    compression: Compression::Never,
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

#[cfg(test)]
mod tests {
    use super::{EXPANSION, Policy, REFUSED};
    use crate::{
        ClientAddr, RequestInfo, Vouched,
        call::take,
        extract::{Extract, NotValidated, Public},
        policy::{Argument, Shape},
    };

    const FREE: Argument = Argument {
        written: "ClientAddr",
        shape: <ClientAddr as Extract<Public, NotValidated>>::SHAPE,
    };
    const VOUCHED: Argument = Argument { written: "ClientAddr", shape: Shape::Vouched };
    const UNKNOWN: Argument = Argument { written: "ClientAddr", shape: Shape::Unknown };

    #[test]
    fn a_policy_says_what_its_handler_takes() {
        static RIGHT: Policy = Policy { arguments: &[FREE, FREE], ..REFUSED };
        static OTHER: Policy = Policy { arguments: &[FREE, VOUCHED], ..REFUSED };
        static UNCLEAR: Policy = Policy { arguments: &[FREE, UNKNOWN], ..REFUSED };
        static FEWER: Policy = Policy { arguments: &[FREE], ..REFUSED };
        static MORE: Policy = Policy { arguments: &[FREE, FREE, FREE], ..REFUSED };
        let handler = |_: ClientAddr, _: RequestInfo| async { "" };
        let takes = || {
            (
                take::<ClientAddr, Public, NotValidated>(),
                take::<RequestInfo, Public, NotValidated>(),
            )
        };
        assert_eq!(RIGHT.mount(handler, takes(), EXPANSION).complaint(), None);
        for policy in [&OTHER, &UNCLEAR, &FEWER, &MORE] {
            let complaint = policy.mount(handler, takes(), EXPANSION).complaint().unwrap();
            assert!(complaint.contains("other arguments than its policy says"), "{complaint}");
        }
        let bytes = |_: ClientAddr, _: Vouched<actix_web::web::Bytes>| async { "" };
        let takes = (
            take::<ClientAddr, Public, NotValidated>(),
            take::<Vouched<actix_web::web::Bytes>, Public, NotValidated>(),
        );
        assert_eq!(OTHER.mount(bytes, takes, EXPANSION).complaint(), None);
        assert!(RIGHT.mount(bytes, takes, EXPANSION).complaint().is_some());
    }
}
