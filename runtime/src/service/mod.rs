//! A service: its settings, its endpoints, and the server that runs them.

mod builder;
mod complaint;
mod connections;
mod costs;
mod endpoint;
mod endpoints;
mod failure;
mod inventory;
mod lame_duck;
mod listening;
mod mounted;
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

use std::{any::Any, num::NonZeroU32, sync::Arc, time::Duration};

use actix_web::{
    dev::Extensions,
    web::{Data, ServiceConfig},
};

pub(crate) use builder::oversized_body;
pub use builder::{Builder, Environment};
pub(crate) use builder::{Need, WeakSecret};
pub(crate) use complaint::complaints_of_request;
pub(crate) use connections::{Connections, Entry, Place};
pub use endpoint::Endpoint;
pub use endpoints::Endpoints;
pub use failure::{Exit, Failure};
pub use inventory::Inventory;
#[cfg(any(feature = "openapi", feature = "static-files"))]
pub(crate) use mounted::REFUSED;
pub use mounted::{EXPANSION, Mounted, inert, refused};

use self::{connections::ConnectionSettings, reload::Reloads};
#[cfg(feature = "otel")]
use crate::otel::{Recorder, Telemetry};
use crate::{
    app::Shield,
    limit::Limits,
    metrics::{Metrics, Sources},
    session::Sessions,
    settings::Settings,
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

    /// A builder with palisade's own [settings](crate::settings) from every source except the command line:
    /// `palisade.toml`, the environment (`PALISADE_*`), and files that hold one value.
    ///
    /// The page about settings (`docs/settings.md`) lists them all, and so does `--help` of a service
    /// that is made by [`from_settings`](Self::from_settings).
    ///
    /// # Errors
    ///
    /// Every setting that is malformed, empty, or unknown, each with its origin and the fix.
    pub fn from_env() -> Result<Builder, Failure> {
        crate::settings::from_env(std::env::vars_os())
    }

    /// The [settings](crate::settings) of a service, and a builder with palisade's own, from every source:
    /// `palisade.toml`, the environment, files that hold one value, and the command line. A service
    /// without settings of its own asks for `()`.
    ///
    /// The process ends here where its command line asks for `--help` or `--version`, for every setting
    /// with its value and its origin (`--print-settings`, with secrets masked), or for a check of the
    /// settings (`--check`): values and files are looked at, nothing is connected.
    ///
    /// ```no_run
    /// use palisade::{Settings, prelude::*};
    ///
    /// /// Keeps notes.
    /// #[derive(Settings)]
    /// #[settings(section = "notes")]
    /// struct NotesSettings {
    ///     /// The folder of the database file.
    ///     #[setting(default = ".palisade")]
    ///     data: std::path::PathBuf,
    /// }
    ///
    /// #[palisade::main]
    /// async fn main() -> palisade::Exit {
    ///     let (settings, palisade) = Palisade::from_settings::<NotesSettings>()?;
    ///     println!("notes are kept in {}", settings.data.display());
    ///     palisade.serve().await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Every setting that is missing, malformed, empty or unknown, each with its origin and the fix.
    pub fn from_settings<S: Settings>() -> Result<(S, Builder), Failure> {
        crate::settings::of_process()
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
