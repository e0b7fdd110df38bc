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

use std::{any::Any, sync::Arc};

use actix_web::{
    dev::Extensions,
    web::{Data, ServiceConfig},
};

pub use builder::{Builder, Environment};
pub(crate) use builder::{Need, WeakSecret};

use self::reload::Reloads;
#[cfg(feature = "otel")]
use crate::otel::{Recorder, Telemetry};
use crate::{
    Endpoints, Failure,
    connection::{Connections, connections::ConnectionSettings},
    limit::Limits,
    metrics::{Metrics, Sources},
    request::Shield,
    session::Sessions,
};

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
    reloads: Reloads,
    metrics: Data<Metrics>,
    #[cfg(feature = "otel")]
    telemetry: Option<Arc<Telemetry>>,
}

impl Palisade {
    /// A builder without any setting.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Mounts the endpoints that the builder was given, and has checked.
    ///
    /// With them come `Data<Limits>`, `Data<Metrics>` and the service's sessions.
    ///
    /// An endpoint can be mounted by `App::service` too. Nothing checks it at the start then: what
    /// would have kept the service from starting is found when its first request comes, and is a 500
    /// for every request to it.
    pub fn mount(&self, app: &mut ServiceConfig) {
        app.app_data(self.limits.clone());
        app.app_data(self.metrics.clone());
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
    /// It bounds plain TCP only. The connections of a server of your own that speaks TLS
    /// (`HttpServer::bind_rustls_0_23` and the like) have no such bounds, which the log says once:
    /// use [`Builder::serve`], or end TLS at a proxy. Unix sockets have no address, and need none.
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

    /// Makes the service not ready from now on, for a server of your own that is about to stop: `/readyz`
    /// fails. Wait until load balancers have seen it before you stop the server.
    /// [`Builder::serve`] does this by itself ([`Builder::lame_duck`]).
    pub fn leave(&self) {
        self.shield.health.leave();
    }

    /// Reads again what was read from files, as [`Builder::serve`] does on SIGHUP
    /// ([`Builder::on_reload`]): for a server of your own, and for
    /// [`serve_until`](Builder::serve_until). What cannot be read stays as it was; the log has a line.
    pub async fn reload(&self) {
        self.reloads.run().await;
    }

    /// Everything that the service counts, for an exposition of one's own. Handlers take it as
    /// `Data<Metrics>`.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub(crate) fn metrics_data(&self) -> Data<Metrics> {
        self.metrics.clone()
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
            connections,
            reloads,
            metrics: Data::new(metrics),
            #[cfg(feature = "otel")]
            telemetry: None,
        }
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

    /// What is sent to a collector, where anything is.
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
