//! Serves the connections that a worker accepts.

use std::{
    fmt,
    future::{Future, ready},
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use actix_http::{KeepAlive, Request, ServiceConfig, ServiceConfigBuilder};
use actix_server::GracefulShutdownSignal;
#[cfg(unix)]
use actix_web::rt::net::UnixStream;
use actix_web::{
    body::MessageBody,
    dev::{AppConfig, Service, ServiceFactory, ServiceResponse},
    rt::net::TcpStream,
};
use tokio::time::Instant;

#[cfg(feature = "tls")]
use super::secure::secure;
use super::{
    Connection,
    codec::Codec,
    proxy_protocol::{Arrived, arrive},
    stopping::{Listed, Stopping},
    wire::{Socket, Wire},
};
#[cfg(feature = "tls")]
use crate::tls::Tls;
use crate::{
    connection::{Connections, Entry, Place},
    health::Health,
    timer::Timer,
};

/// How often a worker sends a sign of life. The shortest interval that systemd permits is a second.
const PULSE: Duration = Duration::from_millis(200);

/// The timeouts of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Between two requests.
    pub(crate) keep_alive: Duration,
    /// For a head, from its first byte; for the first one, from the connection's start.
    pub(crate) head: Duration,
    /// For a client that does not read its response.
    pub(crate) write: Duration,
    #[cfg(feature = "http2")]
    pub(crate) http2: super::Http2Bounds,
}

/// The data that all connections of a worker share.
pub(super) struct Shared {
    pub(super) config: ServiceConfig,
    pub(super) bounds: Bounds,
    pub(super) stopping: Rc<Stopping>,
    health: Arc<Health>,
}

impl Shared {
    /// Whether a request is a health probe.
    pub(super) fn is_probe(&self, request: &Request) -> bool {
        let uri = request.uri();
        self.health.probe(request.method(), uri.path(), uri.query()).is_some()
    }
}

/// Creates the services for the connections of a worker: a factory for `actix_server`.
pub(crate) struct Acceptor<A> {
    app: A,
    bounds: Bounds,
    connections: Arc<Connections>,
    stop: GracefulShutdownSignal,
    has_pulse: bool,
    #[cfg(feature = "tls")]
    tls: Option<Arc<Tls>>,
}

impl<A> Acceptor<A> {
    pub(crate) fn new(
        app: A,
        bounds: Bounds,
        connections: Arc<Connections>,
        stop: GracefulShutdownSignal,
    ) -> Self {
        Self {
            app,
            bounds,
            connections,
            stop,
            has_pulse: true,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Its worker serves none of the service's requests: health does not depend on its signs of life.
    pub(crate) fn without_pulse(mut self) -> Self {
        self.has_pulse = false;
        self
    }

    /// With TLS on each connection.
    #[cfg(feature = "tls")]
    pub(crate) fn over_tls(mut self, tls: Option<Arc<Tls>>) -> Self {
        self.tls = tls;
        self
    }

    /// The properties of the connection for handlers and guards.
    fn config(&self) -> AppConfig {
        #[cfg(feature = "tls")]
        if self.tls.is_some() {
            let usual = AppConfig::default();
            // Outside of its own server, Actix has no other way to mark a connection as secure.
            return AppConfig::__priv_test_new(true, usual.host().to_owned(), usual.local_addr());
        }
        AppConfig::default()
    }
}

impl<A> fmt::Debug for Acceptor<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Acceptor")
    }
}

/// A kind of connection that a worker accepts.
pub(crate) trait Stream: Socket + 'static {
    /// Applies the connection limits to a new one. Returns its peer, if that has an address, and
    /// its permit; `None` if it is not served.
    fn enter(&self, connections: &Arc<Connections>) -> Option<(Option<SocketAddr>, Option<Place>)>;
}

impl Stream for TcpStream {
    fn enter(&self, connections: &Arc<Connections>) -> Option<(Option<SocketAddr>, Option<Place>)> {
        // The peer of a connection that was reset before it was accepted is unknown.
        let peer = self.peer_addr().ok()?;
        match connections.enter(self, peer) {
            Entry::Taken(place) => Some((Some(peer), place)),
            Entry::Refused => None,
        }
    }
}

#[cfg(unix)]
impl Stream for UnixStream {
    fn enter(&self, connections: &Arc<Connections>) -> Option<(Option<SocketAddr>, Option<Place>)> {
        match connections.enter_unix(self) {
            Entry::Taken(place) => Some((None, place)),
            Entry::Refused => None,
        }
    }
}

