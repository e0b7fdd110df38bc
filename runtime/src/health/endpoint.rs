//! The details of readiness: an ordinary endpoint, behind a scope.

use std::sync::Arc;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::Data,
};

use super::{CONTENT_TYPE, Health};
use crate::{
    Problem,
    extract::{Authenticated, Extract, NotValidated},
    pipeline::take,
    policy::{
        Access, Argument, Compression, Conditions, Cors, CrossSite, HeaderOverrides, Policy,
        RevocationOutage, Route, Scope, Validation,
    },
    service::{EXPANSION, Mounted},
};

/// The query field that requests details.
const DETAILS: &str = "details";

/// The health of the endpoint. It is made with the guards, after the endpoints.
#[derive(Debug, Default)]
pub(crate) struct DetailsSource(pub(crate) std::sync::OnceLock<Arc<Health>>);

/// Whether a query requests details.
pub(super) fn asks_for_details(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == DETAILS)
}

/// An endpoint at this path, for callers with this scope.
///
/// A policy lives as long as the process. One is made for each service that is built with such an
/// endpoint, of which a process has one or a few.
pub(crate) fn details(path: &str, scope: &str) -> Mounted {
    let path: &'static str = Box::leak(path.to_owned().into_boxed_str());
    let scope: &'static str = Box::leak(scope.to_owned().into_boxed_str());
    let access = Access::Scoped(Box::leak(Box::new(Scope::Name(scope))));
    let route = Some(Route { methods: &["GET"], path, parameters: &[], name: None });
    let policy: &'static Policy = Box::leak(Box::new(Policy { route, access, ..POLICY }));
    let takes = (take::<Data<DetailsSource>, Authenticated, NotValidated>(),);
    policy.mount(answer, takes, EXPANSION)
}

const POLICY: Policy = Policy {
    name: "health_details",
    module: module_path!(),
    file: file!(),
    line: line!(),
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
    arguments: &[Argument {
        written: "Data<DetailsSource>",
        shape: <Data<DetailsSource> as Extract<Authenticated, NotValidated>>::SHAPE,
    }],
    returns: "",
    reasons: &[],
};

async fn answer(source: Data<DetailsSource>) -> Result<HttpResponse, Problem> {
    let missing = || Problem::internal("the health of the service is not known to its endpoint");
    let health = source.0.get().ok_or_else(missing)?;
    let details = health.report().await.details(health.is_leaving());
    let body = serde_json::to_vec(&details);
    let body = body.map_err(|error| Problem::internal(error.to_string()))?;
    // The service's own 5xx would be a problem document: what is asked for here is the details.
    Ok(HttpResponse::build(StatusCode::OK)
        .insert_header((header::CONTENT_TYPE, CONTENT_TYPE))
        .body(body))
}
