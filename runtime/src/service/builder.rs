//! The settings of a service, checked together when it is built.

mod bounds;
mod cors;
mod deploy;
mod given;
mod hardening;
mod headers;
mod health;
mod hosts;
#[cfg(feature = "http2")]
mod http2;
mod limits;
mod listening;
mod networks;
mod observability;
#[cfg(feature = "openapi")]
mod openapi;
mod operation;
mod prefix;
mod production;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "tls")]
mod tls;

use std::{
    any::type_name,
    collections::HashSet,
    fmt,
    future::Future,
    num::{NonZeroU32, NonZeroUsize},
    path::Path,
    sync::Arc,
    time::Duration,
};

use actix_web::web::{Data, ServiceConfig};
use deploy::DeploySettings;
#[cfg(feature = "redis")]
pub(super) use deploy::Judged;
pub(crate) use given::Need;
pub(super) use hardening::Hardening;
use hardening::HardeningSettings;
use ipnet::IpNet;
use limits::LimitSettings;
use palisade_policy::is_reason;
pub use production::Environment;
#[cfg(feature = "tls")]
pub(super) use tls::PlainPort;

use self::{
    cors::CorsSettings,
    given::GivenSettings,
    headers::HeaderSettings,
    health::{HealthSettings, Sources},
    listening::ListeningSettings,
    networks::ProxySettings,
    observability::ObservabilitySettings,
    operation::OperationSettings,
};

use super::{
    Palisade, lame_duck::LameDuck, listening::Listening, operator_port::OperatorPort,
    reload::Reloads, serve, stop::Stop,
};
#[cfg(feature = "otel")]
use crate::otel::Recorder;
#[cfg(not(feature = "otel"))]
use crate::spans::Spans;
#[cfg(feature = "tls")]
use crate::tls::Tls;
use crate::{
    Origin,
    auth::{self, Authenticator, Bearer, KeySet, KeySource, Revocations, Verifier, VerifierError},
    connection::connections::ConnectionSettings,
    cross_site::SameSite,
    development::Development,
    failure::Failure,
    firewall::{Firewall, Hosts},
    form_token::FormTokens,
    limit::Limits,
    mount::{Configure, Endpoints, Inventory},
    networks::Networks,
    policy::{Count, LimitKey, LimitOutage, LimitStore, RateLimit, Unit},
    request::{Defaults, RefusalLog, RefusedPlans, Shield, limits},
    session::Sessions,
    traffic::Traffic,
};

/// The default limit of a client address on all requests, unknown paths included.
const SERVICE_LIMIT: RateLimit = RateLimit {
    name: "service",
    unit: Unit::Requests,
    quota: 6_000,
    window: Duration::from_secs(60),
    burst: 1_000,
    cost: 1,
    count: Count::All,
    key: &[LimitKey::Address],
    store: LimitStore::Service,
    outage: LimitOutage::Local,
    ban: None,
    track: false,
};

