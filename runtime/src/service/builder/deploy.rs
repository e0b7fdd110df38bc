//! The deploy checks of a service: their facts, and the silenced checks.

use std::num::NonZeroU32;

use palisade_policy::{
    OriginPattern,
    deploy::{
        CorsFact, EndpointFact, Facts, Finding, Level, LimitsFact, Replicas, Server, Silences,
        judge,
    },
};

use super::{Builder, production::Evidence};
use crate::{
    auth::Bearer,
    deployment,
    policy::{Access, Cors, CorsOrigins, CorsPolicy, CrossSite, Policy},
    service::{costs, listening::Listening},
    session::Sessions,
};

/// The settings of the deployment.
#[derive(Debug, Default)]
pub(super) struct DeploySettings {
    silences: Silences,
    replicas: Option<NonZeroU32>,
    detailed_errors: bool,
    /// A setting says that the service has no revocations.
    pub(super) revocations_declined: bool,
    /// Why the service answers for every host.
    pub(super) any_host: Option<String>,
    /// Why trusted proxies may be anywhere.
    pub(super) wide_proxies: Option<String>,
    /// Why pages of other origins may send cookies.
    pub(super) cors_credentials: Option<String>,
    /// Why every origin may read.
    pub(super) cors_any: Option<String>,
    /// Stores that settings name.
    stores: Vec<Server>,
    /// Why the description of the endpoints is public.
    pub(super) public_documentation: Option<String>,
    /// The service drops the rights of root.
    pub(super) drops_root: bool,
}

/// The result of the checks.
#[derive(Debug, Default)]
pub(in crate::service) struct Judged {
    findings: Vec<Finding>,
    #[cfg(feature = "redis")]
    silences: Silences,
}

impl Builder {
    /// Silences a deploy check by its id. The log at start-up and the inventory of the running
    /// service show the reason.
    ///
    /// In production a service is judged when it starts. A finding at the level of an error stops
    /// it, a warning is a line of the log, and either has an id. An id that is not on the list, and
    /// a reason without content, are start-up errors.
    ///
    /// ```
    /// # use palisade::Palisade;
    /// let builder = Palisade::builder()
    ///     .silence_deploy_check("limits_not_shared", "the balancer keeps each client at one instance");
    /// # let _ = builder;
    /// ```
    pub fn silence_deploy_check(mut self, id: &str, reason: &str) -> Self {
        if let Err(fault) = self.deploy.silences.add(id, reason) {
            self.complaints.push(format!("`.silence_deploy_check(..)`: {fault}"));
        }
        self
    }

    /// As [`silence_deploy_check`](Self::silence_deploy_check), for `id: reason; id: reason`.
    pub(crate) fn silence_by_environment(mut self, text: &str) -> Self {
        for fault in self.deploy.silences.read(text) {
            self.complaints.push(format!("PALISADE_SILENCE: {fault}"));
        }
        self
    }

    /// How many instances of the service there are. With more than one, the deploy checks report
    /// state that only one process has: sessions, revocations and limits in memory, a form key of
    /// its own.
    pub fn replicas(mut self, count: NonZeroU32) -> Self {
        self.contradicts("PALISADE_REPLICAS", "replicas", self.deploy.replicas != Some(count));
        self.deploy.replicas = Some(count);
        self
    }

    /// Shows clients the cause of an error: the extension member `cause` of a problem document has the
    /// error and its sources, outermost first. For a developer's own requests in development
    /// ([`environment`](Self::environment)): in production the service does not start with it (CWE-209).
    ///
    /// ```
    /// # use palisade::Palisade;
    /// let builder = Palisade::builder().detailed_errors();
    /// # let _ = builder;
    /// ```
    pub fn detailed_errors(mut self) -> Self {
        self.contradicts("PALISADE_ERRORS", "detailed_errors", !self.deploy.detailed_errors);
        self.deploy.detailed_errors = true;
        self
    }

    pub(super) fn shows_causes(&self) -> bool {
        self.deploy.detailed_errors
    }

    /// Notes a store for the checks, by its URL.
    #[cfg(feature = "redis")]
    pub(crate) fn store_at(mut self, setting: &str, url: &str) -> Self {
        self.deploy.stores.extend(Server::of(setting, url));
        self
    }

    pub(crate) fn revocations_declined(mut self) -> Self {
        self.deploy.revocations_declined = true;
        self
    }

