//! The endpoint of the metrics behind a scope.

use actix_web::web::Data;

use super::{Exposition, Metrics};
use crate::{
    Endpoint as _,
    extract::{Authenticated, NotValidated},
    get,
    pipeline::take,
    policy::{Access, Policy, Scope, is_scope_token},
    service::{EXPANSION, Endpoints},
};

#[get("/metrics")]
#[authenticated]
async fn scrape(metrics: Data<Metrics>) -> Exposition {
    metrics.exposition()
}

/// `GET /metrics` for callers whose token carries this scope.
///
/// # Errors
///
/// A scope that no token can carry.
pub(crate) fn endpoints_behind(scope: &str) -> Result<Endpoints, String> {
    if !is_scope_token(scope) {
        return Err(format!(
            "`.metrics_endpoint({scope:?})`: a scope is one word of visible ASCII characters, without \
             quotes and backslashes (RFC 6749 section 3.3), such as \"ops:metrics\""
        ));
    }
    // Handlers are of the process, and so is what they declare: once for each service, at the start.
    let scope: &'static str = Box::leak(scope.to_owned().into_boxed_str());
    let condition: &'static Scope = Box::leak(Box::new(Scope::Name(scope)));
    let declared = scrape::mounted().policy();
    let policy: &'static Policy =
        Box::leak(Box::new(Policy { access: Access::Scoped(condition), ..*declared }));
    let handler = |metrics: Data<Metrics>| std::future::ready(metrics.exposition());
    let takes = (take::<Data<Metrics>, Authenticated, NotValidated>(),);
    Ok(Endpoints::new().with_own(policy.mount(handler, takes, EXPANSION)))
}
