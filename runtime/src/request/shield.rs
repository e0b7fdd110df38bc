//! The settings and the state of the guards.

use std::sync::Arc;

use super::{Adoptions, Defaults, RefusalLog, RefusedPlans};
use crate::{
    Origin,
    audit::Trail,
    auth::{Authenticator, Revocations},
    client::TrustedProxies,
    cors::Routes,
    cross_site::SameSite,
    development::Development,
    firewall::Firewall,
    form_token::FormTokens,
    headers::Profiles,
    health::Health,
    limit::{Limit, Limiter},
    networks::Networks,
    spans::Spans,
    traffic::Traffic,
};

/// The settings and state of the guards; shared by all workers of the process.
#[derive(Debug)]
pub(crate) struct Shield {
    pub(crate) firewall: Firewall,
    /// The authenticators, in the order in which they are tried.
    pub(crate) authenticators: Vec<Arc<dyn Authenticator>>,
    /// The revoked credentials; `None` if the service has no revocations.
    pub(crate) revocations: Option<Revocations>,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) service_limit: Option<Limit>,
    pub(crate) proxies: TrustedProxies,
    /// Networks whose requests are refused.
    pub(crate) blocked: Networks,
    /// Networks that are exempt from limits.
    pub(crate) unlimited: Networks,
    pub(crate) same_site: SameSite,
    pub(crate) form_tokens: FormTokens,
    pub(crate) cors: Routes,
    pub(crate) profiles: Profiles,
    /// Further origins that a redirect may lead to.
    pub(crate) redirects: Vec<Origin>,
    /// The prefix that a proxy removes from each path.
    pub(crate) public_prefix: Option<Arc<str>>,
    pub(crate) defaults: Defaults,
    /// Requests that run on without their clients.
    pub(crate) adoptions: Arc<Adoptions>,
    /// The rates of the refusal log.
    pub(crate) refusals: RefusalLog,
    /// Endpoints that cannot work, and whose error is in the log.
    pub(crate) refused_plans: RefusedPlans,
    pub(crate) health: Arc<Health>,
    /// The counts of the workers.
    pub(crate) traffic: Traffic,
    /// The destinations of audit events.
    pub(crate) trail: Arc<Trail>,
    /// `None` in production.
    pub(crate) development: Option<Development>,
    /// Whether clients get the causes of errors, in development.
    pub(crate) shows_causes: bool,
    /// How the spans of requests begin.
    pub(crate) spans: Spans,
}
