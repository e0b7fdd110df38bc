//! A service: its settings, its endpoints, and the server that runs them.

mod builder;
mod complaint;
mod connections;
mod costs;
mod endpoint;
mod endpoints;
mod failure;
mod inventory;
mod listening;
mod mounted;
mod serve;
#[cfg(unix)]
mod socket_file;
mod stop;

use std::{any::Any, num::NonZeroU32, sync::Arc, time::Duration};

use actix_web::{
    dev::Extensions,
    web::{Data, ServiceConfig},
};

pub(crate) use builder::oversized_body;
pub use builder::{Builder, Environment};
pub(crate) use complaint::complaints_of_request;
pub(crate) use connections::{Connections, Entry, Place};
pub use endpoint::Endpoint;
pub use endpoints::Endpoints;
pub use failure::{Exit, Failure};
pub use inventory::Inventory;
#[cfg(feature = "static-files")]
pub(crate) use mounted::REFUSED;
pub use mounted::{EXPANSION, Mounted, inert, refused};

use self::connections::ConnectionSettings;
use crate::{app::Shield, limit::Limits, session::Sessions};

/// The guards, ready to run: a middleware for `App::wrap`.
///
/// All workers share one: make it once, outside the app's factory, and clone it into each.
///
/// Wrap it last, which makes it the outermost middleware. What is wrapped after it sees requests before
/// the guards do, and may change answers after their headers were decided.
///
/// ```no_run
/// use actix_web::{App, HttpServer};
/// use palisade::{Palisade, prelude::*};
///
/// #[get("/ping")]
/// #[public]
/// async fn ping() -> &'static str {
///     "pong"
/// }
///
/// #[palisade::main]
/// async fn main() -> palisade::Exit {
///     let palisade = Palisade::builder().endpoints(endpoints![ping]).build()?;
///     let server = HttpServer::new(move || {
///         App::new().configure(|app| palisade.mount(app)).wrap(palisade.clone())
///     });
///     server.bind(("127.0.0.1", 8080))?.run().await?;
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Palisade {
    shield: Arc<Shield>,
    limits: Data<Limits>,
    sessions: Option<Data<Sessions>>,
    endpoints: Arc<Endpoints>,
    connections: Arc<Connections>,
}

impl Palisade {
    /// A builder without any setting.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A builder with the settings of the environment (`PALISADE_*`).
    ///
    /// | variable | value | default |
    /// |---|---|---|
    /// | `PALISADE_BIND` | `address:port`, or `unix:` and the path of a Unix socket ([`Builder::bind`]) | `127.0.0.1:8080` |
    /// | `PALISADE_SOCKET_MODE` | the mode of that socket: `0600` or `0660` ([`Builder::socket_mode`]) | `0600` |
    /// | `PALISADE_HOSTS` | the hosts that the service answers for, comma-separated: `api.example`, `*.api.example`, addresses; with or without a port | the host of `PALISADE_PUBLIC_ORIGIN`; else addresses, `localhost` and names without a dot |
    /// | `PALISADE_DANGEROUS_ANY_HOST` | why the service answers for every host | none: others are answered 421 |
    /// | `PALISADE_AUTH_KEYS` | path of a JWK set file (RFC 7517), read again when it changes | none: no identity can be checked |
    /// | `PALISADE_AUTH_KEYS_JSON` | or the JWK set itself | |
    /// | `PALISADE_AUTH_KEYS_URL` | or the https URL of a JWK set (feature `remote-keys`) | |
    /// | `PALISADE_AUTH_DISCOVERY` | or `true`: the issuer's metadata names its keys (feature `remote-keys`) | |
    /// | `PALISADE_AUTH_ISSUER` | the `iss` of every token | required with keys |
    /// | `PALISADE_AUTH_AUDIENCE` | the `aud` of this service | required with keys |
    /// | `PALISADE_REVOCATIONS_URL` | the Redis that holds revocations for all instances, or `off`; feature `redis` | `PALISADE_REDIS_URL` |
    /// | `PALISADE_REVOCATIONS_PREFIX` | what the keys of a list begin with that several services share on purpose | `PALISADE_REDIS_PREFIX`; with a URL of its own `palisade` |
    /// | `PALISADE_TOKEN_CACHE` | how many verified tokens are kept, or `off` | `8192` |
    /// | `PALISADE_AUTH_DANGEROUS_PLAIN_JWT` | why tokens from before RFC 9068 are taken | none: they are refused |
    /// | `PALISADE_CORS_ORIGINS` | origins whose pages may read the answers and send unsafe requests, comma-separated: `https://app.example`, `https://*.app.example` | none |
    /// | `PALISADE_CORS_HEADERS` | header fields that they may send besides `Accept`, `Authorization` and `Content-Type`, comma-separated | none |
    /// | `PALISADE_CORS_MAX_AGE` | seconds for which browsers keep what they were told of that, `86400` at most | `600` |
    /// | `PALISADE_CORS_DANGEROUS_CREDENTIALS` | why their requests may carry cookies | none: they carry none |
    /// | `PALISADE_TRUSTED_PROXIES` | networks (`10.0.0.0/8`) or addresses, comma-separated; `unix:` for the peers of Unix sockets | none |
    /// | `PALISADE_DANGEROUS_WIDE_PROXIES` | why they may hold a /8 of public IPv4 addresses, a /16 of IPv6, or more | none: such networks are refused |
    /// | `PALISADE_FORWARDED_FIELD` | `x-forwarded-for` or `forwarded` | `x-forwarded-for` |
    /// | `PALISADE_BLOCKED_NETWORKS` | networks or addresses whose requests are refused, comma-separated | none |
    /// | `PALISADE_PUBLIC_ORIGIN` | the origin that clients reach, `https://api.example` | none: no HSTS |
    /// | `PALISADE_FORM_KEY` | the secret of form tokens, at least 32 random characters, that all instances of one service share | one of each process's own |
    /// | `PALISADE_LIMITS` | `local`: limits count in each instance unless they say `store = shared`; `shared`: in Redis unless they say `store = local`; `off`: none is enforced, refused in production | `local` |
    /// | `PALISADE_REDIS_URL` | the Redis or Valkey that instances share (`Builder::redis`): `redis://`, `rediss://`, several with commas between or one `redis-cluster://` for a cluster; feature `redis` | none |
    /// | `PALISADE_REDIS_TIMEOUT` | how long a request waits for it, `1 ms` to `10 s`; log-ins and sessions a second at least | `100 ms` |
    /// | `PALISADE_REDIS_PREFIX` | what all its keys begin with: one for each service and each deployment of it | `palisade`, with a warning in production |
    /// | `PALISADE_KEEP_ALIVE` | how long a connection is kept without a request ([`Builder::keep_alive`]) | `75 s` |
    /// | `PALISADE_HEAD_TIMEOUT` | how long the head of a request may take ([`Builder::head_timeout`]) | `10 s` |
    /// | `PALISADE_BODY_TIMEOUT` | how long the waits for a body may take, beside its bytes ([`Builder::body_timeout`]) | `15 s` |
    /// | `PALISADE_BODY_RATE` | at so many bytes a second ([`Builder::body_rate`]) | `1024` |
    /// | `PALISADE_WRITE_TIMEOUT` | how long an answer waits for its client ([`Builder::write_timeout`]) | `60 s` |
    /// | `PALISADE_BACKLOG` | how many connections wait to be taken ([`Builder::backlog`]) | `1024` |
    /// | `PALISADE_CONNECTIONS` | how many connections there are at a time ([`Builder::connections`]) | what the descriptors allow |
    /// | `PALISADE_CONNECTIONS_PER_ADDRESS` | and how many of one address ([`Builder::connections_per_address`]) | `256` |
    /// | `PALISADE_ENV` | `production` or `development` | `production` with an https public origin, or an address that others reach |
    ///
    /// # Errors
    ///
    /// Every variable that is malformed, empty, or unknown with this prefix, named with the fix.
    pub fn from_env() -> Result<Builder, Failure> {
        crate::settings::from_env(std::env::vars_os())
    }