/// Collects the settings and endpoints of a service.
///
/// Nothing is judged before [`build`](Self::build) or [`serve`](Self::serve), which report every
/// mistake at once.
#[must_use = "a builder does nothing until `build` or `serve`"]
pub struct Builder {
    listening: ListeningSettings,
    workers: Option<NonZeroUsize>,
    verifier: Option<Verifier>,
    keys: Option<KeySource>,
    /// The error about keys that were given and could not be read is reported once, not for each
    /// endpoint.
    keys_failed: bool,
    issuer: Option<String>,
    audience: Option<String>,
    plain_jwt: Option<String>,
    authenticators: Vec<Arc<dyn Authenticator>>,
    token_cache: Option<NonZeroUsize>,
    revocations: Option<Revocations>,
    sessions: Option<Sessions>,
    form_tokens: Option<FormTokens>,
    hosts: Hosts,
    cors: CorsSettings,
    proxies: ProxySettings,
    public_origin: Option<Origin>,
    public_prefix: Option<Arc<str>>,
    limits: LimitSettings,
    environment: Option<Environment>,
    deploy: DeploySettings,
    hardening: HardeningSettings,
    #[cfg(feature = "redis")]
    redis: redis::RedisSettings,
    blocked_networks: Vec<IpNet>,
    unlimited_networks: Vec<IpNet>,
    limit_slots: Option<NonZeroUsize>,
    service_limit: Option<RateLimit>,
    defaults: Defaults,
    connections: ConnectionSettings,
    #[cfg(feature = "tls")]
    tls: tls::TlsSettings,
    headers: HeaderSettings,
    observability: ObservabilitySettings,
    redirects: Vec<Origin>,
    health: HealthSettings,
    operation: OperationSettings,
    endpoints: Endpoints,
    #[cfg(feature = "openapi")]
    openapi: crate::openapi::Opening,
    configure: Vec<Configure>,
    complaints: Vec<String>,
    weakened: Vec<String>,
    given: GivenSettings,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listening: ListeningSettings::default(),
            workers: None,
            verifier: None,
            keys: None,
            keys_failed: false,
            issuer: None,
            audience: None,
            plain_jwt: None,
            authenticators: Vec::new(),
            token_cache: Some(auth::DEFAULT_CACHED_TOKENS),
            revocations: None,
            sessions: None,
            form_tokens: None,
            hosts: Hosts::default(),
            cors: CorsSettings::default(),
            proxies: ProxySettings::default(),
            public_origin: None,
            public_prefix: None,
            limits: LimitSettings::default(),
            environment: None,
            deploy: DeploySettings::default(),
            hardening: HardeningSettings::default(),
            #[cfg(feature = "redis")]
            redis: redis::RedisSettings::default(),
            blocked_networks: Vec::new(),
            unlimited_networks: Vec::new(),
            limit_slots: None,
            service_limit: Some(SERVICE_LIMIT),
            defaults: Defaults::default(),
            connections: ConnectionSettings::default(),
            #[cfg(feature = "tls")]
            tls: tls::TlsSettings::default(),
            headers: HeaderSettings::default(),
            observability: ObservabilitySettings::default(),
            redirects: Vec::new(),
            health: HealthSettings::default(),
            operation: OperationSettings::default(),
            endpoints: Endpoints::new(),
            #[cfg(feature = "openapi")]
            openapi: crate::openapi::Opening::default(),
            configure: Vec::new(),
            complaints: Vec::new(),
            weakened: Vec::new(),
            given: GivenSettings::default(),
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("listening", &self.listening).finish_non_exhaustive()
    }
}

impl Builder {
    /// Worker threads; one for each core unless this is called.
    pub fn workers(mut self, count: NonZeroUsize) -> Self {
        self.workers = Some(count);
        self
    }

    /// Checks tokens with this verifier.
    pub fn auth(mut self, verifier: Verifier) -> Self {
        self.verifier = Some(verifier);
        self
    }

    /// Checks tokens with these keys; requires an issuer and an audience.
    pub fn auth_keys(mut self, keys: impl Into<KeySource>) -> Self {
        self.replaces_keys("auth_keys");
        self.keys = Some(keys.into());
        self
    }

    /// Checks tokens with the keys of this JWK set (RFC 7517).
    pub fn auth_keys_json(mut self, json: &str) -> Self {
        self.replaces_keys("auth_keys_json");
        match KeySet::from_jwk_set(json.as_bytes()) {
            Ok(keys) => self.keys = Some(keys.into()),
            Err(error) => {
                self.keys_failed = true;
                self.complaints.push(error.to_string());
            }
        }
        self
    }

    /// Checks tokens with the keys at this URL, which are refreshed
    /// ([`RemoteKeys`](auth::RemoteKeys)).
    #[cfg(feature = "remote-keys")]
    pub fn auth_keys_url(mut self, url: &str) -> Self {
        self.replaces_keys("auth_keys_url");
        match auth::RemoteKeys::at(url) {
            Ok(keys) => self.keys = Some(keys.into()),
            Err(error) => {
                self.keys_failed = true;
                self.complaints.push(format!("the URL of the keys: {error}"));
            }
        }
        self
    }

    /// Checks tokens with the keys that the issuer's own metadata names, which are refreshed
    /// ([`RemoteKeys`](auth::RemoteKeys)).
    #[cfg(feature = "remote-keys")]
    pub fn auth_discovery(self) -> Self {
        self.auth_keys(auth::RemoteKeys::discovered())
    }

    /// Checks tokens with the keys of this JWK set file (RFC 7517), which is read again when it
    /// changes ([`KeySource::file`]).
    pub fn auth_keys_file(mut self, path: impl AsRef<Path>) -> Self {
        self.replaces_keys("auth_keys_file");
        match KeySource::file(path) {
            Ok(keys) => self.keys = Some(keys),
            Err(error) => {
                self.keys_failed = true;
                self.complaints.push(error.to_string());
            }
        }
        self
    }

