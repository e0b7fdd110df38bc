//! The endpoint that a request would reach, before it is routed.

use std::{fmt, sync::Arc};

use actix_web::dev::ResourceDef;

use super::{CorsError, Rules};
use crate::policy::{Cors, Policy};

/// The CORS policies of a service: its own, and those of its endpoints by path and method.
#[derive(Clone, Default)]
pub(crate) struct Routes {
    service: Arc<Rules>,
    resources: Arc<[Resource]>,
}

struct Resource {
    pattern: ResourceDef,
    endpoints: Vec<(&'static Policy, Arc<Rules>)>,
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("service", &self.service).finish_non_exhaustive()
    }
}

impl Routes {
    /// `groups` are the endpoints by path, in the order of the router.
    pub(crate) fn new(
        service: Rules,
        groups: impl IntoIterator<Item = Vec<&'static Policy>>,
    ) -> Result<Self, Vec<(&'static Policy, CorsError)>> {
        let service = Arc::new(service);
        let mut errors = Vec::new();
        let mut resources = Vec::new();
        for group in groups {
            let Some(route) = group.first().and_then(|policy| policy.route) else { continue };
            let mut endpoints = Vec::new();
            for policy in group {
                match Rules::of(policy, &service) {
                    Ok(rules) => endpoints.push((policy, rules)),
                    Err(found) => errors.extend(found.into_iter().map(|error| (policy, error))),
                }
            }
            resources.push(Resource { pattern: ResourceDef::new(route.path), endpoints });
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self { service, resources: resources.into() })
    }

    /// The policy for requests that reach no endpoint.
    pub(crate) fn service(&self) -> &Arc<Rules> {
        &self.service
    }

    /// Whether any page of another origin reads anything.
    pub(crate) fn are_open(&self) -> bool {
        let endpoints = || self.resources.iter().flat_map(|resource| &resource.endpoints);
        !self.service.are_closed() || endpoints().any(|(_, rules)| !rules.are_closed())
    }

    /// The policy of the endpoint that a request would reach, and whether there is one.
    pub(crate) fn find(&self, path: &str, method: &str) -> (&Arc<Rules>, bool) {
        let resource = self.resources.iter().find(|resource| resource.pattern.is_match(path));
        let endpoint = resource.and_then(|resource| {
            let takes = |wanted: &str| {
                let takes = |policy: &Policy| {
                    policy.route.is_some_and(|route| route.methods.contains(&wanted))
                };
                resource.endpoints.iter().find(|(policy, _)| takes(policy))
            };
            // A GET endpoint answers HEAD where no other does.
            takes(method).or_else(|| if method == "HEAD" { takes("GET") } else { None })
        });
        match endpoint {
            Some((_, rules)) => (rules, true),
            None => (&self.service, false),
        }
    }
}

impl Rules {
    /// The prepared policy of an endpoint.
    pub(crate) fn of(policy: &Policy, service: &Arc<Self>) -> Result<Arc<Self>, Vec<CorsError>> {
        match &policy.cors {
            Cors::Service => Ok(Arc::clone(service)),
            Cors::Own(own) => Self::read(own).map(Arc::new),
        }
    }
}