    /// The facts of the service, before its parts are taken from the builder.
    pub(super) fn deploy_facts(
        &self,
        listening: &Listening,
        production: Option<&Evidence>,
    ) -> Facts {
        let policies: Vec<_> = self.endpoints.policies().collect();
        let is_production = production.is_some();
        #[cfg(feature = "tls")]
        let speaks_tls = self.has_tls();
        #[cfg(not(feature = "tls"))]
        let speaks_tls = false;
        let over_tls =
            speaks_tls || self.public_origin.as_ref().is_some_and(crate::Origin::is_secure);
        let hsts = self.headers.facts();
        let mut facts = Facts {
            is_production,
            production_because: production.map(Evidence::to_string),
            is_production_by_name: self.is_production_by_name(),
            is_development_by_name: self.is_development_by_name(),
            detailed_errors: self.deploy.detailed_errors,
            panic_abort: cfg!(panic = "abort"),
            public_documentation: self.deploy.public_documentation.clone(),
            speaks_tls,
            is_https: over_tls,
            is_reachable: !listening.is_unix() && listening.is_reachable(),
            hsts_max_age: over_tls.then_some(hsts.max_age),
            hsts_subdomains: hsts.subdomains,
            hsts_preload: hsts.preload,
            any_host: self.deploy.any_host.clone(),
            trusts_proxies: self.proxies.trusts_any(),
            wide_proxies: self
                .too_wide_proxies()
                .then(|| self.deploy.wide_proxies.clone().unwrap_or_default()),
            limits: self.limits_fact(),
            unbounded: costs::unbounded(&policies),
            #[cfg(feature = "redis")]
            unset_prefixes: self.redis.unset().to_vec(),
            ..Facts::default()
        };
        if is_production {
            self.add_facts_of_production(&mut facts, &policies);
        }
        facts
    }

