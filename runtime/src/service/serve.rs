//! The server.

use std::{cell::RefCell, rc::Rc, time::Duration};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    http::StatusCode,
    test::{TestRequest, init_service, try_call_service},
    web,
};

use super::{
    Endpoints, Failure,
    builder::{Configure, Service},
    connections::{ENDS_UNREAD_ANSWERS, most_of_a_worker},
};
use crate::{Problem, problem::Kind};

/// For the head of a request to arrive; 408 after that, by the dispatcher.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// For a connection without a request.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// For requests under way when the service is told to stop.
const SHUTDOWN_SECONDS: u64 = 30;

pub(super) async fn serve(service: Service) -> Result<(), Failure> {
    service.announce();
    let Service { palisade, addresses, workers, configure, .. } = service;
    Failure::all(missing_state(palisade.endpoints(), &configure).await?)?;
    if !ENDS_UNREAD_ANSWERS {
        tracing::warn!(
            "this system has no timeout for answers that a client does not read: put a proxy that \
             has one before the service"
        );
    }
    let bound = palisade.on_connect();
    let most = most_of_a_worker(workers, &addresses);
    let mut server = HttpServer::new(move || {
        let app = App::new().configure(|config| {
            for configure in &configure {
                configure(config);
            }
            palisade.mount(config);
        });
        app.default_service(web::route().to(not_found)).wrap(palisade.clone())
    })
    .on_connect(bound)
    .client_request_timeout(HEAD_TIMEOUT)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(SHUTDOWN_SECONDS);
    if let Some(workers) = workers {
        server = server.workers(workers.get());
    }
    if let Some(most) = most {
        server = server.max_connections(most);
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

/// What the endpoints need of the app's data and do not find. An app's data cannot be looked into
/// from outside, so that an app like that of the workers is asked from within, by one request that
/// no socket brought.
async fn missing_state(
    endpoints: &Endpoints,
    configure: &[Configure],
) -> Result<Vec<String>, Failure> {
    let found = Rc::new(RefCell::new(None));
    let answer = (endpoints.clone(), Rc::clone(&found));
    let ask = web::route().to(move |request: HttpRequest| {
        let (endpoints, found) = answer.clone();
        async move {
            *found.borrow_mut() = Some(endpoints.missing_state(&request));
            HttpResponse::new(StatusCode::NO_CONTENT)
        }
    });
    let app = App::new().route("/", ask).configure(|config| {
        for configure in configure {
            configure(config);
        }
    });
    let service = init_service(app).await;
    let request = TestRequest::default().to_request();
    let asked = try_call_service(&service, request).await;
    let found = found.borrow_mut().take();
    match (asked, found) {
        (Ok(_), Some(found)) => Ok(found),
        (Ok(_), None) => Err(Failure::new("the app does not answer for what its data holds")),
        (Err(error), _) => Err(Failure::new(format!("the app does not answer: {error}"))),
    }
}

async fn not_found() -> HttpResponse {
    HttpResponse::from_error(Problem::new(Kind::NotFound))
}
