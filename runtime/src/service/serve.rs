//! The server.

use std::{
    cell::RefCell,
    io,
    net::{SocketAddr, TcpListener},
    num::NonZeroU32,
    rc::Rc,
    sync::Arc,
};

use actix_http::Request;
use actix_server::Server;
use actix_service::IntoServiceFactory;
#[cfg(feature = "tls")]
use actix_web::web::Data;
use actix_web::{
    App, HttpRequest, HttpResponse,
    http::StatusCode,
    test::{TestRequest, init_service, try_call_service},
    web,
};
use socket2::{Domain, Protocol, Socket, Type};

use super::{
    Palisade, builder::Service, listening::Listening, operator_port::Answers, running::Running,
    stop::Stop,
};
#[cfg(feature = "tls")]
use super::{
    builder::PlainPort,
    redirect::{GuardedRedirect, redirect},
    reload::{Reload, Reloading},
};
#[cfg(unix)]
use super::{listening::Handed, socket_file::SocketFile};
#[cfg(feature = "otel")]
use crate::otel;
#[cfg(feature = "tls")]
use crate::tls::Tls;
use crate::{Problem, audit, connection::Acceptor, failure::Failure, problem::Kind};

/// For requests under way when the service shuts down.
const SHUTDOWN_SECONDS: u64 = 30;

pub(super) async fn serve(service: Service, stop: Stop) -> Result<(), Failure> {
    service.announce();
    #[cfg(feature = "redis")]
    compare_clock(&service).await;
    #[cfg(feature = "tls")]
    let (tls, plain_port) = (service.tls.clone(), service.plain_port);
    let Service {
        palisade,
        operator_ports,
        operator_hosts,
        listening,
        workers,
        lame_duck,
        reloads,
        hardening,
        ..
    } = service;
    #[cfg(feature = "tls")]
    let reloads = match &tls {
        Some(tls) => reloads.with(Certificates(Arc::clone(tls))),
        None => reloads,
    };
    Failure::all(missing_state(&palisade).await?)?;
    let connections = Arc::clone(palisade.connections());
    let reread = reloads.clone();
    let running = Running::new(Arc::clone(connections.health()), lame_duck, reloads);
    let bounds = connections.bounds();
    let backlog = connections.backlog();
    let most = connections.most_of_a_worker(workers, listening.is_reachable());
    if listening.is_unix() && !palisade.shield().proxies.trusts_unix() {
        tracing::warn!(
            "the service listens on a Unix socket, and the proxy behind it is not trusted: all clients \
             count as one address; name `unix:` in PALISADE_TRUSTED_PROXIES or `.trusted_proxy(..)`, \
             and have the proxy write the field of their addresses"
        );
    }
    // Actix's own handling of signals, and of a future instead of them, stops the whole Actix system
    // and with it other servers. It also cuts all requests on SIGINT.
    let mut server = Server::build().shutdown_timeout(SHUTDOWN_SECONDS).disable_signals();
    if let Some(workers) = workers {
        server = server.workers(workers.get());
    }
    if let Some(most) = most {
        server = server.max_concurrent_connections(most);
    }
    let answers = Arc::new(Answers {
        metrics: palisade.metrics().clone(),
        shield: Arc::clone(palisade.shield()),
        hosts: operator_hosts,
    });
    let trail = Arc::clone(&palisade.shield().trail);
    #[cfg(feature = "otel")]
    let telemetry = palisade.telemetry().cloned();
    #[cfg(feature = "otel")]
    if let Some(telemetry) = &telemetry {
        telemetry.make_global();
    }
    let stopping = server.graceful_shutdown_signal();
    #[cfg(feature = "tls")]
    let accept_plain = (Arc::clone(&connections), stopping.clone());
    #[cfg(feature = "tls")]
    let shield = Arc::clone(palisade.shield());
    #[cfg(feature = "tls")]
    let accept_over_tls = tls.clone();
    let accept = move || {
        let app = App::new().configure(|config| palisade.mount(config));
        let app = app.default_service(web::route().to(not_found)).wrap(palisade.clone());
        let app = IntoServiceFactory::<_, Request>::into_factory(app);
        let acceptor = Acceptor::new(app, bounds, Arc::clone(&connections), stopping.clone());
        #[cfg(feature = "tls")]
        let acceptor = acceptor.over_tls(accept_over_tls.clone());
        acceptor
    };
    #[cfg(feature = "tls")]
    let scheme = if tls.is_some() { "https" } else { "http" };
    #[cfg(not(feature = "tls"))]
    let scheme = "http";
    let mut names = Vec::new();
    let mut listeners = Vec::new();
    #[cfg(unix)]
    let mut file = None;
    match listening {
        Listening::Addresses(addresses) => {
            listeners = bound("PALISADE_BIND or `.bind(..)`", &addresses, backlog)?;
        }
        Listening::Socket(listener, _) => listeners.push(listener),
        #[cfg(unix)]
        Listening::Path(path, mode) => {
            let (own, listener) = SocketFile::listen(&path, mode, backlog)
                .map_err(|error| Failure::new(format!("PALISADE_BIND or `.bind(..)`: {error}")))?;
            names.push(format!("unix:{}", own.path().display()));
            file = Some(own);
            server = server.listen_uds("palisade", listener, accept.clone())?;
        }
        #[cfg(unix)]
        Listening::UnixSocket(listener) => {
            names.push(unix_name(&listener)?);
            server = server.listen_uds("palisade", listener, accept.clone())?;
        }
        #[cfg(unix)]
        Listening::Handed(sockets) => {
            for socket in sockets {
                match socket {
                    Handed::Tcp(listener, _) => listeners.push(listener),
                    Handed::Unix(listener) => {
                        names.push(unix_name(&listener)?);
                        server = server.listen_uds("palisade", listener, accept.clone())?;
                    }
                }
            }
        }
    }
    for listener in listeners {
        names.push(format!("{scheme}://{}", listener.local_addr()?));
        server = server.listen("palisade", listener, accept.clone())?;
    }
    #[cfg(feature = "tls")]
    if let Some(PlainPort { addresses, redirect: target }) = plain_port {
        let target = Data::new(GuardedRedirect::new(target, shield));
        let (connections, stopping) = accept_plain;
        let accept = move || {
            let app = App::new().app_data(target.clone());
            let app = app.default_service(web::route().to(redirect));
            let app = IntoServiceFactory::<_, Request>::into_factory(app);
            Acceptor::new(app, bounds, Arc::clone(&connections), stopping.clone())
        };
        for listener in
            bound("PALISADE_HTTP_REDIRECT or `.http_redirect(..)`", &addresses, backlog)?
        {
            names.push(format!("http://{} (redirect)", listener.local_addr()?));
            server = server.listen("redirect", listener, accept.clone())?;
        }
    }
    // Until the last request has ended: what a drain does is to be seen.
    let served = operator_ports.into_iter().map(|port| port.serve(&answers));
    let served = served.collect::<Result<Vec<_>, _>>()?;
    // What is bound is kept, and workers start with what is left.
    hardening.apply()?;
    if hardening.changes_user() {
        let lost = reread.failures().await;
        #[cfg(feature = "tls")]
        let lost: Vec<_> =
            lost.into_iter().chain(tls.iter().flat_map(|tls| tls.unreadable())).collect();
        // A key that is withdrawn, or a certificate that is renewed, would not be seen.
        let lost = lost.into_iter().map(|lost| {
            format!(
                "PALISADE_USER or `.run_as(..)`: what is read again while the service runs cannot be read by \
                 that user: {lost}"
            )
        });
        Failure::all(lost.collect())?;
    }
    #[cfg(feature = "tls")]
    if let Some(tls) = &tls {
        tls.watch()?;
    }
    for name in names {
        tracing::info!("listening on {name}");
    }
    // From then on who looks for the service finds nothing, or the next one.
    #[cfg(unix)]
    let leave = move || drop(file.take());
    #[cfg(not(unix))]
    let leave = || ();
    let ended = running.run(server.run(), stop, leave).await;
    drop(served);
    trail.flush(audit::FLUSH);
    #[cfg(feature = "otel")]
    if let Some(telemetry) = telemetry {
        telemetry.finish(otel::FLUSH);
    }
    Ok(ended?)
}