    fn add_facts_of_production(&self, facts: &mut Facts, policies: &[&'static Policy]) {
        facts.secrets = deployment::named_by_environment();
        facts.shared_files = deployment::shared_files();
        facts.debug_assertions = cfg!(debug_assertions);
        facts.log_filter = std::env::var("RUST_LOG").ok();
        facts.cors = self.cors_facts(policies);
        facts.replicas = self.deploy.replicas.map_or_else(deployment::of_stateful_set, |count| {
            Some(Replicas {
                count: count.get(),
                told_by: "PALISADE_REPLICAS or `.replicas(..)`".to_owned(),
                is_certain: true,
            })
        });
        facts.sessions_in_memory = self.sessions.as_ref().is_some_and(Sessions::are_in_memory);
        facts.revocations_in_memory =
            self.revocations.as_ref().is_some_and(|list| !list.is_shared());
        let takes_forms = policies.iter().any(|policy| policy.cross_site == CrossSite::Token);
        facts.form_key_is_own = takes_forms && self.form_tokens.is_none();
        facts.revocations_unset =
            self.has_auth_keys() && self.revocations.is_none() && !self.deploy.revocations_declined;
        facts.admin = policies.iter().filter_map(|policy| administration(policy)).collect();
        let opened = deployment::opened();
        facts.databases = opened.servers;
        facts.sqlite = opened.files;
        facts.stores.clone_from(&self.deploy.stores);
        facts.clock = deployment::fault_of_clock().or(opened.clock);
        facts.is_root = deployment::is_root() && !self.deploy.drops_root;
    }

    fn limits_fact(&self) -> LimitsFact {
        match self.limits.off() {
            Some(_) => LimitsFact::Off("PALISADE_LIMITS=off or `dangerous_limits_off`".to_owned()),
            None if self.limits.shares_all() => LimitsFact::Shared,
            None => LimitsFact::InMemory,
        }
    }

    fn cors_facts(&self, policies: &[&'static Policy]) -> Vec<CorsFact> {
        let authenticated = |policy: &Policy| !matches!(policy.access, Access::Public);
        let without_own = policies
            .iter()
            .any(|policy| matches!(policy.cors, Cors::Service) && authenticated(policy));
        let (origins, any, credentials) = self.cors.facts();
        let service = CorsFact {
            place: "the service's CORS policy (PALISADE_CORS_ORIGINS or `.cors_origin(..)`)"
                .to_owned(),
            any,
            is_authenticated: without_own,
            credentials,
            local: local(origins.iter().map(OriginPattern::as_str)),
            reason: self.deploy.cors_credentials.clone().or_else(|| self.deploy.cors_any.clone()),
        };
        let own = policies.iter().filter_map(|policy| match policy.cors {
            Cors::Service => None,
            Cors::Own(CorsPolicy { origins, credentials, reason, .. }) => Some(CorsFact {
                place: format!("`{}` ({}:{})", policy.name, policy.file, policy.line),
                any: origins == CorsOrigins::Any,
                is_authenticated: authenticated(policy),
                credentials,
                local: match origins {
                    CorsOrigins::Any => Vec::new(),
                    CorsOrigins::Listed(listed) => local(listed.iter().copied()),
                },
                reason: reason.map(str::to_owned),
            }),
        });
        std::iter::once(service).chain(own).collect()
    }

    /// Judges the service. Findings that stop it are added to the complaints, silenced ones to what
    /// is weakened.
    pub(super) fn judge_deployment(
        &mut self,
        facts: &Facts,
        complaints: &mut Vec<String>,
    ) -> Judged {
        let mut findings = judge(facts);
        let silences = std::mem::take(&mut self.deploy.silences);
        let mut own: Vec<_> =
            findings.iter().filter(|one| one.silenced.is_some()).map(|one| one.check.id).collect();
        own.dedup();
        let unused = silences.apply(&mut findings);
        for (id, reason) in
            silences.iter().filter(|(id, _)| !unused.contains(id) && !own.contains(id))
        {
            self.weakened.push(format!("deploy check `{id}` is silenced: {reason}"));
        }
        if facts.is_production {
            for id in unused {
                tracing::warn!(
                    "the deploy check `{id}` is silenced, and finds nothing: remove it from \
                     PALISADE_SILENCE or `.silence_deploy_check(..)`"
                );
            }
        }
        findings.retain(|finding| finding.silenced.is_none());
        let stops = |finding: &&Finding| finding.level == Level::Error;
        complaints.extend(findings.iter().filter(stops).map(ToString::to_string));
        findings.retain(|finding| finding.level == Level::Warning);
        Judged {
            findings,
            #[cfg(feature = "redis")]
            silences,
        }
    }
}

impl Judged {
    /// Logs the warnings.
    pub(in crate::service) fn warn(&self) {
        for finding in &self.findings {
            tracing::warn!("{finding}");
        }
    }

    /// Logs a finding that is known only once the service runs.
    #[cfg(feature = "redis")]
    pub(in crate::service) fn warn_of(&self, facts: &Facts) {
        let mut findings = judge(facts);
        self.silences.apply(&mut findings);
        for finding in findings.iter().filter(|finding| finding.silenced.is_none()) {
            tracing::warn!("{finding}");
        }
    }
}

/// Origins of this machine.
fn local<'a>(origins: impl Iterator<Item = &'a str>) -> Vec<String> {
    let is_local = |text: &&str| {
        text.replace("://*.", "://").parse().is_ok_and(|origin: crate::Origin| origin.is_local())
    };
    origins.filter(is_local).map(str::to_owned).collect()
}

/// What identifies an endpoint for administrators that requires only a usual credential.
fn administration(policy: &Policy) -> Option<EndpointFact> {
    /// Credentials that a thief of one token, cookie or key has.
    const USUAL: [&str; 3] = [Bearer::NAME, Sessions::NAME, crate::auth::ApiKeys::NAME];

    let asks_for_more = !policy.credentials.is_empty()
        && policy.credentials.iter().all(|name| !USUAL.contains(name));
    if asks_for_more {
        return None;
    }
    let is_admin = |text: &str| {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| ["admin", "administrator", "superuser"].contains(&word))
    };
    let scope = match policy.access {
        Access::Public => return None,
        Access::Authenticated => None,
        Access::Scoped(scope) => {
            let mut found = None;
            scope.each_name(&mut |name| {
                if is_admin(name) {
                    found.get_or_insert(name);
                }
            });
            found
        }
    };
    let path = policy.route.map(|route| route.path).filter(|path| is_admin(path));
    let because = match (scope, path) {
        (Some(scope), _) => format!("the scope `{scope}`"),
        (None, Some(path)) => format!("the path {path}"),
        (None, None) => return None,
    };
    Some(EndpointFact {
        name: format!("`{}` ({}:{})", policy.name, policy.file, policy.line),
        because,
    })
}