    /// The `iss` of every token.
    pub fn auth_issuer(mut self, issuer: impl Into<String>) -> Self {
        let issuer: String = issuer.into();
        self.contradicts(
            "PALISADE_AUTH_ISSUER",
            "auth_issuer",
            self.issuer.as_ref() != Some(&issuer),
        );
        self.issuer = Some(issuer);
        self
    }

    /// The `aud` that names this service.
    pub fn auth_audience(mut self, audience: impl Into<String>) -> Self {
        let audience: String = audience.into();
        self.contradicts(
            "PALISADE_AUTH_AUDIENCE",
            "auth_audience",
            self.audience.as_ref() != Some(&audience),
        );
        self.audience = Some(audience);
        self
    }

    /// Accepts plain JWTs too, of issuers from before RFC 9068
    /// ([`TokenProfile::PlainJwt`](auth::TokenProfile)); requires keys. The log at start-up and the
    /// inventory of the running service show the reason.
    pub fn dangerous_plain_jwt(mut self, reason: impl Into<String>) -> Self {
        self.plain_jwt = Some(reason.into());
        self
    }

    /// How many verified tokens are cached, so that the next request with one costs a lookup; 8,192
    /// unless this is called. Each takes its own length twice, at most 8 KiB.
    pub fn token_cache(mut self, tokens: NonZeroUsize) -> Self {
        self.contradicts("PALISADE_TOKEN_CACHE", "token_cache", self.token_cache != Some(tokens));
        self.token_cache = Some(tokens);
        self
    }

    /// Turns the cache off: every token is verified on every request.
    pub fn without_token_cache(mut self) -> Self {
        self.contradicts("PALISADE_TOKEN_CACHE", "without_token_cache", self.token_cache.is_some());
        self.token_cache = None;
        self
    }

    /// Checks this list on every request for revoked credentials. Handlers take it as
    /// `Data<Revocations>`.
    pub fn revocations(mut self, revocations: Revocations) -> Self {
        self.contradicts("PALISADE_REVOCATIONS_URL", "revocations", true);
        self.contradicts("PALISADE_REVOCATIONS_URL_FROM", "revocations", true);
        self.revocations = Some(revocations.clone());
        self.data(revocations)
    }

    /// The list that [`revocations`](Self::revocations) was given, or that the environment
    /// configured: for [`TokenIssuer::revocations`](crate::issue::TokenIssuer::revocations).
    pub fn configured_revocations(&self) -> Option<&Revocations> {
        self.revocations.as_ref()
    }

    /// Accepts credentials of another kind too: API keys, certificates, or the service's own.
    ///
    /// Bearer tokens are tried first, then these in the order of the calls. Endpoints accept all of
    /// them unless they name some in `#[credentials(..)]`.
    pub fn authenticator(mut self, authenticator: impl Authenticator + 'static) -> Self {
        self.authenticators.push(Arc::new(authenticator));
        self
    }

    /// Identifies callers by their sessions too, and lets handlers begin and end them with
    /// [`Session`](crate::session::Session).
    pub fn sessions(mut self, sessions: Sessions) -> Self {
        self.complaints.extend(sessions.faults());
        self.sessions = Some(sessions.clone());
        self.authenticator(sessions)
    }

    /// Signs form tokens with these keys; with a key of this process's own unless it is called.
    pub fn form_tokens(mut self, tokens: FormTokens) -> Self {
        self.contradicts("PALISADE_FORM_KEY", "form_tokens", true);
        self.contradicts("PALISADE_FORM_KEY_FROM", "form_tokens", true);
        self.complaints.extend_from_slice(tokens.faults());
        self.form_tokens = Some(tokens);
        self
    }

    /// Whether keys or a verifier are configured already: by the environment, for instance.
    pub fn has_auth_keys(&self) -> bool {
        self.keys.is_some() || self.verifier.is_some()
    }

    /// Whether revocations are configured already: by the environment, for instance.
    pub fn has_revocations(&self) -> bool {
        self.revocations.is_some()
    }

