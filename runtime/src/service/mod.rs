//! A service: its settings, its endpoints, and the server that runs them.

mod builder;
mod costs;
mod lame_duck;
mod listening;
mod middleware;
#[cfg(unix)]
mod notify;
mod operator_port;
#[cfg(feature = "tls")]
mod redirect;
mod reload;
mod running;
mod serve;
#[cfg(unix)]
mod socket_activation;
#[cfg(unix)]
mod socket_file;
mod stop;

use std::{any::Any, fmt, sync::Arc};

use actix_web::{
    dev::Extensions,
    web::{Data, ServiceConfig},
};

pub(crate) use builder::Need;
pub use builder::{Builder, Environment};

use self::reload::Reloads;
use crate::{
    Endpoints,
    connection::{Connections, connections::ConnectionSettings},
    limit::Limits,
    metrics::{Metrics, Sources},
    mount::Configure,
    request::Shield,
    session::Sessions,
};
#[cfg(feature = "otel")]
use crate::{
    Failure,
    otel::{Recorder, Telemetry},
};

/// What the builder adds to each app: data, and services of Actix.
#[derive(Clone, Default)]
struct Additions(Arc<[Configure]>);

impl fmt::Debug for Additions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Additions({})", self.0.len())
    }
}

/// The guards, ready to run: a middleware for `App::wrap`.
///
/// All workers share one: make it once, outside the app's factory, and clone it into each.
///
/// Wrap it last, which makes it the outermost middleware. A middleware that is wrapped after it
/// sees requests before the guards do, and may change responses after their headers were decided.
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
    additions: Additions,
    connections: Arc<Connections>,
    reloads: Reloads,
    metrics: Data<Metrics>,
    #[cfg(feature = "otel")]
    telemetry: Option<Arc<Telemetry>>,
}

impl Palisade {
    /// A builder without settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Mounts the endpoints that the builder was given, and has checked.
    ///
    /// `Data<Limits>`, `Data<Metrics>` and the service's sessions are added too.
    ///
    /// An endpoint can be mounted with `App::service` too, but then it is not checked at the start:
    /// a mistake that would have prevented the start is found at its first request, and each
    /// request to it gets 500.
    pub fn mount(&self, app: &mut ServiceConfig) {
        self.add_to(app);
        self.endpoints.configure(app);
    }

    /// Everything that [`mount`](Self::mount) adds except the endpoints.
    fn add_to(&self, app: &mut ServiceConfig) {
        app.app_data(self.limits.clone());
        app.app_data(self.metrics.clone());
        if let Some(sessions) = &self.sessions {
            app.app_data(sessions.clone());
        }
        for add in &*self.additions.0 {
            add(app);
        }
    }

    /// Applies the connection limits to a new connection, for
    /// [`HttpServer::on_connect`](actix_web::HttpServer::on_connect) of your own server: closes it
    /// if its address has too many ([`Builder::connections_per_address`]), and when a client has
    /// not read its response for too long ([`Builder::write_timeout`]). [`Builder::serve`] does
    /// this itself.
    ///
    /// The limits apply to plain TCP only. Connections of your own server with TLS
    /// (`HttpServer::bind_rustls_0_23` and similar) have none, which is logged once: use
    /// [`Builder::serve`], or terminate TLS at a proxy. Unix sockets have no address, and need no
    /// limits.
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

    /// The service's limits: query, reset, block and adjust them at run time, and read their
    /// metrics. Handlers get them as `Data<Limits>`.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Makes the service not ready from now on, for your own server that is about to stop:
    /// `/readyz` fails. Wait until load balancers have noticed it before you stop the server.
    /// [`Builder::serve`] does this itself ([`Builder::lame_duck`]).
    pub fn leave(&self) {
        self.shield.health.leave();
    }

    /// Reads the configured files again, as [`Builder::serve`] does on SIGHUP
    /// ([`Builder::on_reload`]): for your own server, and for
    /// [`serve_until`](Builder::serve_until). The values of unreadable files stay, and an error is
    /// logged.
    pub async fn reload(&self) {
        self.reloads.run().await;
    }

    /// All counts of the service, for your own metrics format. Handlers get them as
    /// `Data<Metrics>`.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub(crate) fn new(
        shield: Arc<Shield>,
        limits: Limits,
        sessions: Option<Data<Sessions>>,
        endpoints: Endpoints,
        connections: ConnectionSettings,
        reloads: Reloads,
        sources: Sources,
    ) -> Self {
        let connections = Arc::new(Connections::new(connections, Arc::clone(&shield)));
        let metrics =
            Metrics::new(Arc::clone(&shield), limits.clone(), Arc::clone(&connections), sources);
        let (limits, endpoints) = (Data::new(limits), Arc::new(endpoints));
        Self {
            shield,
            limits,
            sessions,
            endpoints,
            additions: Additions::default(),
            connections,
            reloads,
            metrics: Data::new(metrics),
            #[cfg(feature = "otel")]
            telemetry: None,
        }
    }

    /// Adds these to each app.
    pub(crate) fn with_additions(mut self, additions: Vec<Configure>) -> Self {
        self.additions = Additions(additions.into());
        self
    }

    /// Starts to send telemetry.
    #[cfg(feature = "otel")]
    pub(crate) fn with_telemetry(mut self, recorder: Option<Recorder>) -> Result<Self, Failure> {
        let metrics = Metrics::clone(&self.metrics);
        let started = recorder.map(|recorder| recorder.start(metrics)).transpose();
        self.telemetry = started.map_err(|error| {
            Failure::new(format!("the thread that sends telemetry cannot be started: {error}"))
        })?;
        Ok(self)
    }

    /// The telemetry for a collector, if it is enabled.
    #[cfg(feature = "otel")]
    pub(crate) fn telemetry(&self) -> Option<&Arc<Telemetry>> {
        self.telemetry.as_ref()
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