/// How a Unix socket is named in the log.
#[cfg(unix)]
fn unix_name(listener: &std::os::unix::net::UnixListener) -> io::Result<String> {
    let path = listener.local_addr()?;
    let path = path.as_pathname().map(|path| path.display().to_string());
    Ok(format!("unix:{}", path.unwrap_or_default()))
}

/// The certificates, which are looked at by themselves, too.
#[cfg(feature = "tls")]
struct Certificates(Arc<Tls>);

#[cfg(feature = "tls")]
impl Reload for Certificates {
    fn name(&self) -> &'static str {
        "certificates"
    }

    fn reload(&self) -> Reloading<'_> {
        Box::pin(self.0.reload())
    }
}

/// Warns of a Redis whose clock differs much from this machine's: limits and revocations are timed
/// by both. A server that does not answer at once, or refuses the command, causes no warning.
#[cfg(feature = "redis")]
async fn compare_clock(service: &Service) {
    let Some(redis) = &service.redis else { return };
    let Some(theirs) = redis.clock().await else { return };
    let clock = crate::deployment::apart("Redis", theirs, crate::deployment::now());
    service.judged.warn_of(&palisade_policy::deploy::Facts {
        is_production: clock.is_some(),
        clock,
        ..Default::default()
    });
}

/// A socket that listens at each address.
pub(super) fn bound(
    setting: &str,
    addresses: &[SocketAddr],
    backlog: NonZeroU32,
) -> Result<Vec<TcpListener>, Failure> {
    let listen = |address: SocketAddr| -> io::Result<TcpListener> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        // Elsewhere the option would let another process take over the port.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(i32::try_from(backlog.get()).unwrap_or(i32::MAX))?;
        Ok(socket.into())
    };
    let each = addresses.iter().map(|address| {
        listen(*address).map_err(|error| {
            Failure::new(format!("{setting}: cannot listen on {address}: {error}"))
        })
    });
    each.collect()
}

/// What the endpoints need of the app's data and do not find. An app's data cannot be looked into
/// from outside, so that an app like that of the workers is asked from within, by one request that
/// no socket brought.
async fn missing_state(palisade: &Palisade) -> Result<Vec<String>, Failure> {
    let endpoints = palisade.endpoints();
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
        endpoints.configure_data(config);
        palisade.add_to(config);
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