    /// The public origin: `https://api.example`. With https, HSTS is sent.
    pub fn public_origin(mut self, origin: &str) -> Self {
        match Origin::trusted(origin) {
            Ok(origin) => {
                let is_other = self.public_origin.as_ref() != Some(&origin);
                self.contradicts("PALISADE_PUBLIC_ORIGIN", "public_origin", is_other);
                self.public_origin = Some(origin);
            }
            Err(error) => self.complaints.push(format!("the public origin {origin:?}: {error}")),
        }
        self
    }

    /// Allows a [`SafeRedirect`](crate::SafeRedirect) to this origin too.
    pub fn redirect_origin(mut self, origin: &str) -> Self {
        match Origin::trusted(origin) {
            Ok(origin) => self.redirects.push(origin),
            Err(error) => self.complaints.push(format!("the redirect origin {origin:?}: {error}")),
        }
        self
    }

    /// Slots of each table of the limiter, 8 bytes each; 65,536 unless this is called, 4,096 at
    /// least: if there are fewer slots than callers, keys are evicted before they have recovered.
    /// Each limit has a table, and one with a ban has three.
    pub fn limit_slots(mut self, slots: NonZeroUsize) -> Self {
        self.limit_slots = Some(slots);
        self
    }

    /// The limit of one client address on the whole service: `quota` requests in each `window`, at
    /// most `burst` at once. 6,000 a minute and 1,000 at once unless this is called. More than ten
    /// times that is listed as weakened.
    pub fn service_limit(mut self, quota: u32, window: Duration, burst: u32) -> Self {
        self.service_limit = Some(RateLimit { quota, window, burst, ..SERVICE_LIMIT });
        self
    }

    /// Removes the service's own limit; the endpoints' limits stay.
    pub fn dangerous_no_service_limit(mut self, reason: &str) -> Self {
        self.service_limit = None;
        self.weaken("dangerous_no_service_limit", reason);
        self
    }

    /// The cap on a request body for endpoints that set none, in bytes. 64 KiB unless this is
    /// called.
    pub fn default_body_limit(mut self, bytes: u64) -> Self {
        self.defaults.body_limit = bytes;
        self
    }

    /// The deadline of a handler, until it returns, for endpoints that set none. 30 seconds unless
    /// this is called; an hour at most, and more than ten minutes is listed as weakened.
    pub fn default_timeout(mut self, timeout: Duration) -> Self {
        self.defaults.timeout = timeout;
        self
    }

