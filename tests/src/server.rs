//! A service under test, on a port that the system chose, in a thread of its own.

use std::{
    net::{SocketAddr, TcpListener},
    num::NonZeroUsize,
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use actix_web::{
    App, HttpServer,
    body::MessageBody,
    dev::{ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse},
};

use palisade::Builder;
use tokio::sync::oneshot;

use crate::{audit, client::Request, leaks};

/// A running service; it stops when this is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Option<Stop>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Stop {
    Handle(ServerHandle),
    /// It stops when this is dropped.
    Sender(oneshot::Sender<()>),
}

impl Server {
    /// Runs the app that `factory` makes, with two workers.
    ///
    /// # Panics
    ///
    /// Where no port can be had or the app does not start.
    pub fn start<F, T, B>(factory: F) -> Self
    where
        F: Fn() -> App<T> + Send + Clone + 'static,
        T: ServiceFactory<
                ServiceRequest,
                Config = (),
                Response = ServiceResponse<B>,
                Error = actix_web::Error,
                InitError = (),
            > + 'static,
        B: MessageBody + 'static,
    {
        audit::watch();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
        let (send, receive) = mpsc::channel();
        let thread = thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(factory)
                    .workers(2)
                    .client_request_timeout(Duration::from_secs(5))
                    .disable_signals()
                    .shutdown_timeout(1)
                    .listen(listener)
                    .unwrap_or_else(|error| panic!("{error}"))
                    .run();
                let _told = send.send(server.handle());
                let _stopped = server.await;
            });
        });
        let handle = receive.recv().unwrap_or_else(|error| panic!("{error}"));
        Self { address, stop: Some(Stop::Handle(handle)), thread: Some(thread) }
    }

    /// Runs the service as `Builder::serve` does, with two workers.
    ///
    /// # Panics
    ///
    /// Where no port can be had. A service that does not start answers nothing.
    pub fn serve(builder: Builder) -> Self {
        Self::serve_on(
            TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}")),
            builder,
        )
    }

    /// The same on this listener.
    ///
    /// # Panics
    ///
    /// The listener is not bound.
    pub fn serve_on(listener: TcpListener, builder: Builder) -> Self {
        audit::watch();
        let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
        let (send, receive) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let workers = NonZeroUsize::new(2).unwrap_or(NonZeroUsize::MIN);
            let builder = builder.listener(listener).workers(workers);
            let stopped = async {
                let _dropped = receive.await;
            };
            let served = actix_web::rt::System::new().block_on(builder.serve_until(stopped));
            served.unwrap_or_else(|failure| panic!("{failure}"));
        });
        Self { address, stop: Some(Stop::Sender(send)), thread: Some(thread) }
    }

    /// Sends the signal to stop to a service that [`serve`](Self::serve) runs, and does not wait
    /// for it.
    pub fn tell(&mut self) {
        if let Some(Stop::Sender(send)) = self.stop.take() {
            drop(send);
        }
    }

    /// Whether its thread has ended.
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A request to it.
    pub fn request(&self, method: &str, target: &str) -> Request {
        Request::new(self.address, method, target)
    }

    /// A GET request to it.
    pub fn get(&self, target: &str) -> Request {
        self.request("GET", target)
    }

    /// A POST request to it.
    pub fn post(&self, target: &str) -> Request {
        self.request("POST", target)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        match self.stop.take() {
            Some(Stop::Handle(handle)) => {
                // Sending the command to stop is enough: the future only waits for it.
                drop(handle.stop(false));
                if let Some(thread) = self.thread.take() {
                    let _joined = thread.join();
                }
            }
            // It lets its requests finish, for which no test waits.
            Some(Stop::Sender(send)) => drop(send),
            None => {}
        }
        leaks::none();
    }
}
