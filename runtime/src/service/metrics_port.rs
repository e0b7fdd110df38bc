//! A port on which nothing but metrics is served.

#[cfg(unix)]
use std::path::PathBuf;
use std::{net::SocketAddr, num::NonZeroU32, sync::Arc, time::Duration};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::{Method, header},
    web,
};

#[cfg(unix)]
use super::socket_file::SocketFile;
use super::{Failure, serve::bound};
use crate::{firewall::Hosts, metrics::Metrics};

/// Scrapers that are served at a time; each asks once in some seconds.
const CONNECTIONS: usize = 16;

/// For the head of a request, and for a connection between two.
const PATIENCE: Duration = Duration::from_secs(5);

/// What complaints name.
const SETTING: &str = "PALISADE_METRICS_BIND or `.metrics_bind(..)`";

/// Where it is.
#[derive(Debug)]
pub(super) enum MetricsPort {
    Addresses(Vec<SocketAddr>),
    #[cfg(unix)]
    Path(PathBuf),
}

/// The port as it is served; it ends when this is dropped.
pub(super) struct ServedMetrics {
    handle: ServerHandle,
    #[cfg(unix)]
    _file: Option<SocketFile>,
}

impl MetricsPort {
    /// Serves the metrics on one worker of its own, so that a service whose workers are all busy is seen.
    pub(super) fn serve(self, metrics: Metrics, hosts: Hosts) -> Result<ServedMetrics, Failure> {
        let shared = Arc::new((metrics, hosts));
        let mut server = HttpServer::new(move || {
            let shared = Arc::clone(&shared);
            let answer = move |request: HttpRequest| {
                let answer = answer(&request, &shared.0, &shared.1);
                async move { answer }
            };
            App::new().default_service(web::route().to(answer))
        })
        .workers(1)
        .max_connections(CONNECTIONS)
        .keep_alive(PATIENCE)
        .client_request_timeout(PATIENCE)
        .shutdown_timeout(1)
        .disable_signals();
        let backlog = NonZeroU32::new(16).unwrap_or(NonZeroU32::MIN);
        #[cfg(unix)]
        let mut file = None;
        match self {
            Self::Addresses(addresses) => {
                for listener in
                    bound("PALISADE_METRICS_BIND or `.metrics_bind(..)`", &addresses, backlog)?
                {
                    tracing::info!("metrics at http://{}/metrics", listener.local_addr()?);
                    server = server.listen(listener)?;
                }
            }
            #[cfg(unix)]
            Self::Path(path) => {
                let (own, listener) = SocketFile::listen(&path, 0o660, backlog)
                    .map_err(|error| Failure::new(format!("{SETTING}: {error}")))?;
                tracing::info!("metrics at unix:{}", own.path().display());
                file = Some(own);
                server = server.listen_uds(listener)?;
            }
        }
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "the port of the metrics has failed");
            }
        });
        Ok(ServedMetrics {
            handle,
            #[cfg(unix)]
            _file: file,
        })
    }
}

impl Drop for ServedMetrics {
    fn drop(&mut self) {
        // Telling it to stop is enough: the future only waits for it.
        drop(self.handle.stop(false));
    }
}

fn answer(request: &HttpRequest, metrics: &Metrics, hosts: &Hosts) -> HttpResponse {
    let field = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let host =
        request.uri().authority().map_or_else(|| field(header::HOST), |host| Some(host.as_str()));
    let mut response = if !host.is_some_and(|host| hosts.admit_operator(host)) {
        HttpResponse::MisdirectedRequest().finish()
    } else if request.path() != "/metrics" {
        HttpResponse::NotFound().finish()
    } else if !matches!(*request.method(), Method::GET | Method::HEAD) {
        HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, "GET, HEAD")).finish()
    } else {
        metrics.exposition().answer(field(header::ACCEPT))
    };
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