impl<T, A, B> ServiceFactory<T> for Acceptor<A>
where
    T: Stream,
    A: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = ServiceResponse<B>,
            Error = actix_web::Error,
            InitError = (),
        >,
    A::Future: 'static,
    A::Service: 'static,
    B: MessageBody + 'static,
{
    type Response = ();
    type Error = ();
    type Config = ();
    type Service = Accepting<A::Service>;
    type InitError = ();
    type Future = Pin<Box<dyn Future<Output = Result<Self::Service, ()>>>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let app = self.app.new_service(self.config());
        let (bounds, connections) = (self.bounds, Arc::clone(&self.connections));
        #[cfg(feature = "tls")]
        let tls = self.tls.clone();
        let (stop, has_pulse) = (self.stop.clone(), self.has_pulse);
        let health = Arc::clone(connections.health());
        Box::pin(async move {
            let app = app.await?;
            if has_pulse {
                let pulse = health.pulses().begin();
                actix_web::rt::spawn(pulse.beat(PULSE));
            }
            let stopping = Rc::new(Stopping::new(Arc::clone(&health)));
            let told = Rc::clone(&stopping);
            actix_web::rt::spawn(async move {
                stop.notified().await;
                told.tell();
            });
            // The codec uses it to decide whether connections are kept at all. The timeouts are
            // enforced here.
            let config = ServiceConfigBuilder::new().keep_alive(KeepAlive::Os).build();
            let shared = Rc::new(Shared { config, bounds, stopping, health });
            Ok(Accepting {
                app: Rc::new(app),
                shared,
                connections,
                #[cfg(feature = "tls")]
                tls,
            })
        })
    }
}

/// Serves the connections of a worker.
pub(crate) struct Accepting<S> {
    app: Rc<S>,
    shared: Rc<Shared>,
    connections: Arc<Connections>,
    #[cfg(feature = "tls")]
    tls: Option<Arc<Tls>>,
}

impl<T, S, B> Service<T> for Accepting<S>
where
    T: Stream,
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ();
    type Error = ();
    type Future = Pin<Box<dyn Future<Output = Result<(), ()>>>>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), ()>> {
        self.app.poll_ready(cx).map_err(|_| ())
    }

    fn call(&self, stream: T) -> Self::Future {
        let entered = stream.enter(&self.connections);
        let Some((peer, place)) = entered else { return Box::pin(ready(Ok(()))) };
        let (app, shared) = (Rc::clone(&self.app), Rc::clone(&self.shared));
        let connections = Arc::clone(&self.connections);
        // A separate future, so that connections without TLS use less memory.
        #[cfg(feature = "tls")]
        if let Some(tls) = self.tls.clone() {
            return Box::pin(async move {
                let listed = shared.stopping.list().await;
                let (mut stream, patience) = (stream, shared.bounds.head);
                let arrived = arrive(&mut stream, &connections, (peer, place), patience).await;
                let Some(arrived) = arrived else { return Ok(()) };
                if arrived.only_probes {
                    // The bytes that were read are not the start of a handshake; there is no other
                    // difference.
                    Connection::new(stream, app, shared, &arrived, listed).run().await;
                    return Ok(());
                }
                // On the heap while it runs: it is large, and a connection lasts longer.
                let secured = Box::pin(secure(stream, arrived.peer, &tls, &shared)).await;
                drop(tls);
                if let Some(secured) = secured {
                    let mut connection =
                        Connection::new(secured.stream, app, shared, &arrived, listed);
                    connection.certificate = secured.certificate;
                    #[cfg(feature = "http2")]
                    connection.serve(Some(secured.version)).await;
                    #[cfg(not(feature = "http2"))]
                    connection.run().await;
                }
                drop(arrived.place);
                Ok(())
            });
        }
        Box::pin(async move {
            let listed = shared.stopping.list().await;
            let (mut stream, patience) = (stream, shared.bounds.head);
            let arrived = arrive(&mut stream, &connections, (peer, place), patience).await;
            let Some(arrived) = arrived else { return Ok(()) };
            let connection = Connection::new(stream, app, shared, &arrived, listed);
            #[cfg(feature = "http2")]
            connection.serve(None).await;
            #[cfg(not(feature = "http2"))]
            connection.run().await;
            // And its permit.
            drop(arrived.place);
            Ok(())
        })
    }
}

impl<T: Socket, S> Connection<T, S> {
    fn new(stream: T, app: Rc<S>, shared: Rc<Shared>, arrived: &Arrived, listed: Listed) -> Self {
        let mut wire = Wire::new(stream, shared.bounds.write);
        wire.input.extend_from_slice(&arrived.input);
        Self {
            wire,
            codec: Codec::new(&shared.config),
            app,
            shared,
            peer: arrived.peer,
            peer_kind: arrived.peer_kind,
            only_probes: arrived.only_probes,
            #[cfg(feature = "tls")]
            certificate: None,
            timer: Timer::default(),
            waits_since: Instant::now(),
            is_kept: false,
            _listed: listed,
        }
    }
}

impl<S> fmt::Debug for Accepting<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Accepting")
    }
}
