//! Additional ports for operators: metrics, health probes, or both.
//!
//! They use plain HTTP without credentials, even if the service requires a certificate from every
//! client.

#[cfg(unix)]
use std::path::PathBuf;
use std::{net::SocketAddr, num::NonZeroU32, sync::Arc, time::Duration};

use actix_http::Request;
use actix_server::{Server, ServerHandle};
use actix_service::IntoServiceFactory;
use actix_web::{
    App, HttpRequest, HttpResponse,
    http::{Method, header},
    web,
};

use super::serve::bound;
#[cfg(unix)]
use super::socket_file::SocketFile;
use crate::{
    connection::{
        Acceptor,
        connections::{ConnectionSettings, Connections},
    },
    failure::Failure,
    firewall::Hosts,
    metrics::Metrics,
    request::Shield,
};

/// The most connections at a time. Scrapers and probes connect once in some seconds; idle
/// connections of others end after [`PATIENCE`], and must not use all of them.
const CONNECTIONS: usize = 256;

/// Those of one address. Scrapers and probes ask once in some seconds, and from few addresses.
const CONNECTIONS_PER_ADDRESS: NonZeroU32 = NonZeroU32::new(32).unwrap();

/// Those that wait to be accepted.
const BACKLOG: NonZeroU32 = NonZeroU32::new(64).unwrap();

/// For the head of a request, for the next request, and for a client that does not read its response.
const PATIENCE: Duration = Duration::from_secs(5);

/// The content of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Metrics,
    Health,
    Both,
}

/// The address of a port.
#[derive(Debug)]
pub(super) enum OperatorAddress {
    Addresses(Vec<SocketAddr>),
    #[cfg(unix)]
    Path(PathBuf),
}

/// A port for operators.
#[derive(Debug)]
pub(super) struct OperatorPort {
    pub(super) content: Content,
    pub(super) address: OperatorAddress,
}

/// The data for the responses of a port.
pub(super) struct Answers {
    pub(super) metrics: Metrics,
    pub(super) shield: Arc<Shield>,
    pub(super) hosts: Hosts,
}

/// A served port, which ends when this is dropped.
pub(super) struct ServedPort {
    handle: ServerHandle,
    #[cfg(unix)]
    _file: Option<SocketFile>,
}

impl Content {
    /// The setting's name in a start-up error.
    pub(super) const fn setting(self) -> &'static str {
        match self {
            Self::Metrics | Self::Both => "PALISADE_METRICS_BIND or `.metrics_bind(..)`",
            Self::Health => "PALISADE_HEALTH_BIND or `.health_bind(..)`",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Health => "health",
            Self::Both => "metrics and health",
        }
    }
}

impl OperatorPort {
    /// Serves it on a worker of its own, so that it responds if all workers of the service are
    /// busy.
    pub(super) fn serve(self, answers: &Arc<Answers>) -> Result<ServedPort, Failure> {
        let Self { content, address } = self;
        let answers = Arc::clone(answers);
        let settings = ConnectionSettings {
            keep_alive: PATIENCE,
            head_timeout: PATIENCE,
            write_timeout: PATIENCE,
            per_address: CONNECTIONS_PER_ADDRESS,
            ..ConnectionSettings::default()
        };
        let connections =
            Arc::new(Connections::for_operators(settings, Arc::clone(&answers.shield)));
        let mut server = Server::build()
            .workers(1)
            .max_concurrent_connections(CONNECTIONS)
            .shutdown_timeout(1)
            .disable_signals();
        let stopping = server.graceful_shutdown_signal();
        let accept = move || {
            let answers = Arc::clone(&answers);
            let answer = move |request: HttpRequest| {
                let answers = Arc::clone(&answers);
                async move { answers.answer(content, &request).await }
            };
            let app = App::new().default_service(web::route().to(answer));
            let app = IntoServiceFactory::<_, Request>::into_factory(app);
            let connections = Arc::clone(&connections);
            Acceptor::new(app, connections.bounds(), connections, stopping.clone()).without_pulse()
        };
        let name = content.name();
        #[cfg(unix)]
        let mut file = None;
        match address {
            OperatorAddress::Addresses(addresses) => {
                for listener in bound(content.setting(), &addresses, BACKLOG)? {
                    tracing::info!("{name} at http://{}", listener.local_addr()?);
                    server = server.listen(name, listener, accept.clone())?;
                }
            }
            #[cfg(unix)]
            OperatorAddress::Path(path) => {
                let (own, listener) = SocketFile::listen(&path, 0o660, BACKLOG)
                    .map_err(|error| Failure::new(format!("{}: {error}", content.setting())))?;
                tracing::info!("{name} at unix:{}", own.path().display());
                file = Some(own);
                server = server.listen_uds(name, listener, accept)?;
            }
        }
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "the port for {name} has failed");
            }
        });
        Ok(ServedPort {
            handle,
            #[cfg(unix)]
            _file: file,
        })
    }
}

impl Drop for ServedPort {
    fn drop(&mut self) {
        // Sending the command to stop is enough: the future only waits for it.
        drop(self.handle.stop(false));
    }
}

impl Answers {
    async fn answer(&self, content: Content, request: &HttpRequest) -> HttpResponse {
        let mut response = self.judge(content, request).await;
        for (name, value) in [
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        ] {
            response.headers_mut().insert(name, header::HeaderValue::from_static(value));
        }
        response.headers_mut().insert(
            header::HeaderName::from_static("cross-origin-resource-policy"),
            header::HeaderValue::from_static("same-origin"),
        );
        response
    }

    async fn judge(&self, content: Content, request: &HttpRequest) -> HttpResponse {
        // A peer of a Unix socket has no address.
        let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
        if peer.is_some_and(|peer| self.shield.blocked.contain(peer)) {
            return HttpResponse::Forbidden().finish();
        }
        let uri = request.uri();
        if content != Content::Metrics
            && let Some(probe) = self.shield.health.probe(request.method(), uri.path(), uri.query())
        {
            // For any host, as on the port of the service: the response is one word.
            return self.shield.health.answer_beside(probe).await;
        }
        let field = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let host = uri.authority().map_or_else(|| field(header::HOST), |host| Some(host.as_str()));
        if !host.is_some_and(|host| self.hosts.admit_operator(host)) {
            HttpResponse::MisdirectedRequest().finish()
        } else if content == Content::Health || request.path() != "/metrics" {
            HttpResponse::NotFound().finish()
        } else if !matches!(*request.method(), Method::GET | Method::HEAD) {
            HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, "GET, HEAD")).finish()
        } else {
            self.metrics.exposition().answer(field(header::ACCEPT))
        }
    }
}