    /// How long the waits for a body may take in all, in addition to the time of its bytes at the
    /// [`body_rate`](Self::body_rate): 408 after that. 15 seconds unless this is called; an hour at
    /// most, and more than ten minutes is listed as weakened.
    ///
    /// One pause of a body may take as long too, and at least a minute. An endpoint with
    /// [`#[body_timeout]`](crate::body_timeout) has a deadline of its own instead. The time in
    /// which the service does not read does not count.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.contradicts(
            "PALISADE_BODY_TIMEOUT",
            "body_timeout",
            self.defaults.body_timeout != timeout,
        );
        self.defaults.body_timeout = timeout;
        self
    }

    /// The rate in bytes a second at which its [`body_timeout`](Self::body_timeout) grows: 1,024
    /// unless this is called, so that 64 KiB have 79 seconds and 5 MiB have 85 minutes. (ASP.NET
    /// Core's `MinRequestBodyDataRate` is 240 after 5 seconds.)
    pub fn body_rate(mut self, bytes_per_second: NonZeroU32) -> Self {
        self.contradicts(
            "PALISADE_BODY_RATE",
            "body_rate",
            self.defaults.body_rate != bytes_per_second,
        );
        self.defaults.body_rate = bytes_per_second;
        self
    }

    /// How long a connection is kept without a request: 75 seconds unless this is called; a second to
    /// an hour.
    ///
    /// A proxy or load balancer in front has to close an idle connection before the service does: a
    /// request that crosses with the closing is lost, which load balancers answer with 502. AWS
    /// keeps 60 seconds, Google Cloud 600: set more than that.
    ///
    /// In [`serve`](Self::serve).
    pub fn keep_alive(mut self, time: Duration) -> Self {
        self.contradicts("PALISADE_KEEP_ALIVE", "keep_alive", self.connections.keep_alive != time);
        self.connections.keep_alive = time;
        self
    }

    /// How long the head of a request may take, from its first byte; for the first request of a
    /// connection, from its beginning. After that the answer is 408, or the connection closes
    /// without one if no byte came. 10 seconds unless this is called; a second to an hour.
    ///
    /// In [`serve`](Self::serve).
    pub fn head_timeout(mut self, timeout: Duration) -> Self {
        self.contradicts(
            "PALISADE_HEAD_TIMEOUT",
            "head_timeout",
            self.connections.head_timeout != timeout,
        );
        self.connections.head_timeout = timeout;
        self
    }

    /// How many connections the system accepts before a worker takes them: 1,024 unless this is
    /// called. The system's own maximum (`net.core.somaxconn`) applies too.
    ///
    /// In [`serve`](Self::serve).
    pub fn backlog(mut self, connections: NonZeroU32) -> Self {
        self.contradicts("PALISADE_BACKLOG", "backlog", self.connections.backlog != connections);
        self.connections.backlog = connections;
        self
    }

    /// The most connections of all workers at a time: further ones wait in the
    /// [`backlog`](Self::backlog). As many as the descriptors of the process allow unless this is
    /// called, and never more. Each worker has an equal share, rounded down, and one at least.
    ///
    /// In [`serve`](Self::serve).
    pub fn connections(mut self, most: NonZeroUsize) -> Self {
        self.contradicts(
            "PALISADE_CONNECTIONS",
            "connections",
            self.connections.most != Some(most),
        );
        self.connections.most = Some(most);
        self
    }

    /// How long an answer may wait for a client that does not read it: then the connection is
    /// closed. 60 seconds unless this is called; a second to an hour.
    ///
    /// In [`serve`](Self::serve), a client that reads less than 240 bytes a second for long is
    /// disconnected too: all waits of an answer together may take the timeout, and the time that
    /// the bytes take at this rate. On Linux, its progress is visible in steps of 8 KiB, so that
    /// with a timeout below 35 seconds a client has to read one step within the timeout.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.contradicts(
            "PALISADE_WRITE_TIMEOUT",
            "write_timeout",
            self.connections.write_timeout != timeout,
        );
        self.connections.write_timeout = timeout;
        self
    }

    /// How many connections one client address may have at a time, an IPv6 address by its /56:
    /// further ones are closed at once. 256 unless this is called. Trusted proxies and unlimited
    /// networks have no maximum.
    pub fn connections_per_address(mut self, most: NonZeroU32) -> Self {
        self.contradicts(
            "PALISADE_CONNECTIONS_PER_ADDRESS",
            "connections_per_address",
            self.connections.per_address != most,
        );
        self.connections.per_address = most;
        self
    }

    /// Adds a value to the app data, for handlers that take `Data<T>`. Readiness checks that the
    /// database of a `Db` answers, and the disk of the folder of `Uploads`.
    pub fn data<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.health.note_data(&value);
        self.note_database(&value);
        let data = Data::new(value);
        self.configure(move |config| {
            config.app_data(data.clone());
        })
    }

    /// Adds a configuration of Actix: other services, app data. It runs once in each worker, and
    /// once before, to find the app data that handlers need.
    ///
    /// A handler that is added here without palisade's attributes has no guards.
    pub fn configure(
        mut self,
        configure: impl Fn(&mut ServiceConfig) + Send + Sync + 'static,
    ) -> Self {
        self.configure.push(Arc::new(configure));
        self
    }

    /// Adds endpoints: `endpoints![create_item, list_items]`.
    pub fn endpoints(mut self, endpoints: Endpoints) -> Self {
        self.endpoints = self.endpoints.and(endpoints);
        self
    }

    /// Serves the files of a folder publicly.
    #[cfg(feature = "static-files")]
    pub fn static_files(mut self, files: crate::StaticFiles) -> Self {
        self.endpoints = self.endpoints.with_files(files);
        self
    }

    /// Checks everything and makes the guards: the middleware for an app of your own.
    ///
    /// # Errors
    ///
    /// Every invalid setting and every endpoint that cannot work, each named.
    pub fn build(self) -> Result<Palisade, Failure> {
        #[cfg(feature = "tls")]
        if self.has_tls() {
            tracing::warn!(
                "`build` makes guards, and `serve` listens: PALISADE_TLS_CERT, PALISADE_HTTP_REDIRECT, `.tls(..)` \
                 and `.http_redirect(..)` have no effect on a server of your own"
            );
        }
        self.assemble().map(|service| service.palisade)
    }

    /// Runs the service until it gets a signal to stop (SIGINT, SIGTERM; elsewhere than on Unix,
    /// Ctrl-C), and lets the requests that are under way finish, for 30 seconds at most, after its
    /// [`lame_duck`](Self::lame_duck) time. A second signal, or SIGQUIT, ends them at once. SIGHUP
    /// reads files again ([`on_reload`](Self::on_reload)). The Actix system that it runs in goes
    /// on, and so do other servers in it.
    ///
    /// Connections are HTTP/1.1, over TCP or a Unix socket, with TLS if it is configured. The
    /// `Connection` field of an answer is obeyed, which an [`HttpServer`](actix_web::HttpServer) of
    /// your own does not always do: the page about deploying lists the differences. Handlers find
    /// Actix's defaults in `HttpRequest::app_config`, not the address that the service listens on.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build), an address that cannot be bound, and signal handlers that the
    /// system refuses.
    pub async fn serve(self) -> Result<(), Failure> {
        serve::serve(self.assemble()?, Stop::by_signals()?).await
    }

    /// Runs the service until this future completes, and lets the requests that are under way
    /// finish, for 30 seconds at most. Signals to the process are left to the caller.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build), and an address that cannot be bound.
    ///
    /// ```no_run
    /// # async fn example(stop: tokio::sync::oneshot::Receiver<()>) -> palisade::Exit {
    /// use palisade::Palisade;
    ///
    /// let stopped = async {
    ///     let _dropped = stop.await;
    /// };
    /// Palisade::from_env()?.serve_until(stopped).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn serve_until(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Failure> {
        serve::serve(self.assemble()?, Stop::when(stop)).await
    }

    fn assemble(mut self) -> Result<Service, Failure> {
        let mut complaints = self.take_complaints();
        complaints.extend(self.without_effect());
        // First: what follows takes the memory.
        complaints.extend(self.take_too_large());
        let has_keys = self.has_auth_keys() || self.keys_failed;
        complaints.extend(self.wrong_health());
        complaints.extend(self.wrong_operation());
        let told = self.add_details();
        let verifier = self.take_verifier(&mut complaints);
        let keys = verifier.as_ref().and_then(Verifier::key_watch);
        let reloads = self.take_reloads(keys.as_ref());
        if let Some(reason) = verifier.as_ref().and_then(Verifier::weakened) {
            self.weakened.push(format!("dangerous_plain_jwt: {reason}"));
        }
        if verifier.is_some()
            && let Err(error) = auth::self_test()
        {
            complaints.push(format!("the cryptography does not work: {error}"));
        }
        let mut names: Vec<&'static str> = has_keys.then_some(Bearer::NAME).into_iter().collect();
        for authenticator in &self.authenticators {
            let name = authenticator.name();
            if !auth::is_name(name) {
                complaints.push(format!(
                    "an authenticator calls itself {name:?}: one word of small letters, digits \
                     and underscores, at most 32, that `#[credentials(..)]` can name"
                ));
            }
            if names.contains(&name) {
                complaints.push(format!(
                    "two authenticators are called `{name}`: `#[credentials({name})]` would not \
                     say which"
                ));
            }
            names.push(name);
        }
        complaints.extend(self.endpoints.complaints(&names));

        let production = self.production();
        let is_production = production.is_some();
        let listening = self.take_listening(&mut complaints);
        let mut facts = self.deploy_facts(&listening, production.as_ref());
        let cors = self.take_cors(&mut complaints);
        let hosts = self.take_hosts();
        facts.hosts_unset = hosts.are_unset();
        self.judge_secrets(is_production, &mut complaints);
        #[cfg(feature = "tls")]
        let over_tls = self.is_bound_to_tls(is_production);
        #[cfg(not(feature = "tls"))]
        let over_tls = self.public_origin.as_ref().is_some_and(Origin::is_secure);
        #[cfg(feature = "tls")]
        let plain_port = self.take_redirect(&hosts, &mut complaints);
        #[cfg(feature = "tls")]
        let tls = self.take_tls(&hosts, &mut complaints);
        #[cfg(feature = "tls")]
        if let Some(tls) = &tls {
            self.note_certificates(tls);
        }
        let operator_ports = self.take_operator_ports(&mut complaints);
        let operator_hosts = hosts.clone();
        #[cfg(feature = "openapi")]
        self.mount_openapi(&names, is_production, &mut complaints);
        let hardening = self.hardening_of(is_production);
        let limiter = Arc::new(self.limiter(&mut complaints));
        for policy in self.endpoints.policies() {
            if let Err((name, error)) = limits(policy, &limiter, self.defaults.body_limit) {
                complaints.push(format!(
                    "`{}` ({}:{}) has the limit `{name}`: {error}",
                    policy.name, policy.file, policy.line
                ));
            }
        }
        // Those of the program and of the settings were judged when they were given.
        let form_tokens = self.form_tokens.take().unwrap_or_else(|| {
            let own = FormTokens::generate();
            complaints.extend_from_slice(own.faults());
            own
        });
        let service_limit = match self.service_limit.map(|rate| limiter.limit("", &rate)) {
            Some(Err(error)) => {
                complaints.push(format!("the service's limit: {error}"));
                None
            }
            Some(Ok(limit)) => Some(limit),
            None => None,
        };
        complaints.extend(self.out_of_bounds());
        complaints.extend(self.headers.fault());
        let health = {
            let (revocations, sessions) = (self.revocations.clone(), self.sessions.clone());
            let (revocations, sessions) = (revocations.as_ref(), sessions.as_ref());
            let sources = Sources { limiter: &limiter, revocations, keys, sessions };
            self.take_health(sources, &mut complaints)
        };
        self.weakened.extend(self.loose_settings());
        let judged = self.judge_deployment(&facts, &mut complaints);
        // One mistake may be met twice: by the environment and by the program.
        let mut seen = HashSet::new();
        complaints.retain(|complaint| seen.insert(complaint.clone()));
        // Last: it opens files, which a service that does not start anyway must not.
        let trail = self.take_trail(&mut complaints);
        #[cfg(feature = "otel")]
        let recorder = self.take_recorder(&mut complaints);
        let complaints =
            complaints.into_iter().map(|complaint| self.given.with_origins(complaint)).collect();
        Failure::all(complaints)?;

        let health = Arc::new(health);
        if let Some(told) = told {
            let _set = told.0.set(Arc::clone(&health));
        }
        let development = (!is_production).then(|| Development::new(self.is_development_by_name()));
        let shows_causes = self.shows_causes();
        let bearer = verifier.map(|verifier| {
            let bearer = Bearer::with_cache(verifier, self.token_cache);
            self.observability.sources.token_cache = bearer.cache_counts();
            Arc::new(bearer) as Arc<dyn Authenticator>
        });
        let limits = Limits::new(
            Arc::clone(&limiter),
            service_limit.as_ref().map(|limit| *limit.rate()),
            self.defaults.body_limit,
            Arc::clone(&trail),
        );
        if let (Some(revocations), Some(sessions)) = (&self.revocations, &self.sessions) {
            revocations.remove_from(sessions.clone());
        }
        let sessions = self.sessions.map(Data::new);
        let authenticators = bearer.into_iter().chain(self.authenticators).collect();
        let shield = Shield {
            firewall: Firewall::new(hosts),
            authenticators,
            revocations: self.revocations,
            limiter,
            service_limit,
            proxies: self.proxies.into_trusted(),
            blocked: Networks::new(&self.blocked_networks),
            unlimited: Networks::new(&self.unlimited_networks),
            same_site: SameSite { own: self.public_origin },
            form_tokens,
            cors,
            profiles: self.headers.profiles(over_tls, self.public_prefix.as_deref()),
            redirects: self.redirects,
            public_prefix: self.public_prefix,
            defaults: self.defaults,
            adoptions: Arc::default(),
            refusals: RefusalLog::default(),
            refused_plans: RefusedPlans::default(),
            health,
            traffic: Traffic::default(),
            trail,
            development,
            shows_causes,
            #[cfg(feature = "otel")]
            spans: recorder.as_ref().map(Recorder::spans).unwrap_or_default(),
            #[cfg(not(feature = "otel"))]
            spans: Spans::default(),
        };
        let palisade = Palisade::new(
            Arc::new(shield),
            limits,
            sessions,
            self.endpoints,
            self.connections,
            reloads.clone(),
            self.observability.sources,
        );
        let palisade = palisade.with_additions(self.configure);
        #[cfg(feature = "otel")]
        let palisade = palisade.with_telemetry(recorder)?;
        judged.warn();
        Ok(Service {
            lame_duck: self.operation.lame_duck,
            reloads,
            palisade,
            operator_ports,
            operator_hosts,
            listening,
            #[cfg(feature = "tls")]
            tls,
            #[cfg(feature = "tls")]
            plain_port,
            workers: self.workers,
            weakened: self.weakened,
            #[cfg(feature = "redis")]
            judged,
            hardening,
            #[cfg(feature = "redis")]
            redis: self.redis.into_shared(),
        })
    }

    /// Notes what is weakened, and why.
    fn weaken(&mut self, what: &str, reason: &str) {
        self.require_reason(what, reason);
        self.weakened.push(format!("{what}: {reason}"));
    }

    /// A reason without content is a start-up error.
    fn require_reason(&mut self, what: &str, reason: &str) {
        if !is_reason(reason) {
            self.complaints.push(format!(
                "`{what}` needs a reason that a reviewer can judge: two words or more"
            ));
        }
    }

    fn take_verifier(&mut self, complaints: &mut Vec<String>) -> Option<Verifier> {
        if let Some(verifier) = self.verifier.take() {
            if self.plain_jwt.is_some() {
                complaints.push(
                    "`dangerous_plain_jwt` or PALISADE_AUTH_DANGEROUS_PLAIN_JWT goes with keys; \
                     a verifier of your own has a method of that name"
                        .to_owned(),
                );
            }
            return Some(verifier);
        }
        let keys = self.keys.take()?;
        let mut missing = |setting: &str, what: &str| {
            complaints.push(format!(
                "keys are configured without {what}: set {setting}, or tokens that were made for \
                 another service would be taken"
            ));
        };
        let (Some(issuer), Some(audience)) = (&self.issuer, &self.audience) else {
            if self.issuer.is_none() {
                missing("PALISADE_AUTH_ISSUER", "an issuer");
            }
            if self.audience.is_none() {
                missing("PALISADE_AUTH_AUDIENCE", "an audience");
            }
            return None;
        };
        let verifier = match Verifier::new(keys, issuer, audience) {
            Ok(verifier) => verifier,
            Err(VerifierError::Keys(error)) => {
                complaints
                    .push(format!("the keys to check tokens with (PALISADE_AUTH_KEYS): {error}"));
                return None;
            }
            Err(error) => {
                complaints.push(format!("PALISADE_AUTH_ISSUER, PALISADE_AUTH_AUDIENCE: {error}"));
                return None;
            }
        };
        let Some(reason) = &self.plain_jwt else { return Some(verifier) };
        match verifier.dangerous_plain_jwt(reason) {
            Ok(verifier) => Some(verifier),
            Err(error) => {
                complaints.push(format!("PALISADE_AUTH_DANGEROUS_PLAIN_JWT: {error}"));
                None
            }
        }
    }
}