    /// Mounts the endpoints that the builder was given, and has checked.
    ///
    /// With them come `Data<Limits>` and the service's sessions.
    ///
    /// An endpoint can be mounted by `App::service` too. Nothing checks it at the start then: what
    /// would have kept the service from starting is found when its first request comes, and is a 500
    /// for every request to it.
    pub fn mount(&self, app: &mut ServiceConfig) {
        app.app_data(self.limits.clone());
        if let Some(sessions) = &self.sessions {
            app.app_data(sessions.clone());
        }
        self.endpoints.configure(app);
    }

    /// Bounds each new connection, for [`HttpServer::on_connect`](actix_web::HttpServer::on_connect)
    /// of a server of your own: closes it where the address has too many
    /// ([`Builder::connections_per_address`]), and ends it once a client has not read its answer
    /// for too long ([`Builder::write_timeout`]). [`Builder::serve`] does this by itself.
    ///
    /// It bounds plain TCP only. The connections of a server that speaks TLS by itself
    /// (`HttpServer::bind_rustls_0_23` and the like) have no such bounds, which the log says once:
    /// end TLS at a proxy. Unix sockets have no address, and need none.
    ///
    /// ```no_run
    /// # use actix_web::{App, HttpServer};
    /// # use palisade::Palisade;
    /// # async fn example(palisade: Palisade) -> std::io::Result<()> {
    /// let bound = palisade.on_connect();
    /// let server = HttpServer::new(move || App::new().wrap(palisade.clone())).on_connect(bound);
    /// server.bind(("127.0.0.1", 8080))?.run().await
    /// # }
    /// ```
    pub fn on_connect(&self) -> impl Fn(&dyn Any, &mut Extensions) + Clone + Send + Sync + use<> {
        let connections = Arc::clone(&self.connections);
        move |io, extensions| connections.admit(io, extensions)
    }

    /// The service's limits, to ask, reset, block and adjust while it runs; and their metrics.
    /// Handlers take them as `Data<Limits>`.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn new(
        shield: Arc<Shield>,
        limits: Limits,
        sessions: Option<Data<Sessions>>,
        endpoints: Endpoints,
        connections: ConnectionSettings,
    ) -> Self {
        let connections = Arc::new(Connections::new(connections, Arc::clone(&shield)));
        let (limits, endpoints) = (Data::new(limits), Arc::new(endpoints));
        Self { shield, limits, sessions, endpoints, connections }
    }

    pub(crate) fn connections(&self) -> &Arc<Connections> {
        &self.connections
    }

    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    pub(crate) fn shield(&self) -> &Arc<Shield> {
        &self.shield
    }
}

/// What holds for an endpoint that does not say otherwise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defaults {
    /// Bytes of a request body.
    pub(crate) body_limit: u64,
    /// For the handler.
    pub(crate) timeout: Duration,
    /// For the waits for a body, beside the time of its bytes at the rate.
    pub(crate) body_timeout: Duration,
    /// Bytes of a body a second, at least.
    pub(crate) body_rate: NonZeroU32,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            body_limit: 64 * 1024,
            timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(15),
            body_rate: NonZeroU32::new(1_024).unwrap_or(NonZeroU32::MIN),
        }
    }
}
