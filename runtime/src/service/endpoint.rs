//! An annotated handler, as an app mounts it.

use actix_web::{
    HttpRequest, HttpResponse, Resource,
    dev::{AppService, HttpServiceFactory},
    guard::{self, Guard},
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

/// The route of the web framework that an endpoint's handler is put on.
pub use actix_web::Route as ActixRoute;

/// A handler whose access is declared: what the attributes make, and what [`Endpoints`](super::Endpoints) takes.
///
/// An implementation by hand would be a handler that no guard stands before; the command line
/// reports one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an endpoint",
    label = "no palisade route attribute on this handler",
    note = "write `#[palisade::get(\"/path\")]` and an access attribute above the handler"
)]
pub trait Endpoint {
    /// What the handler declares.
    const POLICY: &'static Policy;

    /// Puts the guarded handler on a route.
    #[doc(hidden)]
    fn route(route: ActixRoute) -> ActixRoute;
}

/// Registers one endpoint as a resource of its own: what `App::service(endpoint)` does.
///
/// The method is a guard of the resource, so that another endpoint on the same path is reached;
/// a method that none of them has is 404 there. [`Endpoints`](super::Endpoints) groups by path and answers 405.
pub fn register<E: Endpoint>(app: &mut AppService) {
    let Some(route) = E::POLICY.route else { return };
    let mut resource =
        Resource::new(route.path).guard(methods(&route, true)).route(E::route(web::route()));
    if let Some(name) = route.name {
        resource = resource.name(name);
    }
    HttpServiceFactory::register(resource, app);
}

/// Puts a handler on a route, behind the guards of its policy.
pub fn mount<Takes, F>(
    route: ActixRoute,
    policy: &'static Policy,
    handler: F,
    takes: Takes,
) -> ActixRoute
where
    Takes: Copy + 'static,
    F: Call<Takes>,
{
    route.to(move |request: HttpRequest, payload: web::Payload| async move {
        let answered = answer(policy, handler, takes, request, payload).await;
        answered.unwrap_or_else(HttpResponse::from_error)
    })
}

/// The route of an endpoint whose expansion failed: it never answers anything.
pub fn inert(route: ActixRoute) -> ActixRoute {
    route.to(|| async { refused() })
}

/// What stands for a handler that did not compile, should it ever be asked.
pub fn refused() -> HttpResponse {
    HttpResponse::from_error(Problem::internal("the endpoint did not compile"))
}

/// The policy of a handler that did not compile: an empty group of scopes admits nobody.
pub static REFUSED: Policy = Policy {
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
