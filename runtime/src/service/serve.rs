//! The server.

use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};

use super::{Failure, builder::Service};
use crate::{Problem, problem::Kind};

/// For the head of a request to arrive; 408 after that, by the dispatcher.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// For a connection without a request.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// For requests under way when the service is told to stop.
const SHUTDOWN_SECONDS: u64 = 30;

pub(super) async fn serve(service: Service) -> Result<(), Failure> {
    service.announce();
    let Service { palisade, addresses, workers, endpoints, configure, .. } = service;
    let mut server = HttpServer::new(move || {
        let app = App::new().configure(|config| {
            for configure in &configure {
                configure(config);
            }
            endpoints.configure(config);
        });
        app.default_service(web::route().to(not_found)).wrap(palisade.clone())
    })
    .client_request_timeout(HEAD_TIMEOUT)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(SHUTDOWN_SECONDS);
    if let Some(workers) = workers {
        server = server.workers(workers.get());
    }
    for address in addresses {
        server = server.bind(address).map_err(|error| {
            Failure::new(format!(
                "PALISADE_BIND or `.bind(..)`: cannot listen on {address}: {error}"
            ))
        })?;
    }
    for address in server.addrs() {
        tracing::info!("listening on http://{address}");
    }
    Ok(server.run().await?)
}

async fn not_found() -> HttpResponse {
    HttpResponse::from_error(Problem::new(Kind::NotFound))
}