/// A service that passed every check.
pub(super) struct Service {
    pub(super) palisade: Palisade,
    /// Where metrics and probes are served beside it.
    pub(super) operator_ports: Vec<OperatorPort>,
    /// The hosts for which they answer.
    pub(super) operator_hosts: Hosts,
    pub(super) listening: Listening,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Arc<Tls>>,
    #[cfg(feature = "tls")]
    pub(super) plain_port: Option<PlainPort>,
    pub(super) workers: Option<NonZeroUsize>,
    pub(super) weakened: Vec<String>,
    pub(super) lame_duck: LameDuck,
    pub(super) reloads: Reloads,
    #[cfg(feature = "redis")]
    pub(super) judged: Judged,
    pub(super) hardening: Hardening,
    #[cfg(feature = "redis")]
    pub(super) redis: Option<crate::Redis>,
}

impl Service {
    /// Logs what runs: the endpoints, and everything that was weakened.
    pub(super) fn announce(&self) {
        let policies: Vec<_> = self.palisade.endpoints().policies().collect();
        let Defaults { body_limit, timeout, .. } = self.palisade.shield().defaults;
        // The only event of the log that is a table.
        tracing::info!(
            target: "palisade::endpoints",
            "endpoints:{}",
            Inventory::new(policies, body_limit, timeout, &self.weakened)
        );
        for weakened in &self.weakened {
            tracing::warn!("{weakened}");
        }
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(type_name::<Self>())
    }
}
