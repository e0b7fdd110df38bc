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

    /// A builder with palisade's own [settings](crate::settings) from every source except the command line:
    /// `palisade.toml`, the environment (`PALISADE_*`), and files that hold one value.
    ///
    /// The page about settings (`docs/settings.md`) lists them all, and so does `--help` of a
    /// service that uses [`from_settings`](Self::from_settings).
    ///
    /// # Errors
    ///
    /// Every setting that is malformed, empty, or unknown, each with its origin and the fix.
    pub fn from_env() -> Result<Builder, Failure> {
        crate::settings::from_env(std::env::vars_os())
    }

    /// The [settings](crate::settings) of a service, and a builder with palisade's own, from every
    /// source: `palisade.toml`, the environment, files that hold one value, and the command line. A
    /// service without settings of its own uses `()`.
    ///
    /// The process ends here if its command line has `--help` or `--version`, `--print-settings`
    /// for every setting with its value and its origin (secrets are masked), or `--check` for a
    /// check of the settings: values and files are checked, and no connection is made.
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

    /// Mounts the builder's endpoints, which have been checked.
    ///
    /// `Data<Limits>`, `Data<Metrics>` and the service's sessions are added too.
    ///
    /// An endpoint can be mounted with `App::service` too, but then it is not checked at the start:
    /// a mistake that would have prevented the start is found at its first request, and each
    /// request to it gets 500.
    pub fn mount(&self, app: &mut ServiceConfig) {
        app.app_data(self.limits.clone());
        app.app_data(self.metrics.clone());
        if let Some(sessions) = &self.sessions {
            app.app_data(sessions.clone());
        }
        self.endpoints.configure(app);
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

    /// Begins to send telemetry.
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

/// The defaults of endpoints.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defaults {
    /// Bytes of a request body.
    pub(crate) body_limit: u64,
    /// The deadline of the handler.
    pub(crate) timeout: Duration,
    /// The longest wait for a body, in addition to the time of its bytes at the lowest rate.
    pub(crate) body_timeout: Duration,
    /// The least bytes of a body per second.
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
